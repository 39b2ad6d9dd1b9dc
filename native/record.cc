#include "record.h"

#include "control_messages.h"
#include "syscall.h"

namespace uvsock {

namespace {

template <typename Value>
bool ReadValue(const uint8_t* data, size_t length, Value* out) {
  if (length < sizeof *out) return false;
  std::memcpy(out, data, sizeof *out);
  return true;
}

constexpr int64_t kBillion = 1'000'000'000;

// Parts of a second: `unit` nanoseconds each.
void SetTimestamp(Record record, int64_t seconds, int64_t parts, int64_t unit) {
  // One past the year 2262 has no place: it is of a clock gone wrong.
  if (seconds < 0 || seconds >= INT64_MAX / kBillion || parts < 0 || parts >= kBillion / unit) return;
  int64_t time = seconds * kBillion + parts * unit;
  std::memcpy(record.at(kTimestamp), &time, sizeof time);
  record.Add(kHasTimestamp);
}

void SetDestination(Record record, int32_t family, const void* address, size_t size, uint32_t interface) {
  std::memcpy(record.at(kDestination), address, size);
  record.Set(kInterface, static_cast<int32_t>(interface));
  record.Add(family);
}

void ReadSocketLevel(int type, const uint8_t* data, size_t length, Record record) {
  timespec precise;
  timeval coarse;
  if (type == platform::kTimestampNs && ReadValue(data, length, &precise)) {
    SetTimestamp(record, precise.tv_sec, precise.tv_nsec, 1);
  } else if (type == SCM_TIMESTAMP && ReadValue(data, length, &coarse)) {
    SetTimestamp(record, coarse.tv_sec, coarse.tv_usec, 1000);
  }
}

// An integer, or the byte that IPv4 makes of the type of service.
bool ReadSmall(const uint8_t* data, size_t length, int32_t* out) {
  if (ReadValue(data, length, out)) return true;
  if (length == 0) return false;
  *out = *data;
  return true;
}

void ReadNetworkLevel(int level, int type, const uint8_t* data, size_t length, Record record) {
  bool inet = level == IPPROTO_IP;
  platform::PacketInfo info;
  in6_pktinfo info6;
  int32_t value;
  if (type == (inet ? platform::kTtl : IPV6_HOPLIMIT) && ReadSmall(data, length, &value)) {
    record.Set(kTtl, value);
    record.Add(kHasTtl);
  } else if (type == (inet ? platform::kTos : IPV6_TCLASS) && ReadSmall(data, length, &value)) {
    record.Set(kTos, value);
    record.Add(kHasTos);
  } else if (inet && type == platform::kPacketInfo && ReadValue(data, length, &info)) {
    SetDestination(record, kHasInet, &info.ipi_addr, sizeof info.ipi_addr,
                   static_cast<uint32_t>(info.ipi_ifindex));
  } else if (!inet && type == IPV6_PKTINFO && ReadValue(data, length, &info6)) {
    SetDestination(record, kHasInet6, &info6.ipi6_addr, sizeof info6.ipi6_addr, info6.ipi6_ifindex);
  }
}

// A batch has no place for descriptors, and nobody else would close them.
void CloseDescriptors(const uint8_t* data, size_t length) {
  for (size_t position = 0; position + sizeof(int) <= length; position += sizeof(int)) {
    int fd;
    std::memcpy(&fd, data + position, sizeof fd);
    CloseWithoutLinger(fd);
  }
}

}  // namespace

void ReadControl(const msghdr& message, Record record) {
  ForEachControl(message, [&](const cmsghdr& each, const uint8_t* data, size_t length) {
    int32_t segment;
    if (platform::CarriesDescriptors(each)) {
      CloseDescriptors(data, length);
    } else if (each.cmsg_level == SOL_SOCKET) {
      ReadSocketLevel(each.cmsg_type, data, length, record);
    } else if (each.cmsg_level == IPPROTO_IP || each.cmsg_level == IPPROTO_IPV6) {
      ReadNetworkLevel(each.cmsg_level, each.cmsg_type, data, length, record);
    } else if (each.cmsg_level == IPPROTO_UDP && each.cmsg_type == platform::kUdpGro &&
               ReadValue(data, length, &segment)) {
      record.Set(kSegment, segment);
    }
  });
}

}  // namespace uvsock
