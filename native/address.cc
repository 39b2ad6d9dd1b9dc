#include "address.h"

#include <cstring>
#include <limits>

#include "arguments.h"
#include "platform.h"
#include "sockaddr.h"

namespace uvsock {

namespace {

// Plain Node-API here, each failure answered with undefined: while a worker is
// being terminated any of these calls may fail, at any time, and
// node-addon-api ends the process over a failure that it cannot throw.

napi_value Undefined(napi_env env) {
  napi_value value = nullptr;
  napi_get_undefined(env, &value);
  return value;
}

napi_value Bytes(napi_env env, const void* source, size_t length) {
  void* data = nullptr;
  napi_value buffer, bytes;
  if (napi_create_arraybuffer(env, length, &data, &buffer) != napi_ok ||
      napi_create_typedarray(env, napi_uint8_array, length, buffer, 0, &bytes) != napi_ok) {
    return nullptr;
  }
  if (length > 0) std::memcpy(data, source, length);
  return bytes;
}

template <typename Address>
napi_value Whole(napi_env env, const Address& address) {
  return Bytes(env, &address, sizeof address);
}

// An argument that goes into a field of fewer than 32 bits.
template <typename Field>
bool Narrow(const Arguments& arguments, size_t index, const char* name, Field* out) {
  uint32_t value;
  if (!arguments.Uint32(index, name, &value)) return false;
  constexpr uint32_t kMaximum = std::numeric_limits<Field>::max();
  if (value > kMaximum) {
    std::string message = std::string("The value of \"") + name +
                          "\" is out of range. It must be an integer >= 0 and <= " + std::to_string(kMaximum);
    napi_throw_range_error(arguments.env(), "ERR_OUT_OF_RANGE", message.c_str());
    return false;
  }
  *out = static_cast<Field>(value);
  return true;
}

// C ends text at a NUL, JavaScript does not: "::1\0junk" is no address.
bool IsCText(const std::string& text) {
  return text.find('\0') == std::string::npos;
}

bool ParseText(int family, const std::string& text, void* address) {
  return IsCText(text) && inet_pton(family, text.c_str(), address) == 1;
}

napi_value EncodeFamily(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  sockaddr address = {};
  if (!Narrow(arguments, 0, "family", &address.sa_family)) return nullptr;
  return Whole(env, address);
}

napi_value EncodeInet(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  std::string text;
  uint16_t port;
  if (!arguments.String(0, "address", &text) || !Narrow(arguments, 1, "port", &port)) return nullptr;
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (!ParseText(AF_INET, text, &address.sin_addr)) return Undefined(env);
  return Whole(env, address);
}

napi_value EncodeInet6(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  std::string text;
  uint16_t port;
  uint32_t flowinfo, scope_id;
  if (!arguments.String(0, "address", &text) || !Narrow(arguments, 1, "port", &port) ||
      !arguments.Uint32(2, "flowinfo", &flowinfo) || !arguments.Uint32(3, "scopeId", &scope_id)) {
    return nullptr;
  }
  sockaddr_in6 address = {};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_flowinfo = htonl(flowinfo);
  address.sin6_scope_id = scope_id;
  if (!ParseText(AF_INET6, text, &address.sin6_addr)) return Undefined(env);
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
  View hwaddr;
  uint16_t protocol, hatype;
  uint8_t pkttype;
  int32_t ifindex;
  if (!Narrow(arguments, 0, "protocol", &protocol) || !arguments.Int32(1, "ifindex", &ifindex) ||
      !Narrow(arguments, 2, "hatype", &hatype) || !Narrow(arguments, 3, "pkttype", &pkttype) ||
      !arguments.Bytes(4, "hwaddr", &hwaddr)) {
    return nullptr;
  }
  sockaddr_ll address = {};
  if (hwaddr.length > sizeof address.sll_addr) return Undefined(env);
  address.sll_family = static_cast<sa_family_t>(AF_PACKET);
  address.sll_protocol = htons(protocol);
  address.sll_ifindex = ifindex;
  address.sll_hatype = hatype;
  address.sll_pkttype = pkttype;
  address.sll_halen = static_cast<uint8_t>(hwaddr.length);
  if (hwaddr.length > 0) std::memcpy(address.sll_addr, hwaddr.data, hwaddr.length);
  return Whole(env, address);
}

napi_value EncodeVsock(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t cid, port;
  if (!arguments.Uint32(0, "cid", &cid) || !arguments.Uint32(1, "port", &port)) return nullptr;
  sockaddr_vm address = {};
  address.svm_family = static_cast<sa_family_t>(AF_VSOCK);
  address.svm_cid = cid;
  address.svm_port = port;
  return Whole(env, address);
}

napi_value EncodeCan(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  int32_t ifindex;
  uint32_t rx_id, tx_id;
  if (!arguments.Int32(0, "ifindex", &ifindex) || !arguments.Uint32(1, "rxId", &rx_id) ||
      !arguments.Uint32(2, "txId", &tx_id)) {
    return nullptr;
  }
  sockaddr_can address = {};
  address.can_family = static_cast<sa_family_t>(AF_CAN);
  address.can_ifindex = ifindex;
  address.can_addr.tp.rx_id = rx_id;
  address.can_addr.tp.tx_id = tx_id;
  return Whole(env, address);
}

// How many bytes an Internet address has; 0 for other families.
size_t AddressSize(int family) {
  return family == AF_INET ? sizeof(in_addr) : family == AF_INET6 ? sizeof(in6_addr) : 0;
}

napi_value InetPton(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  int32_t family;
  std::string text;
  if (!arguments.Int32(0, "family", &family) || !arguments.String(1, "text", &text)) return nullptr;
  in6_addr address;
  size_t size = AddressSize(family);
  if (size == 0 || !ParseText(family, text, &address)) return Undefined(env);
  return Bytes(env, &address, size);
}

napi_value InetNtop(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  int32_t family;
  View bytes;
  if (!arguments.Int32(0, "family", &family) || !arguments.Bytes(1, "bytes", &bytes)) return nullptr;
  char text[INET6_ADDRSTRLEN];
  size_t size = AddressSize(family);
  if (size == 0 || bytes.length != size || inet_ntop(family, bytes.data, text, sizeof text) == nullptr) {
    return Undefined(env);
  }
  napi_value value = nullptr;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
  return value;
}

napi_value IfNameToIndex(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  std::string name;
  if (!arguments.String(0, "name", &name)) return nullptr;
  napi_value value = nullptr;
  napi_create_uint32(env, IsCText(name) ? if_nametoindex(name.c_str()) : 0, &value);
  return value;
}

// The plain object that an address is decoded into.
class Fields : public AddressFields {
 public:
  explicit Fields(napi_env env) : env_(env) { napi_create_object(env, &object_); }

  void Number(const char* name, double number) override {
    napi_value value = nullptr;
    napi_create_double(env_, number, &value);
    Set(name, value);
  }
  void Text(const char* name, const char* text) override {
    napi_value value = nullptr;
    napi_create_string_utf8(env_, text, NAPI_AUTO_LENGTH, &value);
    Set(name, value);
  }
  void Bytes(const char* name, const void* data, size_t length) override {
    Set(name, uvsock::Bytes(env_, data, length));
  }

  napi_value object() const { return object_; }

 private:
  void Set(const char* name, napi_value value) {
    if (value != nullptr) napi_set_named_property(env_, object_, name, value);
  }

  napi_env env_;
  napi_value object_ = nullptr;
};

// decodeAddress(bytes): an object with the fields of the family.
napi_value DecodeAddress(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  View bytes;
  if (!arguments.Bytes(0, "bytes", &bytes)) return nullptr;
  Fields fields(env);
  DecodeSockaddr(bytes, &fields);
  return fields.object();
}

}  // namespace

void ExportAddress(Napi::Object exports) {
  const ExportedFunction functions[] = {
      {"encodeFamily", Guarded<EncodeFamily>},   {"encodeInet", Guarded<EncodeInet>},
      {"encodeInet6", Guarded<EncodeInet6>},     {"encodeUnix", Guarded<EncodeUnix>},
      {"encodeNetlink", Guarded<EncodeNetlink>}, {"encodePacket", Guarded<EncodePacket>},
      {"encodeVsock", Guarded<EncodeVsock>},     {"encodeCan", Guarded<EncodeCan>},
      {"decodeAddress", Guarded<DecodeAddress>}, {"inetPton", Guarded<InetPton>},
      {"inetNtop", Guarded<InetNtop>},           {"ifNameToIndex", Guarded<IfNameToIndex>},
  };
  Export(exports, nullptr, functions);
}

}  // namespace uvsock
