// SPDX-License-Identifier: Apache-2.0
// Several leaves in a row of a tree of merkle/tree.hpp, with the siblings that lead to its root.
#pragma once

#include "merkle/tree.hpp"

namespace cess {

/// Siblings of the leaves [first, first + count) in a row, bottom up, left before right; count > 0.
std::vector<Hash256> merkle_range_path(std::span<const Hash256> leaves, std::uint64_t first,
                                       std::uint64_t count);
/// Whether `range` are the leaves from `first` on of the `count`-leaf tree with `root`; strict as
/// verify_merkle_path. False of none.
bool verify_merkle_range(const Hash256& root, std::uint64_t count, std::uint64_t first,
                         std::span<const Hash256> range, std::span<const Hash256> path);

}  // namespace cess
