#include "transfer.h"

#include <cstring>

#include "calls.h"

namespace uvsock {

namespace {

// (slot, generation, buffer, flags, start, end, ...), as all four begin.
bool ReadTransfer(const Arguments& arguments, const char* name, Slot** slot, View* part, int32_t* flags) {
  return FindSlot(arguments, slot) && arguments.Slice(2, 4, 5, name, part) &&
         arguments.Int32(3, "flags", flags);
}

napi_value Recv(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  View part;
  int32_t flags;
  if (!ReadTransfer(arguments, "buffer", &slot, &part, &flags)) return nullptr;
  if (slot == nullptr) return arguments.Return(-EBADF);
  ssize_t result = Retry([&] { return recv(slot->fd, part.data, part.length, flags | MSG_DONTWAIT); });
  Received(*slot, part.length, flags, result);
  return arguments.Return(result);
}

napi_value Recvfrom(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  View part, name;
  int32_t flags;
  if (!ReadTransfer(arguments, "buffer", &slot, &part, &flags) ||
      !arguments.Room(6, "result", kResultRoom, &name)) {
    return nullptr;
  }
  if (slot == nullptr) return arguments.Return(-EBADF);
  socklen_t length = 0;
  ssize_t result = Retry([&] {
    length = sizeof(sockaddr_storage);
    return recvfrom(slot->fd, part.data, part.length, flags | MSG_DONTWAIT, AddressRoom(name), &length);
  });
  Received(*slot, part.length, flags, result);
  if (result >= 0) {
    auto filled = static_cast<int32_t>(length);
    std::memcpy(name.data + kAddressLength, &filled, sizeof filled);
  }
  return arguments.Return(result);
}

napi_value Send(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  View part;
  int32_t flags;
  if (!ReadTransfer(arguments, "data", &slot, &part, &flags)) return nullptr;
  if (slot == nullptr) return arguments.Return(-EBADF);
  ssize_t result =
      Retry([&] { return send(slot->fd, part.data, part.length, flags | platform::kTransferFlags); });
  Attempted(*slot, kWritable, result);
  return arguments.Return(result);
}

napi_value Sendto(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  View part, address;
  int32_t flags;
  if (!ReadTransfer(arguments, "data", &slot, &part, &flags) || !arguments.Bytes(6, "address", &address)) {
    return nullptr;
  }
  if (slot == nullptr) return arguments.Return(-EBADF);
  ssize_t result = Retry([&] {
    return sendto(slot->fd, part.data, part.length, flags | platform::kTransferFlags,
                  reinterpret_cast<sockaddr*>(address.data), static_cast<socklen_t>(address.length));
  });
  Attempted(*slot, kWritable, result);
  return arguments.Return(result);
}

}  // namespace

void ExportTransfer(Napi::Object exports, Environment* environment) {
  const ExportedFunction functions[] = {{"recv", Guarded<Recv>},
                                        {"recvfrom", Guarded<Recvfrom>},
                                        {"send", Guarded<Send>},
                                        {"sendto", Guarded<Sendto>}};
  Export(exports, environment, functions);
}

}  // namespace uvsock
