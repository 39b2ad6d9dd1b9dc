// One file over HTTP/1.1 on kept connections: an epoll server on sendfile(2), and the client that measures servers.

#include "common.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>

static const char usage[] =
    "usage: http serve --file PATH [--port N]     until SIGTERM; prints {\"port\":N} when ready\n"
    "       http get --port N [--connections C] [--seconds T] [--warmup W]\n"
    "                                             one request after the other on each connection;\n"
    "                                             the bytes of a body are counted, not looked at\n"
    "  --connections C   default 1     --seconds T   default 5     --warmup W   default 0.5\n";

#define MAX_HEAD 4096

struct connection {
  int fd;
  uint32_t interest;
  size_t head_length;  // GET: 0 while the body is received; SERVE: of the request
  char head[MAX_HEAD];
  size_t answer_sent;  // SERVE: of the head
  off_t sent;          // SERVE: of the file; -1 between requests
  uint64_t left;       // GET: of the body
  uint64_t start;
};

static const char* file_path;
static long port, connection_count = 1;
static double seconds = 5, warmup = 0.5;
static int epoll_fd, listener, file;
static off_t file_size;
static char answer[256];
static size_t answer_length;

static void set_interest(struct connection* c, int operation, uint32_t events) {
  if (c->interest == events) return;
  c->interest = events;
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(epoll_fd, operation, c->fd, &event) != 0) die("epoll_ctl");
}

// Receives the rest of a head; true when it is there. What comes behind it begins at `*body`.
static bool receive_head(struct connection* c, char** body, bool* closed) {
  ssize_t n = recv(c->fd, c->head + c->head_length, MAX_HEAD - 1 - c->head_length, 0);
  *closed = n == 0 || (n < 0 && errno != EAGAIN);
  if (n <= 0) return false;
  c->head_length += (size_t)n;
  c->head[c->head_length] = '\0';
  char* end = strstr(c->head, "\r\n\r\n");
  if (end == NULL) return false;
  *body = end + 4;
  return true;
}

// Server ----------------------------------------------------------------------------------------------------

static void close_connection(struct connection* c) {
  close(c->fd);
  free(c);
}

static void answer_request(struct connection* c) {
  while (c->answer_sent < answer_length) {
    ssize_t n = send(c->fd, answer + c->answer_sent, answer_length - c->answer_sent, MSG_NOSIGNAL | MSG_MORE);
    if (n < 0 && errno == EAGAIN) return set_interest(c, EPOLL_CTL_MOD, EPOLLOUT);
    if (n < 0) return close_connection(c);
    c->answer_sent += (size_t)n;
  }
  while (c->sent < file_size) {
    ssize_t n = sendfile(c->fd, file, &c->sent, (size_t)(file_size - c->sent));
    if (n < 0 && errno == EAGAIN) return set_interest(c, EPOLL_CTL_MOD, EPOLLOUT);
    if (n <= 0) return close_connection(c);
  }
  c->sent = -1;
  set_interest(c, EPOLL_CTL_MOD, EPOLLIN);
}

static void serve_connection(struct connection* c) {
  if (c->sent < 0) {
    char* body;
    bool closed;
    if (!receive_head(c, &body, &closed)) {
      if (closed) close_connection(c);
      return;
    }
    c->head_length = 0;
    c->answer_sent = 0;
    c->sent = 0;
  }
  answer_request(c);
}

static void serve(void) {
  signal(SIGPIPE, SIG_IGN);  // sendfile takes no MSG_NOSIGNAL
  file = open(file_path, O_RDONLY | O_CLOEXEC);
  struct stat about;
  if (file < 0 || fstat(file, &about) != 0) die(file_path);
  file_size = about.st_size;
  answer_length =
      (size_t)snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %ld\r\n\r\n", (long)file_size);

  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) die("socket");
  union address address;
  socklen_t length = inet_address(&address, INADDR_LOOPBACK, port);
  if (bind(listener, &address.any, length) != 0 || listen(listener, 4096) != 0) die("listen");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event) != 0) die("epoll_ctl");
  print_port(listener);

  struct epoll_event events[1024];
  while (!stopped) {
    int count = epoll_wait(epoll_fd, events, COUNT_OF(events), TICK_MS);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) {
      if (events[i].data.ptr != NULL) {
        serve_connection(events[i].data.ptr);
        continue;
      }
      int fd;
      while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct connection* c = must_calloc(1, sizeof *c);
        c->fd = fd;
        c->sent = -1;
        set_interest(c, EPOLL_CTL_ADD, EPOLLIN);
      }
    }
  }
}

// Client ----------------------------------------------------------------------------------------------------

static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
static uint64_t messages, bytes;
static struct histogram latency;

static void ask(struct connection* c) {
  c->start = now_ns();
  c->head_length = 0;
  c->left = 0;
  if (send(c->fd, request, sizeof request - 1, MSG_NOSIGNAL) != sizeof request - 1) die("send");
}

static void read_answer(struct connection* c, uint64_t warm) {
  char* body;
  bool closed = false;
  if (c->left == 0) {
    if (!receive_head(c, &body, &closed)) {
      if (closed) die("closed");
      return;
    }
    const char* field = strcasestr(c->head, "\r\nContent-Length:");
    if (strncmp(c->head, "HTTP/1.1 200", 12) != 0 || field == NULL) die(c->head);
    uint64_t length = strtoull(field + 17, NULL, 10), had = (uint64_t)(c->head + c->head_length - body);
    c->left = length - had;
    bytes += had;
  }
  // On TCP, MSG_TRUNC discards without a copy.
  while (c->left > 0) {
    ssize_t n = recv(c->fd, NULL, c->left, MSG_TRUNC);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) die("closed within a body");
    c->left -= (uint64_t)n;
    bytes += (uint64_t)n;
  }
  if (c->start >= warm) {
    messages++;
    histogram_add(&latency, now_ns() - c->start);
  }
  ask(c);
}

static void get(void) {
  union address address;
  socklen_t length = inet_address(&address, INADDR_LOOPBACK, port);
  uint64_t warm = now_ns() + (uint64_t)(warmup * 1e9), end = warm + (uint64_t)(seconds * 1e9), now;
  for (long i = 0; i < connection_count; i++) {
    struct connection* c = must_calloc(1, sizeof *c);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, &address.any, length) != 0) die("connect");
    if (fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0) die("fcntl");
    set_interest(c, EPOLL_CTL_ADD, EPOLLIN);
    ask(c);
  }
  struct epoll_event events[1024];
  while (!stopped && (now = now_ns()) < end) {
    int count = epoll_wait(epoll_fd, events, COUNT_OF(events), TICK_MS);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) read_answer(events[i].data.ptr, warm);
  }
  now = now_ns();
  printf("{\"messages\":%lu,\"seconds\":%.6f,\"bytes\":%lu", messages,
         seconds_between(warm, now < end ? now : end), bytes);
  print_latency(&latency);
  print_usage_and_end();
}

int main(int argc, char** argv) {
  const struct option_spec specs[] = {
      {"--file", TEXT, &file_path, 0, 0},         {"--port", INTEGER, &port, 0, 65535},
      {"--connections", INTEGER, &connection_count, 1, 100000},
      {"--seconds", NUMBER, &seconds, 0, 1e6},    {"--warmup", NUMBER, &warmup, 0, 1e6},
  };
  if (argc < 2) exit_with_usage(usage, "which command?", "");
  parse_options(argc, argv, 2, specs, COUNT_OF(specs), usage);
  catch_stop_signals();
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) die("epoll_create1");
  if (strcmp(argv[1], "serve") == 0 && file_path != NULL)
    serve();
  else if (strcmp(argv[1], "get") == 0 && port != 0)
    get();
  else
    exit_with_usage(usage, "bad command: ", argv[1]);
  return 0;
}
