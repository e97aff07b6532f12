// SPDX-License-Identifier: Apache-2.0
// links: podr2 json merkle crypto base
// What one answer, key or index must not do to the others.
#include <gtest/gtest.h>

#include "unit/audit/fake_miner.hpp"

namespace cess {
namespace {
using namespace test;

TEST(VerifierFaults, AFalseListSpoilsTheAnswersUnderItOnly) {
  // Two powers change places: the head is well made, the list is not.
  Bytes file = tagger_file(0);
  const auto power = [&file](std::size_t j) {
    return file.begin() + static_cast<std::ptrdiff_t>(kTaggerHeadSize + bls::kG1Size * j);
  };
  std::swap_ranges(power(7), power(8), power(8));
  const TaggerId id = parse_tagger_head(file)->id;
  FakeMiner honest(41), other(42);
  honest.add(tagged_fragment(1, 800, 1024));
  for (std::uint64_t i = 0; i < 2; ++i) {
    auto f = tagged_fragment(0, 801 + i, 1024);
    f.tags.descriptor.tagger = id;
    other.add(std::move(f));
  }
  const std::vector<AuditProof> proofs = {
      answer(other, other.challenge(ProofSuite::kzg_full, 2, 1)),
      answer(honest, honest.challenge(ProofSuite::kzg_full, 2)),
      answer(other, other.challenge(ProofSuite::kzg_full, 2, 2))};
  AuditVerifier v = usual_verifier();
  ASSERT_TRUE(v.add_tagger(file));
  std::vector<TaggerId> told;
  v.bad_tagger = [&told](const TaggerId& bad, const std::string&) { told.push_back(bad); };
  for (int round = 0; round < 2; ++round) {
    const auto verdicts = v.judge(proofs, check_seed(1));
    ASSERT_TRUE(verdicts) << verdicts.error().message;
    EXPECT_EQ(verdicts->at(0).reason, Reason::tagger);
    EXPECT_EQ(verdicts->at(1).reason, round == 0 ? Reason::none : Reason::submitted);
    EXPECT_EQ(verdicts->at(2).reason, Reason::tagger);
  }
  EXPECT_EQ(told, std::vector<TaggerId>{id});
}

TEST(VerifierFaults, AnIndexPinsTheMinerAndItsTotalsWithOpeningsToo) {
  auto miner = FakeMiner::usual(1);
  const AuditProof proof = answer(*miner, miner->challenge(ProofSuite::kzg, 20));
  ASSERT_FALSE(proof.openings.empty());
  const auto reason = [&](auto change) {
    IndexTotals totals = miner->totals();
    change(totals);
    AuditVerifier v = usual_verifier();
    v.set_index(miner->list(), totals);
    return v.judge({&proof, 1}, check_seed(1))->at(0).reason;
  };
  EXPECT_EQ(reason([](IndexTotals&) {}), Reason::none);
  EXPECT_EQ(reason([](IndexTotals& t) { t.miner.bytes[0] ^= 1; }), Reason::binding);
  EXPECT_EQ(reason([](IndexTotals& t) { t.root.hash.bytes[0] ^= 1; }), Reason::binding);
  EXPECT_EQ(reason([](IndexTotals& t) { t.root.sum += 1; }), Reason::binding);
  EXPECT_EQ(reason([](IndexTotals& t) { t.fragments += 1; }), Reason::binding);
}

}  // namespace
}  // namespace cess
