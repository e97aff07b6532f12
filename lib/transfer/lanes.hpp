// SPDX-License-Identifier: Apache-2.0
// A lane is a miner's link with a thread of its own and a queue of tasks: what one miner takes long
// for holds nobody else up. Tasks run in order; what they found out they hand to the owner
// themselves. The end aborts what still runs.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "transfer/ports.hpp"

namespace cess::transfer {

class Lanes {
 public:
  using Task = std::function<void(MinerLink&)>;
  /// `links` outlives it.
  explicit Lanes(MinerLinks& links) : links_(links) {}
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;
  /// Aborts and joins; tasks that have not begun never run.
  ~Lanes();

  /// Queues a task for a miner. Code::peer, Code::input: no link; Code::system: no thread.
  Status post(const AccountId& id, const miners::Miner& miner, Task task);
  /// Tasks of a miner that are not done.
  [[nodiscard]] std::size_t load(const AccountId& id) const;

 private:
  struct Lane {
    std::unique_ptr<MinerLink> link;
    std::string endpoint;
    std::deque<Task> tasks;
    std::size_t open = 0;
    bool stop = false;
    std::mutex mutex;
    std::condition_variable wake;
    std::thread thread;
  };
  static void serve(Lane& lane);
  static void end(Lane& lane);

  MinerLinks& links_;
  std::map<AccountId, std::unique_ptr<Lane>> lanes_;  // the owner's thread only
};

}  // namespace cess::transfer
