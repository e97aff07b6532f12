// SPDX-License-Identifier: Apache-2.0
// The validators of one era, in the order that the chain's state recorded, and the turns they take.
// Immutable once made; any thread may read.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "chain/consensus/types.hpp"

namespace cess::consensus {

class Committee;
using CommitteePtr = std::shared_ptr<const Committee>;

class Committee {
 public:
  /// 1 .. kCommitteeMax distinct keys, whose possession was proven when they were registered (else
  /// an aggregate proves nothing), and the era's seed, from which the order of turns is drawn.
  /// `hash` is what headers commit to; who owns the full record of a committee gives its hash,
  /// without it the hash is SHA-256("cess.committee/1" ‖ LE64 era ‖ seed ‖ LE16 n ‖ n × 96-byte
  /// key). Code::input: no keys, too many, or one twice.
  static Result<CommitteePtr> make(Era era, const Hash256& seed, std::vector<PublicKey> keys,
                                   std::optional<Hash256> hash = std::nullopt);

  [[nodiscard]] Era era() const { return era_; }
  [[nodiscard]] const Hash256& seed() const { return seed_; }
  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] std::size_t quorum() const { return consensus::quorum(keys_.size()); }
  [[nodiscard]] const std::vector<PublicKey>& keys() const { return keys_; }
  [[nodiscard]] std::optional<ValidatorIndex> index_of(const PublicKey& key) const;

  /// The proposer of (h, r): turn (h + r) mod n.
  [[nodiscard]] ValidatorIndex proposer(Height height, Round round) const;
  /// The collectors of (h, r): the proposers of rounds r, r+1, r+2, each once, in that order.
  [[nodiscard]] std::vector<ValidatorIndex> collectors(Height height, Round round) const;
  /// 0, 1 or 2 if `who` is a collector of (h, r).
  [[nodiscard]] std::optional<std::size_t> collector_rank(Height height, Round round,
                                                          ValidatorIndex who) const;

  /// What a header commits to as the hash of its (next) committee.
  [[nodiscard]] const Hash256& hash() const { return hash_; }

 private:
  Committee() = default;
  Era era_ = 0;
  Hash256 seed_;
  std::vector<PublicKey> keys_;
  std::vector<ValidatorIndex> turns_;
  Hash256 hash_;
};

}  // namespace cess::consensus
