// Any bytes as the control messages of a datagram in a batch.
#include "../../../native/record.h"

#include "checked.h"

// The descriptors are numbers out of nowhere: those of libFuzzer's own stay
// open. By the linker's --wrap=close.
static bool within = false;
extern "C" int __real_close(int fd);
extern "C" int __wrap_close(int fd) {
  return within ? 0 : __real_close(fd);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t length) {
  std::vector<uint8_t> left = Copy(data, length);
  msghdr message = {};
  message.msg_control = left.data();
  message.msg_controllen = left.size();
  std::vector<uint8_t> bytes(uvsock::kRecord);
  uvsock::Record record(bytes.data());
  within = true;
  uvsock::ReadControl(message, record);
  within = false;
  Look(bytes.data(), bytes.size());
  Check(record.Get(uvsock::kTold) >= 0 && record.Get(uvsock::kTold) < 32);
  return 0;
}
