#include "control.h"

#include <algorithm>
#include <cstring>

#include "control_messages.h"
#include "syscall.h"

namespace uvsock {

namespace {

struct PackedHeader {
  int32_t level, type;
  uint32_t length;
};

struct PackedDescriptor {
  uint32_t slot, generation;
  int32_t fd;
};

// Packed, no control message is longer than it was, descriptors aside.
static_assert(CMSG_LEN(0) >= sizeof(PackedHeader));
static_assert(sizeof(PackedDescriptor) == 3 * sizeof(int));

size_t Padded(size_t length) {
  return (length + 3) & ~size_t{3};
}

// Returns how many there were. Those that there is no memory for are closed, as
// the kernel does with those for which the process has no room.
size_t TakeDescriptors(SlotTable& slots, const uint8_t* data, size_t count, uint8_t* packed, int* flags) {
  size_t taken = 0;
  for (size_t i = 0; i < count; i++) {
    PackedDescriptor descriptor;
    std::memcpy(&descriptor.fd, data + i * sizeof(int), sizeof(int));
    if (descriptor.fd < 0) continue;
    if (!slots.Reserve(1)) {
      CloseWithoutLinger(descriptor.fd);
      *flags |= MSG_CTRUNC;
      continue;
    }
    platform::CloseOnExec(descriptor.fd);
    descriptor.slot = slots.Take(descriptor.fd, 0);
    descriptor.generation = slots[descriptor.slot].generation;
    std::memcpy(packed + taken++ * sizeof descriptor, &descriptor, sizeof descriptor);
  }
  return taken;
}

}  // namespace

uint8_t* ControlRoom::Reserve(size_t length) {
  if (length <= sizeof few_) return few_;
  many_.reset(new std::max_align_t[length / sizeof(std::max_align_t) + 1]);
  return reinterpret_cast<uint8_t*>(many_.get());
}

size_t PackControl(SlotTable& slots, msghdr* message, uint8_t* packed) {
  size_t position = 0;
  ForEachControl(*message, [&](const cmsghdr& each, const uint8_t* data, size_t length) {
    PackedHeader header = {each.cmsg_level, each.cmsg_type, static_cast<uint32_t>(length)};
    uint8_t* bytes = packed + position + sizeof header;
    if (platform::CarriesDescriptors(each)) {
      const size_t taken = TakeDescriptors(slots, data, length / sizeof(int), bytes, &message->msg_flags);
      header.length = static_cast<uint32_t>(taken * sizeof(PackedDescriptor));
    } else if (length > 0) {
      std::memcpy(bytes, data, length);
    }
    std::memcpy(packed + position, &header, sizeof header);
    position += sizeof header + Padded(header.length);
  });
  return position;
}

bool UnpackControl(const View& packed, ControlRoom* room, msghdr* message) {
  // Twice: the space is known only after a look at all of them.
  size_t space = 0;
  PackedHeader header;
  auto for_each = [&](auto visit) {
    for (size_t position = 0; position < packed.length;) {
      if (packed.length - position < sizeof header) return false;
      std::memcpy(&header, packed.data + position, sizeof header);
      position += sizeof header;
      if (header.length > packed.length - position) return false;
      visit(packed.data + position);
      position += std::min(Padded(header.length), packed.length - position);
    }
    return true;
  };
  if (packed.length > ControlRoom::kMost) return false;
  if (!for_each([&](const uint8_t*) { space += CMSG_SPACE(header.length); })) return false;
  if (space == 0) return true;

  uint8_t* next = room->Reserve(space);
  std::memset(next, 0, space);
  message->msg_control = next;
  message->msg_controllen = space;
  for_each([&](const uint8_t* data) {
    auto* each = reinterpret_cast<cmsghdr*>(next);
    each->cmsg_level = header.level;
    each->cmsg_type = header.type;
    each->cmsg_len = CMSG_LEN(header.length);
    if (header.length > 0) std::memcpy(CMSG_DATA(each), data, header.length);
    next += CMSG_SPACE(header.length);
  });
  return true;
}

bool SendsByPointer(const msghdr& message) {
  bool found = false;
  ForEachControl(message, [&](const cmsghdr& each, const uint8_t*, size_t) {
    found = found || platform::SendsByPointer(each);
  });
  return found;
}

}  // namespace uvsock
