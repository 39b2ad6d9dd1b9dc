// The C constants by name.
#pragma once

#include <napi.h>

namespace uvsock {

Napi::Object Constants(Napi::Env env);

}  // namespace uvsock
