// recvmsg, sendmsg: parts scattered and gathered, and control messages.
#pragma once

#include "environment.h"

namespace uvsock {

void ExportMessage(Napi::Object exports, Environment* environment);

}  // namespace uvsock
