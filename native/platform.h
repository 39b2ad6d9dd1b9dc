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
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/in_systm.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/can.h>
#include <linux/can/raw.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/mptcp.h>
#include <linux/net_tstamp.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/vm_sockets.h>
#include <sys/sendfile.h>
// The kernel may be newer than its headers, and some numbers are in none of
// them; those of SOL_SOCKET differ on two architectures.
#ifndef IP6T_SO_ORIGINAL_DST
#define IP6T_SO_ORIGINAL_DST 80
#endif
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif
#ifndef IP_PROTOCOL
#define IP_PROTOCOL 52
#endif
#ifndef UDPLITE_SEND_CSCOV
#define UDPLITE_SEND_CSCOV 10
#define UDPLITE_RECV_CSCOV 11
#endif
#if !defined(SO_PEERPIDFD) && !defined(__sparc__) && !defined(__hppa__)
#define SO_PEERPIDFD 77
#endif
// What the kernel passes must be known as a descriptor.
#ifndef SCM_PIDFD
#define SCM_PIDFD 4
#endif
#if !defined(SO_PASSPIDFD) && !defined(__sparc__) && !defined(__hppa__)
#define SO_PASSPIDFD 76
#endif
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

inline int SetNonblocking(int fd) {
  int status = fcntl(fd, F_GETFL);
  if (status == -1 || status & O_NONBLOCK) return status;
  return fcntl(fd, F_SETFL, status | O_NONBLOCK);
}

inline int SetFlags(int fd) {
  if (SetNonblocking(fd) == -1) return -1;
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
// O_NONBLOCK, and a closed peer must be EPIPE, never a signal. Receives are
// only told not to wait: packet(7) sockets refuse flags they do not know.
#ifdef MSG_NOSIGNAL
constexpr int kTransferFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
#else
constexpr int kTransferFlags = MSG_DONTWAIT;
#endif

// Of a file, from `offset` on, to a socket. The other systems' calls of this
// name are different ones, and nobody has tried them: there it is read and sent.
#ifdef __linux__
inline ssize_t Sendfile(int socket, int file, int64_t offset, size_t length) {
  off_t from = static_cast<off_t>(offset);
  return ::sendfile(socket, file, &from, length);
}
// A pipe that does not block, of `size` bytes if the system allows it.
inline int Pipe(int fds[2], size_t size) {
  if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) == -1) return -1;
  fcntl(fds[0], F_SETPIPE_SZ, static_cast<int>(size));
  return 0;
}
// One of the two is a pipe.
inline ssize_t Splice(int from, int to, size_t length) {
  return ::splice(from, nullptr, to, nullptr, length, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
}
// sendfile(2) and splice(2) take no MSG_NOSIGNAL, so the calling thread has
// SIGPIPE blocked meanwhile, and takes its own away if `*result` says that there
// is one. Node ignores the signal until somebody has listened for it and
// listens no more. Linux's sigprocmask(2) is that of the thread, and unlike
// pthread_sigmask(3) the same symbol in every glibc.
class WithoutSigpipe {
 public:
  explicit WithoutSigpipe(const ssize_t* result) : result_(result) {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    sigprocmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  ~WithoutSigpipe() {
    const timespec at_once = {0, 0};
    if (*result_ == -EPIPE && !sigismember(&before_, SIGPIPE)) {
      while (sigtimedwait(&sigpipe_, nullptr, &at_once) == -1 && errno == EINTR) continue;
    }
    sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  const ssize_t* result_;
  sigset_t sigpipe_, before_;
};
#else
inline ssize_t Sendfile(int, int, int64_t, size_t) {
  return errno = ENOSYS, -1;
}
inline int Pipe(int[2], size_t) {
  return errno = ENOSYS, -1;
}
inline ssize_t Splice(int, int, size_t) {
  return errno = ENOSYS, -1;
}
struct WithoutSigpipe {
  explicit WithoutSigpipe(const ssize_t*) {}
  ~WithoutSigpipe() {}  // sends have what it takes
};
#endif

// Received descriptors are close-on-exec from birth, or at once.
#ifdef MSG_CMSG_CLOEXEC
constexpr int kReceiveFlags = MSG_DONTWAIT | MSG_CMSG_CLOEXEC;
inline void CloseOnExec(int) {}
#else
constexpr int kReceiveFlags = MSG_DONTWAIT;
inline void CloseOnExec(int fd) {
  fcntl(fd, F_SETFD, FD_CLOEXEC);
}
#endif

// Whether messages may bring descriptors; if unknown, they may.
inline bool PassesDescriptors([[maybe_unused]] int fd) {
#ifdef SO_DOMAIN
  int family;
  socklen_t length = sizeof family;
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length) == -1 || family == AF_UNIX;
#else
  return true;
#endif
}

// Receives by a call that takes flags. packet(7) sockets refuse MSG_CMSG_CLOEXEC.
template <typename Call>
inline ssize_t ReceiveBy(int fd, int flags, Call call) {
  ssize_t result = call(flags | kReceiveFlags);
  if (result != -1 || errno != EINVAL || PassesDescriptors(fd)) return result;
  return call(flags | MSG_DONTWAIT);
}

inline ssize_t ReceiveMessage(int fd, msghdr* message, int flags) {
  return ReceiveBy(fd, flags, [&](int all) { return recvmsg(fd, message, all); });
}

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
inline ssize_t Recvmmsg(int fd, MessageHeader* messages, size_t count, int flags) {
  return ReceiveBy(fd, flags, [&](int all) {
    return ::recvmmsg(fd, messages, static_cast<unsigned int>(count), all, nullptr);
  });
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
inline ssize_t Recvmmsg(int fd, MessageHeader* messages, size_t count, int flags) {
  return ForEachMessage(messages, count, [&](msghdr* message) { return ReceiveMessage(fd, message, flags); });
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

// How many bytes are in the send queue.
inline int BytesUnsent([[maybe_unused]] int fd, [[maybe_unused]] int* out) {
#if defined(SIOCOUTQ)
  return ioctl(fd, SIOCOUTQ, out);
#elif defined(FIONWRITE)
  return ioctl(fd, FIONWRITE, out);
#elif defined(SO_NWRITE)
  return GetInt(fd, SO_NWRITE, out);
#else
  return errno = ENOTTY, -1;
#endif
}

// The members of struct ip_mreq_source stand in another order elsewhere, and
// the alignment of struct group_req depends on the processor.
#ifdef IP_ADD_SOURCE_MEMBERSHIP
constexpr size_t kSourceInterface = offsetof(ip_mreq_source, imr_interface);
#else
constexpr size_t kSourceInterface = 4;
#endif
#ifdef MCAST_JOIN_GROUP
constexpr size_t kGroup = offsetof(group_req, gr_group);
#else
constexpr size_t kGroup = 8;
#endif

// Classic BPF. The kernel takes struct sock_fprog, which points to the
// instructions; JavaScript passes the instructions, never a pointer.
#ifdef __linux__
inline bool TakesProgram(int level, int name, size_t length) {
  if (level == SOL_SOCKET) return name == SO_ATTACH_FILTER || name == SO_ATTACH_REUSEPORT_CBPF;
  // Four bytes are the descriptor of an eBPF program.
  return level == SOL_PACKET && name == PACKET_FANOUT_DATA && length != sizeof(int);
}
inline int SetProgram(int fd, int level, int name, uint8_t* instructions, size_t length) {
  size_t count = length / sizeof(sock_filter);
  if (length % sizeof(sock_filter) != 0 || count > BPF_MAXINSNS) return errno = EINVAL, -1;
  sock_fprog program = {static_cast<unsigned short>(count), reinterpret_cast<sock_filter*>(instructions)};
  return setsockopt(fd, level, name, &program, sizeof program);
}
// SO_GET_FILTER counts the room, and what it returns, in these instead of bytes.
inline size_t OptionUnit(int level, int name) {
  return level == SOL_SOCKET && name == SO_GET_FILTER ? sizeof(sock_filter) : 1;
}
// Others whose value has a pointer that the kernel would read or write through:
// the tables of iptables, ip6tables, arptables and ebtables, the memory of
// AF_XDP and of RDS.
inline bool HoldsPointer(int level, int name) {
  constexpr struct {
    int level, name;
  } kOptions[] = {{IPPROTO_IP, 64},  {IPPROTO_IPV6, 64}, {IPPROTO_IP, 96}, {IPPROTO_IP, 128},
                  {IPPROTO_IP, 129}, {SOL_XDP, 4},       {SOL_RDS, 2},     {SOL_RDS, 7}};
  for (const auto& option : kOptions) {
    if (option.level == level && option.name == name) return true;
  }
  return false;
}
#else
inline bool TakesProgram(int, int, size_t) {
  return false;
}
inline int SetProgram(int, int, int, uint8_t*, size_t) {
  return errno = ENOPROTOOPT, -1;
}
inline size_t OptionUnit(int, int) {
  return 1;
}
inline bool HoldsPointer(int, int) {
  return false;
}
#endif

}  // namespace uvsock::platform
