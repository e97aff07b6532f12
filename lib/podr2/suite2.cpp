// SPDX-License-Identifier: Apache-2.0
#include "podr2/suite2.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "merkle/tree.hpp"

namespace cess {
namespace {
constexpr std::uint32_t kLeavesPerBlock = kBlockSize / kLeafSize;
static_assert(kBlockSize % kLeafSize == 0);
}  // namespace

std::uint32_t leaves_in_block(std::uint64_t length, std::uint32_t block) {
  CESS_CHECK(length > 0 && block < block_count(length));
  const std::uint64_t left = leaf_count(length) - std::uint64_t{block} * kLeavesPerBlock;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(left, kLeavesPerBlock));
}

std::uint64_t sampled_leaf(std::uint64_t length, std::uint32_t block, std::uint32_t leaf_pick) {
  return std::uint64_t{block} * kLeavesPerBlock + leaf_pick % leaves_in_block(length, block);
}

std::size_t leaf_size(std::uint64_t length, std::uint64_t leaf) {
  CESS_CHECK(leaf < leaf_count(length));
  return static_cast<std::size_t>(std::min<std::uint64_t>(length - leaf * kLeafSize, kLeafSize));
}

bool verify_leaf_sample(const Descriptor& d, std::uint64_t leaf, ByteView data,
                        std::span<const Hash256> path) {
  if (d.length == 0 || leaf >= leaf_count(d.length)) return false;
  if (data.size() != leaf_size(d.length, leaf)) return false;
  return verify_merkle_path(d.root, leaf_count(d.length), leaf, merkle_leaf(data), path);
}

}  // namespace cess
