#include "splice.h"

#include "calls.h"

namespace uvsock {

namespace {

// pipe(size, result): the end that is read, then the one that is written, each
// in a slot of its own.
napi_value Pipe(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t size;
  View result;
  if (!arguments.Uint32(0, "size", INT32_MAX, &size) ||
      !arguments.Room(1, "result", 6 * sizeof(int32_t), &result)) {
    return nullptr;
  }
  Environment& environment = arguments.environment();
  if (!environment.slots().Reserve(2)) return arguments.Return(-ENOMEM);
  int fds[2];
  ssize_t outcome = Retry([&] { return platform::Pipe(fds, size); });
  if (outcome < 0) return arguments.Return(outcome);
  for (size_t i = 0; i < 2; i++) {
    PutSlot(environment, result, i * 3, fds[i], environment.slots().Take(fds[i], 0));
  }
  return arguments.Return(0);
}

bool IsSocket(const Slot& slot) {
  return slot.style != 0;
}

// The pipe is told by SPLICE_F_NONBLOCK, the socket by its flags.
ssize_t IntoPipe(const Slot& from, const Slot& to, size_t length) {
  if (ssize_t status = SetNonblocking(from.fd); status < 0) return status;
  return Retry([&] { return platform::Splice(from.fd, to.fd, length); });
}

ssize_t IntoSocket(const Slot& from, const Slot& to, size_t length) {
  if (ssize_t status = SetNonblocking(to.fd); status < 0) return status;
  ssize_t result = 0;
  platform::WithoutSigpipe without(&result);
  result = Retry([&] { return platform::Splice(from.fd, to.fd, length); });
  return result;
}

// splice(slot, generation, slot, generation, length), one of them of a pipe:
// how many bytes have moved; 0 at the end.
napi_value Splice(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot *from, *to;
  uint32_t length;
  if (!FindSlot(arguments, &from) || !FindSlot(arguments, &to, 2) ||
      !arguments.Uint32(4, "length", INT32_MAX, &length)) {
    return nullptr;
  }
  if (from == nullptr || to == nullptr) return arguments.Return(-EBADF);
  ssize_t result = IsSocket(*to) ? IntoSocket(*from, *to, length) : IntoPipe(*from, *to, length);
  Received(*from, length, 0, result);
  Attempted(*to, kWritable, result);
  return arguments.Return(result);
}

// read(slot, generation, buffer): what is in a pipe.
napi_value Read(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  View buffer;
  if (!FindSlot(arguments, &slot) || !arguments.Bytes(2, "buffer", &buffer)) return nullptr;
  if (slot == nullptr) return arguments.Return(-EBADF);
  if (ssize_t status = SetNonblocking(slot->fd); status < 0) return arguments.Return(status);
  ssize_t result = Retry([&] { return read(slot->fd, buffer.data, buffer.length); });
  Received(*slot, buffer.length, 0, result);
  return arguments.Return(result);
}

}  // namespace

void ExportSplice(Napi::Object exports, Environment* environment) {
  const ExportedFunction functions[] = {
      {"pipe", Guarded<Pipe>}, {"splice", Guarded<Splice>}, {"read", Guarded<Read>}};
  Export(exports, environment, functions);
}

}  // namespace uvsock
