#include "batch.h"

#include <algorithm>
#include <cstring>

#include "calls.h"

namespace uvsock {

namespace {

// A record is kWords integers, then a sockaddr, then what was asked for only;
// src/binding.ts knows the same numbers.
enum Field : size_t {
  kStart,    // where the payload is in the slab
  kLength,   // of the payload
  kFlags,    // MSG_* of the kernel
  kSegment,  // the payload is datagrams of this many bytes; 0: one datagram
  kAddressSize,
  kSent,  // bytes that have gone already, of a message sent in parts
  kTold,  // bits of what the kernel told of the datagram: kHas*
  kTtl,
  kTos,
  kInterface,
  kWords,
};
constexpr size_t kSockaddr = sizeof(int32_t) * kWords;
constexpr size_t kDestination = kSockaddr + sizeof(sockaddr_storage);
constexpr size_t kTimestamp = kDestination + sizeof(in6_addr);
constexpr size_t kRecord = kTimestamp + sizeof(int64_t);
static_assert(kRecord == 192 && kTimestamp % sizeof(int64_t) == 0);

constexpr int32_t kHasTtl = 1, kHasTos = 2, kHasInet = 4, kHasInet6 = 8, kHasTimestamp = 16;

constexpr uint32_t kMostBytes = 65535;

// Through memcpy: nothing says that a view is aligned.
class Record {
 public:
  explicit Record(uint8_t* data) : data_(data) {}

  int32_t Get(Field field) const {
    int32_t value;
    std::memcpy(&value, data_ + sizeof value * field, sizeof value);
    return value;
  }
  void Set(Field field, int32_t value) { std::memcpy(data_ + sizeof value * field, &value, sizeof value); }
  void Add(int32_t bit) { Set(kTold, Get(kTold) | bit); }
  uint8_t* at(size_t position) { return data_ + position; }

 private:
  uint8_t* data_;
};

// The two views; each is checked before it is used, against the other's words.
struct Batch {
  View slab, records;

  bool Read(const Arguments& arguments, size_t index) {
    return arguments.Bytes(index, "slab", &slab) && arguments.Bytes(index + 1, "records", &records);
  }
  Record operator[](size_t index) const { return Record(records.data + index * kRecord); }
  size_t count() const { return records.length / kRecord; }

  // Whether what record `index` says can be sent as it is.
  bool IsSound(size_t index) const {
    Record record = (*this)[index];
    int64_t start = record.Get(kStart), length = record.Get(kLength), sent = record.Get(kSent);
    auto within = [](int64_t value, int64_t most) { return value >= 0 && value <= most; };
    return within(start, static_cast<int64_t>(slab.length)) && within(length, kMostBytes) &&
           start + length <= static_cast<int64_t>(slab.length) && (sent == 0 || within(sent, length - 1)) &&
           within(record.Get(kSegment), kMostBytes) &&
           within(record.Get(kAddressSize), sizeof(sockaddr_storage));
  }
};

napi_value Unsound(napi_env env) {
  napi_throw_range_error(env, "ERR_OUT_OF_RANGE",
                         "The \"records\" argument must describe parts of the slab, of at most 65535 bytes");
  return nullptr;
}

template <typename Value>
bool ReadValue(const uint8_t* data, size_t length, Value* out) {
  if (length < sizeof *out) return false;
  std::memcpy(out, data, sizeof *out);
  return true;
}

constexpr int64_t kBillion = 1'000'000'000;

void SetTimestamp(Record record, int64_t seconds, int64_t nanoseconds) {
  // One past the year 2262 has no place: it is of a clock gone wrong.
  if (seconds < 0 || seconds >= INT64_MAX / kBillion) return;
  int64_t time = seconds * kBillion + nanoseconds;
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
    SetTimestamp(record, precise.tv_sec, precise.tv_nsec);
  } else if (type == SCM_TIMESTAMP && ReadValue(data, length, &coarse)) {
    SetTimestamp(record, coarse.tv_sec, int64_t{coarse.tv_usec} * 1000);
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

void ReadControl(msghdr* message, Record record) {
  const uint8_t* end = static_cast<const uint8_t*>(message->msg_control) + message->msg_controllen;
  for (cmsghdr* each = CMSG_FIRSTHDR(message); each != nullptr; each = CMSG_NXTHDR(message, each)) {
    if (each->cmsg_len < CMSG_LEN(0)) break;
    const uint8_t* data = CMSG_DATA(each);
    // The last one may have been cut (MSG_CTRUNC).
    size_t length = std::min<size_t>(each->cmsg_len - CMSG_LEN(0), data < end ? end - data : 0);
    int32_t segment;
    if (platform::CarriesDescriptors(*each)) {
      CloseDescriptors(data, length);
    } else if (each->cmsg_level == SOL_SOCKET) {
      ReadSocketLevel(each->cmsg_type, data, length, record);
    } else if (each->cmsg_level == IPPROTO_IP || each->cmsg_level == IPPROTO_IPV6) {
      ReadNetworkLevel(each->cmsg_level, each->cmsg_type, data, length, record);
    } else if (each->cmsg_level == IPPROTO_UDP && each->cmsg_type == platform::kUdpGro &&
               ReadValue(data, length, &segment)) {
      record.Set(kSegment, segment);
    }
  }
}

// recvmmsg(slot, generation, slab, records, size, count, flags): into slots of
// `size` bytes, one after the other.
napi_value Recvmmsg(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  Batch batch;
  uint32_t size, count;
  int32_t flags;
  if (!FindSlot(arguments, &slot) || !batch.Read(arguments, 2) ||
      !arguments.Uint32(4, "size", kMostBytes, &size) ||
      !arguments.Uint32(5, "count", BatchRoom::kMost, &count) || !arguments.Int32(6, "flags", &flags)) {
    return nullptr;
  }
  if (size_t{size} * count > batch.slab.length || count > batch.count()) return Unsound(env);
  if (slot == nullptr) return arguments.Return(-EBADF);

  BatchRoom& room = arguments.environment().batch_room();
  room.Open();
  for (size_t i = 0; i < count; i++) {
    room.Set(i, batch.slab.data + i * size, size);
    room.SetName(i, batch[i].at(kSockaddr), sizeof(sockaddr_storage));
    room.SetControl(i);
  }
  platform::MessageHeader* messages = room.messages();
  ssize_t received = Retry([&] { return platform::Recvmmsg(slot->fd, messages, count, flags); });
  for (ssize_t i = 0; i < received; i++) {
    msghdr& header = messages[i].msg_hdr;
    Record record = batch[static_cast<size_t>(i)];
    record.Set(kStart, static_cast<int32_t>(static_cast<size_t>(i) * size));
    // With MSG_TRUNC it may be more than there was room for.
    record.Set(kLength, static_cast<int32_t>(std::min<size_t>(messages[i].msg_len, size)));
    record.Set(kFlags, header.msg_flags);
    record.Set(kSegment, 0);
    record.Set(kAddressSize,
               static_cast<int32_t>(std::min<size_t>(header.msg_namelen, sizeof(sockaddr_storage))));
    record.Set(kSent, 0);
    record.Set(kTold, 0);
    if (header.msg_controllen > 0) ReadControl(&header, record);
  }
  // On a stream the length of the last tells of the end.
  Received(*slot, size, flags,
           received > 0 ? static_cast<ssize_t>(messages[received - 1].msg_len) : received);
  return arguments.Return(received);
}

// Sends records. The kernel segments where it can. Where the device cannot
// (EIO), or where a message is not fit for it (EINVAL, EMSGSIZE: segments
// longer than the path takes whole, a socket without checksums), its parts are
// sent one by one, as if there were no such thing.
class Sender {
 public:
  Sender(Slot& slot, const Batch& batch, BatchRoom& room, int32_t flags)
      : slot_(slot), batch_(batch), room_(room), flags_(flags | platform::kTransferFlags) {}

  // How many records are done, or -errno if not one is. How much has gone of
  // the next is in its record.
  ssize_t Send(size_t first, size_t count) {
    const size_t end = first + count;
    size_t next = first;
    room_.Open();
    while (next < end) {
      const size_t built = Build(next, end);
      ssize_t sent = Retry([&] { return platform::Sendmmsg(slot_.fd, room_.messages(), built, flags_); });
      if (sent < 0 && FallsBack(next, sent)) continue;
      if (sent < 0) return next > first ? static_cast<ssize_t>(next - first) : sent;
      next = Advance(next, static_cast<size_t>(sent));
      // What stopped it shows with the next call, unless there is another way, or nothing is done yet.
      const bool stopped = static_cast<size_t>(sent) < built;
      if (stopped && (sent == 0 || (next > first && !IsSegmented(next)))) break;
    }
    return static_cast<ssize_t>(next - first);
  }

 private:
  bool HasParts(Record record) const {
    return record.Get(kSegment) > 0 && record.Get(kLength) > record.Get(kSegment);
  }

  // Whether it goes as one message.
  bool IsWhole(size_t index) const {
    Record record = batch_[index];
    if (!HasParts(record)) return true;
    if (slot_.segmentation == Segmentation::kUnknown) {
      slot_.segmentation = platform::KnowsSegments(slot_.fd) ? Segmentation::kKernel : Segmentation::kPlain;
    }
    return slot_.segmentation == Segmentation::kKernel && index != unfit_ && record.Get(kSent) == 0;
  }

  // As how many messages goes what is left of it.
  size_t Messages(size_t index) const {
    if (IsWhole(index)) return 1;
    Record record = batch_[index];
    const int32_t segment = record.Get(kSegment);
    return static_cast<size_t>((record.Get(kLength) - record.Get(kSent) + segment - 1) / segment);
  }

  // Headers of as many records as there is room for; returns how many headers.
  size_t Build(size_t first, size_t end) {
    size_t built = 0;
    for (size_t index = first; index < end && built < BatchRoom::kMost; index++) {
      Record record = batch_[index];
      // Only where it stopped is a message continued, not one that was given up.
      if (index > first) record.Set(kSent, 0);
      if (IsWhole(index)) {
        Put(built, record, 0, record.Get(kLength));
        if (HasParts(record)) PutSegment(built, static_cast<uint16_t>(record.Get(kSegment)));
        built++;
        continue;
      }
      const int32_t segment = record.Get(kSegment), length = record.Get(kLength);
      for (int32_t at = record.Get(kSent); at < length && built < BatchRoom::kMost; at += segment) {
        Put(built++, record, at, std::min(segment, length - at));
      }
    }
    return built;
  }

  void Put(size_t position, Record record, int32_t start, int32_t length) {
    room_.Set(position, batch_.slab.data + record.Get(kStart) + start, static_cast<size_t>(length));
    const auto size = static_cast<size_t>(record.Get(kAddressSize));
    if (size > 0) room_.SetName(position, record.at(kSockaddr), size);
  }

  void PutSegment(size_t position, uint16_t segment) {
    auto* header = reinterpret_cast<cmsghdr*>(room_.SetControl(position, CMSG_SPACE(sizeof segment)));
    header->cmsg_level = IPPROTO_UDP;
    header->cmsg_type = platform::kUdpSegment;
    header->cmsg_len = CMSG_LEN(sizeof segment);
    std::memcpy(CMSG_DATA(header), &segment, sizeof segment);
  }

  // Whether the kernel is to make several of it.
  bool IsSegmented(size_t index) const { return HasParts(batch_[index]) && IsWhole(index); }

  // Whether the message, which has failed, is to be tried in another way.
  bool FallsBack(size_t index, ssize_t error) {
    if (!IsSegmented(index)) return false;
    if (error == -EIO) {
      slot_.segmentation = Segmentation::kPlain;
    } else if (error == -EINVAL || error == -EMSGSIZE) {
      unfit_ = index;
    } else {
      return false;
    }
    return true;
  }

  // Notes that the first `sent` headers have gone; returns the record to go on with.
  size_t Advance(size_t index, size_t sent) {
    while (sent > 0) {
      const size_t messages = Messages(index);
      Record record = batch_[index];
      if (messages > sent) {
        record.Set(kSent, record.Get(kSent) + static_cast<int32_t>(sent) * record.Get(kSegment));
        return index;
      }
      record.Set(kSent, 0);
      sent -= messages;
      index++;
    }
    return index;
  }

  Slot& slot_;
  const Batch& batch_;
  BatchRoom& room_;
  const int flags_;
  size_t unfit_ = SIZE_MAX;
};

// sendmmsg(slot, generation, slab, records, start, count, flags)
napi_value Sendmmsg(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  Batch batch;
  uint32_t start, count;
  int32_t flags;
  if (!FindSlot(arguments, &slot) || !batch.Read(arguments, 2) || !arguments.Uint32(4, "start", &start) ||
      !arguments.Uint32(5, "count", BatchRoom::kMost, &count) || !arguments.Int32(6, "flags", &flags)) {
    return nullptr;
  }
  if (size_t{start} + count > batch.count()) return Unsound(env);
  for (size_t i = start; i < size_t{start} + count; i++) {
    if (!batch.IsSound(i)) return Unsound(env);
  }
  if (slot == nullptr) return arguments.Return(-EBADF);
  ssize_t sent = Sender(*slot, batch, arguments.environment().batch_room(), flags).Send(start, count);
  Attempted(*slot, kWritable, sent);
  return arguments.Return(sent);
}

// copyBatch(slab, records, count, toSlab, toRecords): the payloads follow each
// other closely in the copy. Returns how many bytes they are.
napi_value CopyBatch(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Batch from, to;
  uint32_t count;
  if (!from.Read(arguments, 0) || !arguments.Uint32(2, "count", BatchRoom::kMost, &count) ||
      !to.Read(arguments, 3)) {
    return nullptr;
  }
  if (count > from.count() || count > to.count()) return Unsound(env);
  size_t used = 0;
  for (size_t i = 0; i < count; i++) {
    if (!from.IsSound(i)) return Unsound(env);
    Record record = from[i];
    const auto length = static_cast<size_t>(record.Get(kLength));
    const auto start = static_cast<size_t>(record.Get(kStart));
    if (length > to.slab.length - used) return Unsound(env);
    if (length > 0) std::memmove(to.slab.data + used, from.slab.data + start, length);
    std::memmove(to[i].at(0), record.at(0), kRecord);
    to[i].Set(kStart, static_cast<int32_t>(used));
    used += length;
  }
  return arguments.Return(static_cast<ssize_t>(used));
}

// The most segments that the kernel makes of a message: 64, and 128 since
// Linux 6.10. There is nothing to ask, so one of more is sent, to nobody.
uint32_t ProbeSegments() {
  constexpr uint32_t kFew = 64, kMany = 128;
  const int fd = platform::Socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) return kFew;
  sockaddr_in self = {};
  self.sin_family = AF_INET;
  self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof self;
  auto* address = reinterpret_cast<sockaddr*>(&self);
  const int size = 1;
  uint8_t data[kMany] = {};
  const bool many =
      bind(fd, address, length) == 0 && getsockname(fd, address, &length) == 0 &&
      setsockopt(fd, IPPROTO_UDP, platform::kUdpSegment, &size, sizeof size) == 0 &&
      sendto(fd, data, sizeof data, platform::kTransferFlags, address, length) == ssize_t{sizeof data};
  Close(fd);
  return many ? kMany : kFew;
}

napi_value SegmentLimit(napi_env env, napi_callback_info info) {
  static const uint32_t limit = ProbeSegments();
  return Arguments(env, info).Return(limit);
}

}  // namespace

void ExportBatch(Napi::Object exports, Environment* environment) {
  const ExportedFunction functions[] = {{"recvmmsg", Recvmmsg},
                                        {"sendmmsg", Sendmmsg},
                                        {"copyBatch", CopyBatch},
                                        {"segmentLimit", SegmentLimit}};
  Export(exports, environment, functions);
}

}  // namespace uvsock
