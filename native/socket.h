// socket, socketpair, adopt, bind, listen, connect, accept, shutdown, names,
// watch, close: everything about a socket but its data and its options.
#pragma once

#include "environment.h"

namespace uvsock {

void ExportSocket(Napi::Object exports, Environment* environment);

}  // namespace uvsock
