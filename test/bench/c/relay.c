// A single-threaded epoll relay that moves bytes with splice(2): what plain C reaches, to compare others with.

#include "common.h"

#include <fcntl.h>
#include <sys/epoll.h>

static const char usage[] =
    "usage: relay --target N [--port N]\n"
    "  --target N    the port of 127.0.0.1 that every connection is relayed to\n"
    "  --port N      the port, default 0: any\n"
    "Prints {\"port\":N} when ready, its counts on SIGTERM.\n";

#define PIPE_SIZE (256 * 1024)
#define FEW (16 * 1024)

// What is read here goes to the other; what the other has not taken is in the pipe, and while there is some,
// nothing more is read.
struct end {
  int fd, in, out;
  size_t held;
  bool ended;
  struct end* other;
};

static int epoll_fd, listener;
static struct end** ends;  // by descriptor
static uint64_t bytes;

static void set_interest(int operation, const struct end* end) {
  uint32_t events = (end->held == 0 && !end->ended ? EPOLLIN : 0) | (end->other->held > 0 ? EPOLLOUT : 0);
  struct epoll_event event = {.events = events, .data.fd = end->fd};
  if (epoll_ctl(epoll_fd, operation, end->fd, &event) != 0) die("epoll_ctl");
}

static void close_end(struct end* end) {
  ends[end->fd] = NULL;
  close(end->fd);
  close(end->in);
  close(end->out);
  free(end);
}

static void close_both(struct end* end) {
  struct end* other = end->other;
  close_end(end);
  close_end(other);
}

static struct end* new_end(int fd) {
  struct end* end = must_calloc(1, sizeof *end);
  int fds[2];
  if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) != 0) die("pipe2");
  fcntl(fds[0], F_SETPIPE_SZ, PIPE_SIZE);
  end->fd = fd;
  end->out = fds[0];
  end->in = fds[1];
  ends[fd] = end;
  return end;
}

static void accept_all(long target) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && errno == EAGAIN) return;
    if (fd < 0) die("accept4");
    union address address;
    socklen_t length = inet_address(&address, INADDR_LOOPBACK, target);
    int to = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    // On loopback this is done at once.
    if (to < 0 || connect(to, &address.any, length) != 0) die("connect");
    if (fcntl(to, F_SETFL, O_NONBLOCK) != 0) die("fcntl");
    struct end *a = new_end(fd), *b = new_end(to);
    a->other = b;
    b->other = a;
    set_interest(EPOLL_CTL_ADD, a);
    set_interest(EPOLL_CTL_ADD, b);
  }
}

static ssize_t move(int from, int to, size_t length) {
  return splice(from, NULL, to, NULL, length, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
}

// What was read at `end` goes to the other; false if the connection is no more.
static bool empty_pipe(struct end* end) {
  while (end->held > 0) {
    ssize_t n = move(end->out, end->other->fd, end->held);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    end->held -= (size_t)n;
    bytes += (uint64_t)n;
  }
  return true;
}

static bool relay(struct end* end) {
  for (int i = 0; i < 16 && end->held == 0; i++) {
    ssize_t n = move(end->fd, end->in, PIPE_SIZE);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) {
      end->ended = true;
      shutdown(end->other->fd, SHUT_WR);
      set_interest(EPOLL_CTL_MOD, end);
      return !end->other->ended;
    }
    end->held = (size_t)n;
    if (!empty_pipe(end)) return false;
    if (end->held > 0) {
      set_interest(EPOLL_CTL_MOD, end);
      set_interest(EPOLL_CTL_MOD, end->other);
    }
    if (n < FEW) return true;
  }
  return true;
}

static bool go_on(struct end* end) {
  struct end* source = end->other;
  if (!empty_pipe(source)) return false;
  if (source->held > 0) return true;
  set_interest(EPOLL_CTL_MOD, source);
  set_interest(EPOLL_CTL_MOD, end);
  return true;
}

int main(int argc, char** argv) {
  long port = 0, target = 0;
  const struct option_spec specs[] = {
      {"--port", INTEGER, &port, 0, 65535},
      {"--target", INTEGER, &target, 1, 65535},
  };
  parse_options(argc, argv, 1, specs, COUNT_OF(specs), usage);
  if (target == 0) exit_with_usage(usage, "no value given for ", "--target");

  catch_stop_signals();
  signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  ends = must_calloc(limit.rlim_cur, sizeof *ends);

  union address address;
  socklen_t length = inet_address(&address, INADDR_LOOPBACK, port);
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) die("socket");
  if (bind(listener, &address.any, length) != 0) die("bind");
  if (listen(listener, 4096) != 0) die("listen");
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) die("epoll_create1");
  struct epoll_event waiting = {.events = EPOLLIN, .data.fd = listener};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &waiting) != 0) die("epoll_ctl");
  print_port(listener);

  struct epoll_event events[1024];
  while (!stopped) {
    int count = epoll_wait(epoll_fd, events, COUNT_OF(events), TICK_MS);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) {
      if (events[i].data.fd == listener) {
        accept_all(target);
        continue;
      }
      struct end* end = ends[events[i].data.fd];
      if (end == NULL) continue;  // closed with its other end
      bool alive = true;
      if (events[i].events & EPOLLOUT) alive = go_on(end);
      if (alive && (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) alive = relay(end);
      if (!alive) close_both(end);
    }
  }

  printf("{\"bytes\":%lu", bytes);
  print_usage_and_end();
  return 0;
}
