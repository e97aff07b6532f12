// SPDX-License-Identifier: Apache-2.0
// Merkle trees over whole levels: a level is hashed many nodes at a time, so the cost is the hash's
// own. No state; any thread may call anything here.
#include "merkle/tree.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace {

constexpr std::uint8_t kTreeLeafPrefix = 0x00;
constexpr std::uint8_t kTreeNodePrefix = 0x01;
// Leaves handed to the multi-buffer hash at once: 256 KiB of input, a multiple of every lane count.
constexpr std::size_t kLeafBatch = 64;

// The level above `below`.
std::vector<Hash256> parents(std::span<const Hash256> below) {
  std::vector<Hash256> above((below.size() + 1) / 2);
  const std::size_t pair_count = below.size() / 2;
  if (pair_count > 0) {
    sha256_pairs(std::span(above).first(pair_count), below.first(2 * pair_count));
  }
  if (below.size() % 2 == 1) above.back() = below.back();
  return above;
}

}  // namespace

Hash256 merkle_leaf(ByteView data) { return sha256({ByteView(&kTreeLeafPrefix, 1), data}); }

Hash256 merkle_node(const Hash256& left, const Hash256& right) {
  return sha256({ByteView(&kTreeNodePrefix, 1), left.view(), right.view()});
}

Hash256 merkle_root(std::span<const Hash256> leaves) {
  CESS_CHECK(!leaves.empty());
  std::vector<Hash256> level;
  std::span<const Hash256> below = leaves;
  while (below.size() > 1) {
    level = parents(below);
    below = level;
  }
  return below.front();
}

void hash_leaves(std::span<Hash256> out, ByteView data) {
  CESS_CHECK(out.size() == leaf_count(data.size()));
  const std::size_t full_count = data.size() / kLeafSize;
  std::array<const std::uint8_t*, kLeafBatch> messages;
  for (std::size_t done = 0; done < full_count;) {
    const std::size_t count = std::min(kLeafBatch, full_count - done);
    for (std::size_t i = 0; i < count; ++i) messages[i] = data.data() + (done + i) * kLeafSize;
    sha256_many(out.subspan(done, count), kTreeLeafPrefix, std::span(messages).first(count),
                kLeafSize);
    done += count;
  }
  if (full_count < out.size()) out.back() = merkle_leaf(data.subspan(full_count * kLeafSize));
}

std::uint64_t leaf_count(std::uint64_t size) {
  return size == 0 ? 1 : size / kLeafSize + (size % kLeafSize != 0 ? 1 : 0);
}

Hash256 fragment_root(ByteView data) {
  std::vector<Hash256> leaves(leaf_count(data.size()));
  hash_leaves(leaves, data);
  return merkle_root(leaves);
}

std::vector<Hash256> merkle_path(std::span<const Hash256> leaves, std::uint64_t index) {
  CESS_CHECK(index < leaves.size());
  std::vector<Hash256> path;
  std::vector<Hash256> level;
  std::span<const Hash256> below = leaves;
  for (; below.size() > 1; index /= 2) {
    const std::uint64_t sibling = index ^ 1U;
    if (sibling < below.size()) path.push_back(below[sibling]);
    level = parents(below);
    below = level;
  }
  return path;
}

bool verify_merkle_path(const Hash256& root, std::uint64_t count, std::uint64_t index,
                        const Hash256& leaf, std::span<const Hash256> path) {
  if (index >= count) return false;
  Hash256 node = leaf;
  std::size_t used = 0;
  // count - count/2 is the size of the level above, without the overflow of (count + 1) / 2.
  for (; count > 1; index /= 2, count -= count / 2) {
    if ((index ^ 1U) >= count) continue;  // promoted
    if (used == path.size()) return false;
    const Hash256& sibling = path[used++];
    node = index % 2 == 0 ? merkle_node(node, sibling) : merkle_node(sibling, node);
  }
  return used == path.size() && node == root;
}

}  // namespace cess
