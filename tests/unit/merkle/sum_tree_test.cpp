// SPDX-License-Identifier: Apache-2.0
// links: crypto base
#include "merkle/sum_tree.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "base/codec.hpp"
#include "base/hex.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace {

IndexEntry random_entry(std::mt19937_64& rng) {
  IndexEntry entry;
  for (auto& byte : entry.frag.bytes) byte = static_cast<std::uint8_t>(rng());
  for (auto& byte : entry.tagger.bytes) byte = static_cast<std::uint8_t>(rng());
  entry.blocks = 1 + static_cast<std::uint32_t>(rng() % 32);
  return entry;
}

// The definition written out: leaves, then levels, until one node is left.
SumNode naive_root(const std::vector<SumNode>& leaves) {
  if (leaves.empty()) return {};
  std::vector<SumNode> level = leaves;
  while (level.size() > 1) {
    std::vector<SumNode> next;
    for (std::size_t i = 0; i + 1 < level.size(); i += 2) {
      Writer node;
      node.le(std::uint8_t{1}).id(level[i].hash).id(level[i + 1].hash);
      node.le(level[i].sum).le(level[i + 1].sum);
      next.push_back({sha256(node.bytes()), level[i].sum + level[i + 1].sum});
    }
    if (level.size() % 2 == 1) next.push_back(level.back());
    level = next;
  }
  return level.front();
}

// Nodes as a database keeps them; also counts what is stored and touched.
class MapNodes final : public SumNodes {
 public:
  Result<SumNode> get(std::uint32_t level, std::uint64_t index) override {
    ++touched;
    const auto found = nodes.find({level, index});
    if (found == nodes.end()) return fail(Code::no, "no such node");
    return found->second;
  }
  Status put(std::uint32_t level, std::uint64_t index, const SumNode& node) override {
    ++touched;
    nodes[{level, index}] = node;
    return {};
  }
  Status erase(std::uint32_t level, std::uint64_t index) override {
    ++touched;
    if (nodes.erase({level, index}) != 1) return fail(Code::no, "erased twice");
    return {};
  }
  std::map<std::pair<std::uint32_t, std::uint64_t>, SumNode> nodes;
  std::uint64_t touched = 0;
};

std::size_t node_count(std::uint64_t leaves) {
  if (leaves == 0) return 0;
  std::size_t count = leaves;
  for (; leaves > 1; leaves = (leaves + 1) / 2) count += (leaves + 1) / 2;
  return count;
}

TEST(SumTree, LeafIsTheDefinition) {
  std::mt19937_64 rng(1);
  const IndexEntry entry = random_entry(rng);
  Writer leaf;
  leaf.le(std::uint8_t{0}).id(entry.frag).le(entry.blocks).id(entry.tagger);
  EXPECT_EQ(sum_leaf(entry).hash, sha256(leaf.bytes()));
  EXPECT_EQ(sum_leaf(entry).sum, entry.blocks);
}

TEST(SumTree, EveryCountUpAndDown) {
  std::mt19937_64 rng(2);
  MapNodes nodes;
  SumTree tree(nodes, 0);
  std::vector<SumNode> leaves;
  EXPECT_EQ(*tree.root(), SumNode{});
  for (unsigned i = 0; i < 70; ++i) {
    leaves.push_back(sum_leaf(random_entry(rng)));
    ASSERT_TRUE(tree.append(leaves.back()));
    ASSERT_EQ(*tree.root(), naive_root(leaves)) << i;
    ASSERT_EQ(nodes.nodes.size(), node_count(leaves.size())) << i;
  }
  while (!leaves.empty()) {
    leaves.pop_back();
    ASSERT_TRUE(tree.pop_back());
    ASSERT_EQ(tree.count(), leaves.size());
    ASSERT_EQ(*tree.root(), naive_root(leaves)) << leaves.size();
    ASSERT_EQ(nodes.nodes.size(), node_count(leaves.size())) << leaves.size();
  }
}

TEST(SumTree, AppendingTogetherIsAppendingOneByOne) {
  std::mt19937_64 rng(3);
  for (unsigned before = 0; before <= 20; ++before) {
    for (unsigned more = 0; more <= 20; ++more) {
      MapNodes nodes;
      SumTree tree(nodes, 0);
      std::vector<SumNode> leaves;
      for (unsigned i = 0; i < before + more; ++i) leaves.push_back(sum_leaf(random_entry(rng)));
      for (unsigned i = 0; i < before; ++i) ASSERT_TRUE(tree.append(leaves[i]));
      ASSERT_TRUE(tree.append_all(std::span(leaves).subspan(before)));
      ASSERT_EQ(tree.count(), leaves.size());
      ASSERT_EQ(*tree.root(), naive_root(leaves)) << before << "+" << more;
      ASSERT_EQ(nodes.nodes.size(), node_count(leaves.size()));
    }
  }
}

// Deletion as the service index does it: the last entry moves into the hole.
TEST(SumTree, HundredThousandRandomEvents) {
  std::mt19937_64 rng(4);
  MapNodes mapped;
  MemorySumNodes plain;
  SumTree tree(mapped, 0);
  SumTree twin(plain, 0);
  std::vector<SumNode> leaves;
  for (unsigned event = 0; event < 100000; ++event) {
    // Drifts up and down between a few and some hundred leaves.
    const bool grow = leaves.empty() || rng() % 100 < ((event / 1000) % 2 == 0 ? 60U : 40U);
    if (rng() % 4 == 0 && !leaves.empty()) {
      const std::uint64_t at = rng() % leaves.size();
      leaves[at] = sum_leaf(random_entry(rng));
      ASSERT_TRUE(tree.replace(at, leaves[at]));
      ASSERT_TRUE(twin.replace(at, leaves[at]));
    } else if (grow) {
      leaves.push_back(sum_leaf(random_entry(rng)));
      ASSERT_TRUE(tree.append(leaves.back()));
      ASSERT_TRUE(twin.append(leaves.back()));
    } else {
      const std::uint64_t at = rng() % leaves.size();
      leaves[at] = leaves.back();
      leaves.pop_back();
      if (at < leaves.size()) {
        ASSERT_TRUE(tree.replace(at, leaves[at]));
        ASSERT_TRUE(twin.replace(at, leaves[at]));
      }
      ASSERT_TRUE(tree.pop_back());
      ASSERT_TRUE(twin.pop_back());
    }
    ASSERT_EQ(*tree.root(), *twin.root()) << event;
    if (event % 37 == 0 || leaves.size() < 4) {
      ASSERT_EQ(*tree.root(), naive_root(leaves)) << event;
      ASSERT_EQ(mapped.nodes.size(), node_count(leaves.size())) << event;
    }
  }
}

TEST(SumTree, OneChangeTouchesLogarithmicallyManyNodes) {
  MapNodes nodes;
  SumTree tree(nodes, 0);
  std::mt19937_64 rng(5);
  std::vector<SumNode> leaves;
  for (unsigned i = 0; i < 4096; ++i) leaves.push_back(sum_leaf(random_entry(rng)));
  ASSERT_TRUE(tree.append_all(leaves));
  nodes.touched = 0;
  ASSERT_TRUE(tree.append(leaves[0]));
  ASSERT_TRUE(tree.replace(17, leaves[1]));
  ASSERT_TRUE(tree.pop_back());
  EXPECT_LE(nodes.touched, 4U * 3U * 14U);
}

TEST(SumTree, FindsWhatAScanFinds) {
  std::mt19937_64 rng(6);
  for (const unsigned count : {1U, 2U, 3U, 5U, 31U, 32U, 33U, 200U}) {
    MemorySumNodes nodes;
    SumTree tree(nodes, 0);
    std::vector<SumNode> leaves;
    for (unsigned i = 0; i < count; ++i) {
      leaves.push_back(sum_leaf(random_entry(rng)));
      ASSERT_TRUE(tree.append(leaves.back()));
    }
    std::uint64_t block = 0;
    for (unsigned i = 0; i < count; ++i) {
      for (std::uint64_t in_leaf = 0; in_leaf < leaves[i].sum; ++in_leaf, ++block) {
        const auto hit = tree.find(block);
        ASSERT_TRUE(hit);
        ASSERT_EQ(hit->leaf, i);
        ASSERT_EQ(hit->block_in_leaf, in_leaf);
      }
    }
    const auto past = tree.find(block);
    ASSERT_FALSE(past);
    EXPECT_EQ(past.error().code, Code::input);
    EXPECT_FALSE(tree.find(~std::uint64_t{0}));
  }
  MemorySumNodes none;
  EXPECT_FALSE(SumTree(none, 0).find(0));
}

// The example of doc/formats/merkle.md (made with Python's hashlib).
TEST(SumTree, WorkedExample) {
  const auto entry = [](std::uint8_t frag, std::uint32_t blocks, std::uint8_t tagger) {
    IndexEntry out;
    out.frag.bytes.fill(frag);
    out.blocks = blocks;
    out.tagger.bytes.fill(tagger);
    return sum_leaf(out);
  };
  MemorySumNodes nodes;
  SumTree tree(nodes, 0);
  const SumNode leaves[] = {entry(1, 32, 9), entry(2, 5, 9), entry(3, 1, 8)};
  ASSERT_TRUE(tree.append_all(leaves));
  EXPECT_EQ(to_hex(leaves[0].hash),
            "c8f62a465167e668307a2cb88fa3f35d4d53a5aedebb34902ad77ea8bf8680dd");
  EXPECT_EQ(to_hex(tree.root()->hash),
            "556162c72506b4291e9b99efa29cc16f0e277ad80e5ac23416466d29aa815491");
  EXPECT_EQ(tree.root()->sum, 38U);
  EXPECT_EQ(tree.find(36)->leaf, 1U);
  EXPECT_EQ(tree.find(36)->block_in_leaf, 4U);
  EXPECT_EQ(tree.find(37)->leaf, 2U);
}

class SumPaths : public ::testing::Test {
 protected:
  void build(unsigned count) {
    nodes_ = MemorySumNodes();
    leaves_.clear();
    SumTree tree(nodes_, 0);
    for (unsigned i = 0; i < count; ++i) leaves_.push_back(sum_leaf(random_entry(rng_)));
    ASSERT_TRUE(tree.append_all(leaves_));
    root_ = *tree.root();
  }
  std::vector<SumNode> path(unsigned index) { return *SumTree(nodes_, leaves_.size()).path(index); }
  std::mt19937_64 rng_{7};
  MemorySumNodes nodes_;
  std::vector<SumNode> leaves_;
  SumNode root_;
};

TEST_F(SumPaths, VerifyAndReturnTheStartBlock) {
  for (unsigned count = 1; count <= 70; ++count) {
    build(count);
    std::uint64_t before = 0;
    for (unsigned i = 0; i < count; ++i) {
      const auto start = verify_sum_path(root_, count, i, leaves_[i], path(i));
      ASSERT_TRUE(start) << count << " " << i;
      ASSERT_EQ(*start, before) << count << " " << i;
      before += leaves_[i].sum;
    }
    ASSERT_EQ(before, root_.sum);
  }
}

TEST_F(SumPaths, RefuseEveryAlteration) {
  for (unsigned count = 1; count <= 40; ++count) {
    build(count);
    for (unsigned i = 0; i < count; ++i) {
      const auto good = path(i);
      for (unsigned other = 0; other < count + 2; ++other) {
        ASSERT_EQ(verify_sum_path(root_, count, other, leaves_[i], good).has_value(), other == i);
      }
      for (std::size_t at = 0; at < good.size(); ++at) {
        auto altered = good;
        altered[at].hash.bytes[at % 32] ^= 1U;
        ASSERT_FALSE(verify_sum_path(root_, count, i, leaves_[i], altered));
        altered = good;
        altered[at].sum += 1;
        ASSERT_FALSE(verify_sum_path(root_, count, i, leaves_[i], altered));
        altered[at].sum = ~std::uint64_t{0} - 1;
        ASSERT_FALSE(verify_sum_path(root_, count, i, leaves_[i], altered));
        altered = good;
        altered.erase(altered.begin() + std::ptrdiff_t(at));
        ASSERT_FALSE(verify_sum_path(root_, count, i, leaves_[i], altered));
      }
      auto longer = good;
      longer.push_back(root_);
      ASSERT_FALSE(verify_sum_path(root_, count, i, leaves_[i], longer));
      SumNode leaf = leaves_[i];
      leaf.sum -= 1;
      ASSERT_FALSE(verify_sum_path(root_, count, i, leaf, good));
      SumNode root = root_;
      root.sum += 1;
      ASSERT_FALSE(verify_sum_path(root, count, i, leaves_[i], good));
    }
  }
  EXPECT_FALSE(verify_sum_path({}, 0, 0, {}, {}));
}

// Moving blocks between two siblings keeps their parent's sum but not its hash.
TEST_F(SumPaths, RefuseSumsMovedBetweenSiblings) {
  build(8);
  auto altered = path(3);
  SumNode leaf = leaves_[3];
  leaf.sum += 1;
  altered[0].sum -= 1;
  EXPECT_FALSE(verify_sum_path(root_, 8, 3, leaf, altered));
}

// A miner that builds a whole tree with sums that wrap around cannot use it.
TEST_F(SumPaths, RefuseSumsThatWrapAround) {
  build(2);
  SumNode huge = leaves_[1];
  huge.sum = ~std::uint64_t{0};
  const SumNode root = sum_parent(leaves_[0], huge);
  const std::vector<SumNode> forged = {huge};
  EXPECT_FALSE(verify_sum_path(root, 2, 0, leaves_[0], forged));
}

}  // namespace
}  // namespace cess
