#include "message.h"

#include <cstring>
#include <vector>

#include "calls.h"
#include "control.h"

namespace uvsock {

namespace {

// Where recvmsg leaves the flags and the length of the packed control
// messages, as integers; src/binding.ts knows the same numbers.
constexpr size_t kFlags = 0;
constexpr size_t kControlLength = 4;

// (slot, generation, parts, flags, ...), as both begin.
struct Message {
  Slot* slot = nullptr;
  std::vector<iovec> parts;
  size_t bytes = 0;
  int32_t flags = 0;
  bool too_many = false;
  msghdr header = {};

  // The parts come first: to read them may run JavaScript, which may close the
  // socket and detach any buffer.
  bool Read(const Arguments& arguments, const char* name) {
    std::vector<napi_value> views;
    if (!arguments.Elements(2, platform::kMostParts, &views)) return false;
    too_many = views.size() > platform::kMostParts;
    parts.reserve(views.size());
    for (napi_value view : views) {
      View part;
      if (!arguments.BytesOf(view, name, &part)) return false;
      parts.push_back({part.data, part.length});
      bytes += part.length;
    }
    header.msg_iov = parts.data();
    header.msg_iovlen = static_cast<decltype(header.msg_iovlen)>(parts.size());
    return FindSlot(arguments, &slot) && arguments.Int32(3, "flags", &flags);
  }
};

// recvmsg(slot, generation, buffers, flags, room, control, result): `room` is
// for control messages in the kernel's form, `control` for their packed form.
napi_value Recvmsg(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Message message;
  uint32_t length;
  View control, result;
  if (!message.Read(arguments, "buffers") || !arguments.Uint32(4, "room", ControlRoom::kMost, &length) ||
      !arguments.Room(5, "control", PackedRoom(length), &control) ||
      !arguments.Room(6, "result", kResultRoom, &result)) {
    return nullptr;
  }
  if (message.slot == nullptr) return arguments.Return(-EBADF);
  if (message.too_many) return arguments.Return(-EMSGSIZE);
  ControlRoom room;
  msghdr& header = message.header;
  header.msg_name = AddressRoom(result);
  header.msg_control = length == 0 ? nullptr : room.Reserve(length);
  ssize_t outcome = Retry([&] {
    header.msg_namelen = sizeof(sockaddr_storage);
    header.msg_controllen = length;
    return platform::ReceiveMessage(message.slot->fd, &header, message.flags);
  });
  Received(*message.slot, message.bytes, message.flags, outcome);
  if (outcome < 0) return arguments.Return(outcome);
  auto put = [&](size_t position, int32_t value) {
    std::memcpy(result.data + position, &value, sizeof value);
  };
  put(kControlLength,
      static_cast<int32_t>(PackControl(arguments.environment().slots(), &header, control.data)));
  put(kFlags, header.msg_flags);
  put(kAddressLength, static_cast<int32_t>(header.msg_namelen));
  return arguments.Return(outcome);
}

// sendmsg(slot, generation, data, flags, address, control): empty ones are none.
napi_value Sendmsg(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Message message;
  View address, control;
  if (!message.Read(arguments, "data") || !arguments.Bytes(4, "address", &address) ||
      !arguments.Bytes(5, "control", &control)) {
    return nullptr;
  }
  ControlRoom room;
  msghdr& header = message.header;
  if (!UnpackControl(control, &room, &header)) {
    napi_throw_range_error(env, "ERR_OUT_OF_RANGE",
                           "The \"control\" argument must be packed control messages, 1 MiB at most");
    return nullptr;
  }
  if (message.slot == nullptr) return arguments.Return(-EBADF);
  if (message.too_many) return arguments.Return(-EMSGSIZE);
  if (SendsByPointer(header)) return arguments.Return(-EOPNOTSUPP);
  if (address.length > 0) {
    header.msg_name = address.data;
    header.msg_namelen = static_cast<socklen_t>(address.length);
  }
  ssize_t result =
      Retry([&] { return sendmsg(message.slot->fd, &header, message.flags | platform::kTransferFlags); });
  Attempted(*message.slot, kWritable, result);
  return arguments.Return(result);
}

}  // namespace

void ExportMessage(Napi::Object exports, Environment* environment) {
  const ExportedFunction functions[] = {{"recvmsg", Guarded<Recvmsg>}, {"sendmsg", Guarded<Sendmsg>}};
  Export(exports, environment, functions);
}

}  // namespace uvsock
