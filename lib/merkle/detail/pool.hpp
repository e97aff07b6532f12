// SPDX-License-Identifier: Apache-2.0
// Items of one kind by 32-bit number, in chunks that never move: a reference stays good while
// others are added, and a million items cost no copy. Freed numbers are handed out again, last
// freed first, so the numbers depend only on the order of calls.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/check.hpp"

namespace cess::detail {

template <class T>
class Pool {
 public:
  T& operator[](std::uint32_t i) { return chunks_[i >> kShift][i & kMask]; }
  const T& operator[](std::uint32_t i) const { return chunks_[i >> kShift][i & kMask]; }

  /// A number whose item has any content.
  std::uint32_t take() {
    if (!free_.empty()) {
      const std::uint32_t i = free_.back();
      free_.pop_back();
      return i;
    }
    CESS_CHECK(used_ < kCountMax);
    if (used_ == chunks_.size() << kShift) {
      chunks_.push_back(std::make_unique_for_overwrite<T[]>(std::size_t{1} << kShift));
    }
    return used_++;
  }
  void give(std::uint32_t i) { free_.push_back(i); }
  [[nodiscard]] std::uint32_t count() const {
    return used_ - static_cast<std::uint32_t>(free_.size());
  }
  [[nodiscard]] std::size_t memory_bytes() const {
    return (chunks_.size() << kShift) * sizeof(T) + chunks_.capacity() * sizeof(chunks_[0]) +
           free_.capacity() * sizeof(free_[0]);
  }

 private:
  static constexpr unsigned kShift = 10;
  static constexpr std::uint32_t kMask = (1U << kShift) - 1;
  static constexpr std::uint32_t kCountMax = 0x7fffffff;  // the top bit is the user's
  std::vector<std::unique_ptr<T[]>> chunks_;
  std::vector<std::uint32_t> free_;
  std::uint32_t used_ = 0;
};

}  // namespace cess::detail
