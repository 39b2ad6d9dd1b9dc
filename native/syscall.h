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

// A close(2) with SO_LINGER {on, t > 0} and unsent data blocks for up to t
// seconds, O_NONBLOCK or not. On Linux the option changes nothing else: the
// kernel delivers the data in the background either way (tcp_close), so it is
// switched off and the close returns at once. {on, 0}, a reset, stays.
inline int CloseWithoutLinger(int fd) {
  linger value = {0, 0};
  socklen_t length = sizeof value;
  if (getsockopt(fd, SOL_SOCKET, SO_LINGER, &value, &length) == 0 && value.l_onoff && value.l_linger != 0) {
    linger off = {0, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &off, sizeof off);
  }
  return Close(fd);
}

inline bool WouldBlock(ssize_t result) {
  return result == -EAGAIN || result == -EWOULDBLOCK;
}

}  // namespace uvsock
