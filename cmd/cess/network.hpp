// SPDX-License-Identifier: Apache-2.0
// What the built-in verbs share: the network they are about.
#pragma once

#include <string>

#include "chain/client/home.hpp"
#include "chain/client/rpc.hpp"
#include "cli/program.hpp"
#include "sys/file.hpp"

namespace cess {

struct NetworkOptions {
  std::string node;
  std::string network;
};

/// --node and --network; CESS_NODE and CESS_NETWORK stand in for them.
inline void declare_network(cli::Options& opt, NetworkOptions& o) {
  opt.text("--node", "URL", o.node, "a node's RPC, or its folder");
  opt.text("--network", "NAME", o.network,
           "configuration of a network: its folder, a file, or a name in ~/.config/cess");
}

/// The node to ask, and what the configuration says beside it.
struct FoundNetwork {
  client::Home home;
  client::RpcClient rpc;
};
inline Result<FoundNetwork> find_network(const NetworkOptions& o) {
  client::Home home;
  // Who names a node has said enough, unless a network is named too.
  if (o.node.empty() || !o.network.empty()) {
    CESS_TRY_ASSIGN(home, client::find_home(o.network));
  }
  auto node = client::choose_node(o.node, home);
  if (!node && o.node.empty() && o.network.empty() && path_exists("cess-net/home/config.json"))
    node.error().hint = "a network of `cess up` lies here: --network cess-net, or CESS_NETWORK";
  if (!node) return tl::unexpected<Error>(node.error());
  CESS_TRY_ASSIGN(client::RpcClient rpc, client::RpcClient::connect(*node));
  return FoundNetwork{std::move(home), std::move(rpc)};
}

}  // namespace cess
