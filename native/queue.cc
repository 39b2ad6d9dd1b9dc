#include "queue.h"

#include "calls.h"

namespace uvsock {

namespace {

int Readable(int fd, int* out) {
  return ioctl(fd, FIONREAD, out);
}

int AtMark(int fd, int* out) {
  return *out = sockatmark(fd);
}

// (slot, generation): the number that `ask` finds.
template <int (*ask)(int, int*)>
napi_value Ask(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  if (!FindSlot(arguments, &slot)) return nullptr;
  if (slot == nullptr) return arguments.Return(-EBADF);
  int found = 0;
  ssize_t result = Retry([&] { return ask(slot->fd, &found); });
  return arguments.Return(result < 0 ? result : found);
}

}  // namespace

void ExportQueue(Napi::Object exports, Environment* environment) {
  const ExportedFunction functions[] = {
      {"bytesReadable", Guarded<Ask<Readable>>},
      {"bytesUnsent", Guarded<Ask<platform::BytesUnsent>>},
      {"atMark", Guarded<Ask<AtMark>>},
  };
  Export(exports, environment, functions);
}

}  // namespace uvsock
