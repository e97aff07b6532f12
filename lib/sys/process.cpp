// SPDX-License-Identifier: Apache-2.0
// The signal handler may run between any two instructions of any thread, so the table of temporary
// files is fixed memory with one atomic state per slot: free -> filling -> live -> free.
#include "sys/process.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <new>

#include "base/check.hpp"

namespace cess {
namespace {

enum SlotState : int { kFree, kFilling, kLive };

struct Slot {
  std::atomic<int> state{kFree};
  std::array<char, 4096> path{};
};
static_assert(std::atomic<int>::is_always_lock_free, "used from a signal handler");

std::array<Slot, 64>& slots() {
  static std::array<Slot, 64> table;
  return table;
}

std::mutex& slots_mutex() {
  static std::mutex mutex;
  return mutex;
}

void unlink_all() {
  for (Slot& slot : slots()) {
    if (slot.state.load(std::memory_order_acquire) == kLive) ::unlink(slot.path.data());
  }
}

std::array<char, 128> out_of_memory_line{};

/// The new-handler: an exception could not leave a thread, and nothing is left to unwind with.
[[noreturn]] void on_out_of_memory() {
  unlink_all();
  (void)!::write(2, out_of_memory_line.data(), std::strlen(out_of_memory_line.data()));
  ::_exit(4);
}

void on_signal(int signal_number) {
  unlink_all();
  // SA_RESETHAND restored the default action: raising again ends the process with the right status.
  ::raise(signal_number);
}

void handle(int signal_number) {
  struct sigaction old {};
  ::sigaction(signal_number, nullptr, &old);
  if (old.sa_handler == SIG_IGN) return;  // nohup and background jobs of a shell stay ignored
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigemptyset(&action.sa_mask);
  ::sigaction(signal_number, &action, nullptr);
}

void occupy(int fd, int flags) {
  if (::fcntl(fd, F_GETFD) != -1) return;
  // The lowest free number is `fd`: the ones below it are open by now.
  const int got = ::open("/dev/null", flags);  // NOLINT(cppcoreguidelines-pro-type-vararg)
  CESS_CHECK(got == fd);
}

}  // namespace

void prepare_process(const char* program) {
  occupy(0, O_WRONLY);
  occupy(1, O_RDONLY);
  occupy(2, O_WRONLY);  // nothing is lost if messages for nobody go nowhere
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_DFL);
  std::snprintf(out_of_memory_line.data(), out_of_memory_line.size(), "%s: error: out of memory\n",
                program);
  std::set_new_handler(on_out_of_memory);
  slots();  // made now: the handler must not be the first to use it
  for (int s : {SIGHUP, SIGINT, SIGTERM}) handle(s);
}

void remove_on_signal(const std::string& path) {
  if (path.size() >= sizeof(Slot{}.path)) return;
  const std::lock_guard lock(slots_mutex());
  for (Slot& slot : slots()) {
    if (slot.state.load(std::memory_order_relaxed) != kFree) continue;
    slot.state.store(kFilling, std::memory_order_relaxed);
    std::memcpy(slot.path.data(), path.c_str(), path.size() + 1);
    slot.state.store(kLive, std::memory_order_release);
    return;
  }
}

void keep_on_signal(const std::string& path) {
  const std::lock_guard lock(slots_mutex());
  for (Slot& slot : slots()) {
    if (slot.state.load(std::memory_order_relaxed) == kLive && path == slot.path.data()) {
      slot.state.store(kFree, std::memory_order_release);
      return;
    }
  }
}

void keep_freed_memory() {
  constexpr int kMegabyte = 1 << 20;
  // Pieces of fragments are below the largest threshold that the library takes, so they come from
  // arenas; few arenas, since what lies free in one is of no use to the others.
  (void)::mallopt(M_MMAP_THRESHOLD, 32 * kMegabyte);
  (void)::mallopt(M_TRIM_THRESHOLD, 128 * kMegabyte);
  (void)::mallopt(M_ARENA_MAX, 4);
}

}  // namespace cess
