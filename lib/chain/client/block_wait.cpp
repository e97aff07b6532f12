// SPDX-License-Identifier: Apache-2.0
#include "chain/client/block_wait.hpp"

#include <chrono>
#include <thread>

namespace cess::client {
namespace {

constexpr std::uint64_t kStepMs = 500;

}  // namespace

void BlockWait::next(const std::string& node, const std::function<bool()>& stop) {
  if (!feed_ || node_ != node) {
    feed_.reset();
    node_ = node;
    if (auto feed = HeadFeed::open(node_)) feed_.emplace(std::move(*feed));
  }
  while (feed_ && !stop()) {
    const auto head = feed_->next(kStepMs);
    if (head && *head) return;
    if (!head) feed_.reset();
  }
  if (!stop()) std::this_thread::sleep_for(std::chrono::milliseconds(kStepMs));
}

}  // namespace cess::client
