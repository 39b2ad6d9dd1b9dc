// What moves between two sockets without being copied to user space: pipes, and
// splice(2).
#pragma once

#include "environment.h"

namespace uvsock {

void ExportSplice(Napi::Object exports, Environment* environment);

}  // namespace uvsock
