// SPDX-License-Identifier: Apache-2.0
// A rejected proof as the document that cess-prove reads (cess.proof/1), with openings, so that
//   cess-chain show audit MINER EPOCH | cess-prove verify --tagger KEY…
// judges it again without a node and comes to the reason in the state. And the entries of an index
// that a challenge falls on, for whoever is to answer it (audit/opened_challenge.hpp).
#pragma once

#include <optional>

#include "audit/proof.hpp"
#include "chain/state/audits/evidence.hpp"

namespace cess::audits {

/// From the stored records, which may come from a node over the wire: a page that does not fit is
/// Code::input.
Result<AuditProof> rejected_document(const Hash256& genesis, Epoch epoch, const AccountId& miner,
                                     const Rejected& rejected,
                                     const std::vector<RejectedPage>& pages);
/// From a state; Code::no if nothing of this miner was rejected in this epoch, or it is forgotten.
Result<AuditProof> rejected_document(const State& state, const Hash256& genesis, Epoch epoch,
                                     const AccountId& miner);

/// A part of a challenge's openings.
struct OpeningsPage {
  std::vector<Opening> openings;      ///< ascending position
  std::optional<std::uint64_t> next;  ///< block number to go on from; nullopt: that was the last
};
/// The entries of `view`, the index that `challenge` is about, with asked blocks from number `from`
/// on: `count_max` of them at most. Pages one behind the other are all openings, each once.
OpeningsPage openings_from(const Challenge& challenge, IndexView& view, std::uint64_t from,
                           std::size_t count_max);

}  // namespace cess::audits
