// Preloaded, lets allocations of uvsock.node fail: the Nth since the
// environment variable UVSOCK_FAIL_ALLOCATION was set to N, before the process
// began or within it, and every one that asks for no exception likewise. How
// many there were since then is in UVSOCK_ALLOCATIONS when that is asked for.
#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

std::atomic<long> fails_at{-1};
std::atomic<long> counted{0};

// Where the code of a library is. Not by dladdr(3), which looks through all symbols.
class Library {
 public:
  explicit Library(const char* name) : name_(name) {}

  bool Has(const void* address) {
    if (end_ == 0) dl_iterate_phdr(Look, this);
    const auto value = reinterpret_cast<uintptr_t>(address);
    return value >= begin_ && value < end_;
  }

 private:
  static int Look(dl_phdr_info* info, size_t, void* data) {
    auto* self = static_cast<Library*>(data);
    if (std::strstr(info->dlpi_name, self->name_) == nullptr) return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
      const auto& part = info->dlpi_phdr[i];
      if (part.p_type != PT_LOAD || !(part.p_flags & PF_X)) continue;
      self->begin_ = info->dlpi_addr + part.p_vaddr;
      self->end_ = self->begin_ + part.p_memsz;
    }
    return 1;
  }

  const char* name_;
  std::atomic<uintptr_t> begin_{0};
  std::atomic<uintptr_t> end_{0};
};

Library addon("uvsock.node");
Library standard("libstdc++");
Library own("allocation.so");

// Itself, or through what of libstdc++ is not inlined (std::string).
__attribute__((noinline)) bool IsOurs(void* caller) {
  if (addon.Has(caller)) return true;
  if (!standard.Has(caller)) return false;
  void* frames[12];
  const int count = backtrace(frames, 12);
  for (int i = 1; i < count; i++) {
    if (addon.Has(frames[i])) return true;
    if (!standard.Has(frames[i]) && !own.Has(frames[i])) return false;
  }
  return false;
}

bool Fails(void* caller) {
  return fails_at >= 0 && IsOurs(caller) && ++counted == fails_at;
}

void* Allocate(size_t size, void* caller) {
  return Fails(caller) ? nullptr : std::malloc(size == 0 ? 1 : size);
}

void* AllocateOrThrow(size_t size, void* caller) {
  void* memory = Allocate(size, caller);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void Begin(const char* value) {
  counted = 0;
  fails_at = std::atol(value);
}

int SystemSetenv(const char* name, const char* value) {
  static auto real = reinterpret_cast<int (*)(const char*, const char*, int)>(dlsym(RTLD_NEXT, "setenv"));
  return real(name, value, 1);
}

__attribute__((constructor)) void Start() {
  void* warm[1];
  backtrace(warm, 1);  // which allocates, the first time
  if (const char* value = std::getenv("UVSOCK_FAIL_ALLOCATION")) Begin(value);
}

}  // namespace

#define CALLER __builtin_return_address(0)
__attribute__((visibility("default"))) void* operator new(size_t size) {
  return AllocateOrThrow(size, CALLER);
}
__attribute__((visibility("default"))) void* operator new[](size_t size) {
  return AllocateOrThrow(size, CALLER);
}
__attribute__((visibility("default"))) void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return Allocate(size, CALLER);
}
__attribute__((visibility("default"))) void* operator new[](size_t size, const std::nothrow_t&) noexcept {
  return Allocate(size, CALLER);
}
__attribute__((visibility("default"))) void operator delete(void* memory) noexcept {
  std::free(memory);
}
__attribute__((visibility("default"))) void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
__attribute__((visibility("default"))) void operator delete[](void* memory) noexcept {
  std::free(memory);
}
__attribute__((visibility("default"))) void operator delete[](void* memory, size_t) noexcept {
  std::free(memory);
}

// process.env.UVSOCK_FAIL_ALLOCATION = n; the count is left in another variable.
extern "C" __attribute__((visibility("default"))) int setenv(const char* name, const char* value,
                                                             int replace) {
  if (std::strcmp(name, "UVSOCK_FAIL_ALLOCATION") == 0) {
    char count[24];
    std::snprintf(count, sizeof count, "%ld", counted.load());
    SystemSetenv("UVSOCK_ALLOCATIONS", count);
    Begin(value);
  }
  static auto real = reinterpret_cast<int (*)(const char*, const char*, int)>(dlsym(RTLD_NEXT, "setenv"));
  return real(name, value, replace);
}
