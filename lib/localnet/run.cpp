// SPDX-License-Identifier: Apache-2.0
// Two threads: the main one waits for signals and for s6-svscan's end, the other does everything
// that may block. At a signal the main thread brings the services down under the other's hands,
// whose questions then fail at once; it has no say any more.
#include "localnet/run.hpp"

#include <fcntl.h>
#include <poll.h>

#include <atomic>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "chain/client/rpc.hpp"
#include "localnet/config.hpp"
#include "localnet/glance.hpp"
#include "localnet/members.hpp"
#include "localnet/supervisor.hpp"
#include "net/loop.hpp"
#include "sys/file.hpp"

namespace cess::localnet {
namespace {

constexpr int kTickMs = 250;
constexpr int kTicksPerLook = 8;

std::vector<std::string> names_of(const std::vector<node::Service>& services) {
  std::vector<std::string> out;
  for (const auto& s : services) out.push_back(s.name);
  return out;
}

class Runner {
 public:
  Runner(const Network& network, const RunOptions& options)
      : network_(network), options_(options), stages_(stages(network)) {
    for (const auto& stage : stages_) {
      for (const auto& s : stage) all_.push_back(s.name);
    }
  }

  Status run() {
    CESS_TRY_ASSIGN(const Fd lock, lock_file(network_.path("lock"), true));
    for (const auto& stage : stages_) {
      for (const auto& s : stage) CESS_TRY(node::write_service(network_.folder, s));
    }
    // Ours alone: a reader that waits for its end must not wait for the services.
    if (options_.ready_fd >= 0) ::fcntl(options_.ready_fd, F_SETFD, FD_CLOEXEC);
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int s : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) ::sigaddset(&signals, s);
    sigset_t before;
    ::pthread_sigmask(SIG_BLOCK, &signals, &before);
    const Status status = run_supervised(signals);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return status;
  }

 private:
  Status run_supervised(const sigset_t& signals) {
    CESS_TRY_ASSIGN(Supervisor supervisor, Supervisor::start(network_.folder, all_));
    supervisor_ = &supervisor;
    std::thread worker([this] {
      worked_ = work();
      done_ = true;
    });
    Status status = wait_for_end(signals, supervisor);
    stopping_ = true;
    const Status stopped = stop(supervisor);
    worker.join();
    supervisor.end();
    if (!status) return status;
    return stopped;
  }

  // Returns at a signal, or when it cannot go on.
  Status wait_for_end(const sigset_t& signals, Supervisor& supervisor) {
    while (true) {
      const timespec tick{0, 200'000'000};
      const int got = ::sigtimedwait(&signals, nullptr, &tick);
      if (got == SIGTERM || got == SIGINT || got == SIGHUP) return {};
      if (done_ && !worked_) return worked_;
      if (supervisor.is_gone()) {
        return fail(Code::system, "s6-svscan has ended by itself", "s6-svscan",
                    "its words are in log/s6.log");
      }
    }
  }

  Status stop(Supervisor& supervisor) {
    Status status;
    const std::lock_guard guard(supervisor_mutex_);
    for (auto stage = stages_.rbegin(); stage != stages_.rend(); ++stage) {
      if (stage->empty() || supervisor.is_gone()) continue;
      options_.line("stopping " + std::to_string(stage->size()) + " processes: " +
                    stage->front().name + (stage->size() > 1 ? " to " + stage->back().name : ""));
      const Status down = supervisor.down(names_of(*stage));
      if (!down && status) status = down;
    }
    return status;
  }

  // Nothing is done with the supervisor once the main thread has begun to stop it.
  template <class F>
  auto with_supervisor(F act) -> decltype(act(std::declval<Supervisor&>())) {
    const std::lock_guard guard(supervisor_mutex_);
    if (stopping_) return fail(Code::busy, "stopping");
    return act(*supervisor_);
  }

  Status bring_up(const std::vector<node::Service>& stage) {
    if (stage.empty()) return {};
    const auto names = names_of(stage);
    CESS_TRY(with_supervisor([&](Supervisor& s) { return s.up(names); }));
    CESS_TRY(supervisor_->wait_ready(names, [this] { return !stopping_.load(); }));
    options_.line(std::to_string(names.size()) + (names.size() == 1 ? " process" : " processes") +
                  " ready: " + names.front() + (names.size() > 1 ? " to " + names.back() : ""));
    return {};
  }

  // A node that has just been started is not in sync before the others answer it.
  Status wait_in_sync(client::Rpc& rpc) {
    while (!stopping_) {
      const auto info = client::node_info(rpc);
      if (info && info->synced && info->height > 1) return {};
      ::poll(nullptr, 0, kTickMs);
    }
    return fail(Code::busy, "stopping");
  }

  Status work() {
    CESS_TRY(bring_up(stages_.front()));
    auto rpc = client::RpcClient::lazy(network_.path(network_.nodes().front()));
    CESS_TRY(wait_in_sync(rpc));
    CESS_TRY(join_members(network_, rpc, options_.line, [this] { return !stopping_.load(); }));
    for (std::size_t i = 1; i < stages_.size(); ++i) CESS_TRY(bring_up(stages_[i]));
    CESS_TRY(
        lease_what_is_shown(network_, rpc, options_.line, [this] { return !stopping_.load(); }));
    options_.line("the network is up; Ctrl-C stops it; elsewhere: export CESS_NETWORK=" +
                  std::filesystem::absolute(network_.folder).string());
    CESS_TRY(net::notify_ready(options_.ready_fd));
    watch(rpc);
    return {};
  }

  void watch(client::Rpc& rpc) {
    const auto accounts = miner_accounts(network_);
    for (int tick = 0; !stopping_; ++tick) {
      const auto states = look_at_services();
      if (options_.table && tick % kTicksPerLook == 0) {
        const auto glance = look(rpc, accounts);
        options_.table(render(network_, glance ? std::optional(*glance) : std::nullopt, states,
                              options_.table_rows_max));
      }
      ::poll(nullptr, 0, kTickMs);
    }
  }

  std::map<std::string, ServiceState> look_at_services() {
    std::map<std::string, ServiceState> states;
    for (const auto& name : all_) {
      const auto state =
          with_supervisor([&](Supervisor& s) -> Result<ServiceState> { return s.state(name); });
      if (!state) continue;
      states[name] = *state;
      auto& before = seen_[name];
      if (before.ready && !state->ready) options_.line(name + " died");
      if (!before.ready && state->ready && before.pid != 0) {
        options_.line(name + " is back, as process " + std::to_string(state->pid));
      }
      if (before.ready && state->ready && before.pid != state->pid)
        options_.line(name + " died and is back, as process " + std::to_string(state->pid));
      before = *state;
    }
    return states;
  }

  const Network& network_;
  const RunOptions& options_;
  std::vector<std::vector<node::Service>> stages_;
  std::vector<std::string> all_;
  std::mutex supervisor_mutex_;
  Supervisor* supervisor_ = nullptr;
  std::map<std::string, ServiceState> seen_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> done_ = false;
  Status worked_;  ///< written before done_
};

}  // namespace

Status run_network(const Network& network, const RunOptions& options) {
  return Runner(network, options).run();
}

}  // namespace cess::localnet
