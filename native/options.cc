#include "options.h"

#include <cstring>

#include "calls.h"

namespace uvsock {

namespace {

// (slot, generation, level, name, bytes)
bool ReadOption(const Arguments& arguments, Slot** slot, int32_t* level, int32_t* name, View* value) {
  return FindSlot(arguments, slot) && arguments.Int32(2, "level", level) &&
         arguments.Int32(3, "name", name) && arguments.Bytes(4, "value", value);
}

napi_value Getsockopt(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  int32_t level, name;
  View value;
  if (!ReadOption(arguments, &slot, &level, &name, &value)) return nullptr;
  if (slot == nullptr) return arguments.Return(-EBADF);
  if (platform::GetsByPointer(level, name)) return arguments.Return(-EOPNOTSUPP);
  if (platform::OpensDescriptor(level, name) && value.length < sizeof(int)) return arguments.Return(-EINVAL);
  size_t unit = platform::OptionUnit(level, name);
  auto length = static_cast<socklen_t>(value.length / unit);
  ssize_t result = Retry([&] { return getsockopt(slot->fd, level, name, value.data, &length); });
  // Reading SO_ERROR takes the pending error, as any call in a direction would.
  if (result == 0 && level == SOL_SOCKET && name == SO_ERROR && slot->poller != nullptr) {
    slot->poller->ErrorTaken();
    slot->poller->Attempted(kAllDirections);
  }
  return arguments.Return(result == 0 ? static_cast<ssize_t>(length * unit) : result);
}

napi_value Setsockopt(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  int32_t level, name;
  View value;
  if (!ReadOption(arguments, &slot, &level, &name, &value)) return nullptr;
  if (slot == nullptr) return arguments.Return(-EBADF);
  if (platform::SetsByPointer(level, name)) return arguments.Return(-EOPNOTSUPP);
  ssize_t result = Retry([&] {
    return platform::TakesProgram(level, name, value.length)
               ? platform::SetProgram(slot->fd, level, name, value.data, value.length)
               : setsockopt(slot->fd, level, name, value.data, static_cast<socklen_t>(value.length));
  });
  if (result == 0 && level == SOL_SOCKET && name == SO_LINGER) {
    linger set;  // the kernel took at least its own size
    std::memcpy(&set, value.data, sizeof set);
    slot->may_linger |= set.l_onoff != 0 && set.l_linger != 0;
  }
  return arguments.Return(result);
}

}  // namespace

void ExportOptions(Napi::Object exports, Environment* environment) {
  const ExportedFunction functions[] = {{"getsockopt", Guarded<Getsockopt>},
                                        {"setsockopt", Guarded<Setsockopt>}};
  Export(exports, environment, functions);
}

}  // namespace uvsock
