// A single-threaded, level-triggered epoll echo server: what plain C reaches, to compare others with.

#include "common.h"

#include <sys/epoll.h>

static const char usage[] =
    "usage: echo_server [--unix PATH] [--port N] [--backlog N]\n"
    "  --unix PATH   listen on this Unix path instead of 127.0.0.1\n"
    "  --port N      the port, default 0: any\n"
    "  --backlog N   default 4096\n"
    "Prints {\"port\":N} or {\"path\":\"...\"} when ready, its counts on SIGTERM.\n";

// What the peer has not yet taken. While there is some, the connection is not read from.
struct rest {
  size_t offset, length;
  char bytes[];
};

static int epoll_fd, listener;
static bool listener_paused;  // out of descriptors: a level-triggered listener would be reported without end
static struct rest** rests;   // by descriptor
static size_t rests_length;
static uint64_t accepted, messages, bytes;
static char buffer[64 * 1024];

static void set_interest(int operation, int fd, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  if (epoll_ctl(epoll_fd, operation, fd, &event) != 0) die("epoll_ctl");
}

static void close_connection(int fd) {
  free(rests[fd]);
  rests[fd] = NULL;
  close(fd);
  if (!listener_paused) return;
  listener_paused = false;
  set_interest(EPOLL_CTL_MOD, listener, EPOLLIN);
}

static void accept_all(void) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      if ((size_t)fd >= rests_length) abort();  // the table is as long as the limit of descriptors
      accepted++;
      set_interest(EPOLL_CTL_ADD, fd, EPOLLIN);
    } else if (errno == EAGAIN) {
      return;
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      listener_paused = true;
      set_interest(EPOLL_CTL_MOD, listener, 0);
      return;
    } else if (errno != ECONNABORTED && errno != EINTR) {
      die("accept4");
    }
  }
}

// How much was sent, or -1 if the connection is no more.
static ssize_t send_some(int fd, const char* from, size_t length) {
  ssize_t n = send(fd, from, length, MSG_NOSIGNAL);
  return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : n;
}

static void read_and_echo(int fd) {
  ssize_t n = recv(fd, buffer, sizeof buffer, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) return close_connection(fd);
  messages++;
  bytes += (uint64_t)n;
  ssize_t sent = send_some(fd, buffer, (size_t)n);
  if (sent < 0) return close_connection(fd);
  if (sent == n) return;
  size_t left = (size_t)(n - sent);
  struct rest* rest = malloc(sizeof *rest + left);
  if (rest == NULL) die("malloc");
  rest->offset = 0;
  rest->length = left;
  memcpy(rest->bytes, buffer + sent, left);
  rests[fd] = rest;
  set_interest(EPOLL_CTL_MOD, fd, EPOLLOUT);
}

static void send_rest(int fd) {
  struct rest* rest = rests[fd];
  ssize_t n = send_some(fd, rest->bytes + rest->offset, rest->length - rest->offset);
  if (n < 0) return close_connection(fd);
  rest->offset += (size_t)n;
  if (rest->offset < rest->length) return;
  free(rest);
  rests[fd] = NULL;
  set_interest(EPOLL_CTL_MOD, fd, EPOLLIN);
}

static void listen_on(const char* path, long port, long backlog) {
  union address address;
  socklen_t length;
  if (path == NULL) {
    length = inet_address(&address, INADDR_LOOPBACK, port);
  } else {
    length = unix_address(&address, path);
    if (length == 0) exit_with_usage(usage, "path too long: ", path);
    struct stat old;
    if (lstat(path, &old) == 0 && S_ISSOCK(old.st_mode)) unlink(path);  // left by a server that was killed
  }
  listener = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) die("socket");
  if (path == NULL) set_option(listener, SOL_SOCKET, SO_REUSEADDR, 1);
  if (bind(listener, &address.any, length) != 0) die("bind");
  if (listen(listener, (int)backlog) != 0) die("listen");
}

int main(int argc, char** argv) {
  const char* path = NULL;
  long port = 0, backlog = 4096;
  const struct option_spec specs[] = {
      {"--unix", TEXT, &path, 0, 0},
      {"--port", INTEGER, &port, 0, 65535},
      {"--backlog", INTEGER, &backlog, 0, 1 << 20},
  };
  parse_options(argc, argv, 1, specs, COUNT_OF(specs), usage);

  catch_stop_signals();
  raise_descriptor_limit();
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  rests_length = limit.rlim_cur;
  rests = must_calloc(rests_length, sizeof *rests);

  listen_on(path, port, backlog);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) die("epoll_create1");
  set_interest(EPOLL_CTL_ADD, listener, EPOLLIN);
  if (path == NULL)
    print_port(listener);
  else
    print_path(path);

  struct epoll_event events[1024];
  while (!stopped) {
    int count = epoll_wait(epoll_fd, events, COUNT_OF(events), TICK_MS);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == listener)
        accept_all();
      else if (rests[fd] != NULL)
        send_rest(fd);
      else
        read_and_echo(fd);
    }
  }

  if (path != NULL) unlink(path);
  printf("{\"accepted\":%lu,\"messages\":%lu,\"bytes\":%lu", accepted, messages, bytes);
  print_usage_and_end();
  return 0;
}
