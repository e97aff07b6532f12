// SPDX-License-Identifier: Apache-2.0
// Merkle mountain range: an append-only list of 32-byte leaves (header hashes) with a root that
// changes by O(log n) hashes per leaf, and inclusion proofs of any leaf at any size
// (doc/formats/header-range.md).
//
//   leaf = H(0x00 ‖ value), node = H(0x01 ‖ left ‖ right)
//   peaks: the perfect trees of n leaves, by the bits of n, highest first
//   bag  = peaks folded from the right: H(0x01 ‖ peak ‖ bag of the peaks to its right)
//   root = H(0x02 ‖ LE64 n ‖ bag); n = 0: 32 zero bytes
//
// The bag is the tree of RFC 6962 over the same leaves; the root also binds their number. A
// verifier needs MmrPeaks alone (at most 62 hashes); a prover keeps all nodes behind MmrNodes. Not
// for two threads at once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace cess {

constexpr std::uint64_t kMmrCountMax = std::uint64_t{1} << 62U;  ///< so that no position overflows
constexpr std::size_t kMmrPathMax = 62;
constexpr std::size_t kMmrPeaksMax = 62;
constexpr std::size_t kMmrPeaksSizeMax = 8 + 32 * kMmrPeaksMax;
constexpr std::size_t kMmrProofSizeMax = 8 + 8 + 1 + 32 * kMmrPathMax;

/// The peaks of a range and its leaf count: all that appending and the root need.
class MmrPeaks {
 public:
  /// Appends a leaf.
  void append(const Hash256& value);
  [[nodiscard]] Hash256 root() const;
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::span<const Hash256> peaks() const { return peaks_; }

  /// LE64 count, then a hash per set bit of it, highest first.
  [[nodiscard]] Bytes encode() const;
  /// Strict. Code::input.
  static Result<MmrPeaks> parse(ByteView bytes);
  friend bool operator==(const MmrPeaks&, const MmrPeaks&) = default;

 private:
  friend class Mmr;
  std::uint64_t count_ = 0;
  std::vector<Hash256> peaks_;  // highest first
};

struct MmrProof {
  std::uint64_t count = 0;    ///< leaves of the range that the root belongs to
  std::uint64_t index = 0;    ///< of the leaf, from 0
  std::vector<Hash256> path;  ///< siblings bottom up

  /// LE64 count, LE64 index, u8 number of hashes, the hashes.
  [[nodiscard]] Bytes encode() const;
  /// Strict: index < count and exactly the path length that both ask for. Code::input.
  static Result<MmrProof> parse(ByteView bytes);
  friend bool operator==(const MmrProof&, const MmrProof&) = default;
};

/// Whether `value` is leaf proof.index of the range of proof.count leaves with `root`.
[[nodiscard]] bool verify_mmr(const Hash256& root, const Hash256& value, const MmrProof& proof);
/// The same for an encoded proof; false if it does not parse.
[[nodiscard]] bool verify_mmr(const Hash256& root, const Hash256& value, ByteView proof);

/// Where nodes live: position p is the p-th node in the order of their making (post-order).
class MmrNodes {
 public:
  virtual ~MmrNodes() = default;
  virtual Result<Hash256> get(std::uint64_t position) = 0;
  /// Positions come in order without gaps; after a crash some may come again, with equal hashes.
  virtual Status put(std::uint64_t position, const Hash256& node) = 0;
};

/// Number of nodes of a range of `count` leaves.
std::uint64_t mmr_node_count(std::uint64_t count);

/// A range of `count` leaves whose nodes are kept in `nodes`. The caller stores `count` beside
/// them.
class Mmr {
 public:
  Mmr(MmrNodes& nodes, std::uint64_t count) : nodes_(nodes), count_(count) {}
  [[nodiscard]] std::uint64_t count() const { return count_; }
  Status append(const Hash256& value);
  /// The peaks when the range had `count` leaves, at most count().
  Result<MmrPeaks> peaks(std::uint64_t count);
  Result<Hash256> root(std::uint64_t count);
  /// Proof of leaf `index` in the range of the first `count` leaves; index < count <= count().
  Result<MmrProof> prove(std::uint64_t index, std::uint64_t count);

 private:
  MmrNodes& nodes_;
  std::uint64_t count_;
};

/// Nodes in memory.
class MemoryMmrNodes final : public MmrNodes {
 public:
  Result<Hash256> get(std::uint64_t position) override;
  Status put(std::uint64_t position, const Hash256& node) override;

 private:
  std::vector<Hash256> nodes_;
};

}  // namespace cess
