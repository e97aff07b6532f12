// SPDX-License-Identifier: Apache-2.0
#include "net/loop.hpp"

#include <fcntl.h>
#include <signal.h>  // NOLINT: SIGTERM
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "net/detail/loop_state.hpp"
#include "sys/file.hpp"

namespace cess::net {

Loop::Loop() : state_(std::make_unique<detail::LoopState>()) {}
Loop::~Loop() = default;

void Loop::run() {
  state_->io.run();
  // Afterwards and not before: the stop of a thread that was quicker than this one must count.
  state_->io.restart();
}

bool Loop::run_some(std::uint64_t wait_ms) {
  auto& io = state_->io;
  const bool stop_waits = io.stopped();
  if (stop_waits) io.restart();
  // run_one_for() of no time does not even look.
  bool ran = io.poll() != 0;
  if (!ran && io.run_one_for(std::chrono::milliseconds(wait_ms)) != 0) {
    ran = true;
    io.poll();
  }
  if (stop_waits) io.stop();
  return ran;
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

namespace {

// A path, or a name of the abstract kind, which is written with '@' for the zero byte before it.
Status send_ready(std::string_view name) {
  constexpr std::string_view kMessage = "READY=1";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if ((name[0] != '/' && name[0] != '@') || name.size() >= sizeof address.sun_path) {
    return fail(Code::usage, "cannot report readiness: NOTIFY_SOCKET is no address of a socket",
                std::string(name));
  }
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  const Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) return system_error("cannot open a socket for", std::string(name), errno);
  ssize_t sent = 0;
  do {
    sent = ::sendto(fd.get(), kMessage.data(), kMessage.size(), MSG_NOSIGNAL,
                    reinterpret_cast<const sockaddr*>(&address), size);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return system_error("cannot report readiness to", std::string(name), errno);
  return {};
}

Status write_ready(int fd) {
  const std::string name = std::to_string(fd);
  if (fd <= 2 || ::fcntl(fd, F_GETFD) < 0) {
    return fail(Code::usage, "cannot report readiness on descriptor '" + name + "': not open",
                name);
  }
  const Fd owned(fd);
  return write_full(owned.get(), as_bytes("\n"), "descriptor " + name);
}

}  // namespace

Status notify_ready(int fd) {
  if (fd > 0) CESS_TRY(write_ready(fd));
  const char* const socket = std::getenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe)
  if (socket == nullptr || *socket == '\0') return {};
  return send_ready(socket);
}

}  // namespace cess::net
