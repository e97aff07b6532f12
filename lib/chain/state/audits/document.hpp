// SPDX-License-Identifier: Apache-2.0
// A rejected proof as the document that cess-prove reads (cess.proof/1), with openings, so that
//   cess-chain show audit MINER EPOCH | cess-prove verify --tagger KEY…
// judges it again without a node and comes to the reason in the state.
#pragma once

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

}  // namespace cess::audits
