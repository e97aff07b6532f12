// SPDX-License-Identifier: Apache-2.0
// What the built-in verbs share: the node they ask.
#pragma once

#include <string>

#include "chain/client/rpc.hpp"
#include "cli/program.hpp"

namespace cess {

/// --node URL|FOLDER; CESS_NODE stands in for it.
inline void declare_node(cli::Options& opt, std::string& node) {
  opt.text("--node", "URL", node, "a node's RPC, or its folder (default http://127.0.0.1:9944)");
}
inline const std::string kDefaultNode = "http://127.0.0.1:9944";

}  // namespace cess
