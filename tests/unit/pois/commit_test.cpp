// SPDX-License-Identifier: Apache-2.0
#include "pois/commit.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "merkle/tree.hpp"
#include "pois/multi_path.hpp"

namespace cess::pois {
namespace {

Owner small_owner() {
  Owner owner;
  owner.params.log2_nodes = 9;
  return owner;
}

TEST(MultiPath, EqualsSinglePathsAndRefusesOtherLengths) {
  for (std::uint64_t count = 1; count <= 17; ++count) {
    std::vector<Hash256> leaves(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      leaves[i].bytes[0] = static_cast<std::uint8_t>(i + 1);
    }
    const auto levels = tree_levels(leaves);
    const Hash256 root = merkle_root(leaves);
    ASSERT_EQ(levels.back().front(), root);
    // Every set of leaves of the smaller trees, some of the larger ones.
    const std::uint64_t step = count <= 10 ? 1 : 37;
    for (std::uint64_t set = 1; set < std::uint64_t{1} << count; set += step) {
      std::vector<std::uint64_t> indices;
      std::vector<Leaf> known;
      for (std::uint64_t i = 0; i < count; ++i) {
        if ((set >> i & 1U) == 0) continue;
        indices.push_back(i);
        known.push_back({i, leaves[i]});
      }
      std::vector<Hash256> path = multi_path(levels, indices);
      if (indices.size() == 1) {
        ASSERT_EQ(path, merkle_path(leaves, indices[0]));
      }
      ASSERT_EQ(multi_root(count, known, path), root);
      path.push_back({});
      ASSERT_EQ(multi_root(count, known, path), std::nullopt);
      path.pop_back();
      if (path.empty()) continue;
      path.pop_back();
      ASSERT_EQ(multi_root(count, known, path), std::nullopt);
    }
  }
}

// More leaves than are hashed at once, of many trees, each with its own.
TEST(MultiPath, ManyTreesAreWhatEachIs) {
  constexpr std::uint64_t kCount = 300;
  std::vector<PathTree> trees;
  std::vector<std::vector<Hash256>> paths;
  std::vector<Hash256> want;
  for (unsigned t = 0; t < 40; ++t) {
    std::vector<Hash256> leaves(kCount);
    for (std::uint64_t i = 0; i < kCount; ++i) {
      leaves[i].bytes = {static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(t)};
    }
    std::vector<std::uint64_t> indices;
    PathTree tree;
    for (std::uint64_t i = t; i < kCount; i += 1 + t % 7) {
      indices.push_back(i);
      tree.leaves.push_back({i, leaves[i]});
    }
    const auto levels = tree_levels(leaves);
    paths.push_back(multi_path(levels, indices));
    want.push_back(levels.back().front());
    trees.push_back(std::move(tree));
  }
  const auto roots_with = [&](std::vector<std::vector<Hash256>> changed) {
    std::vector<PathTree> all = trees;
    for (std::size_t t = 0; t < all.size(); ++t) all[t].path = changed[t];
    std::vector<Hash256> roots;
    return multi_roots(kCount, all, roots) ? roots : std::vector<Hash256>();
  };
  EXPECT_EQ(roots_with(paths), want);
  for (const std::size_t t : {0U, 17U, 39U}) {
    auto bad = paths;
    bad[t].push_back({});
    EXPECT_TRUE(roots_with(bad).empty());
    bad = paths;
    if (!bad[t].empty()) {
      bad[t].pop_back();
      EXPECT_TRUE(roots_with(bad).empty());
      bad = paths;
      bad[t].back().bytes[9] ^= 1U;
      const auto roots = roots_with(bad);
      for (std::size_t i = 0; i < want.size(); ++i) EXPECT_EQ(roots[i] == want[i], i != t);
    }
  }
}

TEST(MultiPath, RefusesLeavesOutOfOrderOrRange) {
  const std::vector<Leaf> twice = {{1, {}}, {1, {}}};
  const std::vector<Leaf> falling = {{1, {}}, {0, {}}};
  const std::vector<Leaf> beyond = {{2, {}}};
  EXPECT_EQ(multi_root(2, twice, {}), std::nullopt);
  EXPECT_EQ(multi_root(2, falling, {}), std::nullopt);
  EXPECT_EQ(multi_root(2, beyond, {}), std::nullopt);
  EXPECT_EQ(multi_root(2, {}, {}), std::nullopt);
}

TEST(Commit, EqualsThePlainGenerator) {
  for (const unsigned k : {9U, 11U}) {
    std::ifstream in(std::string(CESS_VECTORS_DIR) + "/pois/labels-" + std::to_string(k) + ".txt");
    Graph graph({k});
    FillerId file;
    Commitment ours;
    std::string line;
    unsigned count = 0;
    while (std::getline(in, line)) {
      std::istringstream fields(line);
      std::string word;
      std::string hex;
      fields >> word;
      if (word == "file") {
        std::string skipped;
        fields >> skipped >> skipped >> skipped >> hex;
        file = *parse_id<FillerId>(hex, "fid");
        ours = Filler(graph, file).commitment();
      } else if (word.starts_with("comm")) {
        fields >> hex;
        const Hash256 want = word == "comm_c"   ? ours.columns_root
                             : word == "comm_r" ? ours.labels_root
                                                : commitment_hash(file, ours);
        EXPECT_EQ(to_hex(want), hex) << word;
        ++count;
      }
    }
    EXPECT_EQ(count, 6U);
  }
}

class CommitProofTest : public testing::Test {
 protected:
  bool verify(const CommitProof& p) { return verify_commit(graph, file, comm, nodes, p); }
  Graph graph{{9}};
  FillerId file = filler_id(small_owner(), 4);
  Filler filler{graph, file};
  Hash256 comm = commitment_hash(file, filler.commitment());
  std::vector<std::uint32_t> nodes = {0, 1, 2, 77, 300, 511};
  CommitProof proof = filler.prove(graph, nodes);
};

TEST_F(CommitProofTest, EveryNodeIsProven) {
  EXPECT_TRUE(verify(proof));
  for (std::uint32_t v = 0; v < 512; ++v) {
    nodes = {v};
    ASSERT_TRUE(verify(filler.prove(graph, nodes))) << v;
  }
}

// One changed bit in any hash of the proof, one hash more or less anywhere.
TEST_F(CommitProofTest, EveryAlteredHashIsRefused) {
  const auto alter = [&](Hash256& hash) {
    hash.bytes[13] ^= 4U;
    EXPECT_FALSE(verify(proof));
    hash.bytes[13] ^= 4U;
  };
  alter(proof.commitment.columns_root);
  alter(proof.commitment.labels_root);
  for (Column& column : proof.columns) {
    for (Hash256& label : column) alter(label);
  }
  for (std::vector<Hash256>* path : {&proof.columns_path, &proof.labels_path}) {
    for (Hash256& hash : *path) alter(hash);
    path->push_back({});
    EXPECT_FALSE(verify(proof));
    path->pop_back();
    const Hash256 last = path->back();
    path->pop_back();
    EXPECT_FALSE(verify(proof));
    path->push_back(last);
  }
  proof.columns.push_back({});
  EXPECT_FALSE(verify(proof));
  proof.columns.pop_back();
  EXPECT_TRUE(verify(proof));
}

TEST_F(CommitProofTest, AnotherNumberMinerOrChainIsRefused) {
  const auto refuses = [&](const Owner& owner, std::uint64_t number) {
    const FillerId other = filler_id(owner, number);
    // With the commitment that the other name would have, too.
    return !verify_commit(graph, other, comm, nodes, proof) &&
           !verify_commit(graph, other, commitment_hash(other, proof.commitment), nodes, proof);
  };
  Owner owner = small_owner();
  EXPECT_FALSE(refuses(owner, 4));
  EXPECT_TRUE(refuses(owner, 5));
  owner.miner.bytes[0] = 1;
  EXPECT_TRUE(refuses(owner, 4));
  owner = small_owner();
  owner.chain_id = "other";
  EXPECT_TRUE(refuses(owner, 4));
}

// A miner that commits honestly to labels not made by the rule: the challenged node tells.
TEST_F(CommitProofTest, ALabelNotMadeByTheRuleIsFound) {
  nodes = {300};
  const CommitProof good = filler.prove(graph, nodes);
  ASSERT_TRUE(verify(good));
  // Trees over one leaf set with node 300's last label replaced, committed to as they are.
  std::vector<Hash256> labels(filler.layer(kLayers).begin(), filler.layer(kLayers).end());
  std::vector<Hash256> columns;
  for (std::uint32_t v = 0; v < 512; ++v) {
    Column column;
    for (unsigned l = 1; l <= kLayers; ++l) column[l - 1] = filler.layer(l)[v];
    if (v == 300) labels[v] = column.back() = sha256(as_bytes("anything"));
    columns.push_back(hash_column(column));
  }
  const auto column_tree = tree_levels(columns);
  const auto label_tree = tree_levels(labels);
  CommitProof bad = good;
  bad.commitment = {column_tree.back().front(), label_tree.back().front()};
  comm = commitment_hash(file, bad.commitment);
  bad.labels_path = multi_path(label_tree, std::vector<std::uint64_t>{300});
  // Columns in the proof are by rising node: 300 is the one whose last label is the old one.
  std::vector<std::uint64_t> asked;
  for (Column& column : bad.columns) {
    for (std::uint64_t v = 0; v < 512; ++v) {
      if (filler.layer(kLayers)[v] == column.back()) asked.push_back(v);
    }
    if (asked.back() == 300) column.back() = labels[300];
  }
  bad.columns_path = multi_path(column_tree, asked);
  // Both trees are in order: it is the label alone that is wrong.
  std::vector<Leaf> leaves;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    leaves.push_back({asked[i], hash_column(bad.columns[i])});
  }
  ASSERT_EQ(multi_root(512, leaves, bad.columns_path), bad.commitment.columns_root);
  const std::vector<Leaf> label = {{300, labels[300]}};
  ASSERT_EQ(multi_root(512, label, bad.labels_path), bad.commitment.labels_root);
  EXPECT_FALSE(verify(bad));
}

}  // namespace
}  // namespace cess::pois
