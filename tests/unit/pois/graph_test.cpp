// SPDX-License-Identifier: Apache-2.0
#include "pois/graph.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace cess::pois {
namespace {

// Every node of 2^9, and 200 nodes of 2^25, as the plain generator draws them.
void compare_with_file(unsigned log2_nodes) {
  std::ifstream in(std::string(CESS_VECTORS_DIR) + "/pois/graph-" + std::to_string(log2_nodes) +
                   ".txt");
  Graph graph({log2_nodes});
  std::string line;
  std::size_t count = 0;
  while (std::getline(in, line)) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    std::uint32_t v = 0;
    fields >> v;
    std::array<DrgParents, 1> drg;
    graph.drg_parents(drg, v);
    std::ostringstream ours;
    ours << v;
    for (const std::uint32_t p : drg[0]) ours << ' ' << (v == 0 ? "-" : std::to_string(p));
    for (const std::uint32_t q : graph.expander_parents(v)) ours << ' ' << q;
    ASSERT_EQ(ours.str(), line);
    ++count;
  }
  EXPECT_GE(count, 200U);
}

TEST(Graph, EqualsThePlainGenerator) {
  compare_with_file(9);
  compare_with_file(25);
}

TEST(Graph, RunsDoNotChangeTheDraws) {
  Graph graph({11});
  std::vector<DrgParents> whole(512);
  std::vector<DrgParents> part(100);
  graph.drg_parents(whole, 1024);
  graph.drg_parents(part, 1100);
  for (std::size_t i = 0; i < part.size(); ++i) EXPECT_EQ(part[i], whole[76 + i]);
}

TEST(Graph, ParentsComeBefore) {
  Graph graph({13});
  std::vector<DrgParents> run(512);
  for (std::uint32_t first = 0; first < 1U << 13U; first += 512) {
    graph.drg_parents(run, first);
    for (std::uint32_t i = 0; i < 512; ++i) {
      const std::uint32_t v = first + i;
      if (v > 0) {
        ASSERT_EQ(run[i][0], v - 1);
      }
      for (const std::uint32_t p : run[i]) ASSERT_TRUE(p < v || v == 0);
    }
  }
}

// Exhaustive at every size up to 2^15 labels: each point is met once.
TEST(Graph, ExpanderIsAPermutation) {
  for (unsigned k = kLog2NodesMin; k <= 15; k += 2) {
    const Graph graph({k});
    const std::uint32_t points = 8U << k;
    std::vector<bool> met(points);
    for (std::uint32_t x = 0; x < points; ++x) {
      const std::uint32_t y = graph.permute(x);
      ASSERT_LT(y, points);
      ASSERT_FALSE(met[y]);
      met[y] = true;
    }
    // So each node feeds exactly eight.
    std::vector<unsigned> children(1U << k);
    for (std::uint32_t v = 0; v < 1U << k; ++v) {
      for (const std::uint32_t q : graph.expander_parents(v)) ++children[q];
    }
    for (const unsigned c : children) ASSERT_EQ(c, kExpanderDegree);
  }
}

TEST(Params, OddPowersOnly) {
  for (unsigned k = 0; k < 64; ++k) {
    EXPECT_EQ(check_params({k}).has_value(), k % 2 == 1 && k >= 9 && k <= 25) << k;
  }
}

TEST(Params, AFillersNameBindsEverything) {
  const Owner owner;
  const FillerId name = filler_id(owner, 5);
  EXPECT_NE(filler_id(owner, 6), name);
  Owner other = owner;
  other.chain_id = "loca";
  EXPECT_NE(filler_id(other, 5), name);
  other = owner;
  other.miner.bytes[31] = 1;
  EXPECT_NE(filler_id(other, 5), name);
  other = owner;
  other.params.log2_nodes = 23;
  EXPECT_NE(filler_id(other, 5), name);
}

TEST(Params, ChainIdHasLimits) {
  Owner owner;
  for (const std::string& bad : {std::string(), std::string(65, 'a'), std::string("a b"),
                                 std::string("a\n"), std::string("\x7f")}) {
    owner.chain_id = bad;
    EXPECT_FALSE(check_owner(owner)) << bad;
  }
  owner.chain_id = std::string(64, 'a');
  EXPECT_TRUE(check_owner(owner));
}

}  // namespace
}  // namespace cess::pois
