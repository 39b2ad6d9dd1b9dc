// What the benchmark's C programs share: options, clock, signals, sockets, the latency histogram, JSON.

#ifndef UVSOCK_BENCH_COMMON_H_
#define UVSOCK_BENCH_COMMON_H_

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static inline void die(const char* what) {
  perror(what);
  exit(1);
}

static inline void* must_calloc(size_t count, size_t size) {
  void* memory = calloc(count, size);
  if (memory == NULL) die("calloc");
  return memory;
}

// Options ---------------------------------------------------------------------------------------------------

enum option_kind { FLAG, INTEGER, NUMBER, TEXT };

struct option_spec {
  const char* name;
  enum option_kind kind;
  void* value;      // bool*, long*, double* or const char**, by kind
  double min, max;  // of INTEGER and NUMBER, both inclusive
};

static inline _Noreturn void exit_with_usage(const char* usage, const char* problem, const char* subject) {
  fprintf(stderr, "%s%s\n%s", problem, subject, usage);
  exit(2);
}

static inline void parse_options(int argc, char** argv, int first, const struct option_spec* specs,
                                 size_t count, const char* usage) {
  for (int i = first; i < argc; i++) {
    const struct option_spec* spec = NULL;
    for (size_t k = 0; k < count && spec == NULL; k++)
      if (strcmp(argv[i], specs[k].name) == 0) spec = &specs[k];
    if (spec == NULL) exit_with_usage(usage, "unknown option: ", argv[i]);
    if (spec->kind == FLAG) {
      *(bool*)spec->value = true;
      continue;
    }
    if (++i == argc) exit_with_usage(usage, "no value given for ", spec->name);
    if (spec->kind == TEXT) {
      *(const char**)spec->value = argv[i];
      continue;
    }
    char* end;
    errno = 0;
    double number = spec->kind == INTEGER ? (double)strtol(argv[i], &end, 10) : strtod(argv[i], &end);
    // Negated, so that NaN is refused, too.
    if (end == argv[i] || *end != '\0' || errno != 0 || !(number >= spec->min && number <= spec->max))
      exit_with_usage(usage, "bad value for ", spec->name);
    if (spec->kind == INTEGER)
      *(long*)spec->value = (long)number;
    else
      *(double*)spec->value = number;
  }
}

// Clock, signals, limits ------------------------------------------------------------------------------------

#define NS_PER_S 1000000000ull
#define NS_PER_MS 1000000ull

static inline uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static inline double seconds_between(uint64_t from, uint64_t to) {
  return to > from ? (double)(to - from) / 1e9 : 0;
}

// No wait is longer than this: a signal that comes between the check of `stopped` and the wait is seen then.
#define TICK_MS 100

static volatile sig_atomic_t stopped;

static inline void on_stop_signal(int number) {
  (void)number;
  stopped = 1;
}

static inline void catch_stop_signals(void) {
  // Without SA_RESTART: waits are to be interrupted.
  struct sigaction action = {.sa_handler = on_stop_signal};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  signal(SIGUSR2, SIG_IGN);  // asks Node's programs to collect garbage
}

static inline void raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) die("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) die("setrlimit");
}

// Sockets ---------------------------------------------------------------------------------------------------

union address {
  struct sockaddr any;
  struct sockaddr_in in;
  struct sockaddr_un un;
};

static inline socklen_t inet_address(union address* address, uint32_t ip, long port) {
  memset(address, 0, sizeof *address);
  address->in.sin_family = AF_INET;
  address->in.sin_addr.s_addr = htonl(ip);
  address->in.sin_port = htons((uint16_t)port);
  return sizeof address->in;
}

// The length of the address, or 0 if the path is too long.
static inline socklen_t unix_address(union address* address, const char* path) {
  memset(address, 0, sizeof *address);
  address->un.sun_family = AF_UNIX;
  if (strlen(path) >= sizeof address->un.sun_path) return 0;
  strcpy(address->un.sun_path, path);
  return sizeof address->un;
}

static inline long local_port(int fd) {
  union address address;
  socklen_t length = sizeof address;
  if (getsockname(fd, &address.any, &length) != 0) die("getsockname");
  return ntohs(address.in.sin_port);
}

static inline void set_option(int fd, int level, int name, int value) {
  if (setsockopt(fd, level, name, &value, sizeof value) != 0) die("setsockopt");
}

// Latencies -------------------------------------------------------------------------------------------------

// Log-linear, like HdrHistogram: each power of two has 128 equal buckets, so that a value is known to 0.8 %.
#define SUB_BUCKETS 128

struct histogram {
  uint64_t total, max;
  uint64_t buckets[SUB_BUCKETS * 64];
};

static inline void histogram_add(struct histogram* h, uint64_t ns) {
  int shift = ns < 2 * SUB_BUCKETS ? 0 : 63 - __builtin_clzll(ns) - 7;
  h->buckets[(uint64_t)shift * SUB_BUCKETS + (ns >> shift)]++;
  h->total++;
  if (ns > h->max) h->max = ns;
}

// In microseconds: the middle of the bucket in which that share of all the values is reached.
static inline double histogram_quantile(const struct histogram* h, double share) {
  uint64_t wanted = (uint64_t)(share * (double)h->total + 0.9999999), seen = 0;
  if (wanted == 0) wanted = 1;
  for (size_t i = 0; i < COUNT_OF(h->buckets); i++) {
    seen += h->buckets[i];
    if (seen < wanted) continue;
    uint64_t shift = i < 2 * SUB_BUCKETS ? 0 : i / SUB_BUCKETS - 1;
    uint64_t value = ((i - shift * SUB_BUCKETS) << shift) + ((1ull << shift) >> 1);
    return (double)(value < h->max ? value : h->max) / 1e3;
  }
  return 0;
}

// JSON ------------------------------------------------------------------------------------------------------

static inline void print_latency(const struct histogram* h) {
  printf(",\"latency\":{\"p50\":%.2f,\"p90\":%.2f,\"p99\":%.2f,\"p999\":%.2f,\"max\":%.2f}",
         histogram_quantile(h, 0.5), histogram_quantile(h, 0.9), histogram_quantile(h, 0.99),
         histogram_quantile(h, 0.999), (double)h->max / 1e3);
}

// The CPU time of the whole process, which ends every program's JSON.
static inline void print_usage_and_end(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  printf(",\"user\":%.3f,\"system\":%.3f}\n", (double)u.ru_utime.tv_sec + (double)u.ru_utime.tv_usec / 1e6,
         (double)u.ru_stime.tv_sec + (double)u.ru_stime.tv_usec / 1e6);
  fflush(stdout);
}

static inline void print_port(int fd) {
  printf("{\"port\":%ld}\n", local_port(fd));
  fflush(stdout);
}

static inline void print_path(const char* path) {
  printf("{\"path\":\"");
  for (; *path != '\0'; path++) {
    if (*path == '"' || *path == '\\')
      printf("\\%c", *path);
    else if ((unsigned char)*path < ' ')
      printf("\\u%04x", *path);
    else
      putchar(*path);
  }
  printf("\"}\n");
  fflush(stdout);
}

#endif  // UVSOCK_BENCH_COMMON_H_
