// sendfile: part of a file to a socket, on the thread pool, since a file that
// is not in the cache blocks.
#pragma once

#include "environment.h"

namespace uvsock {

void ExportSendFile(Napi::Object exports, Environment* environment);

}  // namespace uvsock
