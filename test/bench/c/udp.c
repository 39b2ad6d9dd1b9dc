// UDP senders and receivers on 127.0.0.1: what plain C reaches, and the counterparts of what is measured.

#include "common.h"

#include <netinet/udp.h>
#include <poll.h>

static const char usage[] =
    "usage: udp flood --port N [--size S] [--seconds T] [--rate R] [--gso N]\n"
    "                                                                sendmmsg in batches of 32, connected\n"
    "       udp send  --port N [--size S] [--seconds T] [--batch N] [--gso N]\n"
    "                                                                one sendto per datagram, or sendmmsg of N\n"
    "       udp sink  [--port N] [--size S] [--batch N] [--rcvbuf N] [--gro]\n"
    "                                                                counts datagrams until SIGTERM;\n"
    "                                                                recvfrom, or recvmmsg of N > 1\n"
    "       udp echo  [--port N] [--size S] [--rcvbuf N]             recvfrom and sendto until SIGTERM\n"
    "       udp ping  --port N [--size S] [--seconds T] [--warmup W] [--flows F]\n"
    "                                                                F requests outstanding, repeated after\n"
    "                                                                200 ms without an answer\n"
    "  --size S      bytes of a datagram (8 to 65507), default 64; of sink and echo: of the buffer, 65507\n"
    "  --seconds T   default 5      --warmup W   default 0.5      --flows F   default 1\n"
    "  --rate R      datagrams/s, default 0: as many as possible\n"
    "  --gso N       each message is N datagrams (UDP_SEGMENT), default 1\n"
    "  --gro         datagrams may come put together (UDP_GRO), and are counted one by one\n"
    "  --rcvbuf N    SO_RCVBUF, default 0: leave it\n"
    "sink and echo print {\"port\":N} when ready. Datagrams begin with a sequence number of 8 bytes.\n";

#define SEND_BATCH 32
#define MAX_BATCH 1024
#define MAX_SEGMENTS 64
#define MAX_SIZE 65507
#define RESEND_NS (200 * NS_PER_MS)

static long port, size, batch = 1, rcvbuf, flows = 1, gso = 1;
static bool gro;
static double seconds = 5, warmup = 0.5, rate;

static int open_socket(void) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  if (rcvbuf > 0) set_option(fd, SOL_SOCKET, SO_RCVBUF, (int)rcvbuf);
  return fd;
}

static int open_bound(void) {
  int fd = open_socket();
  union address address;
  socklen_t length = inet_address(&address, INADDR_LOOPBACK, port);
  if (bind(fd, &address.any, length) != 0) die("bind");
  // Blocking calls look at `stopped` now and then.
  struct timeval tick = {.tv_usec = TICK_MS * 1000};
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick) != 0) die("SO_RCVTIMEO");
  print_port(fd);
  return fd;
}

static int open_connected(void) {
  int fd = open_socket();
  union address address;
  socklen_t length = inet_address(&address, INADDR_LOOPBACK, port);
  if (connect(fd, &address.any, length) != 0) die("connect");
  return fd;
}

static void put_sequence(char* datagram, uint64_t sequence) {
  memcpy(datagram, &sequence, sizeof sequence);
}

static void sleep_until(uint64_t time) {
  struct timespec t = {.tv_sec = (time_t)(time / NS_PER_S), .tv_nsec = (long)(time % NS_PER_S)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void print_sent(uint64_t sent, uint64_t from, uint64_t errors) {
  printf("{\"sent\":%lu,\"seconds\":%.6f,\"errors\":%lu", sent, seconds_between(from, now_ns()), errors);
  print_usage_and_end();
}

// An error of sending: a receiver that is gone (reported once per ICMP answer) only counts.
static void count_error(uint64_t* errors, const char* what) {
  if (errno != ECONNREFUSED && errno != ENOBUFS && errno != EINTR) die(what);
  if (errno != EINTR) ++*errors;
}

// Messages for sendmmsg, each of `gso` datagrams.
struct outgoing {
  struct mmsghdr* messages;
  struct iovec* vectors;
  char* datagrams;
};

static struct outgoing make_outgoing(int fd, long count, union address* to, socklen_t length) {
  struct outgoing out = {.messages = must_calloc((size_t)count, sizeof *out.messages),
                         .vectors = must_calloc((size_t)count, sizeof *out.vectors),
                         .datagrams = must_calloc((size_t)(count * gso), (size_t)size)};
  for (long i = 0; i < count; i++) {
    out.vectors[i] =
        (struct iovec){.iov_base = out.datagrams + i * gso * size, .iov_len = (size_t)(gso * size)};
    struct msghdr* header = &out.messages[i].msg_hdr;
    header->msg_iov = &out.vectors[i];
    header->msg_iovlen = 1;
    header->msg_name = to;
    header->msg_namelen = length;
  }
  if (gso > 1) set_option(fd, SOL_UDP, UDP_SEGMENT, (int)size);
  return out;
}

static void number_datagrams(struct outgoing* out, uint64_t messages, uint64_t sequence) {
  for (uint64_t i = 0; i < messages * (uint64_t)gso; i++)
    put_sequence(out->datagrams + i * (uint64_t)size, sequence + i);
}

static void flood(void) {
  int fd = open_connected();
  struct outgoing out = make_outgoing(fd, SEND_BATCH, NULL, 0);
  uint64_t sent = 0, errors = 0, start = now_ns(), end = start + (uint64_t)(seconds * 1e9);
  for (uint64_t now; !stopped && (now = now_ns()) < end;) {
    uint64_t count = SEND_BATCH;
    if (rate > 0) {
      uint64_t due = (uint64_t)((double)(now - start) * rate / 1e9) + 1;
      if (due <= sent) {
        uint64_t next = start + (uint64_t)((double)sent * 1e9 / rate) + 1, tick = now + TICK_MS * NS_PER_MS;
        sleep_until(next < tick ? next : tick);
        continue;
      }
      uint64_t messages = (due - sent + (uint64_t)gso - 1) / (uint64_t)gso;
      if (messages < count) count = messages;
    }
    number_datagrams(&out, count, sent);
    int n = sendmmsg(fd, out.messages, (unsigned)count, 0);
    if (n < 0)
      count_error(&errors, "sendmmsg");
    else
      sent += (uint64_t)n * (uint64_t)gso;
  }
  print_sent(sent, start, errors);
}

static void send_batches(void) {
  int fd = open_socket();
  union address address;
  socklen_t length = inet_address(&address, INADDR_LOOPBACK, port);
  struct outgoing out = make_outgoing(fd, batch, &address, length);
  uint64_t sent = 0, errors = 0, start = now_ns(), end = start + (uint64_t)(seconds * 1e9);
  while (!stopped && now_ns() < end) {
    number_datagrams(&out, (uint64_t)batch, sent);
    int n = sendmmsg(fd, out.messages, (unsigned)batch, 0);
    if (n < 0)
      count_error(&errors, "sendmmsg");
    else
      sent += (uint64_t)n * (uint64_t)gso;
  }
  print_sent(sent, start, errors);
}

static void send_singly(void) {
  int fd = open_socket();
  union address address;
  socklen_t length = inet_address(&address, INADDR_LOOPBACK, port);
  char* datagram = must_calloc(1, (size_t)size);
  uint64_t sent = 0, errors = 0, start = now_ns(), end = start + (uint64_t)(seconds * 1e9);
  // The clock is looked at now and then only: it is not what is measured.
  for (uint64_t calls = 0; !stopped && (calls % SEND_BATCH != 0 || now_ns() < end); calls++) {
    put_sequence(datagram, sent);
    if (sendto(fd, datagram, (size_t)size, 0, &address.any, length) < 0)
      count_error(&errors, "sendto");
    else
      sent++;
  }
  print_sent(sent, start, errors);
}

static void send_datagrams(void) {
  if (batch > 1 || gso > 1)
    send_batches();
  else
    send_singly();
}

// As how many datagrams a message came that may have been put together.
static uint64_t datagrams_of(struct mmsghdr* message) {
  struct msghdr* header = &message->msg_hdr;
  for (struct cmsghdr* each = CMSG_FIRSTHDR(header); each != NULL; each = CMSG_NXTHDR(header, each)) {
    if (each->cmsg_level != SOL_UDP || each->cmsg_type != UDP_GRO) continue;
    int segment;
    memcpy(&segment, CMSG_DATA(each), sizeof segment);
    return (message->msg_len + (uint64_t)segment - 1) / (uint64_t)segment;
  }
  return 1;
}

static void sink(void) {
  char* datagrams = must_calloc((size_t)batch, (size_t)size);
  union address* from = must_calloc((size_t)batch, sizeof *from);
  struct mmsghdr* messages = must_calloc((size_t)batch, sizeof *messages);
  struct iovec* vectors = must_calloc((size_t)batch, sizeof *vectors);
  for (long i = 0; i < batch; i++) {
    vectors[i] = (struct iovec){.iov_base = datagrams + i * size, .iov_len = (size_t)size};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_hdr.msg_name = &from[i];
  }
  char(*control)[CMSG_SPACE(sizeof(int))] = must_calloc((size_t)batch, sizeof *control);
  int fd = open_bound();
  if (gro) set_option(fd, SOL_UDP, UDP_GRO, 1);
  uint64_t received = 0, bytes = 0, first = 0, last = 0;
  while (!stopped) {
    ssize_t n;
    if (batch == 1) {
      socklen_t length = sizeof *from;
      n = recvfrom(fd, datagrams, (size_t)size, 0, &from->any, &length);
      if (n >= 0) {
        bytes += (uint64_t)n;
        n = 1;
      }
    } else {
      for (long i = 0; i < batch; i++) {
        messages[i].msg_hdr.msg_namelen = sizeof *from;
        if (!gro) continue;
        messages[i].msg_hdr.msg_control = control[i];
        messages[i].msg_hdr.msg_controllen = sizeof control[i];
      }
      int count = recvmmsg(fd, messages, (unsigned)batch, MSG_WAITFORONE, NULL);
      n = count < 0 ? -1 : 0;
      for (int i = 0; i < count; i++) {
        bytes += messages[i].msg_len;
        n += (ssize_t)(gro ? datagrams_of(&messages[i]) : 1);
      }
    }
    if (n < 0) {
      if (errno == EAGAIN || errno == EINTR) continue;
      die("receive");
    }
    last = now_ns();
    if (received == 0) first = last;
    received += (uint64_t)n;
  }
  printf("{\"received\":%lu,\"seconds\":%.6f,\"bytes\":%lu", received, seconds_between(first, last), bytes);
  print_usage_and_end();
}

static void echo(void) {
  char* datagram = must_calloc(1, (size_t)size);
  int fd = open_bound();
  uint64_t messages = 0, bytes = 0, errors = 0;
  while (!stopped) {
    union address from;
    socklen_t length = sizeof from;
    ssize_t n = recvfrom(fd, datagram, (size_t)size, 0, &from.any, &length);
    if (n < 0) {
      if (errno == EAGAIN || errno == EINTR) continue;
      die("recvfrom");
    }
    if (sendto(fd, datagram, (size_t)n, 0, &from.any, length) < 0) {
      count_error(&errors, "sendto");
      continue;
    }
    messages++;
    bytes += (uint64_t)n;
  }
  printf("{\"messages\":%lu,\"bytes\":%lu,\"errors\":%lu", messages, bytes, errors);
  print_usage_and_end();
}

// One request that waits for its answer. The flow of a datagram is its sequence number modulo the flows.
struct flow {
  uint64_t sequence, start, sent;
};

static uint64_t ping_errors;

static void send_request(int fd, char* datagram, const struct flow* flow) {
  put_sequence(datagram, flow->sequence);
  // One that is not sent, or not answered, is sent again later.
  if (send(fd, datagram, (size_t)size, 0) < 0 && errno != EAGAIN) count_error(&ping_errors, "send");
}

static void ping(void) {
  static struct histogram latency;
  static char answer[MAX_SIZE + 1];
  if (rcvbuf == 0) rcvbuf = 4 << 20;  // the answers of many flows come at once
  int fd = open_connected();
  char* datagram = must_calloc(1, (size_t)size);
  for (long i = 8; i < size; i++) datagram[i] = (char)(i * 31 + i / 256);
  struct flow* table = must_calloc((size_t)flows, sizeof *table);

  uint64_t messages = 0, resent = 0, stray = 0, now = now_ns(), warm = now + (uint64_t)(warmup * 1e9);
  uint64_t end = warm + (uint64_t)(seconds * 1e9), next_scan = now + RESEND_NS / 20;
  for (long i = 0; i < flows; i++) {
    table[i] = (struct flow){.sequence = (uint64_t)i, .start = now_ns()};
    table[i].sent = table[i].start;
    send_request(fd, datagram, &table[i]);
  }
  while (!stopped && (now = now_ns()) < end) {
    if (now >= next_scan) {
      for (long i = 0; i < flows; i++) {
        if (now - table[i].sent < RESEND_NS) continue;
        table[i].sent = now;
        resent++;
        send_request(fd, datagram, &table[i]);
      }
      next_scan = now + RESEND_NS / 20;
    }
    ssize_t n = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) {
      struct pollfd wait = {.fd = fd, .events = POLLIN};
      poll(&wait, 1, RESEND_NS / NS_PER_MS / 20);
      continue;
    }
    if (n < 0) {
      count_error(&ping_errors, "recv");
      continue;
    }
    uint64_t sequence = 0;
    memcpy(&sequence, answer, sizeof sequence);
    struct flow* flow = &table[sequence % (uint64_t)flows];
    if (n != size || memcmp(answer + 8, datagram + 8, (size_t)size - 8) != 0) {
      ping_errors++;  // wrong bytes
      continue;
    }
    if (flow->sequence != sequence) {
      stray++;  // the answer to one that was sent twice
      continue;
    }
    now = now_ns();
    if (now >= warm && now <= end) {
      messages++;
      histogram_add(&latency, now - flow->start);
    }
    *flow = (struct flow){.sequence = sequence + (uint64_t)flows, .start = now, .sent = now};
    send_request(fd, datagram, flow);
  }
  now = now_ns();
  printf("{\"messages\":%lu,\"seconds\":%.6f,\"errors\":%lu,\"resent\":%lu,\"stray\":%lu", messages,
         seconds_between(warm, now < end ? now : end), ping_errors, resent, stray);
  print_latency(&latency);
  print_usage_and_end();
}

struct command {
  const char* name;
  void (*run)(void);
  bool sends;  // needs a port
  const char* options;
};

int main(int argc, char** argv) {
  static const struct command commands[] = {
      {"flood", flood, true, "--port --size --seconds --rate --gso "},
      {"send", send_datagrams, true, "--port --size --seconds --batch --gso "},
      {"sink", sink, false, "--port --size --batch --rcvbuf --gro "},
      {"echo", echo, false, "--port --size --rcvbuf "},
      {"ping", ping, true, "--port --size --seconds --warmup --flows --rcvbuf "},
  };
  const struct option_spec specs[] = {
      {"--port", INTEGER, &port, 0, 65535},       {"--size", INTEGER, &size, 8, MAX_SIZE},
      {"--seconds", NUMBER, &seconds, 0, 1e6},    {"--warmup", NUMBER, &warmup, 0, 1e6},
      {"--rate", NUMBER, &rate, 0, 1e9},          {"--batch", INTEGER, &batch, 1, MAX_BATCH},
      {"--rcvbuf", INTEGER, &rcvbuf, 0, 1 << 30}, {"--flows", INTEGER, &flows, 1, 1000000},
      {"--gso", INTEGER, &gso, 1, MAX_SEGMENTS},  {"--gro", FLAG, &gro, 0, 0},
  };
  const struct command* command = NULL;
  for (size_t i = 0; i < COUNT_OF(commands) && argc > 1; i++)
    if (strcmp(argv[1], commands[i].name) == 0) command = &commands[i];
  if (command == NULL) exit_with_usage(usage, "which command?", "");

  struct option_spec allowed[COUNT_OF(specs)];
  size_t count = 0;
  for (size_t i = 0; i < COUNT_OF(specs); i++)
    if (strstr(command->options, specs[i].name) != NULL) allowed[count++] = specs[i];
  parse_options(argc, argv, 2, allowed, count, usage);
  if (command->sends && port == 0) exit_with_usage(usage, "--port is needed", "");
  if (size == 0) size = command->sends ? 64 : MAX_SIZE;
  if (gso * size > MAX_SIZE) exit_with_usage(usage, "a message is too long: ", "--gso times --size");

  catch_stop_signals();
  command->run();
  return 0;
}
