// recvmmsg, sendmmsg: many datagrams in one call, to and from memory that
// JavaScript holds: a slab of payloads, and a record of each datagram.
#pragma once

#include "environment.h"

namespace uvsock {

void ExportBatch(Napi::Object exports, Environment* environment);

}  // namespace uvsock
