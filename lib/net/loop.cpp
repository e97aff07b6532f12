// SPDX-License-Identifier: Apache-2.0
#include "net/loop.hpp"

#include <fcntl.h>
#include <signal.h>  // NOLINT: SIGTERM

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>

#include "net/detail/loop_state.hpp"
#include "sys/file.hpp"

namespace cess::net {

using detail::asio::make_work_guard;

Loop::Loop() : state_(std::make_unique<detail::LoopState>()) {}
Loop::~Loop() = default;

void Loop::run() {
  if (state_->io.stopped()) state_->io.restart();
  const auto guard = make_work_guard(state_->io);
  state_->io.run();
}

bool Loop::run_some(std::uint64_t wait_ms) {
  if (state_->io.stopped()) state_->io.restart();
  const auto guard = make_work_guard(state_->io);
  if (state_->io.run_one_for(std::chrono::milliseconds(wait_ms)) == 0) return false;
  state_->io.poll();
  return true;
}

void Loop::stop() { state_->io.stop(); }

void Loop::post(std::function<void()> task) { detail::asio::post(state_->io, std::move(task)); }

std::uint64_t Loop::now_ms() const {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

TimerId Loop::start_timer(std::uint64_t delay_ms, std::function<void()> task) {
  const TimerId id = ++state_->timer_last;
  auto timer = std::make_unique<detail::asio::steady_timer>(state_->io);
  timer->expires_after(std::chrono::milliseconds(delay_ms));
  timer->async_wait([this, id, task = std::move(task)](const boost::system::error_code& ec) {
    // Cancelled between expiry and this call: the entry is gone, and so is the wish.
    if (ec || state_->timers.erase(id) == 0) return;
    task();
  });
  state_->timers.emplace(id, std::move(timer));
  return id;
}

void Loop::cancel_timer(TimerId timer) { state_->timers.erase(timer); }

void Loop::on_stop_signal(std::function<void()> task) {
  state_->signals = std::make_unique<detail::asio::signal_set>(state_->io, SIGTERM, SIGINT);
  state_->signals->async_wait(
      [this, task = std::move(task)](const boost::system::error_code& ec, int) {
        if (ec) return;
        // Back to the default action, for the impatient second signal.
        boost::system::error_code ignored;
        state_->signals->clear(ignored);
        task();
      });
}

Status notify_ready(int fd) {
  const std::string name = std::to_string(fd);
  if (fd <= 2 || ::fcntl(fd, F_GETFD) < 0) {
    return fail(Code::usage, "cannot report readiness on descriptor '" + name + "': not open",
                name);
  }
  const Fd owned(fd);
  return write_full(owned.get(), as_bytes("\n"), "descriptor " + name);
}

}  // namespace cess::net
