// Any bytes as a sockaddr.
#include "../../../native/sockaddr.h"

#include "checked.h"

namespace {

class Seen : public uvsock::AddressFields {
 public:
  void Number(const char* name, double number) override {
    Look(name, std::strlen(name));
    Check(number >= INT32_MIN && number <= UINT32_MAX);
  }
  void Text(const char*, const char* text) override { Check(text != nullptr && std::strlen(text) < 46); }
  void Bytes(const char*, const void* data, size_t length) override { Look(data, length); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t length) {
  std::vector<uint8_t> bytes = Copy(data, length);
  Seen seen;
  uvsock::DecodeSockaddr({bytes.data(), bytes.size()}, &seen);
  return 0;
}
