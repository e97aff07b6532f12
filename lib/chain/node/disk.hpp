// SPDX-License-Identifier: Apache-2.0
// The thread that waits for the disk, so that the loop need not. Jobs run one after the other, in
// the order they were given; each reports back on the loop. A vote that rests on a block is
// therefore never durable before the block.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "base/result.hpp"
#include "net/loop.hpp"

namespace cess::node {

class Disk {
 public:
  explicit Disk(net::Loop& loop);
  /// Finishes what was given; reports that are not yet heard are lost.
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  /// `job` runs on the disk's thread, `done` on the loop.
  void run(std::function<Status()> job, std::function<void(Status)> done);
  /// Jobs not yet reported. Loop thread.
  [[nodiscard]] std::size_t pending() const { return pending_; }

 private:
  struct Job {
    std::function<Status()> work;
    std::function<void(Status)> done;
  };
  void work();

  net::Loop& loop_;
  std::size_t pending_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace cess::node
