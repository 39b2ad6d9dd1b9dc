#include "send_file.h"

#include <algorithm>
#include <memory>

#include "calls.h"
#include "descriptor.h"

namespace uvsock {

namespace {

// One piece of a file on its way. The job has duplicates of both descriptors:
// whoever closes his meanwhile does not pull them away, nor lets a reused
// number take their place.
class Job {
 public:
  Job(Environment& environment, uint32_t slot, uint32_t generation)
      : environment_(environment), slot_(slot), generation_(generation) {}

  ssize_t Open(int socket, int file) {
    ssize_t result = socket_.Duplicate(socket);
    return result < 0 ? result : file_.Duplicate(file);
  }

  // Belongs to the loop from now on, until `done` was called.
  static void Queue(std::unique_ptr<Job> job, int64_t offset, size_t length, Napi::Function done) {
    Job* self = job.release();
    self->offset_ = offset;
    self->length_ = length;
    self->done_ = Napi::Persistent(done);
    self->request_.data = self;
    self->environment_.HandleOpened();
    // Fails for want of a callback only.
    uv_queue_work(
        self->environment_.loop(), &self->request_,
        [](uv_work_t* request) { static_cast<Job*>(request->data)->Run(); },
        [](uv_work_t* request, int) { Done(std::unique_ptr<Job>(static_cast<Job*>(request->data))); });
  }

 private:
  // In a thread of the pool.
  void Run() {
    platform::WithoutSigpipe without(&status_);
    // sendfile(2) takes no MSG_DONTWAIT, and another process that shares the
    // socket may have cleared O_NONBLOCK.
    status_ = platform::SetNonblocking(socket_.get()) == -1 ? -errno : 0;
    struct stat about;
    if (fstat(file_.get(), &about) == 0 && S_ISREG(about.st_mode)) size_ = about.st_size;
    while (status_ == 0 && sent_ < length_) {
      ssize_t result = Step();
      if (result == 0) break;  // the file ends here
      if (result < 0) {
        status_ = result;
      } else {
        sent_ += static_cast<size_t>(result);
      }
    }
    // Here, where the last close of a file may take its time.
    socket_.Reset();
    file_.Reset();
  }

  ssize_t Step() {
    int64_t offset = offset_ + static_cast<int64_t>(sent_);
    if (buffer_ == nullptr) {
      ssize_t result =
          Retry([&] { return platform::Sendfile(socket_.get(), file_.get(), offset, length_ - sent_); });
      // Files that it cannot read, those of procfs for one, or no such call here.
      if (result != -EINVAL && result != -ENOSYS && result != -EOPNOTSUPP) return result;
      buffer_ = std::make_unique<uint8_t[]>(kBuffer);
    }
    return Copy(offset);
  }

  // Reads and sends. What the socket does not take is read again later.
  ssize_t Copy(int64_t offset) {
    size_t most = std::min(length_ - sent_, kBuffer);
    ssize_t read = Retry([&] { return pread(file_.get(), buffer_.get(), most, static_cast<off_t>(offset)); });
    if (read <= 0) return read;
    return Retry([&] {
      return send(socket_.get(), buffer_.get(), static_cast<size_t>(read), platform::kTransferFlags);
    });
  }

  // Back on the loop.
  static void Done(std::unique_ptr<Job> job) {
    Environment& environment = job->environment_;
    if (!environment.closing()) job->Tell();
    job.reset();
    environment.HandleClosed();
  }

  void Tell() {
    Slot* slot = environment_.slots().Find(slot_, generation_);
    if (slot != nullptr) Attempted(*slot, kWritable, status_);
    napi_env env = environment_.upcalls().env();
    Napi::HandleScope scope(env);
    napi_value arguments[] = {Napi::Number::New(env, static_cast<double>(sent_)),
                              Napi::Number::New(env, static_cast<double>(status_)),
                              Napi::Number::New(env, static_cast<double>(size_))};
    Napi::Function done = done_.Value();
    environment_.upcalls().Call(done, done, 3, arguments);
  }

  static constexpr size_t kBuffer = 1 << 16;

  uv_work_t request_;
  Environment& environment_;
  uint32_t slot_, generation_;
  Descriptor socket_, file_;
  int64_t offset_ = 0;
  size_t length_ = 0;
  Napi::FunctionReference done_;
  std::unique_ptr<uint8_t[]> buffer_;
  // What came of it: how much went, 0 or the -errno that stopped it, and the
  // size of a regular file as it was in the beginning.
  size_t sent_ = 0;
  ssize_t status_ = 0;
  int64_t size_ = 0;
};

// sendFile(slot, generation, file, offset, length, done): 0, and `done(sent,
// status, size)` will be called once; or -errno, and it will not.
napi_value SendFile(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Slot* slot;
  int32_t file;
  int64_t offset;
  uint32_t length;
  napi_value done;
  if (!FindSlot(arguments, &slot) || !arguments.Int32(2, "file", &file) ||
      !arguments.Offset(3, "offset", &offset) || !arguments.Uint32(4, "length", kMostOfFile, &length) ||
      !arguments.Function(5, "done", &done)) {
    return nullptr;
  }
  if (slot == nullptr) return arguments.Return(-EBADF);
  Environment& environment = arguments.environment();
  auto job = std::make_unique<Job>(environment, environment.slots().IndexOf(*slot), slot->generation);
  ssize_t result = job->Open(slot->fd, file);
  if (result == 0) Job::Queue(std::move(job), offset, length, Napi::Function(env, done));
  return arguments.Return(result);
}

}  // namespace

void ExportSendFile(Napi::Object exports, Environment* environment) {
  const ExportedFunction functions[] = {{"sendFile", SendFile}};
  Export(exports, environment, functions);
}

}  // namespace uvsock
