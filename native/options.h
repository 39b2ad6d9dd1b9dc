// getsockopt and setsockopt: bytes in, bytes out. What the bytes mean is the
// business of src/options.ts.
#pragma once

#include "environment.h"

namespace uvsock {

void ExportOptions(Napi::Object exports, Environment* environment);

}  // namespace uvsock
