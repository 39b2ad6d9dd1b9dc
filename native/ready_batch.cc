#include "ready_batch.h"

#include <cstring>

#include "environment.h"

namespace uvsock {

void ReadyBatch::Open() {
  uv_check_init(environment_.loop(), &check_);
  check_.data = this;
  environment_.HandleOpened();
  uv_check_start(&check_, [](uv_check_t* handle) {
    auto* self = static_cast<ReadyBatch*>(handle->data);
    self->Deliver();
    self->turn_++;
  });
  uv_unref(reinterpret_cast<uv_handle_t*>(&check_));
}

void ReadyBatch::SetReceiver(Napi::Function deliver, Napi::Int32Array entries) {
  deliver_ = Napi::Persistent(deliver);
  array_ = Napi::Persistent(entries);
}

void ReadyBatch::Close() {
  deliver_.Reset();
  array_.Reset();
  uv_close(reinterpret_cast<uv_handle_t*>(&check_),
           [](uv_handle_t* handle) { static_cast<ReadyBatch*>(handle->data)->environment_.HandleClosed(); });
}

uint32_t ReadyBatch::Add(uint32_t slot, uint32_t generation, uint32_t events) {
  uint32_t position = count_++;
  entries_[position][0] = static_cast<int32_t>(slot);
  entries_[position][1] = static_cast<int32_t>(generation);
  entries_[position][2] = static_cast<int32_t>(events);
  if (count_ == kCapacity) Deliver();
  return position;
}

void ReadyBatch::Deliver() {
  if (count_ == 0) return;
  uint32_t count = count_;
  count_ = 0;
  batches_++;
  events_ += count;
  // Recorded before JavaScript runs: a handler that attempts and is made ready
  // again gets an entry of its own.
  for (uint32_t i = 0; i < count; i++) {
    Slot* slot = environment_.slots().Find(static_cast<uint32_t>(entries_[i][0]),
                                           static_cast<uint32_t>(entries_[i][1]));
    if (slot != nullptr && slot->poller != nullptr) slot->poller->Delivered();
  }
  if (!deliver_.IsEmpty()) Call(count);
}

void ReadyBatch::Call(uint32_t count) {
  Upcalls& upcalls = environment_.upcalls();
  Napi::HandleScope scope(upcalls.env());
  Napi::Int32Array array = array_.Value();
  // JavaScript owns the array and could have detached it.
  if (array.ElementLength() < kIntegers) return;
  std::memcpy(array.Data(), entries_, count * sizeof entries_[0]);
  napi_value arguments[] = {Napi::Number::New(upcalls.env(), count), Napi::Number::New(upcalls.env(), turn_)};
  upcalls.Call(array, deliver_.Value(), 2, arguments);
}

}  // namespace uvsock
