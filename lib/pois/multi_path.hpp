// SPDX-License-Identifier: Apache-2.0
// Several leaves of one Merkle tree proven together: a node that two of them share is sent and
// hashed once. The trees of the house: node = H(0x01 ‖ left ‖ right), an odd node rises unchanged.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/id.hpp"

namespace cess::pois {

struct Leaf {
  std::uint64_t index = 0;
  Hash256 hash;
  friend bool operator==(const Leaf&, const Leaf&) = default;
};

/// All levels of a tree over `leaves`, which must not be empty, from the leaves to the root.
std::vector<std::vector<Hash256>> tree_levels(std::vector<Hash256> leaves);

/// The hashes that multi_root needs besides the leaves at `indices` (rising, without repeats):
/// level by level from below, left to right.
std::vector<Hash256> multi_path(const std::vector<std::vector<Hash256>>& levels,
                                std::span<const std::uint64_t> indices);

/// The same for a tree of `count` leaves whose nodes are fetched: node(level, index), the leaves
/// being level 0.
std::vector<Hash256> multi_path(std::uint64_t count, std::span<const std::uint64_t> indices,
                                const std::function<Hash256(unsigned, std::uint64_t)>& node);

/// The root of the tree of `count` leaves of which `leaves` (rising, without repeats) are known;
/// nullopt if the leaves are out of order or range, or `path` has too few or too many hashes. The
/// root does not bind `count`.
std::optional<Hash256> multi_root(std::uint64_t count, std::span<const Leaf> leaves,
                                  std::span<const Hash256> path);

/// What is known of a tree, as multi_root takes it.
struct PathTree {
  std::vector<Leaf> leaves;
  std::span<const Hash256> path;
};
/// The roots of several trees of `count` leaves each, hashed side by side: a tree alone seldom has
/// as many nodes in a level as the processor hashes at once. False where multi_root has none.
/// `trees` is used up.
bool multi_roots(std::uint64_t count, std::span<PathTree> trees, std::vector<Hash256>& roots);

}  // namespace cess::pois
