// Reads and validates the arguments of a native function. What is wrong is
// thrown as Node would throw it, naming the argument, and the reader returns
// false: nothing that JavaScript passes reaches memory unchecked.
#pragma once

#include <napi.h>

#include <cstdint>
#include <new>
#include <string>
#include <vector>

#include "view.h"

namespace uvsock {

class Environment;

class Arguments {
 public:
  static constexpr size_t kLongest = 255;              // bytes of text that mean something
  static constexpr int64_t kWhole = 9007199254740992;  // 2^53; src/binding.ts has it, too

  Arguments(napi_env env, napi_callback_info info);

  napi_env env() const { return env_; }
  Environment& environment() const { return *environment_; }

  bool Int32(size_t index, const char* name, int32_t* out) const;
  bool Uint32(size_t index, const char* name, uint32_t* out) const {
    return Uint32(index, name, UINT32_MAX, out);
  }
  bool Uint32(size_t index, const char* name, uint32_t maximum, uint32_t* out) const;
  // A position in a file, or kWhole.
  bool Offset(size_t index, const char* name, int64_t* out) const;
  bool Boolean(size_t index, const char* name, bool* out) const;
  // Any view of an ArrayBuffer; a detached one has length 0. Views of a
  // SharedArrayBuffer are refused: another thread could change the bytes
  // while the kernel reads them.
  bool Bytes(size_t index, const char* name, View* out) const { return BytesOf(values_[index], name, out); }
  bool BytesOf(napi_value value, const char* name, View* out) const;
  // The elements of an array, or the value itself if it is none; not more than
  // one above `maximum`. Reading them may run JavaScript (getters): do it
  // before anything is looked at that JavaScript can change.
  bool Elements(size_t index, size_t maximum, std::vector<napi_value>* out) const;
  // As Bytes, of at least `length` bytes.
  bool Room(size_t index, const char* name, size_t length, View* out) const;
  // The part [start, end) of a view; kWhole as the end is the view's.
  bool Slice(size_t view, size_t start, size_t end, const char* name, View* out) const;
  // No more of it than makes it too long for an address or an interface: text
  // of half a gigabyte is not copied, for which there may be no memory.
  bool String(size_t index, const char* name, std::string* out) const;
  bool Function(size_t index, const char* name, napi_value* out) const;

  napi_value operator[](size_t index) const { return values_[index]; }
  napi_value Return(ssize_t result) const;

 private:
  bool Number(size_t index, const char* name, double* out) const;
  bool InRange(const char* name, double value, double minimum, double maximum) const;
  bool Integer(size_t index, const char* name, double minimum, double maximum, double* out) const;
  bool WrongType(const char* name, const char* expected) const;
  bool OutOfRange(const char* name, double minimum, double maximum) const;

  static constexpr size_t kMaximum = 8;
  napi_env env_;
  Environment* environment_ = nullptr;
  napi_value values_[kMaximum];
};

// Thrown where memory is out, as Node says it.
void ThrowOutOfMemory(napi_env env);

// What is exported: no C++ exception may reach Node. Whatever can throw one
// (std::bad_alloc) does so before the system call, so that nothing is lost. What
// V8 and libuv allocate for themselves is theirs: they end the process.
template <napi_callback call>
napi_value Guarded(napi_env env, napi_callback_info info) {
  try {
    return call(env, info);
  } catch (const std::bad_alloc&) {
    ThrowOutOfMemory(env);
    return nullptr;
  }
}

struct ExportedFunction {
  const char* name;
  napi_callback call;
};

template <size_t count>
void Export(Napi::Object exports, Environment* environment, const ExportedFunction (&table)[count]) {
  for (const ExportedFunction& row : table) {
    napi_value function;
    if (napi_create_function(exports.Env(), row.name, NAPI_AUTO_LENGTH, row.call, environment, &function) !=
        napi_ok) {
      return;
    }
    exports.Set(row.name, function);
  }
}

}  // namespace uvsock
