// SPDX-License-Identifier: Apache-2.0
// A verifier's side of availability probes (chain/state/probes): what it is to ask, and its report.
#pragma once

#include <vector>

#include "chain/client/rpc.hpp"
#include "chain/state/probes/probes.hpp"
#include "crypto/bls_sign.hpp"

namespace cess::client {

/// A range that a verifier asks a miner for.
struct AskedProbe {
  AccountId miner;
  std::uint8_t bit = 0;  ///< the verifier's place in the miner's tally
  FragId frag;
  std::uint64_t length = 0;  ///< of the fragment
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  friend bool operator==(const AskedProbe&, const AskedProbe&) = default;
};

/// All of a slot, rising by miner, as the miners' indexes are now.
Result<std::vector<AskedProbe>> asked_probes(Rpc& rpc, Height slot, const AccountId& verifier);
/// Signed with the verifier's key for judging. `verdicts` rise by miner.
probes::Report make_report(const Hash256& genesis, Height slot, const probes::Slot& record,
                           const AccountId& verifier, const bls::SecretKey& key,
                           std::vector<probes::Verdict> verdicts);

}  // namespace cess::client
