// One uv_poll handle of a watched socket, and the rule that one attempt buys
// one notification (DESIGN: a direction that was notified stays armed but
// silent until it is attempted; if it fires again before that, it is stopped).
#pragma once

#include <uv.h>

#include <cstdint>

namespace uvsock {

class Environment;

// The directions are libuv's event bits. kError accompanies them in a
// notification; to wait for it alone is to wait for errors and nothing else.
using Directions = uint32_t;
constexpr Directions kReadable = UV_READABLE;
constexpr Directions kWritable = UV_WRITABLE;
constexpr Directions kHangup = UV_DISCONNECT;
constexpr Directions kPriority = UV_PRIORITIZED;
constexpr Directions kError = 16;
constexpr Directions kAllDirections = kReadable | kWritable | kHangup | kPriority | kError;

class Poller {
 public:
  // 0, or -errno of a descriptor that cannot be polled.
  static int Create(Environment& environment, uint32_t slot, uint32_t generation, int fd, bool referenced,
                    Poller** out);

  // What is watched from now on; `attempted` directions are notified afresh.
  int Watch(Directions wanted, Directions attempted);
  void SetReferenced(bool referenced);

  // After each call in a direction. Inline: the hot path is one test.
  void Attempted(Directions directions) {
    if ((notified_ | stopped_) & directions) Rearm(directions);
  }
  // The call took a pending error off the socket; the next one is news.
  void ErrorTaken() {
    error_told_ = false;
    delay_ = 0;
    Attempted(kError);
  }

  // Whether epoll looks at the socket.
  bool IsArmed() const { return armed_ != 0; }
  void Delivered() { queued_ = false; }
  void Resume();
  // The object deletes itself in the close callback.
  void Close();

 private:
  Poller(Environment& environment, uint32_t slot, uint32_t generation, int fd, bool referenced)
      : environment_(environment), slot_(slot), generation_(generation), fd_(fd), referenced_(referenced) {}

  static void OnPoll(uv_poll_t* handle, int status, int events);
  void Fired(Directions events);
  void Failed();
  void Notify(Directions fresh, Directions events);
  void Rearm(Directions directions);
  Directions Mask() const;
  void WaitForErrors();
  bool HasError() const;
  int Arm();
  int Start(Directions mask);
  void UpdateHold();

  Environment& environment_;
  uv_poll_t handle_;
  uint32_t slot_;
  uint32_t generation_;
  uint32_t position_ = 0;  // in the batch, while queued_
  int fd_;
  uint8_t wanted_ = 0;    // somebody watches
  uint8_t armed_ = 0;     // in epoll
  uint8_t notified_ = 0;  // notified, and no attempt since
  uint8_t stopped_ = 0;   // fired while ignored: out of epoll until attempted
  uint8_t delay_ = 0;     // of the error backoff, in ms
  bool queued_ = false;
  bool error_told_ = false;  // a pending error was notified and is still there
  bool resumed_ = false;     // by Backoff, and has not fired since
  bool referenced_;
  bool holds_ = false;

  friend class Backoff;
  uint64_t due_ = 0;  // when Backoff resumes it; 0 while it does not wait
  Poller* next_waiting_ = nullptr;
};

// Pollers whose socket has an error pending that no call takes away (an error
// queue): epoll reports it for ever, so they are looked at by timer.
class Backoff {
 public:
  void Open(Environment& environment);
  void Close();
  void Add(Poller* poller, uint64_t delay);
  void Remove(Poller* poller);

 private:
  static void OnTimer(uv_timer_t* handle);
  // One that is due; null if none is.
  Poller* TakeDue(uint64_t now);
  void Schedule();

  Environment* environment_ = nullptr;
  uv_timer_t timer_;
  // A list: to wait needs no memory, which may be out where nobody could be told.
  Poller* first_ = nullptr;
};

}  // namespace uvsock
