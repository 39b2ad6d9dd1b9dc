#include "constants.h"

#include "platform.h"

namespace uvsock {

namespace {

struct Constant {
  const char* name;
  double value;
};

// Made by CMake from constants.def.
const Constant kConstants[] = {
#include "constants.inc"
};

}  // namespace

Napi::Object Constants(Napi::Env env) {
  Napi::Object constants = Napi::Object::New(env);
  for (const Constant& constant : kConstants) constants.Set(constant.name, constant.value);
  constants.Freeze();
  return constants;
}

}  // namespace uvsock
