// SPDX-License-Identifier: Apache-2.0
// Questions of many threads to one of several nodes: each question has a connection to itself, and
// a node that is away, or not in sync, gives way to the next of the list. Any thread.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "chain/client/rpc.hpp"

namespace cess::miner {

class NodePool final : public client::Rpc {
 public:
  /// `nodes`: URLs or folders, at least one.
  explicit NodePool(std::vector<std::string> nodes, net::ClientLimits limits);
  /// The node that answers now.
  [[nodiscard]] std::string node() const;

 private:
  struct Idle {
    std::size_t node = 0;
    client::RpcClient rpc;
  };
  Result<Json> ask(const std::string& method, Json params) override;
  Idle take();
  void give(Idle idle);
  void skip(std::size_t node);

  std::vector<std::string> nodes_;
  net::ClientLimits limits_;
  mutable std::mutex mutex_;
  std::size_t at_ = 0;
  std::vector<Idle> idle_;
};

}  // namespace cess::miner
