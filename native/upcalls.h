// Calls from the event loop into JavaScript: nextTicks and promises run after
// each, and what it throws is an uncaughtException.
#pragma once

#include <napi.h>

namespace uvsock {

class Upcalls {
 public:
  explicit Upcalls(napi_env env) : env_(env) {}

  napi_env env() const { return env_; }
  void Open();
  // From now on JavaScript must not be called.
  void Close();
  void Call(napi_value receiver, napi_value function, size_t count, const napi_value* arguments);

 private:
  napi_env env_;
  napi_async_context context_ = nullptr;
};

}  // namespace uvsock
