// The module: what an environment's JavaScript sees of it.
#include <napi.h>

#include <cstring>

#include "address.h"
#include "batch.h"
#include "constants.h"
#include "environment.h"
#include "message.h"
#include "options.h"
#include "platform.h"
#include "queue.h"
#include "send_file.h"
#include "socket.h"
#include "splice.h"
#include "transfer.h"

namespace uvsock {

namespace {

// setReceiver(deliver, entries)
napi_value SetReceiver(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  napi_value deliver;
  View entries;
  if (!arguments.Function(0, "deliver", &deliver) ||
      !arguments.Room(1, "entries", ReadyBatch::kIntegers * sizeof(int32_t), &entries)) {
    return nullptr;
  }
  Napi::Value array(env, arguments[1]);
  if (!array.IsTypedArray() || array.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "The \"entries\" argument must be an Int32Array");
    return nullptr;
  }
  arguments.environment().batch().SetReceiver(Napi::Function(env, deliver), array.As<Napi::Int32Array>());
  return nullptr;
}

// count(counts): into a Float64Array, as src/stats.ts reads it.
napi_value Count(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  double counts[5] = {};
  View room;
  if (!arguments.Room(0, "counts", sizeof counts, &room)) return nullptr;
  Environment& environment = arguments.environment();
  environment.slots().ForEach([&](uint32_t index) {
    const Slot& slot = environment.slots()[index];
    counts[0]++;
    counts[1] += slot.poller != nullptr;
    counts[2] += slot.poller != nullptr && slot.poller->IsArmed();
  });
  counts[3] = static_cast<double>(environment.batch().batches());
  counts[4] = static_cast<double>(environment.batch().events());
  std::memcpy(room.data, counts, sizeof counts);
  return nullptr;
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  Environment* environment = Environment::Create(env);
  if (environment == nullptr) {
    Napi::Error::New(env, "uvsock: this environment has no event loop, or no memory")
        .ThrowAsJavaScriptException();
    return exports;
  }
  const ExportedFunction functions[] = {{"setReceiver", Guarded<SetReceiver>}, {"count", Guarded<Count>}};
  Export(exports, environment, functions);
  ExportSocket(exports, environment);
  ExportTransfer(exports, environment);
  ExportMessage(exports, environment);
  ExportBatch(exports, environment);
  ExportOptions(exports, environment);
  ExportQueue(exports, environment);
  ExportSplice(exports, environment);
  ExportSendFile(exports, environment);
  ExportAddress(exports);
  exports.Set("constants", Constants(env));
  exports.Set("batchCapacity", ReadyBatch::kCapacity);
  exports.Set("mostParts", platform::kMostParts);
  Napi::Object sizes = Napi::Object::New(env);
  sizes.Set("timeval", static_cast<uint32_t>(sizeof(timeval)));
  sizes.Set("sourceInterface", static_cast<uint32_t>(platform::kSourceInterface));
  sizes.Set("group", static_cast<uint32_t>(platform::kGroup));
  exports.Set("sizes", sizes);
  return exports;
}

}  // namespace

NODE_API_MODULE(uvsock, Init)

}  // namespace uvsock
