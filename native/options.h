// getsockopt and setsockopt: bytes in, bytes out. What the bytes mean is the
// business of src/options.ts, except that a pointer never comes from there:
// where the system takes one to a BPF program, the bytes are the program.
#pragma once

#include "environment.h"

namespace uvsock {

void ExportOptions(Napi::Object exports, Environment* environment);

}  // namespace uvsock
