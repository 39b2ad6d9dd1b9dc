// A single-threaded epoll load generator for echo servers. Every byte that comes back is compared.

#include "common.h"

#include <sys/epoll.h>

static const char usage[] =
    "usage: load (--port N | --unix PATH) [options] [mode]\n"
    "  --connections C   default 1\n"
    "  --size S          bytes of a message, default 64\n"
    "  --seconds T       measured time, default 5\n"
    "  --warmup W        seconds before it, default 0.5\n"
    "  --sources N       bind to 127.0.1.1 ... 127.0.1.N in turn; default 8 if C > 10000, 64 if --churn, else 0: none\n"
    "modes, without one of them a closed loop, one message at a time per connection:\n"
    "  --rate R          open loop of R messages/s in total, latency from the intended time of sending\n"
    "  --churn           connect, one message, close, again and again on each of C slots\n"
    "  --burst           C connects at once, one message each, the time to the last echo\n"
    "  --hold SECONDS    the same, prints {\"holding\":C}, keeps them for that long or until SIGTERM\n";

enum mode { CLOSED, RATE, CHURN, BURST, HOLD };
static const char* const mode_names[] = {"closed", "rate", "churn", "burst", "hold"};

enum state { DOWN, CONNECTING, IDLE, BUSY };

struct connection {
  int fd;
  enum state state;
  uint32_t interest;
  uint32_t messages;      // ever begun, to tell their payloads apart
  size_t sent, received;  // of the present message
  uint64_t start;         // of the present message, or of its connect
  uint64_t turn;          // RATE: the number of the present message, or of the next if idle
};

// The connections of a mode that connects and then waits are given up after this.
#define SETUP_LIMIT_S 60
// RATE: how long after its end outstanding messages are waited for.
#define GRACE_S 1

static enum mode mode = CLOSED;
static long port = -1, connection_count = 1, message_size = 64, sources = -1;
static double seconds = 5, warmup = 0.5, rate, hold = -1;
static union address target;
static socklen_t target_length;

static int epoll_fd;
static struct connection* connections;
static size_t up, dead, answered;     // connected now; given up; BURST and HOLD: with their echo
static uint64_t warm, end, last;      // the measured window; the last completion
static uint64_t origin, due;          // RATE: the time of turn 0; the first turn whose time has not come
static uint64_t completed, measured;  // messages: all of them, those that came back in the window
static uint64_t errors, unfinished;
static struct histogram latency;
static char buffer[256 * 1024];

// Slots that are to be connected, a ring. A Unix socket with a full backlog makes them wait here.
static struct connection** pending;
static size_t pending_first, pending_count;

static void push_pending(struct connection* c) {
  c->start = 0;
  pending[(pending_first + pending_count++) % (size_t)connection_count] = c;
}

// Payloads are windows into one random text, which start elsewhere for each connection and message: an echo
// that went astray or came twice does not compare equal, yet no connection needs memory of its own.
#define WINDOWS 4096
static char* text;

static void make_text(void) {
  size_t length = (size_t)message_size + WINDOWS;
  text = must_calloc(length, 1);
  uint64_t x = 88172645463325252ull;
  for (size_t i = 0; i < length; i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    text[i] = (char)(x >> 32);
  }
}

static const char* payload(const struct connection* c) {
  return text + ((size_t)(c - connections) * 61 + c->messages) % WINDOWS;
}

static void complain(const char* what, int error) {
  if (++errors <= 5) fprintf(stderr, "load: %s%s%s\n", what, error ? ": " : "", error ? strerror(error) : "");
}

static void close_connection(struct connection* c) {
  if (c->fd >= 0) close(c->fd);
  c->fd = -1;
  c->state = DOWN;
}

static void fail(struct connection* c, const char* what, int error) {
  complain(what, error);
  if (c->state == IDLE || c->state == BUSY) up--;
  close_connection(c);
  if (mode == CHURN)
    push_pending(c);
  else
    dead++;
}

static void set_interest(struct connection* c, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (operation == EPOLL_CTL_MOD && c->interest == events) return;
  if (epoll_ctl(epoll_fd, operation, c->fd, &event) != 0) die("epoll_ctl");
  c->interest = events;
}

static void send_some(struct connection* c) {
  size_t left = (size_t)message_size - c->sent;
  ssize_t n = send(c->fd, payload(c) + c->sent, left, MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN && errno != EINTR) return fail(c, "send", errno);
  if (n > 0) c->sent += (size_t)n;
  set_interest(c, EPOLL_CTL_MOD, n == (ssize_t)left ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

static void begin_message(struct connection* c, uint64_t start) {
  c->state = BUSY;
  c->start = start;
  c->sent = c->received = 0;
  c->messages++;
  send_some(c);
}

static uint64_t time_of(uint64_t turn) {
  return origin + (uint64_t)((double)turn * 1e9 / rate);
}

static void complete(struct connection* c) {
  uint64_t now = now_ns();
  c->state = IDLE;
  completed++;
  last = now;
  if (now >= warm && now <= end) measured++;
  // An open loop's latencies count by when they were due: those that come late are the ones to know about.
  if (mode == RATE ? c->start >= warm : now >= warm && now <= end) histogram_add(&latency, now - c->start);
  switch (mode) {
    case CLOSED:
      return begin_message(c, now);
    case RATE:
      c->turn += (uint64_t)connection_count;
      if (c->turn < due) begin_message(c, time_of(c->turn));
      return;
    case CHURN:
      up--;
      close_connection(c);
      return push_pending(c);
    case BURST:
    case HOLD:
      answered++;
  }
}

static void receive_some(struct connection* c) {
  ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n < 0) return fail(c, "recv", errno);
  if (n == 0) return fail(c, "closed by the server", 0);
  if (c->state != BUSY || c->received + (size_t)n > c->sent)
    return fail(c, "more came back than was sent", 0);
  if (memcmp(buffer, payload(c) + c->received, (size_t)n) != 0) return fail(c, "wrong bytes came back", 0);
  c->received += (size_t)n;
  if (c->received == (size_t)message_size) complete(c);
}

static void connected(struct connection* c) {
  up++;
  c->state = IDLE;
  if (target.any.sa_family == AF_INET) set_option(c->fd, IPPROTO_TCP, TCP_NODELAY, 1);
  if (mode == CLOSED || mode == RATE)
    set_interest(c, EPOLL_CTL_MOD, EPOLLIN);  // all begin together, when all are connected
  else
    begin_message(c, c->start);
}

// False if there is no room for it now.
static bool start_connect(struct connection* c) {
  if (c->start == 0) c->start = now_ns();  // not anew after each EAGAIN
  c->fd = socket(target.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c->fd < 0) die("socket");
  if (sources > 0 && target.any.sa_family == AF_INET) {
    union address source;
    socklen_t length = inet_address(&source, 0x7f000101u + (uint32_t)((c - connections) % sources), 0);
    set_option(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    if (bind(c->fd, &source.any, length) != 0) die("bind");
  }
  int result = connect(c->fd, &target.any, target_length);
  if (result != 0 && errno == EAGAIN && target.any.sa_family == AF_UNIX) {
    close_connection(c);
    return false;
  }
  if (result != 0 && errno != EINPROGRESS) {
    fail(c, "connect", errno);
    return true;
  }
  c->state = CONNECTING;
  set_interest(c, EPOLL_CTL_ADD, EPOLLOUT);
  if (result == 0) connected(c);
  return true;
}

static void connect_pending(void) {
  // Except for a burst, replies are looked at in between. Not more than there are now: failed ones come back.
  size_t limit = mode == BURST || pending_count < 256 ? pending_count : 256;
  for (size_t i = 0; i < limit; i++) {
    if (stopped || !start_connect(pending[pending_first])) return;
    pending_first = (pending_first + 1) % (size_t)connection_count;
    pending_count--;
  }
}

static void on_event(struct connection* c, uint32_t events) {
  if (c->state == CONNECTING) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) die("SO_ERROR");
    if (error != 0) return fail(c, "connect", error);
    return connected(c);
  }
  if (events & EPOLLOUT) send_some(c);
  if (c->fd >= 0 && events & (EPOLLIN | EPOLLERR | EPOLLHUP)) receive_some(c);
}

static void poll_once(int timeout_ms) {
  static struct epoll_event events[1024];
  int count = epoll_wait(epoll_fd, events, COUNT_OF(events), timeout_ms);
  if (count < 0 && errno != EINTR) die("epoll_wait");
  for (int i = 0; i < count; i++) on_event(events[i].data.ptr, events[i].events);
}

// Connects, and waits for what is under way. Waits of a millisecond if some could not connect for now.
static void turn_wheel(int timeout_ms) {
  size_t before = pending_count;
  if (before > 0) connect_pending();
  if (pending_count > 0) timeout_ms = pending_count < before ? 0 : 1;
  poll_once(timeout_ms);
}

// Until all the connections are there, or have their echo.
static void set_up(void) {
  uint64_t limit = now_ns() + SETUP_LIMIT_S * NS_PER_S;
  const size_t* ready = mode == CLOSED || mode == RATE ? &up : &answered;
  while (!stopped && *ready + dead < (size_t)connection_count && now_ns() < limit) turn_wheel(TICK_MS);
  if (stopped) return;
  for (; pending_count > 0; pending_count--, pending_first++)
    fail(pending[pending_first % (size_t)connection_count], "not connected in time", 0);
  for (long i = 0; i < connection_count; i++) {
    struct connection* c = &connections[i];
    if (c->state == CONNECTING || c->state == BUSY) fail(c, "not ready in time", 0);
  }
}

static void start_window(void) {
  origin = now_ns();
  warm = origin + (uint64_t)(warmup * 1e9);
  end = warm + (uint64_t)(seconds * 1e9);
}

static int ms_until(uint64_t time, uint64_t now) {
  uint64_t ms = time > now ? (time - now) / NS_PER_MS : 0;
  return ms < TICK_MS ? (int)ms : TICK_MS;
}

// Sends what is due; returns how long there is nothing to do. The last two milliseconds before a message are
// spent polling: a timer that wakes the generator late would add to the latency.
static int send_due(uint64_t now) {
  uint64_t next;
  for (; (next = time_of(due)) <= now && next < end; due++) {
    struct connection* c = &connections[due % (uint64_t)connection_count];
    if (c->state == IDLE && c->turn == due) begin_message(c, next);
  }
  int ms = ms_until(next, now);
  return ms > 2 ? ms - 2 : 0;
}

static void run_loop(void) {
  for (;;) {
    uint64_t now = now_ns();
    if (stopped || dead == (size_t)connection_count) break;
    int timeout;
    if (mode == RATE) {
      timeout = send_due(now);
      if (now >= end && (completed == due || now >= end + GRACE_S * NS_PER_S)) break;
    } else {
      if (now >= end) break;
      timeout = ms_until(end, now) + 1;
    }
    turn_wheel(timeout);
  }
}

// RATE: what was due and has not come back has taken at least until now, and must not be missing.
static void count_unfinished(void) {
  uint64_t now = now_ns();
  for (long i = 0; i < connection_count; i++) {
    for (uint64_t turn = connections[i].turn; turn < due; turn += (uint64_t)connection_count) {
      if (time_of(turn) < warm) continue;
      unfinished++;
      histogram_add(&latency, now - time_of(turn));
    }
  }
}

static void keep_connections(void) {
  printf("{\"holding\":%zu}\n", up);
  fflush(stdout);
  uint64_t until = now_ns() + (uint64_t)(hold * 1e9);
  for (uint64_t now; !stopped && (now = now_ns()) < until;) poll_once(ms_until(until, now) + 1);
}

static void read_options(int argc, char** argv) {
  const char* path = NULL;
  bool churn = false, burst = false;
  const struct option_spec specs[] = {
      {"--port", INTEGER, &port, 1, 65535},
      {"--unix", TEXT, &path, 0, 0},
      {"--connections", INTEGER, &connection_count, 1, 1000000},
      {"--size", INTEGER, &message_size, 1, 1 << 30},
      {"--seconds", NUMBER, &seconds, 0, 1e6},
      {"--warmup", NUMBER, &warmup, 0, 1e6},
      {"--sources", INTEGER, &sources, 0, 250},
      {"--rate", NUMBER, &rate, 1e-3, 1e9},
      {"--churn", FLAG, &churn, 0, 0},
      {"--burst", FLAG, &burst, 0, 0},
      {"--hold", NUMBER, &hold, 0, 1e6},
  };
  parse_options(argc, argv, 1, specs, COUNT_OF(specs), usage);
  if ((port < 0) == (path == NULL)) exit_with_usage(usage, "either --port or --unix is needed", "");
  if ((rate > 0) + churn + burst + (hold >= 0) > 1) exit_with_usage(usage, "only one mode is possible", "");
  mode = rate > 0 ? RATE : churn ? CHURN : burst ? BURST : hold >= 0 ? HOLD : CLOSED;
  target_length = path ? unix_address(&target, path) : inet_address(&target, INADDR_LOOPBACK, port);
  if (target_length == 0) exit_with_usage(usage, "path too long: ", path);
  // Several processes of this size would run out of the 28232 ports that one address has by default.
  // Each closed connection keeps its port in TIME_WAIT for a minute.
  if (sources < 0) sources = mode == CHURN ? 64 : connection_count > 10000 ? 8 : 0;

  raise_descriptor_limit();
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  if ((rlim_t)connection_count + 16 > limit.rlim_cur)
    exit_with_usage(usage, "more connections than the limit of descriptors allows", "");
}

int main(int argc, char** argv) {
  read_options(argc, argv);
  catch_stop_signals();
  make_text();
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) die("epoll_create1");
  connections = must_calloc((size_t)connection_count, sizeof *connections);
  pending = must_calloc((size_t)connection_count, sizeof *pending);
  for (long i = 0; i < connection_count; i++) {
    connections[i].fd = -1;
    connections[i].turn = (uint64_t)i;
    push_pending(&connections[i]);
  }

  double took;
  if (mode == BURST || mode == HOLD) {
    uint64_t first = warm = now_ns();
    end = UINT64_MAX;
    set_up();
    took = seconds_between(first, last);
    if (mode == HOLD) keep_connections();
  } else {
    if (mode != CHURN) set_up();
    start_window();
    if (mode == CLOSED)
      for (long i = 0; i < connection_count; i++)
        if (connections[i].state == IDLE) begin_message(&connections[i], now_ns());
    run_loop();
    uint64_t now = now_ns();
    if (mode == RATE) count_unfinished();
    took = seconds_between(warm, now < end ? now : end);
  }

  printf("{\"mode\":\"%s\",\"connections\":%ld,\"size\":%ld,\"messages\":%lu,\"seconds\":%.6f,\"errors\":%lu",
         mode_names[mode], connection_count, message_size, measured, took, errors);
  if (mode == RATE) printf(",\"unfinished\":%lu", unfinished);
  print_latency(&latency);
  print_usage_and_end();
  return 0;
}
