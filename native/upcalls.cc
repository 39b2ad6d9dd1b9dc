#include "upcalls.h"

namespace uvsock {

void Upcalls::Open() {
  napi_async_init(env_, nullptr, Napi::String::New(env_, "UVSOCK"), &context_);
}

void Upcalls::Close() {
  if (context_ != nullptr) napi_async_destroy(env_, context_);
  context_ = nullptr;
}

void Upcalls::Call(napi_value receiver, napi_value function, size_t count, const napi_value* arguments) {
  if (context_ == nullptr) return;
  napi_make_callback(env_, context_, receiver, function, count, arguments, nullptr);

  bool pending = false;
  napi_is_exception_pending(env_, &pending);
  if (!pending) return;
  napi_value exception;
  if (napi_get_and_clear_last_exception(env_, &exception) == napi_ok) napi_fatal_exception(env_, exception);
}

}  // namespace uvsock
