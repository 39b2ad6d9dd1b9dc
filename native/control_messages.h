// The control messages that a call has left, one after another, cmsg(3).
// Their lengths are looked at here, and not by CMSG_NXTHDR, of which there are
// such as overlook a last message that has no padding behind it: those of older
// glibc did, and descriptors in it were lost.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "platform.h"

namespace uvsock {

// visit(header, data, length): `length` is how many bytes of data there are,
// less than the header says if the message was cut (MSG_CTRUNC).
template <typename Visit>
void ForEachControl(const msghdr& message, Visit visit) {
  const auto* next = static_cast<const uint8_t*>(message.msg_control);
  for (size_t left = message.msg_controllen; left >= CMSG_LEN(0);) {
    cmsghdr header;
    std::memcpy(&header, next, sizeof header);
    if (header.cmsg_len < CMSG_LEN(0)) return;
    const size_t most = left - CMSG_LEN(0);
    const size_t length = std::min<size_t>(header.cmsg_len - CMSG_LEN(0), most);
    visit(header, next + CMSG_LEN(0), length);
    const size_t taken = CMSG_SPACE(length);
    if (taken >= left) return;
    next += taken;
    left -= taken;
  }
}

}  // namespace uvsock
