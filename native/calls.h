// What the functions that are system calls on a socket share.
#pragma once

#include <cstring>

#include "environment.h"
#include "syscall.h"

namespace uvsock {

// Reads two arguments, 0 and 1 unless said otherwise: the socket. False if they
// are not numbers (thrown). `*slot` is null if the socket is closed, or never
// was: answer -EBADF.
inline bool FindSlot(const Arguments& arguments, Slot** slot, size_t at = 0) {
  uint32_t index, generation;
  if (!arguments.Uint32(at, "slot", &index) || !arguments.Uint32(at + 1, "generation", &generation))
    return false;
  *slot = arguments.environment().slots().Find(index, generation);
  return true;
}

// Tells the poller of a call: it was an attempt, and it may have taken the
// pending error.
inline void Attempted(Slot& slot, Directions directions, ssize_t result) {
  if (slot.poller == nullptr) return;
  if (result < 0 && !WouldBlock(result)) slot.poller->ErrorTaken();
  slot.poller->Attempted(directions);
}

// The same for what receives, which had room for `room` bytes.
void Received(Slot& slot, size_t room, int32_t flags, ssize_t result);

// Where a call leaves a name: the length as an int at kAddressLength, the
// sockaddr at kAddress. src/binding.ts knows the same numbers.
constexpr size_t kAddressLength = 12;
constexpr size_t kAddress = 16;
constexpr size_t kResultRoom = kAddress + sizeof(sockaddr_storage);

inline void Put(const View& result, size_t position, int32_t value) {
  std::memcpy(result.data + position * sizeof value, &value, sizeof value);
}

// Slot, generation and descriptor of what is new in a slot, at `position`.
inline void PutSlot(Environment& environment, const View& result, size_t position, int fd, uint32_t index) {
  Put(result, position, static_cast<int32_t>(index));
  Put(result, position + 1, static_cast<int32_t>(environment.slots()[index].generation));
  Put(result, position + 2, fd);
}

inline sockaddr* AddressRoom(const View& result) {
  return reinterpret_cast<sockaddr*>(result.data + kAddress);
}

}  // namespace uvsock
