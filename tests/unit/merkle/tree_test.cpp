// SPDX-License-Identifier: Apache-2.0
// links: crypto base
#include "merkle/tree.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "merkle/range.hpp"

namespace cess {
namespace {

Hash256 leaf_of(unsigned i) {
  const std::uint8_t byte[] = {static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8U)};
  return merkle_leaf(byte);
}

std::vector<Hash256> some_leaves(unsigned count) {
  std::vector<Hash256> leaves;
  for (unsigned i = 0; i < count; ++i) leaves.push_back(leaf_of(i));
  return leaves;
}

// RFC 6962 section 2.1 by recursion: split at the largest power of two below the size. Promotion of
// the odd node gives the same tree, since both put complete subtrees left.
Hash256 rfc6962_root(std::span<const Hash256> leaves) {
  if (leaves.size() == 1) return leaves.front();
  std::size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  const Hash256 left = rfc6962_root(leaves.first(split));
  const Hash256 right = rfc6962_root(leaves.subspan(split));
  Bytes node = {0x01};
  append(node, left.view());
  append(node, right.view());
  return sha256(node);
}

// RFC 6962 section 2.1.1.
std::vector<Hash256> rfc6962_path(std::span<const Hash256> leaves, std::size_t index) {
  if (leaves.size() == 1) return {};
  std::size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  const bool in_left = index < split;
  auto path = in_left ? rfc6962_path(leaves.first(split), index)
                      : rfc6962_path(leaves.subspan(split), index - split);
  path.push_back(rfc6962_root(in_left ? leaves.subspan(split) : leaves.first(split)));
  return path;
}

// The fields of each line of a vector file that is not a comment.
std::vector<std::vector<std::string>> vectors(const std::string& name) {
  std::ifstream in(std::string(CESS_VECTORS_DIR) + "/merkle/" + name);
  std::vector<std::vector<std::string>> out;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    out.emplace_back();
    for (std::string field; fields >> field;) out.back().push_back(field);
  }
  EXPECT_FALSE(out.empty()) << name;
  return out;
}

TEST(MerkleTree, CertificateTransparencyRootsAndPaths) {
  std::vector<Hash256> leaves;
  std::vector<Hash256> roots;
  for (const auto& fields : vectors("rfc6962_roots.txt")) {
    leaves.push_back(merkle_leaf(*parse_hex(fields[0] == "-" ? "" : fields[0], "input")));
    roots.push_back(merkle_root(leaves));
    EXPECT_EQ(to_hex(roots.back()), fields[1]) << leaves.size();
  }
  for (const auto& fields : vectors("rfc6962_paths.txt")) {
    const unsigned index = static_cast<unsigned>(std::stoul(fields[0]));
    const unsigned count = static_cast<unsigned>(std::stoul(fields[1]));
    std::vector<Hash256> path;
    for (std::size_t i = 2; i < fields.size(); ++i) {
      path.push_back(*parse_id<Hash256>(fields[i], "path"));
    }
    EXPECT_EQ(merkle_path(std::span(leaves).first(count), index), path);
    EXPECT_TRUE(verify_merkle_path(roots[count - 1], count, index, leaves[index], path));
  }
}

TEST(MerkleTree, IsTheRecursiveTreeForEveryShape) {
  for (unsigned count = 1; count <= 70; ++count) {
    const auto leaves = some_leaves(count);
    const Hash256 root = merkle_root(leaves);
    ASSERT_EQ(root, rfc6962_root(leaves)) << count;
    for (unsigned i = 0; i < count; ++i) {
      const auto path = merkle_path(leaves, i);
      ASSERT_EQ(path, rfc6962_path(leaves, i)) << count << " " << i;
      ASSERT_TRUE(verify_merkle_path(root, count, i, leaves[i], path)) << count << " " << i;
    }
  }
}

TEST(MerkleTree, RefusesEveryAlteration) {
  for (unsigned count = 1; count <= 70; ++count) {
    const auto leaves = some_leaves(count);
    const Hash256 root = merkle_root(leaves);
    for (unsigned i = 0; i < count; ++i) {
      const auto path = merkle_path(leaves, i);
      for (unsigned other = 0; other < count + 3; ++other) {
        ASSERT_EQ(verify_merkle_path(root, count, other, leaves[i], path), other == i);
      }
      Hash256 wrong = leaves[i];
      wrong.bytes[i % 32] ^= 1U;
      ASSERT_FALSE(verify_merkle_path(root, count, i, wrong, path));
      wrong = root;
      wrong.bytes[31 - i % 32] ^= 0x80U;
      ASSERT_FALSE(verify_merkle_path(wrong, count, i, leaves[i], path));
      for (std::size_t at = 0; at < path.size(); ++at) {
        auto altered = path;
        altered[at].bytes[(i + at) % 32] ^= 4U;
        ASSERT_FALSE(verify_merkle_path(root, count, i, leaves[i], altered));
        altered = path;
        altered.erase(altered.begin() + std::ptrdiff_t(at));
        ASSERT_FALSE(verify_merkle_path(root, count, i, leaves[i], altered));
      }
      auto longer = path;
      longer.push_back(root);
      ASSERT_FALSE(verify_merkle_path(root, count, i, leaves[i], longer));
    }
  }
}

// The directions and promotions on the way of leaf `index` to the root; the root does not bind the
// count itself, only the shape of the path.
std::string shape(std::uint64_t count, std::uint64_t index) {
  std::string out;
  for (; count > 1; count = (count + 1) / 2, index /= 2) {
    if ((index ^ 1U) < count) out += index % 2 == 0 ? 'l' : 'r';
  }
  return out;
}

TEST(MerkleTree, RefusesAnotherCountWhereItChangesThePath) {
  for (unsigned count = 1; count <= 40; ++count) {
    const auto leaves = some_leaves(count);
    const Hash256 root = merkle_root(leaves);
    for (unsigned i = 0; i < count; ++i) {
      const auto path = merkle_path(leaves, i);
      for (unsigned other = 0; other <= 80; ++other) {
        const bool same = i < other && shape(other, i) == shape(count, i);
        ASSERT_EQ(verify_merkle_path(root, other, i, leaves[i], path), same)
            << count << " " << i << " as of " << other;
      }
    }
  }
  EXPECT_FALSE(verify_merkle_path({}, 0, 0, {}, {}));
  // The largest count does not overflow.
  EXPECT_FALSE(verify_merkle_path({}, ~std::uint64_t{0}, ~std::uint64_t{0} - 1, {}, {}));
}

// A node cannot pass for a leaf, nor a subtree for a tree: the prefixes differ.
TEST(MerkleTree, InnerNodeIsNoLeaf) {
  const auto leaves = some_leaves(4);
  const Hash256 root = merkle_root(leaves);
  Bytes pair;
  append(pair, leaves[0].view());
  append(pair, leaves[1].view());
  EXPECT_NE(merkle_leaf(pair), merkle_node(leaves[0], leaves[1]));
  const std::vector<Hash256> short_path = {merkle_node(leaves[2], leaves[3])};
  EXPECT_FALSE(verify_merkle_path(root, 4, 0, merkle_node(leaves[0], leaves[1]), short_path));
}

// The example of doc/formats/merkle.md (made with Python's hashlib).
TEST(MerkleTree, WorkedExample) {
  Bytes data(4096, 'a');
  data.resize(8192, 'b');
  data.push_back('c');
  EXPECT_EQ(to_hex(fragment_root(data)),
            "05d04f65656aa2e59473bd8a96a8253fb0de7a31b5afaff12aafe76f315d2908");
}

TEST(MerkleTree, LeafCountAtTheLimits) {
  EXPECT_EQ(leaf_count(0), 1U);
  EXPECT_EQ(leaf_count(1), 1U);
  EXPECT_EQ(leaf_count(4096), 1U);
  EXPECT_EQ(leaf_count(4097), 2U);
  EXPECT_EQ(leaf_count(8U << 20U), 2048U);
  EXPECT_EQ(leaf_count(~std::uint64_t{0}), std::uint64_t{1} << 52U);
}

TEST(MerkleTree, LeavesHashedTogetherAreTheLeavesHashedAlone) {
  std::mt19937 rng(1);
  Bytes data(std::size_t{200} * kLeafSize + 5);
  for (auto& byte : data) byte = static_cast<std::uint8_t>(rng());
  std::vector<std::size_t> sizes = {0, 1, 4095, 4096, 4097, data.size()};
  for (unsigned leaves = 1; leaves < 140; ++leaves) {
    sizes.push_back(leaves * kLeafSize + (leaves % 3 == 0 ? 0 : rng() % kLeafSize));
  }
  for (const std::size_t size : sizes) {
    const ByteView view = ByteView(data).first(size);
    std::vector<Hash256> expected;
    for (std::size_t at = 0; at == 0 || at < size; at += kLeafSize) {
      Bytes leaf = {0x00};
      append(leaf, view.subspan(at, std::min(kLeafSize, size - at)));
      expected.push_back(sha256(leaf));
    }
    std::vector<Hash256> leaves(leaf_count(size));
    hash_leaves(leaves, view);
    ASSERT_EQ(leaves, expected) << size;
    ASSERT_EQ(fragment_root(view), rfc6962_root(expected)) << size;
  }
}

TEST(MerkleRange, EveryRangeOfEveryTreeVerifiesAndNoOther) {
  for (unsigned n = 1; n <= 33; ++n) {
    const auto leaves = some_leaves(n);
    const Hash256 root = rfc6962_root(leaves);
    const std::span<const Hash256> all(leaves);
    for (unsigned first = 0; first < n; ++first) {
      // A range of one has the path of the leaf.
      EXPECT_EQ(merkle_range_path(leaves, first, 1), rfc6962_path(leaves, first));
      for (unsigned count = 1; count <= n - first; ++count) {
        auto path = merkle_range_path(leaves, first, count);
        const auto range = all.subspan(first, count);
        ASSERT_TRUE(verify_merkle_range(root, n, first, range, path)) << n << ' ' << first;
        if (first > 0) {
          EXPECT_FALSE(verify_merkle_range(root, n, first - 1, range, path));
        }
        std::vector<Hash256> other(range.begin(), range.end());
        other.back().bytes[0] ^= 1U;
        EXPECT_FALSE(verify_merkle_range(root, n, first, other, path));
        path.push_back(leaves[0]);
        EXPECT_FALSE(verify_merkle_range(root, n, first, range, path));
        path.pop_back();
        if (path.empty()) continue;
        path.back().bytes[31] ^= 1U;
        EXPECT_FALSE(verify_merkle_range(root, n, first, range, path));
        path.pop_back();
        EXPECT_FALSE(verify_merkle_range(root, n, first, range, path));
      }
    }
    EXPECT_FALSE(verify_merkle_range(root, n, 0, {}, {}));
    EXPECT_FALSE(verify_merkle_range(root, n, n, all, {}));
    EXPECT_FALSE(verify_merkle_range(root, n, ~std::uint64_t{0}, all, {}));
  }
}

}  // namespace
}  // namespace cess
