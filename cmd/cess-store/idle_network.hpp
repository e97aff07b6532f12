// SPDX-License-Identifier: Apache-2.0
// The network that a store's fillers are for, and what it says of them: their size, the chain's
// name, what it has taken, for how many more its miner has declared room. A store in a miner's
// folder (config.json beside it) knows its network; others are told with --node or --network.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/program.hpp"
#include "idle/maker.hpp"
#include "pois/params.hpp"

namespace cess {

struct IdleNode {
  std::string node;
  std::string network;
};
/// --node and --network.
void declare_idle_node(cli::Options& o, IdleNode& node);

/// What the chain says of the fillers of a store's miner.
struct IdleTerms {
  pois::Owner owner;            ///< whose fillers, for which chain, how large
  idle::Declared declared;      ///< what was declared to it, or what `register` would declare
  std::uint64_t bytes = 0;      ///< declared
  bool registered = false;      ///< the chain knows the miner
  std::string judging;          ///< how far its commitment is that waits for a verdict; empty: none
  std::uint32_t batch_max = 0;  ///< fillers in one commitment
};

/// Nodes of the store's network; none: it knows no network. Code::input, Code::system.
Result<std::vector<std::string>> nodes_of_store(const std::string& store, const IdleNode& named);
/// Code::peer: no node of `nodes` answers.
Result<IdleTerms> ask_terms(const std::string& store, const std::vector<std::string>& nodes);
/// Code::usage when the store's fillers are others than the network asks for.
Status check_terms(const std::string& store, const pois::Owner& there, const IdleTerms& terms);

}  // namespace cess
