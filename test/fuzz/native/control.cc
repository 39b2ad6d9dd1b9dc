// Any bytes as packed control messages, which are to be sent: what is taken
// comes out as it was. And any bytes as what the kernel has left.
#include "../../../native/control.h"

#include "../../../native/control_messages.h"
#include "checked.h"

namespace {

using uvsock::View;

void CheckReceived(const uint8_t* data, size_t length) {
  std::vector<uint8_t> left = Copy(data, length);
  msghdr message = {};
  message.msg_control = left.data();
  message.msg_controllen = left.size();
  uvsock::SlotTable slots;
  std::vector<uint8_t> packed(uvsock::PackedRoom(length));
  const size_t used = uvsock::PackControl(slots, &message, packed.data());
  Check(used <= packed.size() && used % 4 == 0);
  Look(packed.data(), used);
}

void CheckSent(const uint8_t* data, size_t length) {
  std::vector<uint8_t> packed = Copy(data, length);
  uvsock::ControlRoom room;
  msghdr message = {};
  if (!uvsock::UnpackControl({packed.data(), packed.size()}, &room, &message)) {
    Check(message.msg_control == nullptr);
    return;
  }
  Look(message.msg_control, message.msg_controllen);
  uvsock::SendsByPointer(message);
  // The same messages, in their order.
  size_t position = 0;
  uvsock::ForEachControl(message, [&](const cmsghdr& each, const uint8_t* bytes, size_t size) {
    int32_t header[3];
    std::memcpy(header, packed.data() + position, sizeof header);
    position += sizeof header;
    Check(header[0] == each.cmsg_level && header[1] == each.cmsg_type);
    Check(static_cast<uint32_t>(header[2]) == size);
    Check(size == 0 || std::memcmp(packed.data() + position, bytes, size) == 0);
    position += (size + 3) & ~size_t{3};
  });
  Check(position >= packed.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t length) {
  CheckReceived(data, length);
  CheckSent(data, length);
  return 0;
}
