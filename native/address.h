// Socket addresses as raw sockaddr bytes: making them, taking them apart. The
// layouts live here and in sockaddr.cc; JavaScript never sees an offset.
#pragma once

#include <napi.h>

namespace uvsock {

void ExportAddress(Napi::Object exports);

}  // namespace uvsock
