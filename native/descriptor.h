// A descriptor that is closed with its owner.
#pragma once

#include "syscall.h"

namespace uvsock {

class Descriptor {
 public:
  Descriptor() = default;
  ~Descriptor() { Reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  // Becomes a duplicate, close-on-exec: 0, or -errno.
  ssize_t Duplicate(int fd) {
    ssize_t result = Retry([&] { return fcntl(fd, F_DUPFD_CLOEXEC, 0); });
    if (result < 0) return result;
    Take(static_cast<int>(result));
    return 0;
  }
  // Owns it from now on.
  void Take(int fd) {
    Reset();
    fd_ = fd;
  }

  int get() const { return fd_; }
  // The caller owns it.
  int Release() {
    int fd = fd_;
    fd_ = -1;
    return fd;
  }
  void Reset() {
    if (fd_ != -1) Close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

}  // namespace uvsock
