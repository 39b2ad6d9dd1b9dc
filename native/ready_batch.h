// The list of sockets that became ready, and its way into JavaScript: one call
// for many sockets. Poll callbacks add entries; an uv_check handle, which runs
// right after the poll phase, delivers them.
#pragma once

#include <napi.h>
#include <uv.h>

#include <cstdint>

namespace uvsock {

class Environment;

class ReadyBatch {
 public:
  // A list this long is delivered from inside the poll callback: with
  // thousands of ready sockets their data is still in the cache then.
  static constexpr uint32_t kCapacity = 256;
  static constexpr uint32_t kFields = 3;  // slot, generation, events
  static constexpr size_t kIntegers = size_t{kCapacity} * kFields;

  explicit ReadyBatch(Environment& environment) : environment_(environment) {}

  void Open();
  void Close();

  // `deliver(count, turn)` finds `count` entries in `entries`.
  void SetReceiver(Napi::Function deliver, Napi::Int32Array entries);

  // May deliver, and so run any JavaScript, before it returns.
  uint32_t Add(uint32_t slot, uint32_t generation, uint32_t events);
  void Merge(uint32_t position, uint32_t events) { entries_[position][2] |= static_cast<int32_t>(events); }

  uint64_t batches() const { return batches_; }
  uint64_t events() const { return events_; }

  // The handle keeps the process alive while any referenced socket is watched.
  void Hold() {
    if (holders_++ == 0) uv_ref(reinterpret_cast<uv_handle_t*>(&check_));
  }
  void Free() {
    if (--holders_ == 0) uv_unref(reinterpret_cast<uv_handle_t*>(&check_));
  }

 private:
  void Deliver();
  void Call(uint32_t count);

  Environment& environment_;
  uv_check_t check_;
  uint32_t holders_ = 0;
  uint32_t turn_ = 0;
  uint32_t count_ = 0;
  uint64_t batches_ = 0;
  uint64_t events_ = 0;
  int32_t entries_[kCapacity][kFields];
  Napi::FunctionReference deliver_;
  Napi::Reference<Napi::Int32Array> array_;
};

}  // namespace uvsock
