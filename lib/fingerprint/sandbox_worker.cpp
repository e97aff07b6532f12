// SPDX-License-Identifier: Apache-2.0
// The keeper: one thread, parses no media, forks a worker per file. The worker: limits first, then
// the filter, then the bytes of strangers.
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <new>
#include <span>

#include "base/endian.hpp"
#include "fingerprint/sandbox_worker.hpp"

namespace cess::fp {
namespace {

bool write_all(int fd, ByteView v) {
  while (!v.empty()) {
    const ssize_t n = ::write(fd, v.data(), v.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    v = v.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

void send_frame(int fd, std::uint8_t type, ByteView body) {
  std::array<std::uint8_t, 5> head{};
  store_le(head.data(), static_cast<std::uint32_t>(body.size()));
  head[4] = type;
  if (!write_all(fd, head) || !write_all(fd, body)) _exit(1);
}

void send_error(int fd, Code code, std::string_view message) {
  Bytes body{static_cast<std::uint8_t>(code)};
  append(body, message.substr(0, 1000));
  send_frame(fd, kFrameError, body);
}

void limit(int resource, rlim_t soft, rlim_t hard) {
  const rlimit r{soft, hard};
  setrlimit(static_cast<__rlimit_resource>(resource), &r);
}

/// Pages of address space this process has now.
std::uint64_t address_space_bytes() {
  unsigned long long pages = 0;
  if (FILE* f = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(f, "%llu", &pages) != 1) pages = 0;
    std::fclose(f);
  }
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void limit_worker(const JobHeader& job, std::uint64_t own_space) {
  limit(RLIMIT_CORE, 0, 0);
  limit(RLIMIT_FSIZE, 0, 0);
  limit(RLIMIT_NPROC, 0, 0);
  limit(RLIMIT_CPU, job.cpu_seconds, job.cpu_seconds + 2);
  if (kAddressSanitizer) return;  // its shadow is many terabytes of address space
  const rlim_t space = own_space + job.file_size + job.memory_bytes;
  limit(RLIMIT_AS, space, space);
}

/// Freed memory is used again instead of given back, and stands on large pages: a picture's few
/// megabytes would be a thousand page faults, a quarter of its time.
void settle_memory() {
  if (kAddressSanitizer) return;
  constexpr std::size_t kArena = std::size_t{8} << 20U;
  constexpr std::uintptr_t kLargePage = std::uintptr_t{2} << 20U;
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  void* const arena = std::malloc(kArena);  // NOLINT(cppcoreguidelines-no-malloc)
  if (arena == nullptr) return;
  const auto from = (reinterpret_cast<std::uintptr_t>(arena) + kLargePage - 1) & ~(kLargePage - 1);
  const auto to = (reinterpret_cast<std::uintptr_t>(arena) + kArena) & ~(kLargePage - 1);
  if (from < to) madvise(reinterpret_cast<void*>(from), to - from, MADV_HUGEPAGE);  // NOLINT
  std::free(arena);  // NOLINT(cppcoreguidelines-no-malloc)
}

struct Descriptors {
  int file = -1;
  int answer = -1;
  int status = -1;
};

/// The work on one file, its answer or error written.
void serve_file(int answer_fd, ByteView file, std::string_view request, const Sandbox::Work& work) {
  try {
    const OnProgress progress = [answer_fd](std::uint64_t done) {
      std::array<std::uint8_t, 8> body{};
      store_le(body.data(), done);
      send_frame(answer_fd, kFrameProgress, body);
    };
    const Result<Bytes> answer = work(file, request, progress);
    if (answer) {
      send_frame(answer_fd, kFrameAnswer, *answer);
    } else {
      send_error(answer_fd, answer.error().code, answer.error().message);
    }
  } catch (const std::bad_alloc&) {
    send_error(answer_fd, Code::input, "needs more memory than a decoder may have");
  } catch (...) {
    send_error(answer_fd, Code::input, "the decoder gave up");
  }
}

bool read_all(int fd, std::span<std::uint8_t> v) {
  while (!v.empty()) {
    const ssize_t n = ::read(fd, v.data(), v.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    v = v.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

/// File after file until the parent has no more, or one has left much memory taken.
void serve_series(const JobHeader& job, int input, int answer_fd, std::string_view request,
                  const Sandbox::Work& work) {
  constexpr std::ptrdiff_t kHeapMax = std::ptrdiff_t{64} << 20U;
  const auto heap_end = [] { return static_cast<const char*>(sbrk(0)); };
  const char* const start = heap_end();
  std::array<std::uint8_t, 4> head{};
  while (read_all(input, head)) {
    const std::uint32_t size = load_le<std::uint32_t>(head.data());
    if (size > job.file_size) return;
    Bytes file(size);
    if (!read_all(input, file)) return;
    serve_file(answer_fd, file, request, work);
    if (heap_end() - start > kHeapMax) return;
  }
}

[[noreturn]] void be_worker(const JobHeader& job, std::string_view request, const Descriptors& fds,
                            std::uint64_t own_space, const Bytes& filter,
                            const Sandbox::Work& work) {
  const bool mapped = job.series == 0 && job.file_size != 0;
  void* map = mapped ? mmap(nullptr, job.file_size, PROT_READ, MAP_PRIVATE, fds.file, 0) : nullptr;
  if (map == MAP_FAILED) {
    send_error(fds.answer, Code::system, "cannot map the file");
    _exit(0);
  }
  if (job.series == 0) close(fds.file);
  close(fds.status);
  limit_worker(job, own_space);
  settle_memory();
  if (!apply_worker_filter(filter)) {
    send_error(fds.answer, Code::system, "cannot confine the decoder");
    _exit(0);
  }
  if (job.series != 0) {
    serve_series(job, fds.file, fds.answer, request, work);
  } else {
    serve_file(fds.answer, ByteView(static_cast<const std::uint8_t*>(map), job.file_size), request,
               work);
  }
  _exit(0);
}

/// One job from the socket; false at its end.
bool receive(int control, JobHeader& job, std::string& request, Descriptors& fds) {
  std::array<char, sizeof(JobHeader) + kRequestMax> data{};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(3 * sizeof(int))> ancillary{};
  iovec part{data.data(), data.size()};
  msghdr m{};
  m.msg_iov = &part;
  m.msg_iovlen = 1;
  m.msg_control = ancillary.data();
  m.msg_controllen = ancillary.size();
  ssize_t n = 0;
  do {
    n = recvmsg(control, &m, MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  if (n < static_cast<ssize_t>(sizeof(JobHeader))) return false;
  const cmsghdr* c = CMSG_FIRSTHDR(&m);
  if (c == nullptr || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(3 * sizeof(int)))
    return false;
  std::array<int, 3> got{};
  std::memcpy(got.data(), CMSG_DATA(c), sizeof got);
  fds = {got[0], got[1], got[2]};
  std::memcpy(&job, data.data(), sizeof job);
  request.assign(data.data() + sizeof job, static_cast<std::size_t>(n) - sizeof job);
  return true;
}

/// Tells of ended workers how they ended.
void reap(std::map<pid_t, int>& status_of) {
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto at = status_of.find(pid);
    if (at == status_of.end()) continue;
    std::array<std::uint8_t, 4> body{};
    store_le(body.data(), static_cast<std::uint32_t>(status));
    (void)write_all(at->second, body);
    close(at->second);
    status_of.erase(at);
  }
}

void settle_keeper(int control) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, "cess-decoders");
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3 && null >= 0; ++fd) dup2(null, fd);
  // Nothing else of the parent's stays open: 3 becomes the control socket.
  dup2(control, 3);
  close_range(4, ~0U, 0);
  std::set_new_handler(nullptr);
  for (const int s : {SIGHUP, SIGTERM, SIGXFSZ, SIGUSR1, SIGUSR2}) signal(s, SIG_DFL);
  signal(SIGINT, SIG_IGN);   // the parent, which a terminal tells as well, decides
  signal(SIGPIPE, SIG_IGN);  // a parent that has its answer no longer listens
}

}  // namespace

void keep_workers(int control, const Sandbox::Work& work) {
  settle_keeper(control);
  control = 3;
  const Bytes filter = make_worker_filter();
  const std::uint64_t own_space = address_space_bytes();
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, nullptr);
  const int signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  std::map<pid_t, int> status_of;
  while (true) {
    std::array<pollfd, 2> waits{pollfd{control, POLLIN, 0}, pollfd{signals, POLLIN, 0}};
    if (poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) _exit(1);
    if (waits[1].revents != 0) {
      signalfd_siginfo info;
      while (read(signals, &info, sizeof info) > 0) {
      }
      reap(status_of);
    }
    if (waits[0].revents == 0) continue;
    JobHeader job;
    std::string request;
    Descriptors fds;
    if (!receive(control, job, request, fds)) break;
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(1);
      close(control);
      close(signals);
      for (const auto& [other, fd] : status_of) close(fd);
      be_worker(job, request, fds, own_space, filter, work);
    }
    close(fds.file);
    close(fds.answer);
    if (pid > 0) {
      status_of[pid] = fds.status;
    } else {
      close(fds.status);
    }
  }
  for (const auto& [pid, fd] : status_of) kill(pid, SIGKILL);
  // Waited for, so that their processor time is the parent's, too.
  while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
  _exit(0);
}

}  // namespace cess::fp
