// libstdc++ asks glibc 2.32 and later whether the process has one thread only,
// and spares atomic instructions then. Node has several: the answer is here, so
// that older systems, which have no such symbol, load the addon.
extern "C" {
__attribute__((visibility("hidden"))) char __libc_single_threaded;
}
