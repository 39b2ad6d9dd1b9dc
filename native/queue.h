// What waits in a socket's queues: the requests of ioctl(2) that sockets have,
// and sockatmark(3).
#pragma once

#include "environment.h"

namespace uvsock {

void ExportQueue(Napi::Object exports, Environment* environment);

}  // namespace uvsock
