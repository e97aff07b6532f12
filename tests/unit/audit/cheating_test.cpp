// SPDX-License-Identifier: Apache-2.0
// links: podr2 json merkle crypto base
// A miner that lost some bytes and answers all the same: its answers are false exactly in the
// epochs whose challenge asks for a block it lost. How often that is, is tested with more epochs in
// podr2.
#include <gtest/gtest.h>

#include <cmath>

#include "podr2/detection.hpp"
#include "unit/audit/fake_miner.hpp"

namespace cess {
namespace {
using namespace test;

TEST(CheatingMiner, IsCaughtExactlyWhenALostBlockIsAsked) {
  constexpr std::uint32_t kFragments = 8;
  constexpr std::uint32_t kCount = 5;
  constexpr std::uint32_t kEpochs = 40;
  FakeMiner miner(31);
  for (std::uint64_t i = 0; i < kFragments; ++i) miner.add(tagged_fragment(0, 9000 + i, 1024));
  const FragId lost = miner.entries()[3].frag;
  miner.fragment(3).data.assign(1024, 0);  // zeros in place of what is gone
  std::vector<AuditProof> proofs;
  std::vector<bool> asked;
  for (std::uint32_t epoch = 0; epoch < kEpochs; ++epoch) {
    const Challenge c = miner.challenge(ProofSuite::kzg, kCount, epoch);
    proofs.push_back(answer(miner, c));
    bool hit = false;
    for (const Draw& d : draw_all(c)) hit = hit || miner.find(d.block)->entry.frag == lost;
    asked.push_back(hit);
  }
  AuditVerifier v = usual_verifier();
  const auto verdicts = v.judge(proofs, check_seed(1));
  ASSERT_TRUE(verdicts);
  double caught = 0;
  for (std::size_t e = 0; e < kEpochs; ++e) {
    EXPECT_EQ(verdicts->at(e).reason, asked[e] ? Reason::equation : Reason::none) << e;
    caught += asked[e] ? 1 : 0;
  }
  const double p = detection_probability(1.0 / kFragments, kCount);
  EXPECT_NEAR(caught / kEpochs, p, 3 * std::sqrt(p * (1 - p) / kEpochs));
}

/// A miner that keeps a digest of a block in place of the block: any other polynomial is as bad as
/// zeros.
TEST(CheatingMiner, NoOtherBytesWillDo) {
  FakeMiner miner(32);
  miner.add(tagged_fragment(0, 9100, kBlockSize));
  const Challenge c = miner.challenge(ProofSuite::kzg, 1);
  Bytes& data = miner.fragment(0).data;
  const Bytes whole = data;
  data.assign(kBlockSize, 0xff);
  EXPECT_EQ(reason_for(answer(miner, c)), Reason::equation);
  data = whole;
  std::rotate(data.begin(), data.begin() + 31, data.end());  // the same sectors, one place on
  EXPECT_EQ(reason_for(answer(miner, c)), Reason::equation);
  data = whole;
  data.back() ^= 0x80;
  EXPECT_EQ(reason_for(answer(miner, c)), Reason::equation);
  data = whole;
  EXPECT_EQ(reason_for(answer(miner, c)), Reason::none);
}

}  // namespace
}  // namespace cess
