// SPDX-License-Identifier: Apache-2.0
// Fillers of 2^9 labels, altered in every single place: what is altered in a proof, and what was
// altered before the miner committed to it, so that all trees are in order and only the rule is
// broken.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "crypto/sha256.hpp"
#include "merkle/mmr.hpp"
#include "merkle/tree.hpp"
#include "pois/commit.hpp"
#include "pois/epoch.hpp"
#include "pois/multi_path.hpp"

namespace cess::pois {
namespace exhaustive_test {

constexpr std::uint32_t kNodes = 512;

Owner miner_owner() {
  Owner owner;
  owner.params.log2_nodes = 9;
  return owner;
}

// A filler whose labels may be replaced, committed to as they are.
class Forger {
 public:
  explicit Forger(const Filler& honest) {
    for (std::uint32_t v = 0; v < kNodes; ++v) {
      Column column;
      for (unsigned l = 1; l <= kLayers; ++l) column[l - 1] = honest.layer(l)[v];
      columns.push_back(column);
    }
    commit();
  }
  void commit() {
    std::vector<Hash256> leaves;
    std::vector<Hash256> labels;
    for (const Column& column : columns) {
      leaves.push_back(hash_column(column));
      labels.push_back(column.back());
    }
    column_tree = tree_levels(std::move(leaves));
    label_tree = tree_levels(std::move(labels));
  }
  // One label is another, in the tree of columns and, of the last layer, in that of labels.
  void set_label(unsigned layer, std::uint32_t v, const Hash256& label) {
    columns[v][layer - 1] = label;
    set_leaf(column_tree, v, hash_column(columns[v]));
    if (layer == kLayers) set_leaf(label_tree, v, label);
  }
  [[nodiscard]] CommitProof prove(Graph& graph, std::uint32_t v) const {
    const std::uint32_t nodes[] = {v};
    const auto asked = asked_nodes(graph, nodes);
    CommitProof proof;
    proof.commitment = {column_tree.back().front(), label_tree.back().front()};
    for (const std::uint64_t u : asked) proof.columns.push_back(columns[u]);
    proof.columns_path = multi_path(column_tree, asked);
    proof.labels_path = multi_path(label_tree, std::vector<std::uint64_t>{v});
    return proof;
  }

  std::vector<Column> columns;
  std::vector<std::vector<Hash256>> column_tree;
  std::vector<std::vector<Hash256>> label_tree;

 private:
  static void set_leaf(std::vector<std::vector<Hash256>>& levels, std::size_t i, Hash256 hash) {
    levels[0][i] = hash;
    for (std::size_t l = 0; l + 1 < levels.size(); ++l, i /= 2) {
      std::array<Hash256, 1> node;
      const std::array pair = {levels[l][i & ~std::size_t{1}], levels[l][i | 1U]};
      sha256_pairs(node, pair);
      levels[l + 1][i / 2] = node[0];
    }
  }
};

class Exhaustive : public testing::Test {
 protected:
  // Whether node v of `file` passes with this proof and the commitment in it.
  bool passes(const FillerId& as, std::uint32_t v, const CommitProof& proof) {
    const std::uint32_t nodes[] = {v};
    return verify_commit(graph, as, commitment_hash(as, proof.commitment), nodes, proof);
  }
  bool passes(std::uint32_t v, const CommitProof& proof) { return passes(file, v, proof); }

  Graph graph{{9}};
  FillerId file = filler_id(miner_owner(), 4);
  Filler filler{graph, file};
  Hash256 comm = commitment_hash(file, filler.commitment());
};

// Of every node: every label of its column and its parents', every hash of both paths, the order of
// columns, both roots.
TEST_F(Exhaustive, EveryPlaceOfEveryNodesProof) {
  for (std::uint32_t v = 0; v < kNodes; ++v) {
    const std::uint32_t nodes[] = {v};
    CommitProof proof = filler.prove(graph, nodes);
    ASSERT_TRUE(verify_commit(graph, file, comm, nodes, proof));
    unsigned passed = 0;
    const auto alter = [&](Hash256& hash) {
      const std::size_t at = (v + hash.bytes[0]) % 32;
      hash.bytes[at] ^= 1U;
      passed += verify_commit(graph, file, comm, nodes, proof) ? 1U : 0U;
      hash.bytes[at] ^= 1U;
    };
    for (Column& column : proof.columns) {
      for (Hash256& label : column) alter(label);
    }
    for (Hash256& hash : proof.columns_path) alter(hash);
    for (Hash256& hash : proof.labels_path) alter(hash);
    alter(proof.commitment.columns_root);
    alter(proof.commitment.labels_root);
    for (std::size_t i = 0; i + 1 < proof.columns.size(); ++i) {
      std::swap(proof.columns[i], proof.columns[i + 1]);
      passed += verify_commit(graph, file, comm, nodes, proof) ? 1U : 0U;
      std::swap(proof.columns[i], proof.columns[i + 1]);
    }
    ASSERT_EQ(passed, 0U) << "node " << v;
  }
}

// Every label of every layer in turn is another, and the miner has committed to it: the node itself
// does not pass, nor does any that has it for a parent.
TEST_F(Exhaustive, EveryLabelCommittedToThatTheRuleDoesNotMake) {
  std::vector<std::set<std::uint32_t>> within(kNodes);  // children of a node
  std::vector<std::set<std::uint32_t>> beyond(kNodes);
  for (std::uint32_t v = 0; v < kNodes; ++v) {
    std::array<DrgParents, 1> drg;
    graph.drg_parents(drg, v);
    for (const std::uint32_t p : drg[0]) {
      if (v > 0) within[p].insert(v);
    }
    for (const std::uint32_t q : graph.expander_parents(v)) beyond[q].insert(v);
  }
  Forger forger(filler);
  std::size_t children = 0;
  for (unsigned layer = 1; layer <= kLayers; ++layer) {
    for (std::uint32_t v = 0; v < kNodes; ++v) {
      const Hash256 good = forger.columns[v][layer - 1];
      Hash256 bad = good;
      bad.bytes[v % 32] ^= 0x80U;
      forger.set_label(layer, v, bad);
      ASSERT_FALSE(passes(v, forger.prove(graph, v))) << "layer " << layer << " node " << v;
      std::set<std::uint32_t> who = within[v];
      if (layer < kLayers) who.insert(beyond[v].begin(), beyond[v].end());
      children += who.size();
      for (const std::uint32_t child : who) {
        ASSERT_FALSE(passes(child, forger.prove(graph, child)))
            << "layer " << layer << " node " << v << " child " << child;
      }
      forger.set_label(layer, v, good);
    }
  }
  EXPECT_GT(children, 11U * kLayers * kNodes);
  // All is as before, and passes.
  for (std::uint32_t v = 0; v < kNodes; ++v) ASSERT_TRUE(passes(v, forger.prove(graph, v)));
}

// Two layers in each other's place, and each layer in that of the last.
TEST_F(Exhaustive, EveryLayerInAnothersPlace) {
  for (unsigned a = 0; a < kLayers; ++a) {
    for (unsigned b = a + 1; b < kLayers; ++b) {
      Forger forger(filler);
      for (Column& column : forger.columns) std::swap(column[a], column[b]);
      forger.commit();
      for (std::uint32_t v = 0; v < kNodes; ++v) {
        ASSERT_FALSE(passes(v, forger.prove(graph, v))) << a << " and " << b << ", node " << v;
      }
    }
    if (a + 1 == kLayers) break;
    Forger forger(filler);
    forger.label_tree = tree_levels({filler.layer(a + 1).begin(), filler.layer(a + 1).end()});
    for (std::uint32_t v = 0; v < kNodes; ++v) {
      ASSERT_FALSE(passes(v, forger.prove(graph, v))) << "layer " << a + 1 << " node " << v;
    }
  }
}

// Every bit of the number and of the miner's id: the commitment is the other's own, the labels are
// not.
TEST_F(Exhaustive, EveryBitOfNumberAndMiner) {
  const Forger forger(filler);
  std::vector<FillerId> others;
  for (unsigned bit = 0; bit < 40; ++bit) {
    others.push_back(filler_id(miner_owner(), 4U ^ std::uint64_t{1} << bit));
  }
  for (unsigned bit = 0; bit < 256; ++bit) {
    Owner owner = miner_owner();
    owner.miner.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    others.push_back(filler_id(owner, 4));
  }
  Owner elsewhere = miner_owner();
  elsewhere.chain_id = "b";
  others.push_back(filler_id(elsewhere, 4));
  Owner larger = miner_owner();
  larger.params.log2_nodes = 11;
  others.push_back(filler_id(larger, 4));
  std::uint32_t v = 0;
  for (const FillerId& other : others) {
    for (unsigned i = 0; i < 16; ++i, v = (v + 1) % kNodes) {
      const CommitProof proof = forger.prove(graph, v);
      ASSERT_TRUE(passes(v, proof));
      ASSERT_FALSE(passes(other, v, proof)) << v;
    }
  }
}

// The second round, at every node of a filler: the label, each hash of its path, the other root;
// and the same label answered wrongly from the first round on.
TEST_F(Exhaustive, EveryOpenedLabel) {
  EpochChallenge c;
  c.owner = miner_owner();
  c.live = {4, 5, {}};
  MmrPeaks range;
  std::vector<Hash256> leaves;
  for (std::uint64_t n = 0; n < 5; ++n) {
    const Hash256 leaf = file_leaf(n, n == 4 ? comm : Hash256{});
    range.append(leaf);
    leaves.push_back(merkle_leaf(leaf.view()));
  }
  c.files_root = range.root();
  std::set<std::uint32_t> seen;
  for (std::uint32_t trial = 0; seen.size() < kNodes; ++trial) {
    ASSERT_LT(trial, 100'000U);
    store_le(c.beacon.bytes.data(), trial);
    const std::uint32_t v = epoch_node(epoch_seed(c), 4, graph.params());
    if (!seen.insert(v).second) continue;
    const auto proof_of = [&](const Hash256& label) {
      EpochProof proof;
      proof.params = graph.params();
      proof.openings.push_back(
          {label, filler.commitment().columns_root, merkle_path(filler.layer(kLayers), v)});
      proof.files_path = multi_path(tree_levels(leaves), std::vector<std::uint64_t>{4});
      return proof;
    };
    const Hash256 label = filler.layer(kLayers)[v];
    const Hash256 root = answers_root(std::vector{epoch_answer(4, label)});
    EpochProof proof = proof_of(label);
    ASSERT_TRUE(verify_epoch(c, root, {}, proof));
    const auto alter = [&](Hash256& hash) {
      hash.bytes[v % 32] ^= 2U;
      EXPECT_FALSE(verify_epoch(c, root, {}, proof)) << v;
      hash.bytes[v % 32] ^= 2U;
    };
    alter(proof.openings[0].label);
    alter(proof.openings[0].columns_root);
    for (Hash256& hash : proof.openings[0].path) alter(hash);
    for (Hash256& hash : proof.files_path) alter(hash);
    for (unsigned layer = 1; layer < kLayers; ++layer) {
      const Hash256 other = filler.layer(layer)[v];
      const Hash256 lie = answers_root(std::vector{epoch_answer(4, other)});
      ASSERT_FALSE(verify_epoch(c, lie, {}, proof_of(other))) << layer;
    }
  }
}

}  // namespace exhaustive_test
}  // namespace cess::pois
