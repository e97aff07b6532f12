// SPDX-License-Identifier: Apache-2.0
// The one queue of everything that will happen, ordered by (time, sequence). One thread.
#pragma once

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "chain/sim/base.hpp"

namespace cess::sim {

class Queue {
 public:
  using Act = std::function<void()>;

  [[nodiscard]] SimTime now() const { return now_; }
  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] SimTime next_at() const { return heap_.front().at; }
  /// Does `act` at `at`, or now if that is past.
  void at(SimTime at, Act act) {
    heap_.push_back({std::max(at, now_), sequence_++, std::move(act)});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  void after(SimTime delay, Act act) { at(now_ + delay, std::move(act)); }
  /// Does the next act. The queue is not empty.
  void step() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    Item item = std::move(heap_.back());
    heap_.pop_back();
    now_ = item.at;
    ++done_;
    item.act();
  }
  [[nodiscard]] std::uint64_t done() const { return done_; }

 private:
  struct Item {
    SimTime at;
    std::uint64_t sequence;
    Act act;
  };
  static bool later(const Item& a, const Item& b) {
    return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
  }
  std::vector<Item> heap_;
  SimTime now_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t done_ = 0;
};

}  // namespace cess::sim
