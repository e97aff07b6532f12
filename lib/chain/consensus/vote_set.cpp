// SPDX-License-Identifier: Apache-2.0
#include "chain/consensus/detail/vote_set.hpp"

#include <algorithm>

namespace cess::consensus {

VoteSet::VoteSet(const Hash256& chain, CommitteePtr committee, const Vote& vote)
    : chain_(chain), committee_(std::move(committee)), vote_(vote), shares_(committee_->size()) {}

Vote VoteSet::vote_for(const Digest& digest) const {
  Vote v = vote_;
  v.digest = digest;
  return v;
}

SignedVote VoteSet::signed_vote(ValidatorIndex signer) const {
  const Share& s = *shares_[signer];
  return {vote_for(s.digest), signer, s.signature};
}

std::size_t VoteSet::count(const Digest& digest) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      shares_, [&](const std::optional<Share>& s) { return s && s->digest == digest; }));
}

VoteSet::Added VoteSet::add(Verifier& verifier, ValidatorIndex signer, Share share, bool trusted) {
  if (signer >= shares_.size()) return Added::refused;
  std::optional<Share>& slot = shares_[signer];
  const std::uint64_t bit = std::uint64_t{1} << signer;
  if (slot && slot->digest != share.digest) return Added::conflict;
  if (slot && (slot->checked || slot->signature == share.signature)) return Added::again;
  if (!share.checked && (!trusted || (suspects_ & bit) != 0)) {
    const SignedVote vote{vote_for(share.digest), signer, share.signature};
    if (!verify_vote(verifier, chain_, *committee_, vote)) return Added::refused;
    share.checked = true;
  }
  slot = std::move(share);
  return Added::fresh;
}

bool VoteSet::check(Verifier& verifier, std::span<const ValidatorIndex> signers,
                    const Digest& digest) {
  std::vector<PublicKey> keys;
  std::vector<Signature> parts;
  for (const ValidatorIndex i : signers) {
    keys.push_back(committee_->keys()[i]);
    parts.push_back(shares_[i]->signature);
  }
  const auto sum = verifier.aggregate(parts);
  if (!sum || !verifier.verify_aggregate(keys, signed_bytes(chain_, vote_for(digest)), *sum)) {
    return false;
  }
  for (const ValidatorIndex i : signers) shares_[i]->checked = true;
  return true;
}

void VoteSet::find_bad(Verifier& verifier, std::span<const ValidatorIndex> signers,
                       const Digest& digest, std::vector<ValidatorIndex>& bad) {
  if (signers.empty() || check(verifier, signers, digest)) return;
  if (signers.size() == 1) {
    bad.push_back(signers[0]);
    suspects_ |= std::uint64_t{1} << signers[0];
    shares_[signers[0]].reset();
    return;
  }
  const std::size_t half = signers.size() / 2;
  find_bad(verifier, signers.first(half), digest, bad);
  find_bad(verifier, signers.subspan(half), digest, bad);
}

bool VoteSet::extend(Verifier& verifier, Certificate& c) {
  std::vector<ValidatorIndex> more;
  for (ValidatorIndex i = 0; i < shares_.size(); ++i) {
    if (shares_[i] && shares_[i]->digest == c.digest && !c.signers.has(i)) more.push_back(i);
  }
  if (more.empty()) return false;
  const auto with = [&](std::span<const ValidatorIndex> signers) -> std::optional<Certificate> {
    Certificate out = c;
    std::vector<Signature> parts{c.aggregate};
    for (const ValidatorIndex i : signers) {
      out.signers.add(i);
      parts.push_back(shares_[i]->signature);
    }
    const auto sum = verifier.aggregate(parts);
    if (!sum) return std::nullopt;
    out.aggregate = *sum;
    if (!verify_certificate(verifier, chain_, *committee_, out)) return std::nullopt;
    return out;
  };
  auto out = with(more);
  if (!out) {  // a share may be false although an aggregate with it was right: liars can cancel out
    std::erase_if(more, [&](ValidatorIndex i) {
      return !verify_vote(verifier, chain_, *committee_, signed_vote(i));
    });
    if (more.empty() || !(out = with(more))) return false;
  }
  c = *out;
  return true;
}

std::optional<Certificate> VoteSet::certify(Verifier& verifier, const Digest& digest,
                                            std::vector<ValidatorIndex>& bad) {
  if (count(digest) < committee_->quorum()) return std::nullopt;
  std::vector<ValidatorIndex> unchecked;
  for (ValidatorIndex i = 0; i < shares_.size(); ++i) {
    if (shares_[i] && shares_[i]->digest == digest && !shares_[i]->checked) unchecked.push_back(i);
  }
  find_bad(verifier, unchecked, digest, bad);
  Certificate out{vote_.kind, vote_.era, vote_.height, vote_.round, digest, {}, {}};
  out.signers.size = static_cast<std::uint16_t>(committee_->size());
  std::vector<Signature> parts;
  for (ValidatorIndex i = 0; i < shares_.size(); ++i) {
    if (!shares_[i] || shares_[i]->digest != digest) continue;
    out.signers.add(i);
    parts.push_back(shares_[i]->signature);
  }
  if (parts.size() < committee_->quorum()) return std::nullopt;
  const auto sum = verifier.aggregate(parts);
  if (!sum) return std::nullopt;
  out.aggregate = *sum;
  return out;
}

}  // namespace cess::consensus
