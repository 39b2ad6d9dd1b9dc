// What one JavaScript environment (the main thread or a worker) owns: its
// loop, its table of sockets, the list of ready ones, and its teardown.
#pragma once

#include <napi.h>
#include <uv.h>

#include "arguments.h"
#include "batch_room.h"
#include "poller.h"
#include "ready_batch.h"
#include "slots.h"
#include "upcalls.h"

namespace uvsock {

class Environment {
 public:
  // The object outlives the environment by its last close callback and then
  // deletes itself. Null when the environment has no loop or is stopping.
  static Environment* Create(napi_env env);

  uv_loop_t* loop() { return loop_; }
  Upcalls& upcalls() { return upcalls_; }
  SlotTable& slots() { return slots_; }
  ReadyBatch& batch() { return batch_; }
  Backoff& backoff() { return backoff_; }
  BatchRoom& batch_room() { return batch_room_; }

  // uv_close, then close(2): the other order would let EPOLL_CTL_DEL hit a
  // new descriptor of the same number.
  int Close(uint32_t index);
  // Gives the descriptor away.
  int Detach(uint32_t index);

  // What uses the loop, handles and jobs: the teardown waits until all is closed.
  void HandleOpened() { open_handles_++; }
  void HandleClosed();
  // JavaScript must not be called any more.
  bool closing() const { return closing_; }

 private:
  Environment(napi_env env, uv_loop_t* loop) : loop_(loop), upcalls_(env), batch_(*this) {}
  static void OnCleanup(napi_async_cleanup_hook_handle hook, void* data);

  uv_loop_t* loop_;
  Upcalls upcalls_;
  SlotTable slots_;
  ReadyBatch batch_;
  Backoff backoff_;
  BatchRoom batch_room_;
  int open_handles_ = 0;
  napi_async_cleanup_hook_handle hook_ = nullptr;
  bool closing_ = false;
};

}  // namespace uvsock
