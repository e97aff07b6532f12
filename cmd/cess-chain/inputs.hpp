// SPDX-License-Identifier: Apache-2.0
// What several verbs take: a node, a key, a document from a file or a pipe.
#pragma once

#include <string>

#include "chain/client/rpc.hpp"
#include "chain/types/account_key.hpp"
#include "cli/program.hpp"

namespace cess {

struct NodeOptions {
  std::string node = "http://127.0.0.1:9944";
};
/// --node URL|FOLDER; the environment's CESS_NODE stands in for it.
void declare_node(cli::Options& opt, NodeOptions& node);
inline Result<client::RpcClient> connect(const NodeOptions& node) {
  return client::RpcClient::connect(node.node);
}

/// `path` empty or "-": stdin, which must then not be a terminal. A file must be private (mode
/// 0600).
Result<AccountKey> read_account_key(cli::Context& ctx, const std::string& path);

/// A file, or stdin for "" and "-"; at most size_max bytes. `name` becomes what errors call it.
Result<Bytes> read_input(cli::Context& ctx, const std::string& path, std::size_t size_max,
                         std::string& name);

}  // namespace cess
