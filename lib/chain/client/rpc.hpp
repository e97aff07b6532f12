// SPDX-License-Identifier: Apache-2.0
// Questions to a node: JSON-RPC 2.0 over HTTP (lib/chain/node/DESIGN.md names the methods).
// Blocking: not for the loop of a daemon; a daemon asks from a thread of its own. One thread each.
#pragma once

#include <optional>
#include <string>

#include "chain/types/ids.hpp"
#include "json/json.hpp"
#include "net/http_client.hpp"

namespace cess::client {

/// Where questions go: a node, or a test's answers.
class Rpc {
 public:
  virtual ~Rpc() = default;
  /// The result of a method, parameters by name. An error of the node keeps its code, words and
  /// hint (Code::no: not found; Code::input: refused; Code::busy: not yet); Code::peer: no node, no
  /// answer, or not in sync.
  Result<Json> call(const std::string& method, Json params = Json::object()) {
    return ask(method, std::move(params));
  }

 private:
  virtual Result<Json> ask(const std::string& method, Json params) = 0;
};

/// A node's RPC. Connects again by itself after a failure, also to another port when the node is
/// named by its folder.
class RpcClient final : public Rpc {
 public:
  /// Longer than any answer that a node may hold back (tx_wait).
  static constexpr net::ClientLimits kLimits{.wait_ms_max = 120'000, .body_size_max = 64U << 20U};

  /// `node` is an http URL, or a node's folder, whose data/listening.json names it. Code::peer when
  /// nobody listens.
  static Result<RpcClient> connect(std::string node, net::ClientLimits limits = kLimits);
  /// As connect, but the first question connects.
  static RpcClient lazy(std::string node, net::ClientLimits limits = kLimits);

  [[nodiscard]] const std::string& node() const { return node_; }

 private:
  RpcClient(std::string node, net::ClientLimits limits) : node_(std::move(node)), limits_(limits) {}
  Result<Json> ask(const std::string& method, Json params) override;
  Status open();

  std::string node_;
  net::ClientLimits limits_;
  std::optional<net::HttpClient> http_;
  std::string path_;
  std::uint64_t next_id_ = 1;
};

/// The URL of a node's RPC, from an http URL or the node's folder. Code::system, Code::input.
Result<net::Url> node_url(const std::string& node);
/// A failure to connect, with a hint if it has none.
Error with_node_hint(Error e);
/// The `result` of a JSON-RPC answer, or its error as ours.
Result<Json> rpc_result(const Json& answer);

/// Of node_info, what clients decide by.
struct NodeInfo {
  Hash256 genesis;
  Height height = 0;  ///< last final block
  Era era = 0;
  Epoch epoch = 0;
  bool synced = false;
  std::string chain;
};
Result<NodeInfo> node_info(Rpc& rpc);
/// The same, and Code::peer with a hint when the node is not in sync.
Result<NodeInfo> synced_info(Rpc& rpc);

}  // namespace cess::client
