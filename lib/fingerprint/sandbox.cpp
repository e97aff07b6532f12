// SPDX-License-Identifier: Apache-2.0
// The parent's side: sends files to the keeper, reads answers, believes nothing in them.
#include "fingerprint/sandbox.hpp"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>  // NOLINT: strsignal's friend sigdescr_np is glibc's
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>
#include <vector>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "fingerprint/sandbox_worker.hpp"

namespace cess::fp {
namespace {

struct Pipe {
  Fd read;
  Fd write;
};

Result<Pipe> make_pipe() {
  int fds[2] = {-1, -1};
  if (pipe2(fds, O_CLOEXEC) != 0)
    return system_error("cannot make a pipe for", "the decoder", errno);
  return Pipe{Fd(fds[0]), Fd(fds[1])};
}

Status send_job(int control, const JobHeader& job, std::string_view request, int file, int answer,
                int status) {
  std::array<char, sizeof(JobHeader) + kRequestMax> data{};
  std::memcpy(data.data(), &job, sizeof job);
  std::copy(request.begin(), request.end(), data.begin() + sizeof job);
  const std::array<int, 3> fds{file, answer, status};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof fds)> ancillary{};
  iovec part{data.data(), sizeof job + request.size()};
  msghdr m{};
  m.msg_iov = &part;
  m.msg_iovlen = 1;
  m.msg_control = ancillary.data();
  m.msg_controllen = ancillary.size();
  cmsghdr* c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof fds);
  std::memcpy(CMSG_DATA(c), fds.data(), sizeof fds);
  while (sendmsg(control, &m, MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    return system_error("cannot hand a file to", "the decoder", errno);
  }
  return {};
}

std::string death_of(int status, std::uint64_t cpu_seconds) {
  if (WIFSIGNALED(status)) {
    const int sig = WTERMSIG(status);
    if (sig == SIGXCPU) {
      return "decoding takes more than " + std::to_string(cpu_seconds) + " s of processor time";
    }
    if (sig == SIGBUS) return "the file was cut while it was read";
    return std::string("the decoder crashed (") + sigdescr_np(sig) + ")";
  }
  return "the decoder ended without an answer";
}

bool send_all(int fd, ByteView v) {
  while (!v.empty()) {
    const ssize_t n = ::send(fd, v.data(), v.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    v = v.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

/// The frames of one worker, one after another.
class Answers {
 public:
  Answers(int fd, std::uint64_t size_max) : fd_(fd), size_max_(size_max) {}

  /// The next frame's body in `body`; 0 at the end, or when the worker says what no worker says.
  std::uint8_t next(Bytes& body) {
    std::array<std::uint8_t, 5> head{};
    const auto n = read_full(fd_, head, "decoder");
    if (!n || *n != head.size()) return 0;
    const std::uint32_t size = load_le<std::uint32_t>(head.data());
    if (size > size_max_) return 0;
    body.resize(size);
    const auto got = read_full(fd_, body, "decoder");
    return got && *got == size ? head[4] : std::uint8_t{0};
  }

 private:
  int fd_;
  std::uint64_t size_max_;
};

tl::unexpected<Error> worker_error(ByteView body, std::string_view name) {
  const Code code = !body.empty() && body[0] == static_cast<std::uint8_t>(Code::system)
                        ? Code::system
                        : Code::input;
  const std::string_view text = body.size() < 2 ? "no reason given" : as_text(body.subspan(1));
  const std::string subject(name);
  return fail(code, "cannot decode '" + subject + "': " + std::string(text.substr(0, 1000)),
              subject);
}

}  // namespace

struct Sandbox::Worker {
  Fd input;  ///< of a series
  Fd answer;
  Fd status;
  std::uint64_t cpu_seconds = 0;
  std::uint32_t files = 0;  ///< read so far

  /// What it says of the file that it has; nullopt if it ended instead.
  std::optional<Result<Bytes>> wait(const SandboxLimits& limits, std::uint64_t file_size,
                                    std::string_view name, const OnProgress& progress) const {
    Answers answers(answer.get(), limits.answer_bytes);
    Bytes body;
    while (true) {
      const std::uint8_t type = answers.next(body);
      if (type == kFrameAnswer) return body;
      if (type == kFrameError) return worker_error(body, name);
      if (type != kFrameProgress || body.size() != 8) return std::nullopt;
      if (progress) progress(std::min(load_le<std::uint64_t>(body.data()), file_size));
    }
  }

  /// Of what it died.
  tl::unexpected<Error> death(std::string_view name) {
    input = Fd();
    answer = Fd();  // a worker that still writes ends by it
    std::array<std::uint8_t, 4> how{};
    const auto n = read_full(status.get(), how, "decoder");
    const std::string subject(name);
    const std::string cannot = "cannot decode '" + subject + "': ";
    if (!n || *n != how.size())
      return fail(Code::system, cannot + "the decoders' keeper has died", subject);
    const int ended = static_cast<int>(load_le<std::uint32_t>(how.data()));
    // Our limits end a worker otherwise: this was somebody else, of whom the file knows nothing.
    if (WIFSIGNALED(ended) && WTERMSIG(ended) == SIGKILL) {
      return fail(Code::system, cannot + "the decoder was killed (is the system out of memory?)",
                  subject);
    }
    return fail(Code::input, cannot + death_of(ended, cpu_seconds), subject);
  }
};

/// Workers of series that wait for a file.
struct Sandbox::Idle {
  std::mutex mutex;
  std::vector<Worker> workers;
};

Sandbox::Sandbox() : idle_(std::make_unique<Idle>()) {}
Sandbox::Sandbox(Sandbox&&) noexcept = default;

Result<Sandbox> Sandbox::start(SandboxLimits limits, Work work) {
  int pair[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    return system_error("cannot make a socket for", "the decoders", errno);
  }
  Sandbox s;
  s.limits_ = limits;
  s.control_ = Fd(pair[0]);
  const Fd theirs(pair[1]);
  s.keeper_ = fork();
  if (s.keeper_ < 0) return system_error("cannot start", "the decoders", errno);
  if (s.keeper_ == 0) {
    ::close(pair[0]);
    keep_workers(pair[1], work);
  }
  return s;
}

Sandbox::~Sandbox() {
  if (!control_.valid()) return;
  control_ = Fd();
  int status = 0;
  while (waitpid(keeper_, &status, 0) < 0 && errno == EINTR) {
  }
}

Result<Sandbox::Worker> Sandbox::start_worker(std::uint64_t file_size, bool series, int file,
                                              std::string_view request) const {
  JobHeader job;
  job.file_size = file_size;
  job.series = series ? 1 : 0;
  job.memory_bytes = limits_.memory_bytes;
  job.cpu_seconds = limits_.cpu_seconds;
  if (job.cpu_seconds == 0) {
    job.cpu_seconds = std::min<std::uint64_t>(30 + 10 * (job.file_size >> 20U), 7200);
  }
  CESS_TRY_ASSIGN(Pipe answer, make_pipe());
  CESS_TRY_ASSIGN(Pipe status, make_pipe());
  CESS_TRY(send_job(control_.get(), job, request, file, answer.write.get(), status.write.get()));
  Worker w;
  w.answer = std::move(answer.read);
  w.status = std::move(status.read);
  w.cpu_seconds = job.cpu_seconds;
  return w;
}

Result<Bytes> Sandbox::run(int fd, std::string_view name, std::string_view request,
                           const OnProgress& progress) const {
  CESS_CHECK(request.size() <= kRequestMax);
  CESS_TRY_ASSIGN(const FileStamp stamp, file_stamp(fd, name));
  CESS_TRY_ASSIGN(Worker w, start_worker(stamp.size_bytes, false, fd, request));
  auto said = w.wait(limits_, stamp.size_bytes, name, progress);
  if (said) return std::move(*said);
  return w.death(name);
}

Result<Bytes> Sandbox::run_in_series(ByteView file, std::string_view name,
                                     std::string_view request) const {
  CESS_CHECK(request.size() <= kRequestMax && file.size() < kSeriesFileEnd);
  const auto ask = [&](Worker& w) -> std::optional<Result<Bytes>> {
    std::array<std::uint8_t, 4> head{};
    store_le(head.data(), static_cast<std::uint32_t>(file.size()));
    ++w.files;
    if (!send_all(w.input.get(), head) || !send_all(w.input.get(), file)) return std::nullopt;
    return w.wait(limits_, file.size(), name, {});
  };
  const auto keep = [&](Worker& w) {
    if (w.files >= limits_.series_files) return;
    const std::lock_guard lock(idle_->mutex);
    idle_->workers.push_back(std::move(w));
  };
  std::optional<Worker> used;
  {
    const std::lock_guard lock(idle_->mutex);
    if (!idle_->workers.empty()) {
      used = std::move(idle_->workers.back());
      idle_->workers.pop_back();
    }
  }
  if (used) {
    auto said = ask(*used);
    if (said && *said) {
      keep(*used);
      return std::move(*said);
    }
    used.reset();
  }
  int pair[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return system_error("cannot make a socket for", "the decoder", errno);
  Fd ours(pair[0]);
  Fd theirs(pair[1]);
  CESS_TRY_ASSIGN(Worker w, start_worker(kSeriesFileEnd - 1, true, theirs.get(), request));
  theirs = Fd();
  w.input = std::move(ours);
  auto said = ask(w);
  if (!said) return w.death(name);
  if (*said) keep(w);
  return std::move(*said);
}

}  // namespace cess::fp
