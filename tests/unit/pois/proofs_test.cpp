// SPDX-License-Identifier: Apache-2.0
// Proofs byte for byte as the plain generator makes them (tests/vectors/pois/proofs-9.txt).
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "merkle/mmr.hpp"
#include "merkle/tree.hpp"
#include "pois/batch_proof.hpp"
#include "pois/epoch.hpp"
#include "pois/multi_path.hpp"

namespace cess::pois {
namespace {

template <class IdType>
IdType next_id(std::istringstream& in) {
  std::string hex;
  in >> hex;
  return *parse_id<IdType>(hex, "vector");
}

void compare_proof(std::istringstream& in, const Bytes& proof) {
  std::size_t size = 0;
  in >> size;
  EXPECT_EQ(proof.size(), size);
  EXPECT_EQ(sha256(proof), next_id<Hash256>(in));
}

void compare_commit(std::istringstream& in) {
  Batch batch;
  std::size_t count = 0;
  batch.owner.params.log2_nodes = 9;
  in >> batch.owner.chain_id;
  batch.owner.miner = next_id<MinerId>(in);
  in >> batch.first >> count;
  const auto beacon = next_id<Hash256>(in);
  Graph graph(batch.owner.params);
  std::vector<Filler> made;
  for (std::size_t i = 0; i < count; ++i) {
    const FillerId id = filler_id(batch.owner, batch.first + i);
    made.emplace_back(graph, id);
    batch.comms.push_back(commitment_hash(id, made.back().commitment()));
  }
  EXPECT_EQ(batch_digest(batch), next_id<Hash256>(in));
  BatchProof proof;
  proof.params = batch.owner.params;
  for (const FileNodes& asked : commit_challenges(batch, beacon)) {
    proof.files.push_back(
        {asked.file_no, made[asked.file_no - batch.first].prove(graph, asked.nodes)});
  }
  compare_proof(in, encode_batch_proof(proof));
  EXPECT_TRUE(verify_batch(graph, batch, beacon, proof));
}

std::vector<HoleRange> parse_holes(const std::string& text) {
  std::vector<HoleRange> holes;
  std::istringstream in(text);
  HoleRange range;
  char between = 0;
  while (in >> range.first >> between >> range.end) {
    holes.push_back(range);
    in >> between;
  }
  return holes;
}

void compare_epoch(std::istringstream& in) {
  EpochChallenge c;
  std::size_t count = 0;
  std::string holes;
  c.owner.params.log2_nodes = 9;
  in >> c.owner.chain_id;
  c.owner.miner = next_id<MinerId>(in);
  in >> count >> c.epoch;
  c.beacon = next_id<Hash256>(in);
  in >> c.live.front >> holes;
  c.live.rear = count;
  c.live.holes = parse_holes(holes);
  const auto opening_beacon = next_id<Hash256>(in);
  Graph graph(c.owner.params);
  std::vector<Filler> made;
  std::vector<Hash256> leaves;
  MmrPeaks range;
  for (std::size_t i = 0; i < count; ++i) {
    const FillerId id = filler_id(c.owner, i);
    made.emplace_back(graph, id);
    range.append(file_leaf(i, commitment_hash(id, made.back().commitment())));
    leaves.push_back(
        merkle_leaf(file_leaf(i, commitment_hash(id, made.back().commitment())).view()));
  }
  c.files_root = range.root();
  EXPECT_EQ(c.files_root, next_id<Hash256>(in));
  ASSERT_TRUE(check_epoch(c));
  const Hash256 seed = epoch_seed(c);
  EXPECT_EQ(seed, next_id<Hash256>(in));
  std::vector<Hash256> answers;
  for (std::uint64_t i = 0; i < c.live.count(); ++i) {
    const std::uint64_t f = c.live.number(i);
    answers.push_back(epoch_answer(f, made[f].layer(8)[epoch_node(seed, f, c.owner.params)]));
  }
  const Hash256 root = answers_root(answers);
  EXPECT_EQ(root, next_id<Hash256>(in));
  EpochProof proof;
  proof.params = c.owner.params;
  const auto drawn = opened_files(seed, root, opening_beacon, answers.size());
  std::vector<std::uint64_t> numbers;
  for (const std::uint64_t i : drawn) {
    const std::uint64_t f = c.live.number(i);
    const std::uint32_t node = epoch_node(seed, f, c.owner.params);
    numbers.push_back(f);
    proof.openings.push_back({made[f].layer(8)[node], made[f].commitment().columns_root,
                              merkle_path(made[f].layer(8), node)});
  }
  proof.answers_path = multi_path(tree_levels(answers), drawn);
  proof.files_path = multi_path(tree_levels(leaves), numbers);
  compare_proof(in, encode_epoch_proof(proof));
  EXPECT_TRUE(verify_epoch(c, root, opening_beacon, proof));
}

TEST(Proofs, EqualThePlainGenerator) {
  std::ifstream file(std::string(CESS_VECTORS_DIR) + "/pois/proofs-9.txt");
  std::string line;
  unsigned commits = 0;
  unsigned epochs = 0;
  while (std::getline(file, line)) {
    std::istringstream in(line);
    std::string word;
    in >> word;
    SCOPED_TRACE(line.substr(0, 60));
    if (word == "commit") {
      compare_commit(in);
      ++commits;
    } else if (word == "epoch") {
      compare_epoch(in);
      ++epochs;
    }
  }
  EXPECT_EQ(commits, 2U);
  EXPECT_EQ(epochs, 3U);
}

}  // namespace
}  // namespace cess::pois
