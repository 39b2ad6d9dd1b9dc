// recv, send, recvfrom, sendto.
#pragma once

#include "environment.h"

namespace uvsock {

void ExportTransfer(Napi::Object exports, Environment* environment);

}  // namespace uvsock
