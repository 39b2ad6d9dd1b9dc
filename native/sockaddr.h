// Raw sockaddr bytes, taken apart. What they come from may have written
// anything: nothing here trusts a length or a family.
#pragma once

#include "view.h"

namespace uvsock {

// Told the fields of an address, by the names that JavaScript has for them.
class AddressFields {
 public:
  virtual void Number(const char* name, double number) = 0;
  virtual void Text(const char* name, const char* text) = 0;
  virtual void Bytes(const char* name, const void* data, size_t length) = 0;

 protected:
  ~AddressFields() = default;
};

// The family, and what fields it has.
void DecodeSockaddr(const View& bytes, AddressFields* fields);

}  // namespace uvsock
