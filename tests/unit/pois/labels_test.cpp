// SPDX-License-Identifier: Apache-2.0
#include "pois/labels.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "crypto/sha256_padded.hpp"

namespace cess::pois {
namespace labels_test {

Owner owner_of(unsigned log2_nodes) {
  Owner owner;
  owner.params.log2_nodes = log2_nodes;
  return owner;
}

// The layers of some fillers, lane by lane.
std::vector<std::vector<Hash256>> make_layers(unsigned k, std::span<const FillerId> files,
                                              Labeler::Way way) {
  Graph graph({k});
  Labeler labeler(graph, files, way);
  std::vector<std::vector<Hash256>> layers;
  for (unsigned layer = 1; layer <= kLayers; ++layer) {
    std::vector<Hash256> labels(files.size() << k);
    const std::vector<Hash256> none;
    labeler.run(labels, layer == 1 ? none : layers.back(), layer, 0, 1U << k);
    layers.push_back(std::move(labels));
  }
  return layers;
}

std::vector<std::vector<Hash256>> make_layers(unsigned k, std::span<const FillerId> files) {
  return make_layers(k, files, Labeler::best_way(files.size()));
}

std::vector<Hash256> lane_of(const Labeler& labeler, const std::vector<Hash256>& labels,
                             std::size_t lane) {
  const std::size_t count = labels.size() / labeler.lanes();
  std::vector<std::vector<Hash256>> all(labeler.lanes(), std::vector<Hash256>(count));
  std::vector<Hash256*> out;
  for (auto& one : all) out.push_back(one.data());
  // In two calls of odd length: nothing depends on where a piece begins.
  const auto first = static_cast<std::uint32_t>(count / 3);
  labeler.take(out, labels, 0, first);
  for (Hash256*& at : out) at += first;
  labeler.take(out, labels, first, static_cast<std::uint32_t>(count) - first);
  std::vector<Hash256> back(labels.size());
  for (std::size_t i = 0; i < all.size(); ++i) labeler.give(back, i, 0, all[i]);
  EXPECT_EQ(back, labels);
  return all[lane];
}

Hash256 hash_all(const std::vector<Hash256>& labels) {
  Sha256 h;
  for (const Hash256& label : labels) h.update(label.view());
  return h.finish();
}

void compare_with_file(unsigned k) {
  std::ifstream in(std::string(CESS_VECTORS_DIR) + "/pois/labels-" + std::to_string(k) + ".txt");
  std::vector<std::vector<Hash256>> layers;
  std::string line;
  std::size_t count = 0;
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    std::string word;
    std::string hex;
    fields >> word;
    if (word == "file") {
      Owner owner;
      owner.params.log2_nodes = k;
      std::uint64_t number = 0;
      std::string miner;
      fields >> number >> owner.chain_id >> miner >> hex;
      owner.miner = *parse_id<MinerId>(miner, "miner");
      const FillerId file = filler_id(owner, number);
      ASSERT_EQ(to_hex(file), hex);
      layers = make_layers(k, std::span(&file, 1));
    } else if (word == "label") {
      unsigned layer = 0;
      std::size_t v = 0;
      fields >> layer >> v >> hex;
      EXPECT_EQ(to_hex(layers[layer - 1][v]), hex) << line;
      ++count;
    } else if (word == "layer") {
      unsigned layer = 0;
      fields >> layer >> hex;
      EXPECT_EQ(to_hex(hash_all(layers[layer - 1])), hex) << line;
      ++count;
    }
  }
  EXPECT_EQ(count, 40U);
}

TEST(Labels, EqualThePlainGenerator) {
  compare_with_file(9);
  compare_with_file(11);
}

// Lanes are independent, whatever kernel their number picks.
TEST(Labels, LanesDoNotMix) {
  const Owner owner = owner_of(9);
  std::vector<FillerId> files;
  for (std::uint64_t i = 0; i < 19; ++i) files.push_back(filler_id(owner, i));
  for (const std::size_t lanes : {2U, 3U, 8U, 16U, 19U}) {
    const auto chosen = std::span(files).first(lanes);
    const auto together = make_layers(9, chosen);
    Graph graph({9});
    const Labeler labeler(graph, chosen);  // knows how lanes lie
    for (std::size_t i = 0; i < lanes; ++i) {
      const auto alone = make_layers(9, std::span(files).subspan(i, 1));
      for (unsigned l = 0; l < kLayers; ++l) {
        ASSERT_EQ(lane_of(labeler, together[l], i), alone[l]) << lanes << " lanes, lane " << i;
      }
    }
  }
}

// Every way that can be used here makes the same labels.
TEST(Labels, WaysMakeTheSame) {
  std::vector<FillerId> files;
  for (std::uint64_t i = 0; i < 5; ++i) files.push_back(filler_id(owner_of(9), i));
  for (std::size_t lanes = 1; lanes <= files.size(); ++lanes) {
    const auto chosen = std::span(files).first(lanes);
    const auto copied = make_layers(9, chosen, Labeler::Way::copied);
    for (std::size_t i = 0; i < lanes; ++i) {
      const auto alone = make_layers(9, chosen.subspan(i, 1), Labeler::Way::copied);
      for (std::size_t v = 0; v < 512; ++v) ASSERT_EQ(copied[7][v * lanes + i], alone[7][v]);
    }
    if (!sha256_has_shani()) continue;
    EXPECT_EQ(make_layers(9, chosen, Labeler::Way::in_place), copied) << lanes << " lanes";
  }
}

// Made in pieces, as an interrupted run does.
TEST(Labels, PiecesMakeTheSameLayer) {
  const FillerId file = filler_id(owner_of(11), 1);
  const auto whole = make_layers(11, std::span(&file, 1));
  Graph graph({11});
  Labeler labeler(graph, std::span(&file, 1));
  std::vector<Hash256> labels(2048);
  const std::array ends = {0U, 1U, 2U, 5U, 63U, 64U, 65U, 122U, 128U, 700U, 701U, 2048U};
  for (std::size_t i = 1; i < ends.size(); ++i) {
    labeler.run(labels, whole[3], 5, ends[i - 1], ends[i]);
  }
  EXPECT_EQ(labels, whole[4]);
}

TEST(Labels, AVerifierHashesTheSame) {
  const FillerId file = filler_id(owner_of(9), 3);
  const auto layers = make_layers(9, std::span(&file, 1));
  Graph graph({9});
  for (std::uint32_t v = 0; v < 512; ++v) {
    std::array<DrgParents, 1> drg;
    graph.drg_parents(drg, v);
    const ExpanderParents expander = graph.expander_parents(v);
    for (unsigned layer = 1; layer <= kLayers; ++layer) {
      std::vector<Hash256> within(kDrgDegree);
      std::vector<Hash256> before;
      for (unsigned j = 0; v > 0 && j < kDrgDegree; ++j) within[j] = layers[layer - 1][drg[0][j]];
      if (layer > 1) {
        for (const std::uint32_t q : expander) before.push_back(layers[layer - 2][q]);
      }
      ASSERT_EQ(hash_label(file, layer, v, within, before), layers[layer - 1][v]);
    }
  }
}

}  // namespace labels_test
}  // namespace cess::pois
