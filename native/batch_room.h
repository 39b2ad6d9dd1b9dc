// What the kernel wants around the datagrams of one call: headers, vectors and
// room for control messages. One serves all calls of an environment, since no
// JavaScript runs within any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "platform.h"

namespace uvsock {

class BatchRoom {
 public:
  // UIO_MAXIOV of Linux: the kernel takes no more messages in one call.
  static constexpr size_t kMost = 1024;
  // For all that a record has a place for, and for SO_RXQ_OVFL and
  // SO_TIMESTAMPING besides, which must not push the others out.
  static constexpr size_t kControl = 256;

  // Made with the first use, and touched as far as it is used.
  void Open() {
    if (room_ == nullptr) room_.reset(new Room);
  }

  platform::MessageHeader* messages() { return room_->messages; }

  // Makes header number `index` one of these bytes, without control messages.
  msghdr& Set(size_t index, uint8_t* data, size_t length) {
    iovec& vector = room_->vectors[index];
    vector = {data, length};
    msghdr& header = room_->messages[index].msg_hdr;
    header = {};
    header.msg_iov = &vector;
    header.msg_iovlen = 1;
    return header;
  }

  void SetName(size_t index, uint8_t* address, size_t length) {
    msghdr& header = room_->messages[index].msg_hdr;
    header.msg_name = address;
    header.msg_namelen = static_cast<socklen_t>(length);
  }

  // Gives header number `index` its room for control messages, `length` bytes of it.
  uint8_t* SetControl(size_t index, size_t length = kControl) {
    msghdr& header = room_->messages[index].msg_hdr;
    header.msg_control = room_->control[index].bytes;
    header.msg_controllen = static_cast<decltype(header.msg_controllen)>(length);
    return room_->control[index].bytes;
  }

 private:
  struct Control {
    alignas(cmsghdr) uint8_t bytes[kControl];
  };
  struct Room {
    platform::MessageHeader messages[kMost];
    iovec vectors[kMost];
    Control control[kMost];
  };

  std::unique_ptr<Room> room_;
};

}  // namespace uvsock
