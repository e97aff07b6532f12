// SPDX-License-Identifier: Apache-2.0
#include "merkle/sparse_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "base/endian.hpp"
#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "merkle/tree.hpp"

namespace cess {
namespace sparse_tree_test {

using Map = std::map<Hash256, Hash256>;

unsigned bit(const Hash256& key, unsigned i) {
  return (unsigned{key.bytes[i / 8]} >> (7 - i % 8)) & 1U;
}

// The definition, word for word: no nodes, no batches, no skipped levels.
Hash256 reference(std::span<const std::pair<Hash256, Hash256>> leaves, unsigned depth) {
  if (leaves.empty()) return {};
  if (leaves.size() == 1) {
    return sha256({Bytes{0x00}, leaves[0].first.view(), leaves[0].second.view()});
  }
  const auto middle = std::partition_point(leaves.begin(), leaves.end(),
                                           [&](const auto& l) { return bit(l.first, depth) == 0; });
  const auto zeros = static_cast<std::size_t>(middle - leaves.begin());
  return sha256({Bytes{0x01}, reference(leaves.first(zeros), depth + 1).view(),
                 reference(leaves.subspan(zeros), depth + 1).view()});
}

Hash256 reference(const Map& map) {
  const std::vector<std::pair<Hash256, Hash256>> leaves(map.begin(), map.end());
  return reference(leaves, 0);
}

Hash256 number(std::uint64_t n) {
  std::array<std::uint8_t, 8> b{};
  store_le(b.data(), n);
  return sha256(b);
}

// A key that agrees with one fixed key before bit `shared` and differs there; the rest from `n`.
Hash256 near(unsigned shared, std::uint64_t n) {
  const Hash256 base = number(31337);
  Hash256 key = number(n);
  for (unsigned i = 0; i <= shared; ++i) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> (i % 8));
    const bool set = (bit(base, i) == 1) != (i == shared);
    key.bytes[i / 8] =
        static_cast<std::uint8_t>(set ? key.bytes[i / 8] | mask : key.bytes[i / 8] & ~mask);
  }
  return key;
}

void expect_proofs(const SparseTree& tree, const Hash256& root, const Map& map,
                   const Hash256& key) {
  const SparseProof proof = tree.prove(key);
  const Bytes bytes = proof.encode();
  EXPECT_LE(bytes.size(), kSparseProofSizeMax);
  const auto parsed = SparseProof::parse(bytes);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(*parsed, proof);
  const auto it = map.find(key);
  std::optional<Hash256> value;
  if (it != map.end()) value = it->second;
  EXPECT_EQ(tree.get(key), value);
  EXPECT_TRUE(verify_sparse(root, key, value, bytes));
  EXPECT_FALSE(verify_sparse(root, key, number(77777), bytes));
  EXPECT_EQ(verify_sparse(root, key, std::nullopt, bytes), !value.has_value());
}

TEST(SparseTree, SmallOnesByHand) {
  SparseTree tree;
  EXPECT_TRUE(tree.root().is_zero());
  Hash256 a, b, v;
  a.bytes[0] = 0x00;
  b.bytes[0] = 0x20;  // parts from a at bit 2
  v.bytes[31] = 9;
  tree.update({{SparseChange{a, v}}});
  EXPECT_EQ(tree.root(), sparse_leaf(a, v));
  EXPECT_EQ(sparse_leaf(a, v), sha256({Bytes{0}, a.view(), v.view()}));
  tree.update({{SparseChange{b, v}}});
  const Hash256 deep = merkle_node(sparse_leaf(a, v), sparse_leaf(b, v));
  EXPECT_EQ(tree.root(), merkle_node(merkle_node(deep, {}), {}));
  EXPECT_EQ(tree.count(), 2U);
  tree.update({{SparseChange{a, std::nullopt}}});
  EXPECT_EQ(tree.root(), sparse_leaf(b, v));
  tree.update({{SparseChange{b, std::nullopt}}});
  EXPECT_TRUE(tree.root().is_zero());
  EXPECT_EQ(tree.count(), 0U);
}

// Keys that share long beginnings, so that branches skip up to 255 levels, with and without the
// stored window of 16 bits.
Hash256 random_key(std::mt19937_64& rng) {
  switch (rng() % 4) {
    case 0:
      return near(static_cast<unsigned>(rng() % 256), rng() % 4);
    case 1:
      return near(static_cast<unsigned>(rng() % 40), rng() % 4);
    default:
      return number(rng() % 500);
  }
}

TEST(SparseTree, EqualsTheReferenceWhateverTheOrder) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 rng(seed);
    SparseTree tree;
    Map map;
    for (int batch = 0; batch < 20; ++batch) {
      std::vector<SparseChange> changes;
      const auto size = rng() % 60;
      for (std::uint64_t i = 0; i < size; ++i) {
        SparseChange c{random_key(rng), number(rng() % 5)};
        if (rng() % 3 == 0) c.value.reset();
        changes.push_back(c);
        if (c.value) {
          map[c.key] = *c.value;
        } else {
          map.erase(c.key);
        }
      }
      tree.update(changes);
      if (rng() % 4 == 0) continue;  // several updates, one root
      const Hash256 root = tree.root();
      ASSERT_EQ(root, reference(map)) << "seed " << seed << " batch " << batch;
      ASSERT_EQ(tree.count(), map.size());
      for (int i = 0; i < 10; ++i) expect_proofs(tree, root, map, random_key(rng));
    }
    // The same set from nothing, in another order and in pieces.
    std::vector<SparseChange> all;
    for (const auto& [key, value] : map) all.push_back({key, value});
    std::shuffle(all.begin(), all.end(), rng);
    SparseTree other;
    for (std::size_t at = 0; at < all.size(); at += 7) {
      other.update(std::span(all).subspan(at, std::min<std::size_t>(7, all.size() - at)));
    }
    EXPECT_EQ(other.root(), tree.root());
  }
}

TEST(SparseTree, HashesOnlyWhatChanged) {
  SparseTree tree;
  std::vector<SparseChange> all;
  for (std::uint64_t i = 0; i < 5000; ++i) all.push_back({number(i), number(i)});
  tree.update(all);
  const Hash256 root = tree.root();
  const std::uint64_t built = tree.hashed_count();
  tree.update(all);  // the same values
  EXPECT_EQ(tree.root(), root);
  EXPECT_EQ(tree.hashed_count(), built);
  tree.update({{SparseChange{number(10), number(11)}, SparseChange{number(10), number(10)}}});
  tree.update({{SparseChange{number(9999999), std::nullopt}}});
  EXPECT_EQ(tree.root(), root);
  EXPECT_EQ(tree.hashed_count(), built);
  tree.update({{SparseChange{number(10), number(11)}}});
  EXPECT_NE(tree.root(), root);
  EXPECT_LE(tree.hashed_count() - built, 40U);
}

TEST(SparseTree, FreedNodesAreUsedAgain) {
  SparseTree tree;
  std::vector<SparseChange> all;
  for (std::uint64_t i = 0; i < 3000; ++i) all.push_back({number(i), number(i)});
  std::vector<SparseChange> none = all;
  for (SparseChange& c : none) c.value.reset();
  tree.update(all);
  const std::size_t most = tree.memory_bytes();
  for (int i = 0; i < 5; ++i) {
    tree.update(none);
    EXPECT_EQ(tree.count(), 0U);
    EXPECT_TRUE(tree.root().is_zero());
    tree.update(all);
  }
  EXPECT_LE(tree.memory_bytes(), most + 3000 * 3 * 8);
}

TEST(SparseProof, EveryFlippedBitIsRefused) {
  SparseTree tree;
  std::vector<SparseChange> all;
  for (std::uint64_t i = 0; i < 50; ++i) all.push_back({number(i), number(i)});
  all.push_back({near(200, 1), number(1)});
  all.push_back({near(190, 1), number(1)});
  tree.update(all);
  const Hash256 root = tree.root();
  const auto check = [&](const Hash256& key, const std::optional<Hash256>& value) {
    Bytes bytes = tree.prove(key).encode();
    ASSERT_TRUE(verify_sparse(root, key, value, bytes));
    for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
      bytes[i / 8] ^= static_cast<std::uint8_t>(1U << (i % 8));
      ASSERT_FALSE(verify_sparse(root, key, value, bytes)) << i;
      bytes[i / 8] ^= static_cast<std::uint8_t>(1U << (i % 8));
    }
    bytes.push_back(0);
    EXPECT_FALSE(verify_sparse(root, key, value, bytes));
    bytes.resize(bytes.size() - 2);
    EXPECT_FALSE(verify_sparse(root, key, value, bytes));
  };
  check(number(3), number(3));
  check(near(200, 1), number(1));  // 201 levels, most of them empty
  check(near(195, 1), std::nullopt);
  check(number(1000), std::nullopt);
  check(number(1001), std::nullopt);
  check(number(1002), std::nullopt);
}

// A proof that another leaf is there must not serve for a key that is elsewhere, or is that leaf.
TEST(SparseProof, AnotherLeafMustStandInTheWay) {
  SparseTree tree;
  const Hash256 key = near(255, 0), far = near(0, 0);
  tree.update({{SparseChange{key, number(1)}, SparseChange{far, number(2)}}});
  const Hash256 root = tree.root();
  SparseProof proof = tree.prove(key);
  ASSERT_TRUE(verify_sparse(root, key, number(1), proof));
  proof.end = SparseProof::End::other;
  proof.other = {key, number(1)};
  EXPECT_FALSE(verify_sparse(root, key, std::nullopt, proof));
  proof.other = {far, number(2)};
  EXPECT_FALSE(verify_sparse(root, key, std::nullopt, proof));
  EXPECT_TRUE(verify_sparse(root, near(17, 3), std::nullopt, tree.prove(near(17, 3))));
  // Even under a root that somebody made with a leaf in the wrong place.
  const Hash256 forged = bit(key, 0) == 0 ? merkle_node(sparse_leaf(far, number(2)), number(9))
                                          : merkle_node(number(9), sparse_leaf(far, number(2)));
  const SparseProof misplaced{SparseProof::End::other, {number(9)}, {far, number(2)}};
  EXPECT_FALSE(verify_sparse(forged, key, std::nullopt, misplaced));
  proof.end = static_cast<SparseProof::End>(7);
  EXPECT_FALSE(verify_sparse(root, key, std::nullopt, proof));
  proof.siblings.assign(257, number(1));
  EXPECT_FALSE(verify_sparse(root, key, std::nullopt, proof));
}

// The tables of doc/formats/state-tree.md, worked out there by another program.
TEST(SparseProof, WorkedExample) {
  const auto h = [](std::string_view text) { return sha256(as_bytes(text)); };
  SparseTree tree;
  tree.update(
      {{SparseChange{h("a"), h("1")}, SparseChange{h("b"), h("2")}, SparseChange{h("c"), h("3")}}});
  EXPECT_EQ(to_hex(tree.root()),
            "8e2a164a410203f51300d7c6645b7a37f549768457be109acc126c63573a9e0a");
  const std::string leaf_a = "565388d4bc00257133f799d9366ac97f6e949c18acc53d17457f8859ba0f08d3";
  const std::string leaf_c = "6dc4a0fe4285844b9c64ba063f6a8b808a07eb2e8c124cda2babd55a2a7f3d24";
  const std::string n001 = "44ebb3d0f7604913f94789f54965210118cb621490e4279a2f512ea8ecf280a4";
  EXPECT_EQ(to_hex(tree.prove(h("b")).encode()), "01040009" + leaf_a + leaf_c);
  EXPECT_EQ(to_hex(tree.prove(h("d")).encode()), "00030005" + leaf_a + n001);
  EXPECT_EQ(to_hex(tree.prove(h("e")).encode()),
            "02040009" + to_hex(h("b")) + to_hex(h("2")) + leaf_a + leaf_c);
}

TEST(SparseProof, EmptyTree) {
  const SparseTree tree;
  const Bytes bytes = tree.prove(number(1)).encode();
  EXPECT_EQ(to_hex(bytes), "000000");
  EXPECT_TRUE(verify_sparse({}, number(1), std::nullopt, bytes));
  EXPECT_FALSE(verify_sparse({}, number(1), number(1), bytes));
  EXPECT_FALSE(verify_sparse(number(5), number(1), std::nullopt, bytes));
}

TEST(SparseProof, RefusesWhatIsNotCanonical) {
  const auto refused = [](const char* hex) {
    return !SparseProof::parse(*parse_hex(hex, "proof")).has_value();
  };
  EXPECT_FALSE(refused("000000"));
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused("030000"));    // unknown end
  EXPECT_TRUE(refused("00000000"));  // a byte too many
  EXPECT_TRUE(refused("00010000"));  // depth 1 with an empty sibling: not the shortest way
  EXPECT_TRUE(refused("00010002"));  // a map bit past the depth
  EXPECT_TRUE(refused("00010001"));  // the sibling is missing
  EXPECT_TRUE(refused("000101"));    // depth 257, no map
  const std::string zero(64, '0'), one = std::string(63, '0') + "1";
  EXPECT_TRUE(refused(("00010001" + zero).c_str()));
  EXPECT_FALSE(refused(("00010001" + one).c_str()));
  EXPECT_TRUE(refused(("00020003" + zero + one).c_str()));
  EXPECT_FALSE(refused(("00020003" + one + one).c_str()));
  EXPECT_TRUE(refused(("020000" + zero).c_str()));
  EXPECT_FALSE(refused(("020000" + zero + zero).c_str()));
  Bytes deep{0, 0x01, 0x01};
  deep.resize(3 + 33, 0xff);
  deep.resize(3 + 33 + 257 * 32, 1);
  EXPECT_FALSE(SparseProof::parse(deep).has_value());
}

}  // namespace sparse_tree_test
}  // namespace cess
