// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto merkle podr2 audit json base
// Where an audit shows which fragment a miner lacks, that fragment is lost and gets an order; and
// fees for fragments of staked taggers are counted.
#include "chain/state/audits/audits.hpp"
#include "chain/state/rewards/rewards.hpp"
#include "crypto/bls.hpp"
#include "files_fixture.hpp"
#include "unit/chain/state/audit_chain.hpp"

namespace cess {

std::unique_ptr<Module> make_audits_module();

namespace files_audit_test {

using namespace files;

TestChain::Options with_audits(Json spec = Json::object()) {
  auto o = market_options(6, std::move(spec), true);
  o.modules.push_back(make_audits_module());
  return o;
}

struct AuditedFiles : ::testing::Test {
  explicit AuditedFiles(Json spec = Json::object()) : c(with_audits(std::move(spec)), 6, kTestGib) {
    c.lease("alice");
    test::put_tagger(c.chain.state(), 0, taggers::Class::staked);
  }
  // A round that asks the holder of column 0 about its one fragment.
  audits::SubmitProof open_round(const Fid& fid) {
    who = c.holder(fid, 0, 0);
    c.chain.advance_epochs(2);
    const Epoch epoch = system::clock(c.chain.state()).epoch;
    const auto id = TestChain::id(who);
    const auto window = audits::window_of(*audits::kRounds.get(c.chain.state(), epoch), id);
    if (c.chain.height() + 1 < window.first) c.chain.advance(window.first - 1 - c.chain.height());
    const auto challenge = audits::challenge_of(c.chain.state(), c.chain.genesis(), epoch, id);
    EXPECT_TRUE(challenge.has_value());
    return {epoch, challenge_seed(*challenge), {}, {}};
  }
  void expect_lost(const Fid& fid, Epoch epoch, const std::string& reason) {
    const auto result = audits::kResults.get(c.chain.state(), epoch, TestChain::id(who));
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->reason, reason);
    EXPECT_FALSE(fragment_at(c.chain.state(), fid, 0, 0)->living);
    EXPECT_TRUE(kRestorals.has(c.chain.state(), fid, 0, 0));
    EXPECT_TRUE(fragment_at(c.chain.state(), fid, 0, 1)->living);
  }

  FilesChain c;
  std::string who;
};

TEST_F(AuditedFiles, AFalseLeafMakesItsFragmentLost) {
  const auto f = make_test_file("alice", "one", test_profile(2, 2), 100'000, true);
  c.store("alice", f);
  auto answer = open_round(f.fid());
  audits::LeafProof leaf;
  leaf.data = Bytes(kLeafSize);
  answer.leaves.push_back(leaf);
  c.chain.must(who, "audits.submit_proof", answer);
  expect_lost(f.fid(), answer.epoch, "leaf");
}

TEST_F(AuditedFiles, AFalseAnswerAboutOneFragmentMakesItLost) {
  const auto f = make_test_file("alice", "one", test_profile(2, 2), 100'000, true);
  const TaggerId tagger = test::tagger(0).pub.head.id;
  c.store("alice", f, tagger);
  auto answer = open_round(f.fid());
  // Two good points and a good scalar, of nothing.
  const auto point = bls::G1::generator().compress();
  Bytes proof;
  append(proof, ByteView(point));
  append(proof, ByteView(point));
  proof.resize(kProofSize);
  answer.groups.push_back({tagger, proof});
  c.chain.must(who, "audits.submit_proof", answer);
  expect_lost(f.fid(), answer.epoch, "equation");
}

TEST_F(AuditedFiles, AnAnswerThatIsMalformedSaysNothingOfAFragment) {
  const auto f = make_test_file("alice", "one", test_profile(2, 2), 100'000, true);
  const TaggerId tagger = test::tagger(0).pub.head.id;
  c.store("alice", f, tagger);
  auto answer = open_round(f.fid());
  answer.groups.push_back({tagger, Bytes(kProofSize, 0xff)});
  c.chain.must(who, "audits.submit_proof", answer);
  EXPECT_EQ(audits::kResults.get(c.chain.state(), answer.epoch, TestChain::id(who))->reason,
            "scalar");
  EXPECT_TRUE(fragment_at(c.chain.state(), f.fid(), 0, 0)->living);
}

struct PaidReports : AuditedFiles {
  PaidReports()
      : AuditedFiles(
            {{"params", {{"accounts", {{"fee_per_weight", "1000"}, {"author_share", 2000}}}}}}) {}
};

TEST_F(PaidReports, WhatTheTreasuryGotForStakedFragmentsBoundsTheirRewards) {
  const auto f = make_test_file("alice", "one", test_profile(1, 1), 1000);
  c.chain.must("alice", "files.declare", f.declare);
  c.chain.block();
  const Era era = system::clock(c.chain.state()).era;
  const auto burned = [&] {
    return rewards::kBurned.get_or_default(c.chain.state(), era).staked_storage;
  };
  // An owner's fragment, with a tip: nothing.
  c.chain.must("bob", "files.report", Report{{c.receipt(f.fid(), 0, 0)}});
  EXPECT_EQ(burned(), 0U);
  const TaggerId tagger = test::tagger(0).pub.head.id;
  const Receipt r =
      c.chain.call("bob", "files.report", Report{{c.receipt(f.fid(), 0, 1, tagger)}}, 77);
  ASSERT_TRUE(r.ok) << r.error;
  EXPECT_GT(r.fee, 77U);
  EXPECT_EQ(burned(), (r.fee - 77) * 8 / 10);
}

}  // namespace files_audit_test
}  // namespace cess
