// The table of sockets of one environment. JavaScript names a socket by slot
// number and generation; a stale pair never reaches another socket.
#pragma once

#include <algorithm>
#include <cstdint>
#include <new>
#include <vector>

namespace uvsock {

class Poller;

// How messages of several segments are sent: by the kernel (UDP_SEGMENT), or
// one by one where it will not.
enum class Segmentation : uint8_t { kUnknown, kKernel, kPlain };

struct Slot {
  int fd = -1;
  uint32_t generation = 0;
  int style = 0;
  // SO_LINGER with a timeout was set, or may be set by others who share the
  // socket: close(2) would block.
  bool may_linger = false;
  bool referenced = true;
  Segmentation segmentation = Segmentation::kUnknown;
  Poller* poller = nullptr;
};

class SlotTable {
 public:
  // Makes room for so many more, and for letting go of all: neither `Take` nor
  // `Release` allocates afterwards. False if memory is out. Moves all slots.
  bool Reserve(size_t count) {
    if (free_.size() >= count) return true;
    const size_t needed = slots_.size() + count - free_.size();
    if (needed <= slots_.capacity()) return true;
    try {
      const size_t capacity = std::max(needed, slots_.capacity() * 2);
      free_.reserve(capacity);
      slots_.reserve(capacity);
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  // After `Reserve`.
  uint32_t Take(int fd, int style) {
    uint32_t index;
    if (free_.empty()) {
      index = static_cast<uint32_t>(slots_.size());
      slots_.emplace_back();
    } else {
      index = free_.back();
      free_.pop_back();
    }
    Slot& slot = slots_[index];
    slot.fd = fd;
    slot.style = style;
    slot.may_linger = false;
    slot.referenced = true;
    slot.segmentation = Segmentation::kUnknown;
    slot.poller = nullptr;
    return index;
  }

  void Release(uint32_t index) {
    Slot& slot = slots_[index];
    slot.fd = -1;
    slot.poller = nullptr;
    // Smi-sized and never negative: JavaScript compares it with ===.
    slot.generation = (slot.generation + 1) & 0x3fffffff;
    free_.push_back(index);
  }

  Slot* Find(uint32_t index, uint32_t generation) {
    if (index >= slots_.size()) return nullptr;
    Slot& slot = slots_[index];
    return slot.fd != -1 && slot.generation == generation ? &slot : nullptr;
  }

  uint32_t IndexOf(const Slot& slot) const { return static_cast<uint32_t>(&slot - slots_.data()); }

  Slot& operator[](uint32_t index) { return slots_[index]; }

  bool Owns(int fd) const {
    for (const Slot& slot : slots_) {
      if (slot.fd == fd) return true;
    }
    return false;
  }

  template <typename Visit>
  void ForEach(Visit visit) {
    for (uint32_t index = 0; index < slots_.size(); index++) {
      if (slots_[index].fd != -1) visit(index);
    }
  }

 private:
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
};

}  // namespace uvsock
