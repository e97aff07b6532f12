// SPDX-License-Identifier: Apache-2.0
// Binary SHA-256 Merkle trees: leaf = H(0x00 ‖ data), node = H(0x01 ‖ left ‖ right), an odd node is
// promoted unchanged to the next level. (RFC 6962's hashing with promotion in place of its split
// rule.) The fragment root is such a tree over 4 KiB leaves of the stored bytes; the last leaf may
// be short; an empty input has the single leaf H(0x00).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"

namespace cess {

constexpr std::size_t kLeafSize = 4096;

/// H(0x00 ‖ data).
Hash256 merkle_leaf(ByteView data);
/// H(0x01 ‖ left ‖ right).
Hash256 merkle_node(const Hash256& left, const Hash256& right);
/// Root over leaf hashes in order; `leaves` must not be empty.
Hash256 merkle_root(std::span<const Hash256> leaves);
/// Hashes consecutive 4 KiB leaves of `data` into `out`, many at a time;
/// out.size() == leaf_count(data.size()).
void hash_leaves(std::span<Hash256> out, ByteView data);
/// Number of 4 KiB leaves of `size` bytes; 1 for 0.
std::uint64_t leaf_count(std::uint64_t size);
/// Root of the fragment tree over `data`.
Hash256 fragment_root(ByteView data);

/// Sibling hashes from leaf `index` to the root, bottom up; levels where the node is promoted add
/// none.
std::vector<Hash256> merkle_path(std::span<const Hash256> leaves, std::uint64_t index);
/// Whether `leaf` is leaf `index` of the `count`-leaf tree with `root`. Refuses a path of any other
/// length than the shape asks. The root does not bind `count`: the caller must know it.
bool verify_merkle_path(const Hash256& root, std::uint64_t count, std::uint64_t index,
                        const Hash256& leaf, std::span<const Hash256> path);

}  // namespace cess
