#include "sockaddr.h"

#include <algorithm>
#include <cstring>

#include "platform.h"

namespace uvsock {

namespace {

// The address that `bytes` begin with; what is missing is zero.
template <typename Address>
Address Read(const View& bytes) {
  Address address = {};
  if (bytes.length > 0) std::memcpy(&address, bytes.data, std::min(bytes.length, sizeof address));
  return address;
}

void InternetAddress(int family, const void* address, AddressFields* fields) {
  char text[INET6_ADDRSTRLEN];
  fields->Text("address", inet_ntop(family, address, text, sizeof text));
}

void DecodeInet(const View& bytes, AddressFields* fields) {
  auto address = Read<sockaddr_in>(bytes);
  InternetAddress(AF_INET, &address.sin_addr, fields);
  fields->Number("port", ntohs(address.sin_port));
}

void DecodeInet6(const View& bytes, AddressFields* fields) {
  auto address = Read<sockaddr_in6>(bytes);
  InternetAddress(AF_INET6, &address.sin6_addr, fields);
  fields->Number("port", ntohs(address.sin6_port));
  fields->Number("flowinfo", ntohl(address.sin6_flowinfo));
  fields->Number("scopeId", address.sin6_scope_id);
}

// Not through Read: the kernel's name of a path that fills sun_path is a byte
// longer than sockaddr_un, for the NUL.
void DecodeUnix(const View& bytes, AddressFields* fields) {
  const uint8_t* path = bytes.data + offsetof(sockaddr_un, sun_path);
  size_t length = bytes.length - offsetof(sockaddr_un, sun_path);
  bool abstract = length > 0 && path[0] == 0;
  fields->Bytes("path", path, abstract ? length : strnlen(reinterpret_cast<const char*>(path), length));
}

void DecodeNetlink(const View& bytes, AddressFields* fields) {
  auto address = Read<sockaddr_nl>(bytes);
  fields->Number("pid", address.nl_pid);
  fields->Number("groups", address.nl_groups);
}

void DecodePacket(const View& bytes, AddressFields* fields) {
  auto address = Read<sockaddr_ll>(bytes);
  fields->Number("protocol", ntohs(address.sll_protocol));
  fields->Number("ifindex", address.sll_ifindex);
  fields->Number("hatype", address.sll_hatype);
  fields->Number("pkttype", address.sll_pkttype);
  // The kernel gives no more bytes than the hardware address has.
  size_t room = std::min(bytes.length - offsetof(sockaddr_ll, sll_addr), sizeof address.sll_addr);
  fields->Bytes("hwaddr", address.sll_addr, std::min<size_t>(address.sll_halen, room));
}

void DecodeVsock(const View& bytes, AddressFields* fields) {
  auto address = Read<sockaddr_vm>(bytes);
  fields->Number("cid", address.svm_cid);
  fields->Number("port", address.svm_port);
}

void DecodeCan(const View& bytes, AddressFields* fields) {
  auto address = Read<sockaddr_can>(bytes);
  fields->Number("ifindex", address.can_ifindex);
  fields->Number("rxId", address.can_addr.tp.rx_id);
  fields->Number("txId", address.can_addr.tp.tx_id);
}

struct Layout {
  int family;
  size_t minimum;  // Fewer bytes than this and the address has no fields.
  void (*decode)(const View& bytes, AddressFields* fields);
};

// What may be missing at the end: padding, the scope (RFC 2133), the hardware
// address, the ids of a CAN protocol that has none.
constexpr Layout kLayouts[] = {
    {AF_INET, offsetof(sockaddr_in, sin_addr) + sizeof(in_addr), DecodeInet},
    {AF_INET6, offsetof(sockaddr_in6, sin6_addr) + sizeof(in6_addr), DecodeInet6},
    {AF_UNIX, offsetof(sockaddr_un, sun_path), DecodeUnix},
    {AF_NETLINK, sizeof(sockaddr_nl), DecodeNetlink},
    {AF_PACKET, offsetof(sockaddr_ll, sll_addr), DecodePacket},
    {AF_VSOCK, offsetof(sockaddr_vm, svm_cid) + sizeof(uint32_t), DecodeVsock},
    {AF_CAN, offsetof(sockaddr_can, can_addr), DecodeCan},
};

}  // namespace

void DecodeSockaddr(const View& bytes, AddressFields* fields) {
  int family = Read<sockaddr>(bytes).sa_family;
  fields->Number("family", family);
  for (const Layout& layout : kLayouts) {
    if (layout.family == family && bytes.length >= layout.minimum) return layout.decode(bytes, fields);
  }
}

}  // namespace uvsock
