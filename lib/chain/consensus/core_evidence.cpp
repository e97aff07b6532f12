// SPDX-License-Identifier: Apache-2.0
// Noticing what honest validators never do. Evidence goes out only after it has been verified, so
// that a bug here cannot accuse anybody.
#include <algorithm>

#include "chain/consensus/detail/core_impl.hpp"

namespace cess::consensus {

void Core::Impl::report(const Evidence& evidence, ValidatorIndex offender) {
  if (reported.size() > 4 * kCommitteeMax ||
      !reported.insert(offence_id(evidence, offender)).second) {
    return;
  }
  emit(action::Report{evidence});
}

// Two votes of one signer in one turn. Either may be somebody's junk.
void Core::Impl::conflict(const SignedVote& first, const SignedVote& second) {
  const bool in_order = first.vote.digest < second.vote.digest;
  const TwoVotes both{in_order ? first : second, in_order ? second : first};
  if (reported.contains(offence_id(both, first.signer))) return;
  if (verify_evidence(*verifier, config.chain, *committee, both).empty()) return;
  report(both, first.signer);
}

// A proposer's signature, as it came with a proposal (checked) or with a PREPARE (not yet).
void Core::Impl::note_proposal(const SignedVote& v, bool checked) {
  const auto found = proposals.find(v.vote.round);
  if (found == proposals.end()) {
    proposals.emplace(v.vote.round, std::pair(v, checked));
    return;
  }
  auto& [kept, kept_checked] = found->second;
  if (kept.vote.digest == v.vote.digest) {
    if (checked) found->second = {v, true};
    return;
  }
  const auto good = [&](const SignedVote& s) {
    return verify_vote(*verifier, config.chain, *committee, s);
  };
  if (!checked && !good(v)) return;
  kept_checked = kept_checked || good(kept);
  if (!kept_checked) {
    found->second = {v, true};
    return;
  }
  conflict(kept, v);
}

// A verified round change against the COMMITs that its signer is known to have signed.
void Core::Impl::check_amnesia(const SignedVote& change) {
  for (const auto& [turn, set] : votes) {
    const auto& [r, kind] = turn;
    if (kind != Kind::commit || r >= change.vote.round || change.vote.prepared > r) continue;
    if (!set.share(change.signer)) continue;
    const Amnesia evidence{set.signed_vote(change.signer), change};
    if (reported.contains(offence_id(evidence, change.signer))) continue;
    if (verify_evidence(*verifier, config.chain, *committee, evidence).empty()) continue;
    report(evidence, change.signer);
  }
  for (const auto& [turn, c] : certificates) {
    if (turn.second != Kind::commit || turn.first >= change.vote.round ||
        change.vote.prepared > turn.first || !c.signers.has(change.signer)) {
      continue;
    }
    report(CertificateAmnesia{c, change}, change.signer);
  }
}

// A certificate for another block at the height that is already final here.
void Core::Impl::check_fork(const Certificate& c, PeerId peer) {
  if (c.kind != Kind::commit || c.digest == parent || !parent_certificate) return;
  if (!check_certificate(c, *parent_committee)) return penalise(peer, "sent a false certificate");
  emit(action::Alarm{"fork: two blocks are final at one height"});
  if (c.round != parent_certificate->round) return;
  const bool in_order = c.digest < parent;
  const TwoCertificates both{in_order ? c : *parent_certificate,
                             in_order ? *parent_certificate : c};
  for (ValidatorIndex i = 0; i < parent_committee->size(); ++i) {
    if (both.first.signers.has(i) && both.second.signers.has(i)) return report(both, i);
  }
}

}  // namespace cess::consensus
