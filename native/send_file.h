// sendfile: part of a file to a socket, on the thread pool, since a file that
// is not in the cache blocks.
#pragma once

#include "environment.h"

namespace uvsock {

// So that one file does not keep a thread of the pool from the others.
constexpr uint32_t kMostOfFile = 1 << 20;

void ExportSendFile(Napi::Object exports, Environment* environment);

}  // namespace uvsock
