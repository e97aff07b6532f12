// SPDX-License-Identifier: Apache-2.0
// The PREPAREs or COMMITs of one (height, round) that a collector (or, in fallback, anybody) holds.
// Shares are kept unchecked; a quorum's aggregate is checked once and halved when it fails.
#pragma once

#include <optional>
#include <vector>

#include "chain/consensus/crypto_port.hpp"

namespace cess::consensus {

class VoteSet {
 public:
  struct Share {
    Digest digest;
    Signature signature{};
    std::optional<Signature> proposal;  ///< the proposer's, as it came with a PREPARE
    bool checked = false;
  };
  /// What became of a vote that was added.
  enum class Added : std::uint8_t { fresh, again, conflict, refused };

  /// `vote`: kind, era, height and round of the set; its digest is ignored.
  VoteSet(const Hash256& chain, CommitteePtr committee, const Vote& vote);

  /// `trusted`: the link authenticated the signer, so the share may wait unchecked; otherwise, and
  /// after a bad share of that signer, it is checked at once. `conflict`: the signer's first share
  /// is for another digest; nothing is kept.
  Added add(Verifier& verifier, ValidatorIndex signer, Share share, bool trusted);

  /// A certificate of all good shares for `digest` (which are checked now), if they are a quorum.
  /// Signers of shares found bad are appended to `bad` and their shares dropped.
  std::optional<Certificate> certify(Verifier& verifier, const Digest& digest,
                                     std::vector<ValidatorIndex>& bad);
  /// Adds the good shares that `certificate` (of this turn, verified) does not have yet; true if
  /// any.
  bool extend(Verifier& verifier, Certificate& certificate);
  [[nodiscard]] std::size_t count(const Digest& digest) const;
  [[nodiscard]] const std::optional<Share>& share(ValidatorIndex signer) const {
    return shares_[signer];
  }
  [[nodiscard]] SignedVote signed_vote(ValidatorIndex signer) const;
  [[nodiscard]] const CommitteePtr& committee() const { return committee_; }

 private:
  [[nodiscard]] Vote vote_for(const Digest& digest) const;
  bool check(Verifier& verifier, std::span<const ValidatorIndex> signers, const Digest& digest);
  void find_bad(Verifier& verifier, std::span<const ValidatorIndex> signers, const Digest& digest,
                std::vector<ValidatorIndex>& bad);

  Hash256 chain_;
  CommitteePtr committee_;
  Vote vote_;
  std::vector<std::optional<Share>> shares_;  // by signer
  std::uint64_t suspects_ = 0;                // signers that sent a bad share
};

}  // namespace cess::consensus
