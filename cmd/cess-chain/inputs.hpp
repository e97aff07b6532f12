// SPDX-License-Identifier: Apache-2.0
// What several verbs take: a node, a key, a document from a file or a pipe.
#pragma once

#include <string>

#include "chain/client/rpc.hpp"
#include "chain/types/account_key.hpp"
#include "cli/program.hpp"

namespace cess {

struct NodeOptions {
  std::string node;
  std::string network;
};
/// --node URL|FOLDER and --network NAME; the environment's CESS_NODE and CESS_NETWORK stand in for
/// them.
void declare_node(cli::Options& opt, NodeOptions& node);
/// The one named, or the first of the network's that answers.
Result<std::string> node_of(const NodeOptions& node);
Result<client::RpcClient> connect(const NodeOptions& node);

/// `path` empty or "-": stdin, which must then not be a terminal. A file must be private (mode
/// 0600).
Result<AccountKey> read_account_key(cli::Context& ctx, const std::string& path);

/// A file, or stdin for "" and "-"; at most size_max bytes. `name` becomes what errors call it.
Result<Bytes> read_input(cli::Context& ctx, const std::string& path, std::size_t size_max,
                         std::string& name);

}  // namespace cess
