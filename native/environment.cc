#include "environment.h"

#include "syscall.h"

namespace uvsock {

Environment* Environment::Create(napi_env env) {
  uv_loop_t* loop;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return nullptr;
  auto* environment = new (std::nothrow) Environment(env, loop);
  if (environment == nullptr) return nullptr;
  environment->upcalls_.Open();
  environment->batch_.Open();
  environment->backoff_.Open(*environment);
  // Asynchronous: a synchronous hook would let the library be unloaded, in a
  // worker that alone had loaded it, before the close callbacks have run.
  if (napi_add_async_cleanup_hook(env, OnCleanup, environment, &environment->hook_) != napi_ok) {
    OnCleanup(nullptr, environment);
    return nullptr;
  }
  return environment;
}

int Environment::Close(uint32_t index) {
  // What was received, and is of no known style, may linger, too.
  const Slot& slot = slots_[index];
  bool may_linger = slot.may_linger || slot.style == 0;
  int fd = Detach(index);
  return may_linger ? CloseWithoutLinger(fd) : uvsock::Close(fd);
}

int Environment::Detach(uint32_t index) {
  int fd = slots_[index].fd;
  Poller* poller = slots_[index].poller;
  slots_.Release(index);
  if (poller != nullptr) poller->Close();
  return fd;
}

void Environment::HandleClosed() {
  if (--open_handles_ > 0 || !closing_) return;
  napi_async_cleanup_hook_handle hook = hook_;
  delete this;
  if (hook != nullptr) napi_remove_async_cleanup_hook(hook);
}

void Environment::OnCleanup(napi_async_cleanup_hook_handle, void* data) {
  auto* environment = static_cast<Environment*>(data);
  environment->closing_ = true;
  environment->slots_.ForEach([&](uint32_t index) { environment->Close(index); });
  environment->backoff_.Close();
  environment->batch_.Close();
  environment->upcalls_.Close();
}

}  // namespace uvsock
