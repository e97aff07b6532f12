// SPDX-License-Identifier: Apache-2.0
// The words of consensus: heights, rounds, votes, certificates. Plain values; byte forms are in
// messages.hpp. Consensus knows a block by its digest and height; its bytes are opaque here.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"

namespace cess::consensus {

using Height = std::uint64_t;
using Era = std::uint64_t;
using Round = std::uint32_t;
/// Place of a validator in its committee, 0 .. n-1.
using ValidatorIndex = std::uint16_t;
/// Milliseconds of the caller's monotonic clock.
using TimeMs = std::uint64_t;
/// Hash of a block's header. It does not cover the round: a block proposed again keeps its digest.
using Digest = Hash256;
/// Block bytes, shared because a proposal is sent to many and kept while it is voted on.
using BlockBytes = std::shared_ptr<const Bytes>;

constexpr std::size_t kCommitteeMax = 64;
constexpr Round kRoundMax = 1U << 20U;  ///< messages beyond are refused

/// BLS12-381 minimal-signature-size forms; the fake of crypto_port.hpp uses the same sizes.
using PublicKey = std::array<std::uint8_t, 96>;
using Signature = std::array<std::uint8_t, 48>;

/// f, q and a of n validators: f = (n-1)/3 may lie, any two quorums of q share more than f, and
/// f+1 contain an honest one. q is (2n-1)/3+1 and not 2f+1, which is wrong unless n = 3f+1.
constexpr std::size_t fault_count_max(std::size_t n) { return (n - 1) / 3; }
constexpr std::size_t quorum(std::size_t n) { return (2 * n - 1) / 3 + 1; }
constexpr std::size_t one_honest(std::size_t n) { return fault_count_max(n) + 1; }

/// A set of validators of a committee of `size`. Bits at and above `size` are zero.
struct SignerSet {
  std::uint16_t size = 0;
  std::uint64_t bits = 0;

  friend bool operator==(const SignerSet&, const SignerSet&) = default;
  [[nodiscard]] bool has(ValidatorIndex i) const { return i < size && ((bits >> i) & 1U) != 0; }
  void add(ValidatorIndex i) { bits |= std::uint64_t{1} << i; }
  void remove(ValidatorIndex i) { bits &= ~(std::uint64_t{1} << i); }
  [[nodiscard]] std::size_t count() const { return static_cast<std::size_t>(std::popcount(bits)); }
};

/// What is signed. The order of the values is the order in which an honest validator signs within
/// one round: that is what the voter record relies on.
enum class Kind : std::uint8_t { round_change = 1, proposal = 2, prepare = 3, commit = 4 };

/// The content of one signature.
struct Vote {
  Kind kind = Kind::prepare;
  Era era = 0;
  Height height = 0;
  Round round = 0;
  /// The block voted for; of a round change the prepared block, zero if none.
  Digest digest;
  /// Of a round change: 1 + the round in which `digest` was prepared, 0 if none. Else 0.
  Round prepared = 0;

  friend bool operator==(const Vote&, const Vote&) = default;
};

struct SignedVote {
  Vote vote;
  ValidatorIndex signer = 0;
  Signature signature{};

  friend bool operator==(const SignedVote&, const SignedVote&) = default;
};

/// A quorum's equal votes in one aggregate: PREPARE-QC or COMMIT-QC. A COMMIT-QC is a complete
/// proof that the block is final.
struct Certificate {
  Kind kind = Kind::commit;  ///< prepare or commit
  Era era = 0;
  Height height = 0;
  Round round = 0;
  Digest digest;
  SignerSet signers;
  Signature aggregate{};

  friend bool operator==(const Certificate&, const Certificate&) = default;
  /// The vote that every signer signed.
  [[nodiscard]] Vote vote() const { return {kind, era, height, round, digest, 0}; }
};

}  // namespace cess::consensus
