// SPDX-License-Identifier: Apache-2.0
// The chain and the miners of a real network, asked over a node's RPC. One question at a time.
#pragma once

#include <memory>
#include <string>

#include "chain/client/rpc.hpp"
#include "tagger/world.hpp"
#include "transfer/ports.hpp"

namespace cess::tagger {

/// `node`: a URL or a node's folder; connects when first asked, and again after failures. `links`:
/// to miners, borrowed.
std::unique_ptr<World> chain_world(std::string node, transfer::MinerLinks& links);

}  // namespace cess::tagger
