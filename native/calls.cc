#include "calls.h"

namespace uvsock {

namespace {

bool HungUp(int fd) {
  pollfd look = {fd, platform::kPollHangup, 0};
  return poll(&look, 1, 0) == 1 && (look.revents & (POLLHUP | platform::kPollHangup));
}

// End of stream stays readable for ever, so reading it is not an attempt. A
// SEQPACKET socket may also carry an empty message.
bool AtEnd(const Slot& slot, size_t room, ssize_t result) {
  if (result != 0 || room == 0) return false;
  return slot.style == SOCK_STREAM || (slot.style == SOCK_SEQPACKET && HungUp(slot.fd));
}

}  // namespace

void Received(Slot& slot, size_t room, int32_t flags, ssize_t result) {
  if (slot.poller == nullptr) return;
  if (flags & platform::kErrorQueue) {
    // From an empty queue nothing was taken: the error may still be pending.
    if (result >= 0) slot.poller->ErrorTaken();
    Attempted(slot, kReadable | kPriority | kError, result);
  } else if (!AtEnd(slot, room, result)) {
    Attempted(slot, kReadable | kPriority, result);
  }
}

}  // namespace uvsock
