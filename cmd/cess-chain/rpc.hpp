// SPDX-License-Identifier: Apache-2.0
// Questions to a node: JSON-RPC 2.0 over HTTP (lib/chain/node/DESIGN.md names the methods).
#pragma once

#include <memory>
#include <string>

#include "cli/program.hpp"
#include "net/http_client.hpp"

namespace cess {

struct NodeOptions {
  std::string node = "http://127.0.0.1:9944";
};
/// --node URL|FOLDER; the environment's CESS_NODE stands in for it.
void declare_node(cli::Options& opt, NodeOptions& node);

class RpcClient {
 public:
  /// `node` is an http URL, or a node's folder, whose data/listening.json names it.
  static Result<RpcClient> connect(const NodeOptions& node);
  /// The result of a method, parameters by name. An error of the node keeps its code, words and
  /// hint; anything that is no answer is Code::peer.
  Result<Json> call(const std::string& method, Json params = Json::object());

  /// The websocket URL of the same node.
  [[nodiscard]] const net::Url& url() const { return url_; }

 private:
  RpcClient(net::HttpClient http, net::Url url) : http_(std::move(http)), url_(std::move(url)) {}
  net::HttpClient http_;
  net::Url url_;
  std::uint64_t next_id_ = 1;
};

/// The `result` of a JSON-RPC answer, or its error as ours.
Result<Json> rpc_result(const Json& answer);

}  // namespace cess
