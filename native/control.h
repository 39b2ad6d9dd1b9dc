// Control messages (ancillary data), cmsg(3). JavaScript sees them packed:
// level, type and length as 32-bit integers, then the bytes, then up to 3 more
// so that the next one is aligned. src/control.ts knows the same form. The
// alignment and padding of the kernel's form stay here.
#pragma once

#include <cstddef>
#include <memory>

#include "platform.h"
#include "slots.h"
#include "view.h"

namespace uvsock {

// Room for control messages in the kernel's form.
class ControlRoom {
 public:
  // More than the kernel gives or takes in one call: it bounds what is allocated.
  static constexpr size_t kMost = 1 << 20;

  // At least `length` bytes, aligned.
  uint8_t* Reserve(size_t length);

 private:
  alignas(std::max_align_t) uint8_t few_[4096];
  std::unique_ptr<std::max_align_t[]> many_;
};

// How many bytes the packed form of `room` bytes may have: each received
// descriptor of 4 bytes becomes 12.
inline size_t PackedRoom(size_t room) {
  return 3 * room;
}

// Packs what was received; returns the length. Descriptors are taken into the
// table of slots, and each becomes three integers: slot, generation, fd. One
// that the kernel could not make (SCM_PIDFD of a process that is gone) is none;
// those that it has no memory for are closed, and MSG_CTRUNC is set.
size_t PackControl(SlotTable& slots, msghdr* message, uint8_t* packed);

// Puts packed control messages into `message`, made in `room`; false, and
// nothing done, if the packed form is malformed or too long.
bool UnpackControl(const View& packed, ControlRoom* room, msghdr* message);

// Whether the kernel would follow a pointer in one of the control messages.
bool SendsByPointer(const msghdr& message);

}  // namespace uvsock
