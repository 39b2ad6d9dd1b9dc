#include "poller.h"

#include <algorithm>

#include "environment.h"
#include "platform.h"

namespace uvsock {

namespace {

constexpr uint8_t kFirstDelay = 1;
constexpr uint8_t kLastDelay = 64;

template <typename Handle>
uv_handle_t* Base(Handle* handle) {
  return reinterpret_cast<uv_handle_t*>(handle);
}

}  // namespace

int Poller::Create(Environment& environment, uint32_t slot, uint32_t generation, int fd, bool referenced,
                   Poller** out) {
  auto* poller = new (std::nothrow) Poller(environment, slot, generation, fd, referenced);
  if (poller == nullptr) return -ENOMEM;
  int result = uv_poll_init(environment.loop(), &poller->handle_, fd);
  if (result != 0) {
    delete poller;
    return result;
  }
  poller->handle_.data = poller;
  environment.HandleOpened();
  // ReadyBatch keeps the process alive instead, also while polling is stopped.
  uv_unref(Base(&poller->handle_));
  *out = poller;
  return 0;
}

int Poller::Watch(Directions wanted, Directions attempted) {
  wanted_ = static_cast<uint8_t>(wanted);
  notified_ &= ~attempted;
  stopped_ &= ~attempted;
  UpdateHold();
  return Arm();
}

void Poller::SetReferenced(bool referenced) {
  referenced_ = referenced;
  UpdateHold();
}

void Poller::UpdateHold() {
  bool holds = wanted_ != 0 && referenced_;
  if (holds == holds_) return;
  holds_ = holds;
  if (holds) {
    environment_.batch().Hold();
  } else {
    environment_.batch().Free();
  }
}

void Poller::Close() {
  wanted_ = 0;
  UpdateHold();
  environment_.backoff().Remove(this);
  uv_close(Base(&handle_), [](uv_handle_t* handle) {
    auto* self = static_cast<Poller*>(handle->data);
    Environment& environment = self->environment_;
    delete self;
    environment.HandleClosed();
  });
}

Directions Poller::Mask() const {
  Directions mask = wanted_ & ~stopped_;
  // Free of charge with readable, and tells the reader of a hangup. It is also
  // what stands for errors, which epoll reports with any direction, unless it
  // has fired already.
  Directions silent = mask & kReadable ? kHangup : kHangup | kReadable;
  if ((mask & (kReadable | kError)) && !(stopped_ & silent)) mask |= kHangup;
  return mask & ~kError;
}

// No direction is left that could be polled without firing at once, as at the
// end of a stream: errors are looked for by timer.
void Poller::WaitForErrors() {
  if (Mask() == 0 && (wanted_ & ~stopped_ & kError) && due_ == 0) {
    environment_.backoff().Add(this, kLastDelay);
  }
}

int Poller::Arm() {
  WaitForErrors();
  Directions mask = Mask();
  return mask & ~armed_ ? Start(mask) : 0;
}

int Poller::Start(Directions mask) {
  armed_ = static_cast<uint8_t>(mask);
  if (mask == 0) return uv_poll_stop(&handle_);
  int result = uv_poll_start(&handle_, static_cast<int>(mask), OnPoll);
  if (result != 0) armed_ = 0;
  return result;
}

void Poller::Rearm(Directions directions) {
  notified_ &= ~directions;
  if (!(stopped_ & directions)) return;
  stopped_ &= ~directions;
  Arm();
}

void Poller::OnPoll(uv_poll_t* handle, int status, int events) {
  auto* self = static_cast<Poller*>(handle->data);
  if (status < 0) {
    self->Failed();
  } else {
    self->Fired(static_cast<Directions>(events));
  }
}

bool Poller::HasError() const {
  pollfd look = {fd_, 0, 0};
  return poll(&look, 1, 0) == 1 && (look.revents & POLLERR);
}

void Poller::Fired(Directions events) {
  // With UV_PRIORITIZED libuv does not tell an error from urgent data.
  if ((events & kPriority) && (wanted_ & kError) && HasError()) {
    Start(0);
    return Failed();
  }
  error_told_ = false;
  resumed_ = false;
  delay_ = 0;
  Directions directions = events;
  // Unless it is watched, a hangup is a matter of the reader's.
  if ((events & kHangup) && !(wanted_ & kHangup)) directions = (directions & ~kHangup) | kReadable;
  Directions fresh = directions & wanted_ & ~notified_;
  Directions visible = fresh | (events & kHangup & ~notified_);
  if (queued_) {
    // libuv polls again within a turn: nobody has had a chance to attempt.
    notified_ |= fresh;
    if (fresh) environment_.batch().Merge(position_, visible);
    return;
  }
  if (Directions ignored = directions & ~fresh) {
    stopped_ |= ignored;
    Start(Mask());
    WaitForErrors();
  }
  if (fresh) Notify(fresh, visible);
}

// libuv reports POLLERR as UV_EBADF without events, and has stopped polling:
// a refused connect, an ICMP error, an error queue. None can be masked.
void Poller::Failed() {
  armed_ = 0;
  pollfd look = {fd_, POLLIN | POLLOUT | POLLPRI | platform::kPollHangup, 0};
  poll(&look, 1, 0);
  if (look.revents == 0) {
    Arm();
    return;
  }
  Directions events = kError;
  if (look.revents & POLLIN) events |= kReadable;
  if (look.revents & POLLOUT) events |= kWritable;
  if (look.revents & POLLPRI) events |= kPriority;
  if (look.revents & (POLLHUP | platform::kPollHangup)) events |= kHangup;
  // News concerns everybody, whatever they wait for: some call will show it.
  // An old error that no call took away is no reason to wake anybody again,
  // but those who wait for errors, now and then: there may be a new one, too.
  Directions fresh = wanted_;
  if (error_told_) fresh &= events & ~notified_ & ~(resumed_ ? 0 : kError);
  error_told_ = true;
  resumed_ = false;
  stopped_ |= wanted_;
  if (wanted_ & ~(notified_ | fresh)) {
    delay_ = delay_ == 0 ? kFirstDelay : std::min<uint8_t>(delay_ * 2, kLastDelay);
    environment_.backoff().Add(this, delay_);
  }
  if (queued_) {
    notified_ |= fresh;
    environment_.batch().Merge(position_, fresh | events);
  } else if (fresh) {
    Notify(fresh, fresh | kError | (events & kHangup));
  }
}

void Poller::Notify(Directions fresh, Directions events) {
  notified_ |= fresh;
  queued_ = true;
  position_ = environment_.batch().Add(slot_, generation_, events);
}

// The directions that were attempted in vain look again.
void Poller::Resume() {
  resumed_ = true;
  stopped_ &= notified_;
  if (Mask() == 0 && (wanted_ & ~stopped_ & kError) && HasError()) return Failed();
  Arm();
}

void Backoff::Open(Environment& environment) {
  environment_ = &environment;
  uv_timer_init(environment.loop(), &timer_);
  timer_.data = this;
  uv_unref(Base(&timer_));
  environment.HandleOpened();
}

void Backoff::Close() {
  uv_close(Base(&timer_),
           [](uv_handle_t* handle) { static_cast<Backoff*>(handle->data)->environment_->HandleClosed(); });
}

void Backoff::Add(Poller* poller, uint64_t delay) {
  if (poller->due_ == 0) {
    poller->next_waiting_ = first_;
    first_ = poller;
  }
  poller->due_ = uv_now(environment_->loop()) + delay;
  Schedule();
}

void Backoff::Remove(Poller* poller) {
  if (poller->due_ == 0) return;
  poller->due_ = 0;
  Poller** place = &first_;
  while (*place != poller) place = &(*place)->next_waiting_;
  *place = poller->next_waiting_;
}

Poller* Backoff::TakeDue(uint64_t now) {
  Poller* poller = first_;
  while (poller != nullptr && poller->due_ > now) poller = poller->next_waiting_;
  if (poller != nullptr) Remove(poller);
  return poller;
}

void Backoff::OnTimer(uv_timer_t* handle) {
  auto* self = static_cast<Backoff*>(handle->data);
  const uint64_t now = uv_now(self->environment_->loop());
  // Resumed, a poller may begin to wait again, until later than now, or tell
  // JavaScript, which may close others: so the list is looked at anew each time.
  while (Poller* poller = self->TakeDue(now)) poller->Resume();
  self->Schedule();
}

void Backoff::Schedule() {
  if (first_ == nullptr) return;
  uint64_t first = first_->due_;
  for (Poller* each = first_; each != nullptr; each = each->next_waiting_)
    first = std::min(first, each->due_);
  const uint64_t now = uv_now(environment_->loop());
  uv_timer_start(&timer_, OnTimer, first > now ? first - now : 0, 0);
}

}  // namespace uvsock
