// SPDX-License-Identifier: Apache-2.0
#include "pois/epoch.hpp"

#include <gtest/gtest.h>

#include "merkle/mmr.hpp"
#include "merkle/tree.hpp"
#include "pois/documents.hpp"
#include "pois/multi_path.hpp"

namespace cess::pois {
namespace {

// A miner with 5 fillers of 2^9 labels, of which number 2 is a hole.
class Epoch : public testing::Test {
 protected:
  Epoch() {
    challenge.owner.params.log2_nodes = 9;
    challenge.epoch = 7;
    challenge.beacon.bytes[0] = 1;
    challenge.live = {1, 5, {{2, 3}}};
    MmrPeaks range;
    for (std::uint64_t number = 0; number < 5; ++number) {
      const FillerId id = filler_id(challenge.owner, number);
      fillers.emplace_back(graph, id);
      const Hash256 comm = commitment_hash(id, fillers.back().commitment());
      comms.push_back(comm);
      range.append(file_leaf(number, comm));
    }
    challenge.files_root = range.root();
    beacon.bytes[5] = 9;
    prove();
  }

  // What an honest miner answers to `challenge`.
  void prove() {
    const Hash256 seed = epoch_seed(challenge);
    std::vector<Hash256> answers;
    for (std::uint64_t i = 0; i < challenge.live.count(); ++i) {
      const std::uint64_t number = challenge.live.number(i);
      const std::uint32_t node = epoch_node(seed, number, graph.params());
      answers.push_back(epoch_answer(number, fillers[number].layer(8)[node]));
    }
    root = answers_root(answers);
    const auto drawn = opened_files(seed, root, beacon, challenge.live.count(), skipped);
    proof = {};
    proof.params = graph.params();
    std::vector<std::uint64_t> numbers;
    for (const std::uint64_t index : drawn) {
      const std::uint64_t number = challenge.live.number(index);
      numbers.push_back(number);
      const std::uint32_t node = epoch_node(seed, number, graph.params());
      Opening opening;
      opening.label = fillers[number].layer(8)[node];
      opening.columns_root = fillers[number].commitment().columns_root;
      opening.path = merkle_path(fillers[number].layer(8), node);
      proof.openings.push_back(opening);
    }
    proof.answers_path = multi_path(tree_levels(answers), drawn);
    std::vector<Hash256> leaves;
    for (std::uint64_t n = 0; n < comms.size(); ++n) {
      leaves.push_back(merkle_leaf(file_leaf(n, comms[n]).view()));
    }
    proof.files_path = multi_path(tree_levels(leaves), numbers);
  }
  [[nodiscard]] bool verify() const {
    return verify_epoch(challenge, root, beacon, proof, skipped);
  }

  Graph graph{{9}};
  std::vector<Filler> fillers;
  std::vector<Hash256> comms;
  EpochChallenge challenge;
  Hash256 beacon;
  Hash256 root;
  std::uint64_t skipped = 0;
  EpochProof proof;
};

TEST_F(Epoch, AnHonestProofIsGood) {
  EXPECT_EQ(challenge.live.count(), 3U);
  EXPECT_TRUE(verify());
  challenge.live = {0, 5, {}};
  EXPECT_FALSE(verify());
  prove();
  EXPECT_TRUE(verify());
}

TEST_F(Epoch, EveryFlippedByteOfTheProofIsRefused) {
  const Bytes good = encode_epoch_proof(proof);
  ASSERT_EQ(parse_epoch_proof(good), proof);
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= 1U;
    const auto parsed = parse_epoch_proof(bad);
    ASSERT_FALSE(parsed && verify_epoch(challenge, root, beacon, *parsed)) << "byte " << i;
    ASSERT_FALSE(parse_epoch_proof(ByteView(good).first(i))) << i;
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_FALSE(parse_epoch_proof(longer));
}

TEST_F(Epoch, WhatWasAskedIsBound) {
  const EpochChallenge good = challenge;
  const auto refused = [&](auto change) {
    challenge = good;
    change(challenge);
    const bool out = !check_epoch(challenge) || !verify();
    challenge = good;
    return out;
  };
  EXPECT_TRUE(refused([](EpochChallenge& c) { c.owner.miner.bytes[3] ^= 1U; }));
  EXPECT_TRUE(refused([](EpochChallenge& c) { c.owner.chain_id = "other"; }));
  EXPECT_TRUE(refused([](EpochChallenge& c) { c.owner.params.log2_nodes = 11; }));
  EXPECT_TRUE(refused([](EpochChallenge& c) { c.epoch ^= 1U; }));
  EXPECT_TRUE(refused([](EpochChallenge& c) { c.beacon.bytes[3] ^= 1U; }));
  EXPECT_TRUE(refused([](EpochChallenge& c) { c.files_root.bytes[3] ^= 1U; }));
  EXPECT_TRUE(refused([](EpochChallenge& c) { c.live.front = 0; }));
  EXPECT_TRUE(refused([](EpochChallenge& c) { c.live.rear = 6; }));
  EXPECT_TRUE(refused([](EpochChallenge& c) { c.live.holes = {}; }));
  EXPECT_TRUE(refused([](EpochChallenge& c) { c.live.holes = {{3, 4}}; }));
  root.bytes[0] ^= 1U;
  EXPECT_FALSE(verify());
  root.bytes[0] ^= 1U;
  beacon.bytes[0] ^= 1U;  // draws with replacement from three: the same three may be opened
  beacon.bytes[0] ^= 1U;
  EXPECT_TRUE(verify());
}

// A miner that answers with something else than the committed label and opens honestly.
TEST_F(Epoch, AnAnswerThatIsNotTheLabelIsFound) {
  Opening& opening = proof.openings.front();
  const Hash256 label = opening.label;
  std::swap(opening.label, opening.path.front());
  EXPECT_FALSE(verify());
  std::swap(opening.label, opening.path.front());
  opening.label = Hash256{};
  EXPECT_FALSE(verify());
  opening.label = label;
  EXPECT_TRUE(verify());
}

// Fillers that gave way between the rounds are answered but never drawn.
TEST_F(Epoch, WhatGaveWayIsNotDrawn) {
  skipped = 2;
  prove();
  EXPECT_TRUE(verify());
  for (const auto index : opened_files(epoch_seed(challenge), root, beacon, 3, 2)) {
    EXPECT_EQ(index, 2U);
  }
  EpochDocument doc{challenge, root, beacon, skipped};
  EXPECT_EQ(parse_epoch_document(write_json(epoch_to_json(doc)), "x"), doc);
  EXPECT_EQ(judge_epoch_document({doc, encode_epoch_proof(proof)}), "");
  skipped = 1;
  EXPECT_FALSE(verify());
  doc.skipped = challenge.live.count();  // all of them: nothing is left to draw
  EXPECT_FALSE(parse_epoch_document(write_json(epoch_to_json(doc)), "x"));
  skipped = doc.skipped;
  EXPECT_FALSE(verify());
}

TEST_F(Epoch, DocumentsComeBackAsTheyWent) {
  EpochDocument doc{challenge, std::nullopt, std::nullopt};
  EXPECT_EQ(parse_epoch_document(write_json(epoch_to_json(doc)), "x"), doc);
  doc.answers_root = root;
  EXPECT_EQ(parse_epoch_document(write_json(epoch_to_json(doc)), "x"), doc);
  doc.opening_beacon = beacon;
  EXPECT_EQ(parse_epoch_document(write_json(epoch_to_json(doc)), "x"), doc);
  const EpochProofDocument whole{doc, encode_epoch_proof(proof)};
  const std::string line = write_json(epoch_proof_to_json(whole));
  EXPECT_TRUE(is_epoch_proof_document(line));
  EXPECT_FALSE(is_epoch_proof_document("{\"schema\":\"cess.proof/1\"}"));
  const auto again = parse_epoch_proof_document(line, "x");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->asked, doc);
  EXPECT_EQ(judge_epoch_document(*again), "");
  EpochProofDocument other = whole;
  other.asked.challenge.epoch = 8;
  EXPECT_NE(judge_epoch_document(other), "");
  // Fields that contradict.
  doc.answers_root = std::nullopt;
  EXPECT_FALSE(parse_epoch_document(write_json(epoch_to_json(doc)), "x"));
}

TEST(LiveSet, NumbersSkipHoles) {
  const LiveSet live{10, 20, {{10, 11}, {13, 16}, {19, 20}}};
  ASSERT_TRUE(check_live(live));
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t i = 0; i < live.count(); ++i) numbers.push_back(live.number(i));
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{11, 12, 16, 17, 18}));
  for (std::uint64_t n = 9; n < 22; ++n) {
    EXPECT_EQ(live.contains(n), std::ranges::count(numbers, n) == 1) << n;
  }
}

TEST(LiveSet, RefusesWhatIsOutOfOrder) {
  EXPECT_TRUE(check_live({0, 0, {}}));
  EXPECT_FALSE(check_live({2, 1, {}}));
  EXPECT_FALSE(check_live({0, kFileNumbersMax + 1, {}}));
  EXPECT_TRUE(check_live({0, kFileNumbersMax, {}}));
  EXPECT_FALSE(check_live({2, 9, {{1, 3}}}));
  EXPECT_FALSE(check_live({2, 9, {{3, 3}}}));
  EXPECT_FALSE(check_live({2, 9, {{3, 10}}}));
  EXPECT_FALSE(check_live({2, 9, {{5, 6}, {3, 4}}}));
  EXPECT_FALSE(check_live({2, 9, {{3, 5}, {5, 6}}}));
  LiveSet many{0, 1000, {}};
  for (std::uint64_t i = 0; i < kHoleRangesMax; ++i) many.holes.push_back({3 * i, 3 * i + 1});
  EXPECT_TRUE(check_live(many));
  many.holes.push_back({900, 901});
  EXPECT_FALSE(check_live(many));
}

// DESIGN.md: 130 kB up to 2^24 fillers of 1 GiB. Paths are longest where leaves lie evenly apart.
TEST(EpochProofSize, IsBoundedByTheNumberOfFillers) {
  const auto none = [](unsigned, std::uint64_t) { return Hash256{}; };
  const auto size_of = [&](unsigned log2_files, bool drawn) {
    const std::uint64_t files = std::uint64_t{1} << log2_files;
    std::vector<std::uint64_t> apart;
    for (std::uint64_t i = 0; i < kOpenedFiles; ++i) apart.push_back(i * (files / kOpenedFiles));
    if (drawn) apart = opened_files({}, {}, {}, files);
    EpochProof made;
    made.openings.resize(apart.size());
    for (Opening& opening : made.openings) opening.path.resize(made.params.log2_nodes);
    made.answers_path = multi_path(files, apart, none);
    made.files_path = made.answers_path;
    return encode_epoch_proof(made).size();
  };
  for (const unsigned log2_files : {6U, 10U, 20U, 24U}) {
    EXPECT_EQ(size_of(log2_files, false), 20U + 64 * 27 * 32 + 2 * 64 * (log2_files - 6) * 32);
    EXPECT_LE(size_of(log2_files, true), size_of(log2_files, false));
  }
  EXPECT_LE(size_of(24, false), 130'000U);
  EXPECT_GT(size_of(25, false), 130'000U);
}

}  // namespace
}  // namespace cess::pois
