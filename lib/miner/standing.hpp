// SPDX-License-Identifier: Apache-2.0
// How a miner stands, by the chain's word, and why it waits if it does. For people and for
// monitors; nothing decides by it.
#pragma once

#include <optional>
#include <string>

#include "chain/client/rpc.hpp"
#include "chain/state/miners/miners.hpp"
#include "crypto/ed25519.hpp"

namespace cess::miner {

struct Standing {
  AccountId miner;
  Height height = 0;       ///< 0: no node answers
  Height best_height = 0;  ///< that the node has heard of
  std::optional<miners::Miner> record;
  Amount required = 0;  ///< stake for what is declared
  std::string audit;    ///< the present round, in words
  std::string clock;    ///< what is wrong with this machine's; empty: nothing that could be seen
  std::string waits;    ///< empty: it is at work
};

/// Never fails: what cannot be learned is a reason to wait. `sign_key`: the one it serves with.
Standing stand(client::Rpc& rpc, const AccountId& miner,
               const std::optional<Ed25519Public>& sign_key);
/// As GET /v1/status and `cess-store status -j` have it.
Json standing_json(const Standing& standing);
/// Why a miner with this record waits; empty: it does not. Amounts in base units.
std::string why_waits(const miners::Miner& m, Amount required);

}  // namespace cess::miner
