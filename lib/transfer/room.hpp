// SPDX-License-Identifier: Apache-2.0
// So many at once and no more. Internal to transfer.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace cess::transfer {

/// Bounds the fragments in memory.
class Room {
 public:
  explicit Room(std::size_t count) : free_(std::max<std::size_t>(1, count)) {}
  void enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return free_ > 0; });
    --free_;
  }
  void leave() {
    {
      const std::lock_guard lock(mutex_);
      ++free_;
    }
    changed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t free_;
};

}  // namespace cess::transfer
