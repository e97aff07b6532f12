// SPDX-License-Identifier: Apache-2.0
// links: merkle
#include "podr2/suite2.hpp"

#include <gtest/gtest.h>

#include "merkle/tree.hpp"

namespace cess {
namespace {

Bytes pattern(std::size_t size) {
  Bytes b(size);
  for (std::size_t i = 0; i < size; ++i) b[i] = static_cast<std::uint8_t>(i * 131 + i / 4096);
  return b;
}

struct Sampled {
  Descriptor d;
  Bytes data;
  std::vector<Hash256> leaves;
};

Sampled fragment(std::size_t size) {
  Sampled f;
  f.data = pattern(size);
  f.leaves.resize(leaf_count(size));
  hash_leaves(f.leaves, f.data);
  f.d.length = size;
  f.d.root = merkle_root(f.leaves);
  return f;
}

ByteView leaf_bytes(const Sampled& f, std::uint64_t leaf) {
  return ByteView(f.data).subspan(leaf * kLeafSize, leaf_size(f.d.length, leaf));
}

TEST(Suite2, LeavesOfBlocks) {
  EXPECT_EQ(leaves_in_block(kBlockSize, 0), 64U);
  EXPECT_EQ(leaves_in_block(kBlockSize + 1, 0), 64U);
  EXPECT_EQ(leaves_in_block(kBlockSize + 1, 1), 1U);
  EXPECT_EQ(leaves_in_block(kBlockSize + kLeafSize, 1), 1U);
  EXPECT_EQ(leaves_in_block(kBlockSize + kLeafSize + 1, 1), 2U);
  EXPECT_EQ(leaves_in_block(1, 0), 1U);
  EXPECT_EQ(leaf_size(1, 0), 1U);
  EXPECT_EQ(leaf_size(kLeafSize, 0), kLeafSize);
  EXPECT_EQ(leaf_size(kLeafSize + 5, 1), 5U);
  EXPECT_EQ(sampled_leaf(kBlockSize + kLeafSize * 3, 1, 0xffffffffU), 64U + 0xffffffffU % 3);
  EXPECT_EQ(sampled_leaf(kBlockSize * 4, 2, 65), 2U * 64 + 1);
}

TEST(Suite2, AcceptsEveryLeafOfEveryShape) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{1024}, kLeafSize, kLeafSize + 1,
                                 kLeafSize * 3, std::size_t{kBlockSize} + 1024}) {
    const auto f = fragment(size);
    for (std::uint64_t leaf = 0; leaf < f.leaves.size(); ++leaf) {
      EXPECT_TRUE(verify_leaf_sample(f.d, leaf, leaf_bytes(f, leaf), merkle_path(f.leaves, leaf)));
    }
  }
}

TEST(Suite2, RefusesAnythingElse) {
  const auto f = fragment(kLeafSize * 5 + 100);
  const auto path = merkle_path(f.leaves, 2);
  const Bytes good(leaf_bytes(f, 2).begin(), leaf_bytes(f, 2).end());
  ASSERT_TRUE(verify_leaf_sample(f.d, 2, good, path));
  for (std::size_t bit : {std::size_t{0}, std::size_t{7}, 8 * kLeafSize - 1}) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(verify_leaf_sample(f.d, 2, bad, path));
  }
  EXPECT_FALSE(verify_leaf_sample(f.d, 3, good, path));
  EXPECT_FALSE(verify_leaf_sample(f.d, 6, good, path));
  EXPECT_FALSE(verify_leaf_sample(f.d, ~std::uint64_t{0}, good, path));
  EXPECT_FALSE(verify_leaf_sample(f.d, 2, ByteView(good).first(4095), path));
  auto longer = path;
  longer.emplace_back();
  EXPECT_FALSE(verify_leaf_sample(f.d, 2, good, longer));
  EXPECT_FALSE(verify_leaf_sample(f.d, 2, good, std::span(path).first(path.size() - 1)));
  for (std::size_t i = 0; i < path.size(); ++i) {
    auto bent = path;
    bent[i].bytes[i] ^= 1;
    EXPECT_FALSE(verify_leaf_sample(f.d, 2, good, bent));
  }
  Descriptor shorter = f.d;
  shorter.length -= 100;
  EXPECT_FALSE(verify_leaf_sample(shorter, 5, leaf_bytes(f, 5), merkle_path(f.leaves, 5)));
  Descriptor empty = f.d;
  empty.length = 0;
  EXPECT_FALSE(verify_leaf_sample(empty, 0, {}, {}));
}

/// An inner node must not pass for a leaf: the prefixes keep them apart.
TEST(Suite2, NodeIsNoLeaf) {
  const auto f = fragment(kLeafSize * 2);
  Bytes node;
  append(node, f.leaves[0].view());
  append(node, f.leaves[1].view());
  Descriptor d = f.d;
  d.length = node.size();
  EXPECT_FALSE(verify_leaf_sample(d, 0, node, {}));
}

}  // namespace
}  // namespace cess
