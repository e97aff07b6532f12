// SPDX-License-Identifier: Apache-2.0
// What `watch` says of itself: counts that its thread writes and others read, and /health and
// /metrics over plain HTTP, for a local scraper.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.hpp"
#include "net/http.hpp"

namespace cess {

/// Any thread.
class WatchState {
 public:
  struct View {
    std::string role = "prover";  ///< or "judge": names metrics and the schema of /health
    bool healthy = false;         ///< the last look went well
    std::string why;              ///< what it waits for, or what failed
    std::uint64_t height = 0;
    std::uint64_t epoch = 0;  ///< of the newest round seen
    std::uint64_t answers = 0;
    std::uint64_t failures = 0;       ///< looks that failed
    std::uint64_t bad_fragments = 0;  ///< asked ones that could not be read, each time counted
    std::uint64_t answer_ms = 0;      ///< from the challenge to its answer in a block, newest
  };
  template <class F>
  void change(const F& f) {
    const std::lock_guard lock(mutex_);
    f(view_);
  }
  [[nodiscard]] View view() const {
    const std::lock_guard lock(mutex_);
    return view_;
  }

 private:
  mutable std::mutex mutex_;
  View view_;
};

/// Prometheus' text form, and a JSON document for /health (cess.prover_health/1,
/// cess.judge_health/1).
std::string watch_metrics(const WatchState::View& v);
std::string watch_health(const WatchState::View& v);

/// A thread with the event loop: SIGTERM and SIGINT set `stop`, and, where an address is given, it
/// answers GET /health (503 while the last look failed) and GET /metrics.
class WatchServer final : public net::HttpHandler {
 public:
  static Result<std::unique_ptr<WatchServer>> start(const WatchState& state,
                                                    std::atomic<bool>& stop,
                                                    const std::optional<net::Endpoint>& listen);
  ~WatchServer() override;
  [[nodiscard]] std::optional<net::Endpoint> local() const;
  void on_request(net::HttpRequest request, net::HttpReply reply) override;

 private:
  explicit WatchServer(const WatchState& state) : state_(state) {}
  const WatchState& state_;
  net::Loop loop_;
  std::unique_ptr<net::HttpServer> server_;
  std::thread thread_;
};

}  // namespace cess
