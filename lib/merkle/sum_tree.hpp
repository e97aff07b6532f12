// SPDX-License-Identifier: Apache-2.0
// Merkle sum tree: the ordered service index of a miner (doc/formats/merkle.md). Leaf i: hash
// H(0x00 ‖ frag_id ‖ LE32 blocks ‖ tagger_id) with sum = blocks; node: H(0x01 ‖ L ‖ R ‖ LE64 sumL ‖
// LE64 sumR), sum = sumL + sumR; an odd node is promoted unchanged. Insertion at the end, deletion
// by swapping with the last. Nodes live behind SumNodes, so that a store keeps them in its database
// and one change touches O(log n) of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"

namespace cess {

struct IndexEntry {
  FragId frag;
  std::uint32_t blocks = 0;
  TaggerId tagger;
  friend bool operator==(const IndexEntry&, const IndexEntry&) = default;
};

struct SumNode {
  Hash256 hash;
  std::uint64_t sum = 0;
  friend bool operator==(const SumNode&, const SumNode&) = default;
};

SumNode sum_leaf(const IndexEntry& entry);
SumNode sum_parent(const SumNode& left, const SumNode& right);

/// Where nodes live: level 0 holds the leaves. `get` of a node that was `put` must succeed.
class SumNodes {
 public:
  virtual ~SumNodes() = default;
  virtual Result<SumNode> get(std::uint32_t level, std::uint64_t index) = 0;
  virtual Status put(std::uint32_t level, std::uint64_t index, const SumNode& node) = 0;
  virtual Status erase(std::uint32_t level, std::uint64_t index) = 0;
};

/// A view of the tree of `count` leaves kept in `nodes`. The caller stores `count` beside them.
class SumTree {
 public:
  SumTree(SumNodes& nodes, std::uint64_t count) : nodes_(nodes), count_(count) {}
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// The root; of the empty tree: all zero, sum 0.
  Result<SumNode> root();
  Status append(const SumNode& leaf);
  /// Appends all of `leaves`, computing each node above them once.
  Status append_all(std::span<const SumNode> leaves);
  Status replace(std::uint64_t index, const SumNode& leaf);
  Status pop_back();
  /// The leaf that holds block number `block` (< root().sum), and the block's number inside it.
  struct Hit {
    std::uint64_t leaf = 0;
    std::uint64_t block_in_leaf = 0;
  };
  Result<Hit> find(std::uint64_t block);
  /// Siblings bottom up, with their sums.
  Result<std::vector<SumNode>> path(std::uint64_t index);

 private:
  SumNodes& nodes_;
  std::uint64_t count_;
};

/// Checks a path and, on success, returns the number of blocks before leaf `index` (so that the
/// verifier knows which global block numbers the leaf covers). nullopt: the path does not lead to
/// `root`. `leaf` must come from sum_leaf.
std::optional<std::uint64_t> verify_sum_path(const SumNode& root, std::uint64_t count,
                                             std::uint64_t index, const SumNode& leaf,
                                             std::span<const SumNode> path);

/// Nodes in memory, for tests and for verifiers that hold the whole list.
class MemorySumNodes final : public SumNodes {
 public:
  Result<SumNode> get(std::uint32_t level, std::uint64_t index) override;
  Status put(std::uint32_t level, std::uint64_t index, const SumNode& node) override;
  Status erase(std::uint32_t level, std::uint64_t index) override;

 private:
  std::vector<std::vector<SumNode>> levels_;
};

}  // namespace cess
