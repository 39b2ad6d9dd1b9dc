// What the fuzz targets share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

// In every build, unlike assert(3).
inline void Check(bool holds) {
  if (!holds) std::abort();
}

// Each byte is looked at, so that the sanitizers do, too.
inline void Look(const void* data, size_t length) {
  static volatile uint8_t sum;
  for (size_t i = 0; i < length; i++) sum = static_cast<uint8_t>(sum + static_cast<const uint8_t*>(data)[i]);
}

// A copy of its own, so that nothing is beside it.
inline std::vector<uint8_t> Copy(const uint8_t* data, size_t length) {
  return std::vector<uint8_t>(data, data + length);
}
