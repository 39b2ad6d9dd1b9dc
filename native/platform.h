// Every difference between systems, in one place: headers, and the calls that
// only some of them have. The rest of the addon contains no #ifdef.
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#ifdef __APPLE__
#define __APPLE_USE_RFC_3542 1  // IPV6_PKTINFO and its kin
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/can.h>
#include <linux/can/raw.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/vm_sockets.h>
#else
// Families that only Linux has, so that the code which takes their addresses
// apart compiles: no sockaddr carries the family -1.
#define AF_NETLINK -1
#define AF_PACKET -1
#define AF_VSOCK -1
#define AF_CAN -1
struct sockaddr_nl {
  sa_family_t nl_family;
  uint32_t nl_pid, nl_groups;
};
struct sockaddr_ll {
  sa_family_t sll_family;
  uint16_t sll_protocol;
  int sll_ifindex;
  uint16_t sll_hatype;
  uint8_t sll_pkttype, sll_halen, sll_addr[8];
};
struct sockaddr_vm {
  sa_family_t svm_family;
  uint32_t svm_port, svm_cid;
};
struct sockaddr_can {
  sa_family_t can_family;
  int can_ifindex;
  union {
    struct {
      uint32_t rx_id, tx_id;
    } tp;
  } can_addr;
};
#endif

namespace uvsock::platform {

inline int SetFlags(int fd) {
  int status = fcntl(fd, F_GETFL);
  if (status == -1 || (!(status & O_NONBLOCK) && fcntl(fd, F_SETFL, status | O_NONBLOCK) == -1)) return -1;
  int flags = fcntl(fd, F_GETFD);
  if (flags == -1 || (!(flags & FD_CLOEXEC) && fcntl(fd, F_SETFD, flags | FD_CLOEXEC) == -1)) return -1;
  return 0;
}

// Without MSG_NOSIGNAL the process-wide answer to a closed peer is SIGPIPE.
inline void NoSigpipe([[maybe_unused]] int fd) {
#if !defined(MSG_NOSIGNAL) && defined(SO_NOSIGPIPE)
  int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
}

// Closes `fd` when preparing it failed, keeping the errno of the failure.
inline int Prepared(int fd) {
  if (fd == -1) return -1;
  if (SetFlags(fd) == -1) {
    int error = errno;
    ::close(fd);
    errno = error;
    return -1;
  }
  NoSigpipe(fd);
  return fd;
}

#if defined(SOCK_NONBLOCK) && defined(SOCK_CLOEXEC)
constexpr int kStyleFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;
inline int Socket(int family, int style, int protocol) {
  return ::socket(family, style | kStyleFlags, protocol);
}
inline int Socketpair(int family, int style, int protocol, int fds[2]) {
  return ::socketpair(family, style | kStyleFlags, protocol, fds);
}
#else
constexpr int kStyleFlags = 0;
inline int Socket(int family, int style, int protocol) {
  return Prepared(::socket(family, style, protocol));
}
inline int Socketpair(int family, int style, int protocol, int fds[2]) {
  if (::socketpair(family, style, protocol, fds) == -1) return -1;
  if (Prepared(fds[0]) == -1) return ::close(fds[1]), -1;
  if (Prepared(fds[1]) == -1) return ::close(fds[0]), -1;
  return 0;
}
#endif

#if defined(__linux__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)
inline int Accept(int fd, sockaddr* address, socklen_t* length) {
  return ::accept4(fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
#else
inline int Accept(int fd, sockaddr* address, socklen_t* length) {
  return Prepared(::accept(fd, address, length));
}
#endif

// Another process that shares the open file description may have cleared
// O_NONBLOCK, and a closed peer must be EPIPE, never a signal.
#ifdef MSG_NOSIGNAL
constexpr int kTransferFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
#else
constexpr int kTransferFlags = MSG_DONTWAIT;
#endif

// Received descriptors are close-on-exec from birth, or at once.
#ifdef MSG_CMSG_CLOEXEC
constexpr int kReceiveFlags = kTransferFlags | MSG_CMSG_CLOEXEC;
inline void CloseOnExec(int) {}
#else
constexpr int kReceiveFlags = kTransferFlags;
inline void CloseOnExec(int fd) {
  fcntl(fd, F_SETFD, FD_CLOEXEC);
}
#endif

// Whether a control message brings descriptors, which somebody has to own.
inline bool CarriesDescriptors(const cmsghdr& message) {
  if (message.cmsg_level != SOL_SOCKET) return false;
#ifdef SCM_PIDFD
  if (message.cmsg_type == SCM_PIDFD) return true;
#endif
  return message.cmsg_type == SCM_RIGHTS;
}

#ifdef MSG_ERRQUEUE
constexpr int kErrorQueue = MSG_ERRQUEUE;
#else
constexpr int kErrorQueue = 0;
#endif

// The most parts that a message may have.
#ifdef IOV_MAX
constexpr uint32_t kMostParts = IOV_MAX;
#else
constexpr uint32_t kMostParts = 1024;
#endif

// Many messages in one call; where there is none, in a call for each.
#if defined(__linux__) || defined(__FreeBSD__) || defined(__NetBSD__)
using MessageHeader = mmsghdr;
inline int Recvmmsg(int fd, MessageHeader* messages, size_t count, int flags) {
  return static_cast<int>(::recvmmsg(fd, messages, static_cast<unsigned int>(count), flags, nullptr));
}
inline int Sendmmsg(int fd, MessageHeader* messages, size_t count, int flags) {
  return static_cast<int>(::sendmmsg(fd, messages, static_cast<unsigned int>(count), flags));
}
#else
struct MessageHeader {
  msghdr msg_hdr;
  unsigned int msg_len;
};
template <typename Call>
inline int ForEachMessage(MessageHeader* messages, size_t count, Call call) {
  for (size_t i = 0; i < count; i++) {
    ssize_t length = call(&messages[i].msg_hdr);
    if (length == -1) return i == 0 ? -1 : static_cast<int>(i);
    messages[i].msg_len = static_cast<unsigned int>(length);
  }
  return static_cast<int>(count);
}
inline int Recvmmsg(int fd, MessageHeader* messages, size_t count, int flags) {
  return ForEachMessage(messages, count, [&](msghdr* message) { return ::recvmsg(fd, message, flags); });
}
inline int Sendmmsg(int fd, MessageHeader* messages, size_t count, int flags) {
  return ForEachMessage(messages, count, [&](msghdr* message) { return ::sendmsg(fd, message, flags); });
}
#endif

// Types of control messages that a system lacks: none is of the type -1.
#ifdef UDP_SEGMENT
constexpr int kUdpSegment = UDP_SEGMENT;
#else
constexpr int kUdpSegment = -1;
#endif
#ifdef UDP_GRO
constexpr int kUdpGro = UDP_GRO;
#else
constexpr int kUdpGro = -1;
#endif
#ifdef SCM_TIMESTAMPNS
constexpr int kTimestampNs = SCM_TIMESTAMPNS;
#else
constexpr int kTimestampNs = -1;
#endif
#ifdef IP_PKTINFO
constexpr int kPacketInfo = IP_PKTINFO;
using PacketInfo = in_pktinfo;
#else
constexpr int kPacketInfo = -1;
struct PacketInfo {
  unsigned int ipi_ifindex;
  in_addr ipi_spec_dst, ipi_addr;
};
#endif
// Linux names these messages by the option that is their value, the BSDs by
// the option that asks for them.
#ifdef __linux__
constexpr int kTtl = IP_TTL, kTos = IP_TOS;
#else
constexpr int kTtl = IP_RECVTTL, kTos = IP_RECVTOS;
#endif

// Whether a socket knows UDP_SEGMENT: others would take no notice of it.
inline bool KnowsSegments([[maybe_unused]] int fd) {
#ifdef UDP_SEGMENT
  int value;
  socklen_t length = sizeof value;
  return getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &value, &length) == 0;
#else
  return false;
#endif
}

#ifdef POLLRDHUP
constexpr short kPollHangup = POLLRDHUP;
#else
constexpr short kPollHangup = 0;
#endif

// What SO_DOMAIN, SO_TYPE and SO_PROTOCOL tell of an adopted descriptor.
struct Kind {
  int family, style, protocol;
};

inline int GetInt(int fd, int name, int* out) {
  socklen_t length = sizeof *out;
  return getsockopt(fd, SOL_SOCKET, name, out, &length);
}

inline int Describe(int fd, Kind* kind) {
  if (GetInt(fd, SO_TYPE, &kind->style) == -1) return -1;
#ifdef SO_DOMAIN
  if (GetInt(fd, SO_DOMAIN, &kind->family) == -1) return -1;
#else
  sockaddr_storage name;
  socklen_t length = sizeof name;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length) == -1) return -1;
  kind->family = name.ss_family;
#endif
#ifdef SO_PROTOCOL
  if (GetInt(fd, SO_PROTOCOL, &kind->protocol) == -1) return -1;
#else
  kind->protocol = 0;
#endif
  return 0;
}

}  // namespace uvsock::platform
