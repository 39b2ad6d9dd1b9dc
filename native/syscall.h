// System calls as values: the result, or -errno; an interrupted call is retried.
#pragma once

#include "platform.h"

namespace uvsock {

template <typename Call>
inline ssize_t Retry(Call call) {
  ssize_t result;
  do {
    result = call();
  } while (result == -1 && errno == EINTR);
  return result == -1 ? -errno : result;
}

// For calls that take no MSG_DONTWAIT: another process that shares the socket
// may have cleared O_NONBLOCK. 0, or -errno.
inline ssize_t SetNonblocking(int fd) {
  ssize_t result = Retry([&] { return platform::SetNonblocking(fd); });
  return result < 0 ? result : 0;
}

// close(2) must not be retried: on Linux the descriptor is gone even after
// EINTR, and its number may already belong to another thread's file.
inline int Close(int fd) {
  return ::close(fd) == -1 ? -errno : 0;
}

inline bool WouldBlock(ssize_t result) {
  return result == -EAGAIN || result == -EWOULDBLOCK;
}

}  // namespace uvsock
