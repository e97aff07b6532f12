// SPDX-License-Identifier: Apache-2.0
// The event loop: one thread runs it, everything in this module lives on that thread, and `post`
// and `stop` are the only doors for others. Timers use the monotonic clock, so that a jump of the
// wall clock neither fires nor delays them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/result.hpp"

namespace cess::net {

namespace detail {
struct LoopState;
}

/// Names a timer that has not fired; 0 names none.
using TimerId = std::uint64_t;

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Works until stop(); one that came before counts and ends it at once. May be called again.
  void run();
  /// Works off what is ready and the timers that are due, waiting at most `wait_ms` for the first
  /// event; for tests and blocking clients. Returns whether anything ran. A stop() is kept for run().
  bool run_some(std::uint64_t wait_ms);
  /// Any thread. run() returns after the current task, or at once when it has yet to begin.
  void stop();
  /// Any thread. Tasks of one thread run in the order they were posted.
  void post(std::function<void()> task);

  /// Milliseconds of the monotonic clock.
  [[nodiscard]] std::uint64_t now_ms() const;
  TimerId start_timer(std::uint64_t delay_ms, std::function<void()> task);
  /// A fired or unknown timer is ignored.
  void cancel_timer(TimerId timer);

  /// The first SIGTERM or SIGINT calls `task` on the loop; a second one ends the process as if
  /// nobody had ever caught it.
  void on_stop_signal(std::function<void()> task);

  detail::LoopState& state() { return *state_; }

 private:
  std::unique_ptr<detail::LoopState> state_;
};

/// The service works: a newline to `fd`, which is closed, if above 0 (s6's notification-fd), and
/// READY=1 to $NOTIFY_SOCKET, if set (sd_notify(3)). Code::usage: `fd` is not an open one above 2.
Status notify_ready(int fd);

}  // namespace cess::net
