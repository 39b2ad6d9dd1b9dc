#include "send_file.h"

#include <algorithm>
#include <memory>
#include <string>

#include "calls.h"
#include "descriptor.h"

namespace uvsock {

namespace {

// So that one file does not keep a thread of the pool from the others.
constexpr size_t kMostOfJob = 1 << 20;
constexpr size_t kBuffer = 1 << 16;

// Beside 0 and -errno: the file has ended.
constexpr ssize_t kEnded = 1;

// A FIFO is not waited for, and a terminal does not become the process's own.
constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

struct Piece {
  // Of the file to be opened; empty if it is open.
  std::string path;
  int64_t offset = 0;
  // Of what is left to send; 2^53: to the end.
  int64_t length = 0;
};

// A piece of a file on its way. The job owns the file: it opens it, and closes
// it when nothing is left to do, both in the pool, where they may take their
// time; else it gives it back. It has a duplicate of the socket: whoever closes
// that meanwhile does not let a reused number take its place.
class Job {
 public:
  Job(Environment& environment, uint32_t slot, uint32_t generation)
      : environment_(environment), slot_(slot), generation_(generation) {}

  ssize_t TakeSocket(int fd) { return socket_.Duplicate(fd); }
  void TakeFile(int fd) { file_.Take(fd); }

  // Belongs to the loop from now on, until `done` was called.
  static void Queue(std::unique_ptr<Job> job, Piece piece, Napi::Function done) {
    Job* self = job.release();
    self->piece_ = std::move(piece);
    self->done_ = Napi::Persistent(done);
    self->request_.data = self;
    self->environment_.HandleOpened();
    // Fails for want of a function only.
    uv_queue_work(
        self->environment_.loop(), &self->request_,
        [](uv_work_t* request) { static_cast<Job*>(request->data)->Run(); },
        [](uv_work_t* request, int) { Done(std::unique_ptr<Job>(static_cast<Job*>(request->data))); });
  }

 private:
  // In a thread of the pool.
  void Run() {
    status_ = Open();
    if (status_ == 0) {
      platform::WithoutSigpipe without(&status_);
      status_ = Send();
    }
    bool waits = WouldBlock(status_) || status_ == -ENOBUFS;
    if (!waits && (status_ != 0 || left() == 0)) file_.Reset();
    socket_.Reset();
  }

  ssize_t Open() {
    if (piece_.path.empty()) return 0;
    ssize_t fd = Retry([&] { return open(piece_.path.c_str(), kOpenFlags); });
    if (fd < 0) return fd;
    file_.Take(static_cast<int>(fd));
    return 0;
  }

  ssize_t Send() {
    // sendfile(2) takes no MSG_DONTWAIT, and another process that shares the
    // socket may have cleared O_NONBLOCK.
    if (platform::SetNonblocking(socket_.get()) == -1) return -errno;
    if (ssize_t result = Measure(); result < 0) return result;
    if (size_ > 0) {
      int64_t rest = std::max<int64_t>(size_ - piece_.offset, 0);
      if (piece_.length == Arguments::kWhole) piece_.length = rest;
      // What will not come whole had better not begin.
      if (piece_.length > rest) return kEnded;
    }
    while (left() > 0 && sent_ < kMostOfJob) {
      ssize_t result = Step(std::min(static_cast<size_t>(left()), kMostOfJob - sent_));
      if (result <= 0) return result == 0 ? kEnded : result;
      sent_ += static_cast<size_t>(result);
    }
    return 0;
  }

  ssize_t Measure() {
    // Not fstat(2) itself, whose symbol glibc before 2.33 does not have.
    uv_fs_t request;
    int result = uv_fs_fstat(nullptr, &request, file_.get(), nullptr);
    if (result == 0) {
      // Others, and some of these (procfs), have no size.
      size_ = S_ISREG(request.statbuf.st_mode) ? static_cast<int64_t>(request.statbuf.st_size) : 0;
    }
    uv_fs_req_cleanup(&request);
    return result;
  }

  ssize_t Step(size_t most) {
    int64_t offset = piece_.offset + static_cast<int64_t>(sent_);
    if (buffer_ == nullptr) {
      ssize_t result = Retry([&] { return platform::Sendfile(socket_.get(), file_.get(), offset, most); });
      // Files that it cannot read, those of procfs for one, or no such call here.
      if (result != -EINVAL && result != -ENOSYS && result != -EOPNOTSUPP) return result;
      buffer_ = std::make_unique<uint8_t[]>(kBuffer);
    }
    return Copy(offset, std::min(most, kBuffer));
  }

  // Reads and sends. What the socket does not take is read again later.
  ssize_t Copy(int64_t offset, size_t most) {
    ssize_t read = Retry([&] { return pread(file_.get(), buffer_.get(), most, static_cast<off_t>(offset)); });
    if (read <= 0) return read;
    return Retry([&] {
      return send(socket_.get(), buffer_.get(), static_cast<size_t>(read), platform::kTransferFlags);
    });
  }

  int64_t left() const { return piece_.length - static_cast<int64_t>(sent_); }

  // Back on the loop.
  static void Done(std::unique_ptr<Job> job) {
    Environment& environment = job->environment_;
    if (!environment.closing()) job->Tell();
    job.reset();
    environment.HandleClosed();
  }

  void Tell() {
    SlotTable& slots = environment_.slots();
    if (Slot* slot = slots.Find(slot_, generation_)) Attempted(*slot, kWritable, status_);
    double kept = -1, generation = 0;
    if (file_.get() != -1) {
      uint32_t index = slots.Take(file_.Release(), 0);
      kept = index;
      generation = slots[index].generation;
    }
    napi_env env = environment_.upcalls().env();
    Napi::HandleScope scope(env);
    napi_value arguments[5];
    const double values[] = {static_cast<double>(sent_), static_cast<double>(status_),
                             static_cast<double>(size_), kept, generation};
    for (size_t i = 0; i < 5; i++) arguments[i] = Napi::Number::New(env, values[i]);
    Napi::Function done = done_.Value();
    environment_.upcalls().Call(done, done, 5, arguments);
  }

  uv_work_t request_;
  Environment& environment_;
  uint32_t slot_, generation_;
  Descriptor socket_, file_;
  Piece piece_;
  Napi::FunctionReference done_;
  std::unique_ptr<uint8_t[]> buffer_;
  size_t sent_ = 0;
  ssize_t status_ = 0;
  int64_t size_ = -1;  // unless it could be opened
};

// sendFile(slot, generation, path, file, generation of file, offset, length,
// done). The file is opened by its path, or if that is empty taken from its
// slot. 0, and `done(sent, status, size, file, generation)` will be called
// once, with a slot of the file if something is left to do, else -1; or -errno,
// and it will not.
napi_value SendFile(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  View path;
  uint32_t file, generation;
  Piece piece;
  napi_value done;
  if (!FindSlot(arguments, &slot) || !arguments.Bytes(2, "path", &path) ||
      !arguments.Uint32(3, "file", &file) || !arguments.Uint32(4, "fileGeneration", &generation) ||
      !arguments.Offset(5, "offset", &piece.offset) || !arguments.Offset(6, "length", &piece.length) ||
      !arguments.Function(7, "done", &done)) {
    return nullptr;
  }
  if (slot == nullptr) return arguments.Return(-EBADF);
  Environment& environment = arguments.environment();
  SlotTable& slots = environment.slots();
  if (path.length == 0 && slots.Find(file, generation) == nullptr) return arguments.Return(-EBADF);
  auto job = std::make_unique<Job>(environment, slots.IndexOf(*slot), slot->generation);
  ssize_t result = job->TakeSocket(slot->fd);
  if (result < 0) return arguments.Return(result);
  if (path.length == 0) {
    job->TakeFile(environment.Detach(file));
  } else {
    piece.path.assign(reinterpret_cast<const char*>(path.data), path.length);
  }
  Job::Queue(std::move(job), std::move(piece), Napi::Function(env, done));
  return arguments.Return(0);
}

}  // namespace

void ExportSendFile(Napi::Object exports, Environment* environment) {
  const ExportedFunction functions[] = {{"sendFile", SendFile}};
  Export(exports, environment, functions);
}

}  // namespace uvsock
