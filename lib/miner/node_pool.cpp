// SPDX-License-Identifier: Apache-2.0
#include "miner/node_pool.hpp"

#include "base/check.hpp"

namespace cess::miner {
namespace {

constexpr std::size_t kIdleMax = 8;

}  // namespace

NodePool::NodePool(std::vector<std::string> nodes, net::ClientLimits limits)
    : nodes_(std::move(nodes)), limits_(limits) {
  CESS_CHECK(!nodes_.empty());
}

std::string NodePool::node() const {
  const std::lock_guard lock(mutex_);
  return nodes_[at_];
}

NodePool::Idle NodePool::take() {
  const std::lock_guard lock(mutex_);
  while (!idle_.empty()) {
    Idle idle = std::move(idle_.back());
    idle_.pop_back();
    if (idle.node == at_) return idle;
  }
  return {at_, client::RpcClient::lazy(nodes_[at_], limits_)};
}

void NodePool::give(Idle idle) {
  const std::lock_guard lock(mutex_);
  if (idle.node == at_ && idle_.size() < kIdleMax) idle_.push_back(std::move(idle));
}

void NodePool::skip(std::size_t node) {
  const std::lock_guard lock(mutex_);
  idle_.clear();
  if (node == at_) at_ = (at_ + 1) % nodes_.size();
}

Result<Json> NodePool::ask(const std::string& method, Json params) {
  // Once more than there are nodes: a connection that had idled may have been closed meanwhile.
  for (std::size_t tries = 0;; ++tries) {
    Idle idle = take();
    auto answer = idle.rpc.call(method, params);
    const bool away = !answer && answer.error().code == Code::peer;
    if (!away) {
      give(std::move(idle));
      return answer;
    }
    if (tries == nodes_.size()) return answer;
    skip(idle.node);
  }
}

}  // namespace cess::miner
