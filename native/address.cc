#include "address.h"

#include <algorithm>
#include <cstring>

#include "arguments.h"
#include "platform.h"

namespace uvsock {

namespace {

napi_value Undefined(napi_env env) {
  napi_value value;
  napi_get_undefined(env, &value);
  return value;
}

napi_value Bytes(napi_env env, const void* data, size_t length) {
  Napi::Uint8Array bytes = Napi::Uint8Array::New(env, length);
  if (length > 0) std::memcpy(bytes.Data(), data, length);
  return bytes;
}

template <typename Address>
napi_value Whole(napi_env env, const Address& address) {
  return Bytes(env, &address, sizeof address);
}

// The address that `bytes` begin with; what is missing is zero.
template <typename Address>
Address Read(const View& bytes) {
  Address address = {};
  if (bytes.length > 0) std::memcpy(&address, bytes.data, std::min(bytes.length, sizeof address));
  return address;
}

napi_value EncodeFamily(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t family;
  if (!arguments.Uint32(0, "family", &family)) return nullptr;
  sockaddr address = {};
  address.sa_family = static_cast<sa_family_t>(family);
  return Whole(env, address);
}

napi_value EncodeInet(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  std::string text;
  uint32_t port;
  if (!arguments.String(0, "address", &text) || !arguments.Uint32(1, "port", &port)) return nullptr;
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (inet_pton(AF_INET, text.c_str(), &address.sin_addr) != 1) return Undefined(env);
  return Whole(env, address);
}

napi_value EncodeInet6(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  std::string text;
  uint32_t port, flowinfo, scope_id;
  if (!arguments.String(0, "address", &text) || !arguments.Uint32(1, "port", &port) ||
      !arguments.Uint32(2, "flowinfo", &flowinfo) || !arguments.Uint32(3, "scopeId", &scope_id)) {
    return nullptr;
  }
  sockaddr_in6 address = {};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(static_cast<uint16_t>(port));
  address.sin6_flowinfo = htonl(flowinfo);
  address.sin6_scope_id = scope_id;
  if (inet_pton(AF_INET6, text.c_str(), &address.sin6_addr) != 1) return Undefined(env);
  return Whole(env, address);
}

// A path ends at a NUL if there is room for one; an abstract name, which
// begins with NUL, ends with the address; no path at all is the bare family,
// which bind(2) takes as "choose a name".
napi_value EncodeUnix(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  View path;
  if (!arguments.Bytes(0, "path", &path)) return nullptr;
  sockaddr_un address = {};
  if (path.length > sizeof address.sun_path) return Undefined(env);
  address.sun_family = AF_UNIX;
  if (path.length > 0) std::memcpy(address.sun_path, path.data, path.length);
  bool terminated = path.length > 0 && path.data[0] != 0 && path.length < sizeof address.sun_path;
  return Bytes(env, &address, offsetof(sockaddr_un, sun_path) + path.length + (terminated ? 1 : 0));
}

napi_value EncodeNetlink(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  sockaddr_nl address = {};
  address.nl_family = static_cast<sa_family_t>(AF_NETLINK);
  if (!arguments.Uint32(0, "pid", &address.nl_pid) || !arguments.Uint32(1, "groups", &address.nl_groups)) {
    return nullptr;
  }
  return Whole(env, address);
}

napi_value EncodePacket(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t protocol, hatype, pkttype;
  View hwaddr;
  sockaddr_ll address = {};
  if (!arguments.Uint32(0, "protocol", &protocol) || !arguments.Int32(1, "ifindex", &address.sll_ifindex) ||
      !arguments.Uint32(2, "hatype", &hatype) || !arguments.Uint32(3, "pkttype", &pkttype) ||
      !arguments.Bytes(4, "hwaddr", &hwaddr)) {
    return nullptr;
  }
  if (hwaddr.length > sizeof address.sll_addr) return Undefined(env);
  address.sll_family = static_cast<sa_family_t>(AF_PACKET);
  address.sll_protocol = htons(static_cast<uint16_t>(protocol));
  address.sll_hatype = static_cast<uint16_t>(hatype);
  address.sll_pkttype = static_cast<uint8_t>(pkttype);
  address.sll_halen = static_cast<uint8_t>(hwaddr.length);
  if (hwaddr.length > 0) std::memcpy(address.sll_addr, hwaddr.data, hwaddr.length);
  return Whole(env, address);
}

napi_value EncodeVsock(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  sockaddr_vm address = {};
  address.svm_family = static_cast<sa_family_t>(AF_VSOCK);
  if (!arguments.Uint32(0, "cid", &address.svm_cid) || !arguments.Uint32(1, "port", &address.svm_port)) {
    return nullptr;
  }
  return Whole(env, address);
}

napi_value EncodeCan(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t rx_id, tx_id;
  sockaddr_can address = {};
  address.can_family = static_cast<sa_family_t>(AF_CAN);
  if (!arguments.Int32(0, "ifindex", &address.can_ifindex) || !arguments.Uint32(1, "rxId", &rx_id) ||
      !arguments.Uint32(2, "txId", &tx_id)) {
    return nullptr;
  }
  address.can_addr.tp.rx_id = rx_id;
  address.can_addr.tp.tx_id = tx_id;
  return Whole(env, address);
}

napi_value InetPton(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  int32_t family;
  std::string text;
  if (!arguments.Int32(0, "family", &family) || !arguments.String(1, "text", &text)) return nullptr;
  in6_addr address;
  if (inet_pton(family, text.c_str(), &address) != 1) return Undefined(env);
  return Bytes(env, &address, family == AF_INET ? sizeof(in_addr) : sizeof address);
}

napi_value InetNtop(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  int32_t family;
  View bytes;
  if (!arguments.Int32(0, "family", &family) || !arguments.Bytes(1, "bytes", &bytes)) return nullptr;
  char text[INET6_ADDRSTRLEN];
  in6_addr address = Read<in6_addr>(bytes);
  if (inet_ntop(family, &address, text, sizeof text) == nullptr) return Undefined(env);
  return Napi::String::New(env, text);
}

napi_value IfNameToIndex(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  std::string name;
  if (!arguments.String(0, "name", &name)) return nullptr;
  return Napi::Number::New(env, if_nametoindex(name.c_str()));
}

void SetText(Napi::Object fields, int family, const void* address) {
  char text[INET6_ADDRSTRLEN];
  if (inet_ntop(family, address, text, sizeof text) != nullptr) fields.Set("address", text);
}

void DecodeUnix(Napi::Object fields, const View& bytes) {
  constexpr size_t kStart = offsetof(sockaddr_un, sun_path);
  const uint8_t* path = bytes.data + kStart;
  size_t length = bytes.length > kStart ? bytes.length - kStart : 0;
  if (length > 0 && path[0] != 0) length = strnlen(reinterpret_cast<const char*>(path), length);
  fields.Set("path", Bytes(fields.Env(), path, length));
}

// decodeAddress(bytes): an object with the fields of the family.
napi_value DecodeAddress(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  View bytes;
  if (!arguments.Bytes(0, "bytes", &bytes)) return nullptr;
  Napi::Object fields = Napi::Object::New(env);
  int family = Read<sockaddr>(bytes).sa_family;
  fields.Set("family", family);
  if (family == AF_INET) {
    auto address = Read<sockaddr_in>(bytes);
    SetText(fields, AF_INET, &address.sin_addr);
    fields.Set("port", ntohs(address.sin_port));
  } else if (family == AF_INET6) {
    auto address = Read<sockaddr_in6>(bytes);
    SetText(fields, AF_INET6, &address.sin6_addr);
    fields.Set("port", ntohs(address.sin6_port));
    fields.Set("flowinfo", ntohl(address.sin6_flowinfo));
    fields.Set("scopeId", address.sin6_scope_id);
  } else if (family == AF_UNIX) {
    DecodeUnix(fields, bytes);
  } else if (family == AF_NETLINK) {
    auto address = Read<sockaddr_nl>(bytes);
    fields.Set("pid", address.nl_pid);
    fields.Set("groups", address.nl_groups);
  } else if (family == AF_PACKET) {
    auto address = Read<sockaddr_ll>(bytes);
    fields.Set("protocol", ntohs(address.sll_protocol));
    fields.Set("ifindex", address.sll_ifindex);
    fields.Set("hatype", address.sll_hatype);
    fields.Set("pkttype", address.sll_pkttype);
    fields.Set("hwaddr",
               Bytes(env, address.sll_addr, std::min<size_t>(address.sll_halen, sizeof address.sll_addr)));
  } else if (family == AF_VSOCK) {
    auto address = Read<sockaddr_vm>(bytes);
    fields.Set("cid", address.svm_cid);
    fields.Set("port", address.svm_port);
  } else if (family == AF_CAN) {
    auto address = Read<sockaddr_can>(bytes);
    fields.Set("ifindex", address.can_ifindex);
    fields.Set("rxId", address.can_addr.tp.rx_id);
    fields.Set("txId", address.can_addr.tp.tx_id);
  }
  return fields;
}

}  // namespace

void ExportAddress(Napi::Object exports) {
  const ExportedFunction functions[] = {
      {"encodeFamily", EncodeFamily},   {"encodeInet", EncodeInet},       {"encodeInet6", EncodeInet6},
      {"encodeUnix", EncodeUnix},       {"inetPton", InetPton},           {"inetNtop", InetNtop},
      {"encodeNetlink", EncodeNetlink}, {"encodePacket", EncodePacket},   {"encodeVsock", EncodeVsock},
      {"encodeCan", EncodeCan},         {"ifNameToIndex", IfNameToIndex}, {"decodeAddress", DecodeAddress},
  };
  Export(exports, nullptr, functions);
}

}  // namespace uvsock
