// The record of one datagram of a batch, and what control messages put into it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "platform.h"

namespace uvsock {

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

// Notes what the kernel tells of a received datagram.
void ReadControl(const msghdr& message, Record record);

}  // namespace uvsock
