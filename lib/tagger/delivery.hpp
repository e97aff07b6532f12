// SPDX-License-Identifier: Apache-2.0
// Delivers what was uploaded: a thread that looks for sealed jobs whose files the chain knows, and
// brings each to its miners (transfer/deliver.hpp), one after another. A file whose miners do not
// answer lets the next one go first. A killed tagger goes on where it was.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "chain/types/account_key.hpp"
#include "tagger/engine.hpp"
#include "transfer/ports.hpp"

namespace cess::tagger {

class Delivery {
 public:
  struct Parts {
    Jobs& jobs;
    Engine& engine;
    World& world;
    transfer::MinerLinks& links;
    std::string node;       ///< for a connection of its own
    const AccountKey& key;  ///< pays for the reports
    Clock& clock;
    std::uint64_t undeclared_s_max = 86'400;  ///< a sealed job nobody declares is dropped after it
    std::uint64_t poll_ms = 500;
    std::function<void(const std::string&)> log;
  };
  explicit Delivery(Parts parts);
  ~Delivery() { stop(); }
  void stop();

 private:
  void work();
  void round();
  void one(const JobView& job);
  Status deliver_one(const JobView& job);

  Parts p_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

}  // namespace cess::tagger
