// SPDX-License-Identifier: Apache-2.0
// Miners that cheat, by the real draws and the real verifier, beside what theory says of them. A
// few hundred trials from fixed seeds here; more, and a table, with
//     CESS_CHEATER_TRIALS=20000 build/test_pois --gtest_filter='Cheaters.*'
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/codec.hpp"
#include "base/endian.hpp"
#include "crypto/sha256.hpp"
#include "merkle/mmr.hpp"
#include "merkle/tree.hpp"
#include "pois/batch_proof.hpp"
#include "pois/epoch.hpp"
#include "pois/multi_path.hpp"

namespace cess::pois {
namespace {

std::uint32_t trials() {
  const char* text = std::getenv("CESS_CHEATER_TRIALS");
  return text == nullptr ? 300U : static_cast<std::uint32_t>(std::atoi(text));
}

Hash256 beacon_of(std::string_view what, std::uint32_t trial) {
  Writer w;
  w.raw(what).le(trial);
  return sha256(w.bytes());
}

// The same answer for the same place in every run: whether a label of a share `part` is bad.
bool is_bad(std::uint64_t file, std::uint64_t node, double part) {
  Writer w;
  w.raw("bad").le(file).le(node);
  const auto random = load_le<std::uint64_t>(sha256(w.bytes()).bytes.data()) >> 11U;
  return static_cast<double>(random) < part * 9007199254740992.0;
}

// Five standard deviations of the mean of that many trials; seeds are fixed, so it holds or not.
void compare(const std::string& who, double caught, double bound) {
  const double n = trials();
  std::printf("%-58s caught %8.4f %%   bound %8.4f %%\n", who.c_str(), 100 * caught, 100 * bound);
  EXPECT_NEAR(caught, bound, 5 * std::sqrt(bound * (1 - bound) / n) + 2 / n) << who;
}

std::string percent(double part) {
  char text[32];
  std::snprintf(text, sizeof text, "%g %%", 100 * part);
  return text;
}

// Drops a share of its labels everywhere: an opened filler whose asked label is gone convicts it.
TEST(Cheaters, StoresAPart) {
  EpochChallenge c;
  c.live = {0, 100'000, {}};
  for (const double part : {0.001, 0.01, 0.05, 0.1}) {
    std::uint32_t caught = 0;
    for (std::uint32_t t = 0; t < trials(); ++t) {
      c.beacon = beacon_of("part", t);
      const Hash256 seed = epoch_seed(c);
      bool bad = false;
      for (const std::uint64_t f : opened_files(seed, {}, beacon_of("open", t), 100'000)) {
        bad = bad || is_bad(f, epoch_node(seed, f, c.owner.params), part);
      }
      caught += bad ? 1U : 0U;
    }
    compare("epoch: " + percent(part) + " of all labels missing",
            caught / static_cast<double>(trials()), 1 - std::pow(1 - part, 64));
  }
}

// Has whole fillers missing, which is the same share to the openings.
TEST(Cheaters, StoresFewerFillers) {
  EpochChallenge c;
  c.live = {0, 1000, {}};
  for (const std::uint64_t missing : {10U, 50U}) {
    std::uint32_t caught = 0;
    for (std::uint32_t t = 0; t < trials(); ++t) {
      c.beacon = beacon_of("fewer", t);
      const auto drawn = opened_files(epoch_seed(c), {}, beacon_of("open", t), 1000);
      caught += drawn.front() < missing ? 1U : 0U;
    }
    const double part = static_cast<double>(missing) / 1000;
    compare("epoch: " + percent(part) + " of the fillers missing",
            caught / static_cast<double>(trials()), 1 - std::pow(1 - part, 64));
  }
}

// Wrong labels spread over a batch, or all of them in one filler of it: the same to 1,440 draws.
TEST(Cheaters, ConcentratesBadLabels) {
  Batch batch;
  batch.comms.resize(16);
  const std::uint32_t n = batch.owner.params.nodes();
  for (const double part : {0.0005, 0.001, 0.002, 0.01}) {
    std::uint32_t spread = 0;
    std::uint32_t in_one = 0;
    for (std::uint32_t t = 0; t < trials(); ++t) {
      bool bad_spread = false;
      bool bad_in_one = false;
      for (const FileNodes& asked : commit_challenges(batch, beacon_of("batch", t))) {
        for (const std::uint32_t v : asked.nodes) {
          bad_spread = bad_spread || is_bad(asked.file_no, v, part);
          bad_in_one = bad_in_one || (asked.file_no == 3 && v < 16 * part * n);
        }
      }
      spread += bad_spread ? 1U : 0U;
      in_one += bad_in_one ? 1U : 0U;
    }
    const double bound = 1 - std::pow(1 - part, kCommitChallenges);
    compare("commit: " + percent(part) + " wrong, over 16 fillers",
            spread / static_cast<double>(trials()), bound);
    compare("commit: " + percent(part) + " wrong, all in one of 16",
            in_one / static_cast<double>(trials()), bound);
  }
}

// A miner with 4 fillers that answers with what `label_of` gives and opens with the trees it has.
class CheatingMiner {
 public:
  CheatingMiner() {
    c_.owner.params.log2_nodes = 9;
    c_.live = {0, 4, {}};
    MmrPeaks range;
    for (std::uint64_t f = 0; f < 4; ++f) {
      fillers_.emplace_back(graph_, filler_id(c_.owner, f));
      const Hash256 comm = commitment_hash(filler_id(c_.owner, f), fillers_[f].commitment());
      range.append(file_leaf(f, comm));
      leaves_.push_back(merkle_leaf(file_leaf(f, comm).view()));
    }
    c_.files_root = range.root();
  }

  // Whether the proof over `layer` of fillers of `miner` passes for the committed ones.
  bool passes(unsigned layer, const MinerId& miner, std::uint32_t trial) {
    c_.beacon = beacon_of("round 1", trial);
    EpochChallenge asked = c_;
    const Hash256 seed = epoch_seed(asked);
    std::vector<Filler> others;
    for (std::uint64_t f = 0; miner != c_.owner.miner && f < 4; ++f) {
      Owner other = c_.owner;
      other.miner = miner;
      others.emplace_back(graph_, filler_id(other, f));
    }
    const auto& source = others.empty() ? fillers_ : others;
    std::vector<Hash256> answers;
    for (std::uint64_t f = 0; f < 4; ++f) {
      const std::uint32_t v = epoch_node(seed, f, graph_.params());
      answers.push_back(epoch_answer(f, source[f].layer(layer)[v]));
    }
    const Hash256 root = answers_root(answers);
    const Hash256 beacon = beacon_of("round 2", trial);
    const auto drawn = opened_files(seed, root, beacon, 4);
    EpochProof proof;
    proof.params = graph_.params();
    for (const std::uint64_t f : drawn) {
      const std::uint32_t v = epoch_node(seed, f, graph_.params());
      proof.openings.push_back({source[f].layer(layer)[v], source[f].commitment().columns_root,
                                merkle_path(source[f].layer(layer), v)});
    }
    proof.answers_path = multi_path(tree_levels(answers), drawn);
    proof.files_path = multi_path(tree_levels(leaves_), drawn);
    return verify_epoch(asked, root, beacon, proof);
  }

 private:
  Graph graph_{{9}};
  EpochChallenge c_;
  std::vector<Filler> fillers_;
  std::vector<Hash256> leaves_;
};

TEST(Cheaters, StoresAnotherLayerOrAnotherMiners) {
  CheatingMiner miner;
  MinerId other;
  other.bytes[0] = 1;
  for (std::uint32_t t = 0; t < 20; ++t) {
    ASSERT_TRUE(miner.passes(8, {}, t));
    for (unsigned layer = 1; layer < 8; ++layer) ASSERT_FALSE(miner.passes(layer, {}, t));
  }
  ASSERT_FALSE(miner.passes(8, other, 0));
  std::printf("%-58s caught 100 %%\n",
              "epoch: layer 1..7 kept in place of 8; another miner's fillers");
}

// What has to be made anew for one label of layer 8 when a part of that layer alone is kept.
struct Remaking {
  double labels = 0;  // as a share of all 8 n
  double depth = 0;   // labels one after the other, as a share of n
};
Remaking remake(unsigned log2_nodes, double kept, std::uint32_t asked) {
  Graph graph({log2_nodes});
  const std::uint32_t n = graph.params().nodes();
  std::vector<std::vector<std::uint32_t>> depth(kLayers, std::vector<std::uint32_t>(n));
  std::vector<std::vector<bool>> needed(kLayers, std::vector<bool>(n));
  needed[kLayers - 1][asked] = true;
  std::vector<DrgParents> drg(n);
  for (std::uint32_t v = 0; v < n; v += Graph::kRunMax) {
    graph.drg_parents(std::span(drg).subspan(v, std::min<std::size_t>(Graph::kRunMax, n - v)), v);
  }
  const auto is_kept = [&](unsigned l, std::uint32_t v) {
    return l + 1 == kLayers && v != asked && !is_bad(0, v, 1 - kept);
  };
  std::uint64_t count = 0;
  for (unsigned l = kLayers; l-- > 0;) {
    for (std::uint32_t v = n; v-- > 0;) {
      if (!needed[l][v] || is_kept(l, v)) continue;
      ++count;
      for (const std::uint32_t p : drg[v]) needed[l][p] = needed[l][p] || v > 0;
      if (l == 0) continue;
      for (const std::uint32_t q : graph.expander_parents(v)) needed[l - 1][q] = true;
    }
  }
  for (unsigned l = 0; l < kLayers; ++l) {
    for (std::uint32_t v = 0; v < n; ++v) {
      if (!needed[l][v] || is_kept(l, v)) continue;
      std::uint32_t most = 0;
      for (const std::uint32_t p : drg[v]) most = std::max(most, v > 0 ? depth[l][p] : 0);
      if (l > 0) {
        for (const std::uint32_t q : graph.expander_parents(v))
          most = std::max(most, depth[l - 1][q]);
      }
      depth[l][v] = most + 1;
    }
  }
  return {static_cast<double>(count) / (8.0 * n),
          static_cast<double>(depth[kLayers - 1][asked]) / n};
}

// Even with 90 % of the last layer kept, one missing label asks for nearly all other layers, and
// for chains through them that no number of processors shortens. A deadline of the time in which
// `p` processors make d fillers leaves it d p answers, and the openings find the rest.
TEST(Cheaters, RecomputesOnDemand) {
  const unsigned k = trials() > 300 ? 15 : 11;
  for (const double kept : {0.0, 0.5, 0.9}) {
    const Remaking r = remake(k, kept, (3U << k) / 4);
    std::printf(
        "recompute: %-5s of layer 8 kept (n = 2^%u): %5.1f %% of all labels, %4.2f n in a row\n",
        percent(kept).c_str(), k, 100 * r.labels, r.depth);
    EXPECT_GT(r.labels, 0.70) << kept;
    EXPECT_GT(r.depth, 3.0) << kept;
  }
  // 1,000 fillers, none kept; 450 cores that each remake 2 fillers before the deadline: 900
  // answers.
  EpochChallenge c;
  c.live = {0, 1000, {}};
  for (const std::uint64_t answered : {500U, 900U, 990U}) {
    std::uint32_t caught = 0;
    for (std::uint32_t t = 0; t < trials(); ++t) {
      c.beacon = beacon_of("demand", t);
      const auto drawn = opened_files(epoch_seed(c), {}, beacon_of("open", t), 1000);
      caught += drawn.back() >= answered ? 1U : 0U;
    }
    compare("epoch: " + std::to_string(answered) + " of 1,000 fillers remade in time",
            caught / static_cast<double>(trials()),
            1 - std::pow(static_cast<double>(answered) / 1000, 64));
  }
}

}  // namespace
}  // namespace cess::pois
