#include "arguments.h"

#include <algorithm>

namespace uvsock {

Arguments::Arguments(napi_env env, napi_callback_info info) : env_(env) {
  size_t count = kMaximum;  // missing ones are filled with undefined
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, values_, nullptr, &data);
  environment_ = static_cast<Environment*>(data);
}

bool Arguments::Int32(size_t index, const char* name, int32_t* out) const {
  double value;
  if (!Integer(index, name, INT32_MIN, INT32_MAX, &value)) return false;
  *out = static_cast<int32_t>(value);
  return true;
}

bool Arguments::Uint32(size_t index, const char* name, uint32_t maximum, uint32_t* out) const {
  double value;
  if (!Integer(index, name, 0, maximum, &value)) return false;
  *out = static_cast<uint32_t>(value);
  return true;
}

bool Arguments::Offset(size_t index, const char* name, int64_t* out) const {
  double value;
  if (!Integer(index, name, 0, kWhole, &value)) return false;
  *out = static_cast<int64_t>(value);
  return true;
}

bool Arguments::Boolean(size_t index, const char* name, bool* out) const {
  return napi_get_value_bool(env_, values_[index], out) == napi_ok || WrongType(name, "of type boolean");
}

bool Arguments::BytesOf(napi_value value, const char* name, View* out) const {
  constexpr const char* expected = "an ArrayBufferView that is not shared";
  // Node leaves it as it is for a type of array that it has no number for.
  auto type = static_cast<napi_typedarray_type>(-1);
  napi_value buffer;
  void* data;
  size_t length, offset;
  if (napi_get_typedarray_info(env_, value, &type, &length, &data, &buffer, &offset) == napi_ok) {
    // The last is Float16Array, which has a number in newer Node-API only.
    constexpr uint8_t kElementSize[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8, 2};
    if (static_cast<size_t>(type) >= sizeof kElementSize) return WrongType(name, expected);
    length *= kElementSize[type];
  } else {
    bool is_view = false;
    napi_is_dataview(env_, value, &is_view);
    if (!is_view || napi_get_dataview_info(env_, value, &length, &data, &buffer, &offset) != napi_ok)
      return WrongType(name, expected);
  }
  bool unshared = false;
  napi_is_arraybuffer(env_, buffer, &unshared);
  if (!unshared) return WrongType(name, expected);
  out->data = static_cast<uint8_t*>(data);
  out->length = length;
  return true;
}

bool Arguments::Elements(size_t index, size_t maximum, std::vector<napi_value>* out) const {
  bool is_array = false;
  uint32_t length = 1;
  napi_is_array(env_, values_[index], &is_array);
  if (!is_array) {
    out->assign(1, values_[index]);
    return true;
  }
  if (napi_get_array_length(env_, values_[index], &length) != napi_ok) return false;
  out->resize(std::min<size_t>(length, maximum + 1));
  for (uint32_t i = 0; i < out->size(); i++) {
    if (napi_get_element(env_, values_[index], i, &(*out)[i]) != napi_ok) return false;
  }
  return true;
}

bool Arguments::Room(size_t index, const char* name, size_t length, View* out) const {
  if (!Bytes(index, name, out)) return false;
  return out->length >= length ||
         OutOfRange(name, static_cast<double>(length), static_cast<double>(INT32_MAX));
}

bool Arguments::Slice(size_t view, size_t start, size_t end, const char* name, View* out) const {
  View whole;
  if (!Bytes(view, name, &whole)) return false;
  const auto length = static_cast<double>(whole.length);
  double from, to;
  if (!Integer(start, "start", 0, length, &from) || !Number(end, "end", &to)) return false;
  if (to == kWhole) to = length;
  if (!InRange("end", to, from, length)) return false;
  out->data = whole.data + static_cast<size_t>(from);
  out->length = static_cast<size_t>(to - from);
  return true;
}

bool Arguments::String(size_t index, const char* name, std::string* out) const {
  char text[kLongest + 2];
  size_t length;
  if (napi_get_value_string_utf8(env_, values_[index], text, sizeof text, &length) != napi_ok)
    return WrongType(name, "of type string");
  out->assign(text, length);
  return true;
}

bool Arguments::Function(size_t index, const char* name, napi_value* out) const {
  napi_valuetype type;
  if (napi_typeof(env_, values_[index], &type) != napi_ok || type != napi_function)
    return WrongType(name, "of type function");
  *out = values_[index];
  return true;
}

napi_value Arguments::Return(ssize_t result) const {
  napi_value value = nullptr;
  napi_create_int32(env_, static_cast<int32_t>(result), &value);
  return value;
}

bool Arguments::Number(size_t index, const char* name, double* out) const {
  return napi_get_value_double(env_, values_[index], out) == napi_ok || WrongType(name, "of type number");
}

bool Arguments::InRange(const char* name, double value, double minimum, double maximum) const {
  // The bounds first: what no integer holds has no defined conversion.
  return (value >= minimum && value <= maximum &&
          value == static_cast<double>(static_cast<int64_t>(value))) ||
         OutOfRange(name, minimum, maximum);
}

bool Arguments::Integer(size_t index, const char* name, double minimum, double maximum, double* out) const {
  return Number(index, name, out) && InRange(name, *out, minimum, maximum);
}

bool Arguments::WrongType(const char* name, const char* expected) const {
  std::string message = std::string("The \"") + name + "\" argument must be " + expected;
  napi_throw_type_error(env_, "ERR_INVALID_ARG_TYPE", message.c_str());
  return false;
}

bool Arguments::OutOfRange(const char* name, double minimum, double maximum) const {
  std::string message =
      std::string("The value of \"") + name +
      "\" is out of range. It must be an integer >= " + std::to_string(static_cast<int64_t>(minimum)) +
      " and <= " + std::to_string(static_cast<int64_t>(maximum));
  napi_throw_range_error(env_, "ERR_OUT_OF_RANGE", message.c_str());
  return false;
}

void ThrowOutOfMemory(napi_env env) {
  napi_throw_error(env, "ERR_MEMORY_ALLOCATION_FAILED", "Failed to allocate memory");
}

}  // namespace uvsock
