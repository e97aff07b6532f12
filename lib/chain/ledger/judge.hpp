// SPDX-License-Identifier: Apache-2.0
// Evidence (f): a proposal that is wrong whoever looks at it. Most of a header is not the
// proposer's choice: parent, era, roots and committees follow from the chain alone. So two headers
// of one height that differ in one of these cannot both be right, and the one that a quorum has
// made final is. The proof is that header with its certificate beside the proposed one: it needs
// nothing but the committee of the era, and no state. Pure.
//
//   proof: SCALE of InvalidHeaderProof
#pragma once

#include <functional>

#include "chain/consensus/evidence.hpp"
#include "chain/types/header.hpp"

namespace cess::ledger {

struct InvalidHeaderProof {
  Bytes proposed;      ///< SCALE(header) whose hash the proposer signed
  Bytes final_header;  ///< of the same height
  Bytes certificate;   ///< COMMIT-QC of the latter
  CESS_RECORD(proposed, final_header, certificate)
};

/// What two headers of one height differ in that no proposer chooses; empty: in nothing.
std::string contradiction(const Header& header, const Header& right);

/// For the evidence of one era. Says no to a block that another built: who proposes it again, in a
/// later round, rests on a quorum that found it valid.
class HeaderJudge final : public consensus::BlockJudge {
 public:
  using AccountOf = std::function<AccountId(consensus::ValidatorIndex)>;
  /// All of it outlives the judge. `account` names the proposer as headers do.
  HeaderJudge(consensus::Verifier& verifier, const Hash256& chain,
              const consensus::Committee& committee, AccountOf account)
      : verifier_(&verifier),
        chain_(&chain),
        committee_(&committee),
        account_(std::move(account)) {}
  [[nodiscard]] bool is_invalid(const consensus::Vote& proposal, consensus::ValidatorIndex proposer,
                                ByteView proof) const override;

 private:
  consensus::Verifier* verifier_;
  const Hash256* chain_;
  const consensus::Committee* committee_;
  AccountOf account_;
};

/// Proposals of the height under way that contradict our state. What core reports of them holds the
/// header alone; they become evidence when the height has its final block.
class Suspects {
 public:
  /// Bounded; further ones are dropped.
  void add(const consensus::InvalidProposal& suspect);
  /// Evidence against those of this height that are not `header`. Forgets all up to here.
  std::vector<consensus::Evidence> settle(const Header& header,
                                          const consensus::Certificate& certificate);

 private:
  std::vector<consensus::InvalidProposal> suspects_;
};

}  // namespace cess::ledger
