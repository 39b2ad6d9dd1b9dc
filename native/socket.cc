#include "socket.h"

#include "calls.h"
#include "descriptor.h"

namespace uvsock {

namespace {

bool ReadKind(const Arguments& arguments, platform::Kind* kind) {
  return arguments.Int32(0, "family", &kind->family) && arguments.Int32(1, "style", &kind->style) &&
         arguments.Int32(2, "protocol", &kind->protocol);
}

napi_value Socket(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  platform::Kind kind;
  View result;
  if (!ReadKind(arguments, &kind) || !arguments.Room(3, "result", 3 * sizeof(int32_t), &result))
    return nullptr;
  Environment& environment = arguments.environment();
  if (!environment.slots().Reserve(1)) return arguments.Return(-ENOMEM);
  ssize_t fd = Retry([&] { return platform::Socket(kind.family, kind.style, kind.protocol); });
  if (fd < 0) return arguments.Return(fd);
  int owned = static_cast<int>(fd);
  PutSlot(environment, result, 0, owned,
          environment.slots().Take(owned, kind.style & ~platform::kStyleFlags));
  return arguments.Return(0);
}

napi_value Socketpair(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  platform::Kind kind;
  View result;
  if (!ReadKind(arguments, &kind) || !arguments.Room(3, "result", 6 * sizeof(int32_t), &result))
    return nullptr;
  Environment& environment = arguments.environment();
  if (!environment.slots().Reserve(2)) return arguments.Return(-ENOMEM);
  int fds[2];
  ssize_t outcome = Retry([&] { return platform::Socketpair(kind.family, kind.style, kind.protocol, fds); });
  if (outcome < 0) return arguments.Return(outcome);
  int style = kind.style & ~platform::kStyleFlags;
  for (size_t i = 0; i < 2; i++) {
    PutSlot(environment, result, i * 3, fds[i], environment.slots().Take(fds[i], style));
  }
  return arguments.Return(0);
}

// Looks at a descriptor and makes it non-blocking: 0, or -errno if it is no socket.
ssize_t MakeSocket(int fd, platform::Kind* kind) {
  ssize_t outcome =
      Retry([&] { return platform::Describe(fd, kind) == -1 || platform::SetFlags(fd) == -1 ? -1 : 0; });
  if (outcome < 0) return outcome;
  platform::NoSigpipe(fd);
  return 0;
}

void PutAdopted(Environment& environment, const View& result, int fd, const platform::Kind& kind) {
  uint32_t index = environment.slots().Take(fd, kind.style);
  // Others may have it, too, and set what they like.
  environment.slots()[index].may_linger = true;
  PutSlot(environment, result, 0, fd, index);
  Put(result, 3, kind.family);
  Put(result, 4, kind.style);
  Put(result, 5, kind.protocol);
}

napi_value Adopt(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  int32_t fd;
  View result;
  if (!arguments.Int32(0, "fd", &fd) || !arguments.Room(1, "result", 6 * sizeof(int32_t), &result))
    return nullptr;
  Environment& environment = arguments.environment();
  if (fd >= 0 && environment.slots().Owns(fd)) return arguments.Return(-EEXIST);
  if (!environment.slots().Reserve(1)) return arguments.Return(-ENOMEM);
  platform::Kind kind;
  ssize_t outcome = MakeSocket(fd, &kind);
  if (outcome == 0) PutAdopted(environment, result, fd, kind);
  return arguments.Return(outcome);
}

// duplicate(fd, result): whoever has `fd` may close it.
napi_value Duplicate(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  int32_t fd;
  View result;
  if (!arguments.Int32(0, "fd", &fd) || !arguments.Room(1, "result", 3 * sizeof(int32_t), &result))
    return nullptr;
  Environment& environment = arguments.environment();
  if (!environment.slots().Reserve(1)) return arguments.Return(-ENOMEM);
  Descriptor copy;
  ssize_t outcome = copy.Duplicate(fd);
  if (outcome < 0) return arguments.Return(outcome);
  int owned = copy.Release();
  PutSlot(environment, result, 0, owned, environment.slots().Take(owned, 0));
  return arguments.Return(0);
}

// adoptReceived(slot, generation, result): a received descriptor becomes a
// socket in a slot of its own, so that nobody who knew the old one reaches it.
napi_value AdoptReceived(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  uint32_t index;
  View result;
  if (!FindSlot(arguments, &slot) || !arguments.Uint32(0, "slot", &index) ||
      !arguments.Room(2, "result", 6 * sizeof(int32_t), &result)) {
    return nullptr;
  }
  if (slot == nullptr) return arguments.Return(-EBADF);
  platform::Kind kind;
  ssize_t outcome = MakeSocket(slot->fd, &kind);
  Environment& environment = arguments.environment();
  if (outcome == 0) PutAdopted(environment, result, environment.Detach(index), kind);
  return arguments.Return(outcome);
}

bool FindSlotAndAddress(const Arguments& arguments, Slot** slot, View* address) {
  return FindSlot(arguments, slot) && arguments.Bytes(2, "address", address);
}

napi_value Bind(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  View address;
  if (!FindSlotAndAddress(arguments, &slot, &address)) return nullptr;
  if (slot == nullptr) return arguments.Return(-EBADF);
  return arguments.Return(Retry([&] {
    return bind(slot->fd, reinterpret_cast<sockaddr*>(address.data), static_cast<socklen_t>(address.length));
  }));
}

napi_value Connect(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  View address;
  if (!FindSlotAndAddress(arguments, &slot, &address)) return nullptr;
  if (slot == nullptr) return arguments.Return(-EBADF);
  int status =
      connect(slot->fd, reinterpret_cast<sockaddr*>(address.data), static_cast<socklen_t>(address.length));
  // Interrupted, it goes on in the background; calling again would be EALREADY.
  ssize_t result = status == 0 ? 0 : errno == EINTR ? -EINPROGRESS : -errno;
  // All directions: an unconnected TCP socket reports a hangup, and a watcher
  // that ignored it must hear of the new connection.
  Attempted(*slot, kAllDirections, result);
  return arguments.Return(result);
}

napi_value Listen(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  int32_t backlog;
  if (!FindSlot(arguments, &slot) || !arguments.Int32(2, "backlog", &backlog)) return nullptr;
  if (slot == nullptr) return arguments.Return(-EBADF);
  ssize_t result = Retry([&] { return listen(slot->fd, backlog); });
  Attempted(*slot, kAllDirections, result);
  return arguments.Return(result);
}

napi_value Accept(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  View result;
  Environment& environment = arguments.environment();
  const bool reserved = environment.slots().Reserve(1);
  if (!FindSlot(arguments, &slot) || !arguments.Room(2, "result", kResultRoom, &result)) return nullptr;
  if (slot == nullptr) return arguments.Return(-EBADF);
  if (!reserved) return arguments.Return(-ENOMEM);
  socklen_t length = sizeof(sockaddr_storage);
  ssize_t fd = Retry([&] { return platform::Accept(slot->fd, AddressRoom(result), &length); });
  Attempted(*slot, kReadable, fd);
  if (fd < 0) return arguments.Return(fd);
  int style = slot->style;
  bool may_linger = slot->may_linger;  // inherited by what it accepts
  uint32_t index = environment.slots().Take(static_cast<int>(fd), style);
  environment.slots()[index].may_linger = may_linger;
  PutSlot(environment, result, 0, static_cast<int>(fd), index);
  Put(result, kAddressLength / sizeof(int32_t), static_cast<int32_t>(length));
  return arguments.Return(0);
}

napi_value Shutdown(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  int32_t how;
  if (!FindSlot(arguments, &slot) || !arguments.Int32(2, "how", &how)) return nullptr;
  if (slot == nullptr) return arguments.Return(-EBADF);
  return arguments.Return(Retry([&] { return shutdown(slot->fd, how); }));
}

template <int (*call)(int, sockaddr*, socklen_t*)>
napi_value Name(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  View result;
  if (!FindSlot(arguments, &slot) || !arguments.Room(2, "result", kResultRoom, &result)) return nullptr;
  if (slot == nullptr) return arguments.Return(-EBADF);
  socklen_t length = sizeof(sockaddr_storage);
  ssize_t outcome = Retry([&] { return call(slot->fd, AddressRoom(result), &length); });
  if (outcome == 0) Put(result, kAddressLength / sizeof(int32_t), static_cast<int32_t>(length));
  return arguments.Return(outcome);
}

int SystemGetsockname(int fd, sockaddr* address, socklen_t* length) {
  return getsockname(fd, address, length);
}
int SystemGetpeername(int fd, sockaddr* address, socklen_t* length) {
  return getpeername(fd, address, length);
}

// watch(slot, generation, wanted, attempted): registers on first interest.
napi_value Watch(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  uint32_t wanted, attempted;
  if (!FindSlot(arguments, &slot) || !arguments.Uint32(2, "wanted", &wanted) ||
      !arguments.Uint32(3, "attempted", &attempted)) {
    return nullptr;
  }
  if (slot == nullptr) return arguments.Return(-EBADF);
  wanted &= kAllDirections;
  if (slot->poller == nullptr) {
    if (wanted == 0) return arguments.Return(0);
    uint32_t index, generation;
    arguments.Uint32(0, "slot", &index);
    arguments.Uint32(1, "generation", &generation);
    int result =
        Poller::Create(arguments.environment(), index, generation, slot->fd, slot->referenced, &slot->poller);
    if (result != 0) return arguments.Return(result);
  }
  return arguments.Return(slot->poller->Watch(wanted, attempted));
}

napi_value Rearm(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  uint32_t directions;
  if (!FindSlot(arguments, &slot) || !arguments.Uint32(2, "directions", &directions)) return nullptr;
  if (slot == nullptr) return arguments.Return(-EBADF);
  if (slot->poller != nullptr) slot->poller->Attempted(directions);
  return arguments.Return(0);
}

napi_value SetReferenced(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  bool referenced;
  if (!FindSlot(arguments, &slot) || !arguments.Boolean(2, "referenced", &referenced)) return nullptr;
  if (slot == nullptr) return arguments.Return(-EBADF);
  slot->referenced = referenced;
  if (slot->poller != nullptr) slot->poller->SetReferenced(referenced);
  return arguments.Return(0);
}

template <int (Environment::*end)(uint32_t)>
napi_value End(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  if (!FindSlot(arguments, &slot)) return nullptr;
  if (slot == nullptr) return arguments.Return(-EBADF);
  uint32_t index;
  arguments.Uint32(0, "slot", &index);
  return arguments.Return((arguments.environment().*end)(index));
}

}  // namespace

void ExportSocket(Napi::Object exports, Environment* environment) {
  const ExportedFunction functions[] = {
      {"socket", Guarded<Socket>},
      {"socketpair", Guarded<Socketpair>},
      {"adopt", Guarded<Adopt>},
      {"duplicate", Guarded<Duplicate>},
      {"adoptReceived", Guarded<AdoptReceived>},
      {"bind", Guarded<Bind>},
      {"connect", Guarded<Connect>},
      {"listen", Guarded<Listen>},
      {"accept", Guarded<Accept>},
      {"shutdown", Guarded<Shutdown>},
      {"getsockname", Guarded<Name<SystemGetsockname>>},
      {"getpeername", Guarded<Name<SystemGetpeername>>},
      {"watch", Guarded<Watch>},
      {"rearm", Guarded<Rearm>},
      {"setReferenced", Guarded<SetReferenced>},
      {"close", Guarded<End<&Environment::Close>>},
      {"detach", Guarded<End<&Environment::Detach>>},
  };
  Export(exports, environment, functions);
}

}  // namespace uvsock
