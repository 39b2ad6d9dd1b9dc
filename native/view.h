// Bytes that somebody else owns.
#pragma once

#include <cstddef>
#include <cstdint>

namespace uvsock {

struct View {
  uint8_t* data = nullptr;
  size_t length = 0;
};

}  // namespace uvsock
