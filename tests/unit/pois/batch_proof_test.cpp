// SPDX-License-Identifier: Apache-2.0
#include "pois/batch_proof.hpp"

#include <gtest/gtest.h>

#include "pois/documents.hpp"

namespace cess::pois {
namespace {

class BatchOf3 : public testing::Test {
 protected:
  BatchOf3() {
    batch.owner.params.log2_nodes = 9;
    batch.first = 40;
    for (std::uint64_t i = 0; i < 3; ++i) {
      const FillerId id = filler_id(batch.owner, batch.first + i);
      fillers.emplace_back(graph, id);
      batch.comms.push_back(commitment_hash(id, fillers.back().commitment()));
    }
    beacon.bytes[0] = 3;
    proof.params = graph.params();
    for (const FileNodes& asked : commit_challenges(batch, beacon)) {
      const Filler& filler = fillers[asked.file_no - batch.first];
      proof.files.push_back({asked.file_no, filler.prove(graph, asked.nodes)});
    }
  }
  bool verify() { return verify_batch(graph, batch, beacon, proof); }

  Graph graph{{9}};
  Batch batch;
  std::vector<Filler> fillers;
  Hash256 beacon;
  BatchProof proof;
};

TEST_F(BatchOf3, AnHonestProofIsGood) {
  EXPECT_TRUE(verify());
  beacon.bytes[0] ^= 1U;
  EXPECT_FALSE(verify());
}

TEST_F(BatchOf3, BytesAreStrict) {
  const Bytes good = encode_batch_proof(proof);
  const auto parsed = parse_batch_proof(good);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(encode_batch_proof(*parsed), good);
  EXPECT_TRUE(verify_batch(graph, batch, beacon, *parsed));
  for (std::size_t size = 0; size < good.size(); size += size < 200 ? 1 : 4099) {
    ASSERT_FALSE(parse_batch_proof(ByteView(good).first(size))) << size;
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_FALSE(parse_batch_proof(longer));
  // One flipped bit in each of the first bytes, and in a sample of the rest.
  for (std::size_t i = 0; i < good.size(); i += i < 400 ? 1 : 6151) {
    Bytes bad = good;
    bad[i] ^= 8U;
    const auto read = parse_batch_proof(bad);
    ASSERT_FALSE(read && verify_batch(graph, batch, beacon, *read)) << "byte " << i;
  }
}

TEST_F(BatchOf3, WhatWasCommittedIsBound) {
  const Batch good = batch;
  const auto refused = [&](auto change) {
    change(batch);
    const bool out = !verify();
    batch = good;
    return out;
  };
  EXPECT_TRUE(refused([](Batch& b) { b.owner.miner.bytes[0] ^= 1U; }));
  EXPECT_TRUE(refused([](Batch& b) { b.owner.chain_id = "x"; }));
  EXPECT_TRUE(refused([](Batch& b) { b.first = 41; }));
  EXPECT_TRUE(refused([](Batch& b) { b.comms[1].bytes[0] ^= 1U; }));
  EXPECT_TRUE(refused([](Batch& b) { std::swap(b.comms[1], b.comms[2]); }));
  EXPECT_TRUE(refused([](Batch& b) { b.comms.pop_back(); }));
  proof.files.pop_back();
  EXPECT_FALSE(verify());
}

TEST_F(BatchOf3, ChallengesAreEnoughAndOrdered) {
  std::size_t count = 0;
  const auto asked = commit_challenges(batch, beacon);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    EXPECT_EQ(asked[i].file_no, 40 + i);
    EXPECT_TRUE(std::ranges::is_sorted(asked[i].nodes));
    EXPECT_EQ(std::ranges::adjacent_find(asked[i].nodes), asked[i].nodes.end());
    count += asked[i].nodes.size();
  }
  // 1,440 draws of 1,536 nodes meet about 935 of them; fewer than 800 is a fault, not bad luck.
  EXPECT_GT(count, 800U);
  EXPECT_LE(count, kCommitChallenges);
}

TEST_F(BatchOf3, DocumentsComeBackAsTheyWent) {
  BatchDocument doc{batch, std::nullopt};
  EXPECT_EQ(parse_batch_document(write_json(batch_to_json(doc)), "x"), doc);
  doc.beacon = beacon;
  EXPECT_EQ(parse_batch_document(write_json(batch_to_json(doc)), "x"), doc);
  doc.batch.comms.clear();
  EXPECT_FALSE(parse_batch_document(write_json(batch_to_json(doc)), "x"));
  doc.batch.comms.resize(kBatchFilesMax);
  EXPECT_TRUE(parse_batch_document(write_json(batch_to_json(doc)), "x"));
  doc.batch.comms.resize(kBatchFilesMax + 1);
  EXPECT_FALSE(parse_batch_document(write_json(batch_to_json(doc)), "x"));
}

}  // namespace
}  // namespace cess::pois
