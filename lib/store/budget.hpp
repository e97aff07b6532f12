// SPDX-License-Identifier: Apache-2.0
// The one counter of a store's bytes. Whoever is about to write charges it first, and is refused
// when the store would grow past its capacity; so no order of events can exceed it. Files and index
// are counted apart: the index has a reserve that files cannot take, and may use more than its
// reserve while nobody else needs the room. Any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

#include "base/check.hpp"

namespace cess {

class Budget {
 public:
  explicit Budget(std::uint64_t capacity) : capacity_(capacity) {}

  /// Charges `size` bytes of files; false, and no charge, when they do not fit beside the reserve,
  /// not even after all that can give way has.
  bool charge(std::uint64_t size) {
    do {
      const std::lock_guard hold(mutex_);
      if (size <= idle_locked()) {
        files_ += size;
        return true;
      }
    } while (make_way());
    return false;
  }
  /// The same, but nothing gives way.
  bool charge_idle(std::uint64_t size) {
    const std::lock_guard hold(mutex_);
    if (size > idle_locked()) return false;
    files_ += size;
    return true;
  }
  /// `give_way` frees some room and releases it here, or returns false. Called in the thread that
  /// charges files or sets the reserve, never for the database's own threads.
  void set_give_way(std::function<bool()> give_way) { give_way_ = std::move(give_way); }
  /// Charges what is there already (found at open), fitting or not.
  void adopt(std::uint64_t size) {
    const std::lock_guard hold(mutex_);
    files_ += size;
  }
  void release(std::uint64_t size) {
    const std::lock_guard hold(mutex_);
    CESS_CHECK(size <= files_);
    files_ -= size;
  }
  /// Charges `size` bytes of the database.
  bool charge_index(std::uint64_t size) {
    const std::lock_guard hold(mutex_);
    const std::uint64_t taken = files_ + index_;
    if (taken > capacity_ || size > capacity_ - taken) return false;
    index_ += size;
    return true;
  }
  void adopt_index(std::uint64_t size) {
    const std::lock_guard hold(mutex_);
    index_ += size;
  }
  void release_index(std::uint64_t size) {
    const std::lock_guard hold(mutex_);
    index_ -= std::min(size, index_);
  }
  /// Sets the reserve; false, and no change, when it would not fit.
  bool reserve(std::uint64_t size) {
    do {
      const std::lock_guard hold(mutex_);
      const std::uint64_t want = std::max(size, index_);
      if (size <= reserve_ || (want <= capacity_ && files_ <= capacity_ - want)) {
        reserve_ = size;
        return true;
      }
    } while (make_way());
    return false;
  }
  void adopt_reserve(std::uint64_t size) {
    const std::lock_guard hold(mutex_);
    reserve_ = size;
  }

  [[nodiscard]] std::uint64_t capacity() const { return capacity_; }
  [[nodiscard]] std::uint64_t files() const {
    const std::lock_guard hold(mutex_);
    return files_;
  }
  [[nodiscard]] std::uint64_t index() const {
    const std::lock_guard hold(mutex_);
    return index_;
  }
  [[nodiscard]] std::uint64_t idle() const {
    const std::lock_guard hold(mutex_);
    return idle_locked();
  }

 private:
  [[nodiscard]] std::uint64_t idle_locked() const {
    const std::uint64_t taken = files_ + std::max(reserve_, index_);
    return taken < capacity_ ? capacity_ - taken : 0;
  }

  bool make_way() { return give_way_ && give_way_(); }

  const std::uint64_t capacity_;
  std::function<bool()> give_way_;
  mutable std::mutex mutex_;
  std::uint64_t files_ = 0;
  std::uint64_t index_ = 0;
  std::uint64_t reserve_ = 0;
};

}  // namespace cess
