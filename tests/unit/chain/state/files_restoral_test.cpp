// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto merkle podr2 json base
#include <set>

#include "chain/state/taggers/calls.hpp"
#include "files_fixture.hpp"
#include "podr2/prove.hpp"
#include "podr2/tag.hpp"
#include "podr2/verify.hpp"

namespace cess {
namespace files_restoral_test {

using namespace files;

AccountId id(const std::string& name) { return TestChain::id(name); }

struct Restorals : ::testing::Test {
  Restorals() : c(8) { c.lease("alice"); }

  void lose(const Fid& fid, std::uint32_t segment, std::uint16_t column) {
    const auto f = *fragment_at(c.chain.state(), fid, segment, column);
    c.chain.must(c.holder(fid, segment, column), "files.report_lost", ReportLost{{f.frag}});
  }
  std::string outsider(const Fid& fid, std::uint32_t segment, std::size_t number = 0) {
    std::set<std::string> inside;
    const auto columns = c.file(fid).profile.columns();
    for (std::uint16_t i = 0; i < columns; ++i) inside.insert(c.holder(fid, segment, i));
    for (std::size_t i = 0; i < c.miners; ++i) {
      const std::string name = "miner" + std::to_string(i);
      const auto m = miner_of(c.chain, name);
      if (inside.count(name) != 0 || m.state != miners::MinerState::positive) continue;
      if (number-- == 0) return name;
    }
    return "";
  }
  std::vector<LeafOpening> leaves(const TestFile& f, std::uint32_t segment, std::uint16_t column) {
    const auto order = *kRestorals.get(c.chain.state(), f.fid(), segment, column);
    std::vector<LeafOpening> out;
    for (const auto& p : restoral_leaves(c.chain.state(), c.file(f.fid()), segment, order.seed)) {
      out.push_back(c.open(f, column, p));
    }
    return out;
  }
  FilesChain c;
};

TEST_F(Restorals, LostClaimedRebuiltProven) {
  const auto f = make_test_file("alice", "one", test_profile(2, 2), 300'000, true);
  c.store("alice", f);
  const std::string loser = c.holder(f.fid(), 1, 2);
  const Amount stake = miner_of(c.chain, loser).stake;
  lose(f.fid(), 1, 2);
  EXPECT_EQ(miner_of(c.chain, loser).stake, stake - stake / 200);  // a tenth of five percent
  ASSERT_TRUE(kRestorals.has(c.chain.state(), f.fid(), 1, 2));
  c.chain.must_fail(c.holder(f.fid(), 1, 0), "files.claim_restoral", ClaimRestoral{f.fid(), 1, 2},
                    "holds a fragment");
  c.chain.must_fail("bob", "files.claim_restoral", ClaimRestoral{f.fid(), 1, 2}, "good standing");
  const std::string claimer = outsider(f.fid(), 1);
  c.chain.must(claimer, "files.claim_restoral", ClaimRestoral{f.fid(), 1, 2});
  c.chain.must_fail(outsider(f.fid(), 1, 1), "files.claim_restoral", ClaimRestoral{f.fid(), 1, 2},
                    "claimed until");
  c.chain.block();
  auto proof = leaves(f, 1, 2);
  auto wrong = proof;
  wrong[4].data[0] ^= 1U;
  c.chain.must_fail(claimer, "files.complete_restoral", CompleteRestoral{f.fid(), 1, 2, {}, wrong},
                    "leaf 4");
  c.chain.must_fail("bob", "files.complete_restoral", CompleteRestoral{f.fid(), 1, 2, {}, proof},
                    "not claimed");
  c.chain.must(claimer, "files.complete_restoral", CompleteRestoral{f.fid(), 1, 2, {}, proof});
  EXPECT_EQ(c.holder(f.fid(), 1, 2), claimer);
  EXPECT_FALSE(kRestorals.has(c.chain.state(), f.fid(), 1, 2));
  EXPECT_FALSE(kMissing.has(c.chain.state(), f.fid(), 1));
}

// A descriptor names file_id, place, length and root, and no fid: who declares the same roots under
// a length that is rounded to the same one means the same fragments.
TEST_F(Restorals, WhatIsLostIsNotTakenByAnotherFile) {
  const auto f = make_test_file("alice", "one", test_profile(2, 2), 300'000, true);
  const auto g = make_test_file("alice", "one", test_profile(2, 2), 299'990);
  ASSERT_NE(f.fid(), g.fid());
  c.store("alice", f);
  lose(f.fid(), 1, 2);
  auto twin = g.declare;
  twin.roots = f.declare.roots;
  files::File shape = c.file(f.fid());
  shape.length = twin.length;
  std::vector<Hash256> segment_leaves;
  for (std::uint32_t s = 0; s < shape.segment_count; ++s) {
    ASSERT_EQ(fragment_length(shape, s), fragment_length(c.file(f.fid()), s));
    segment_leaves.push_back(segment_leaf(shape, s, std::span(twin.roots).subspan(s * 4, 4)));
  }
  twin.fid = compute_fid(shape, segment_leaves);
  c.chain.must("alice", "files.declare", twin);
  c.chain.block();
  const auto slots = c.slots(twin.fid);
  ASSERT_FALSE(slots.empty());
  for (const auto& [stripe, column] : slots) {
    c.chain.must_fail("bob", "files.report_long", Report{{c.receipt(twin.fid, stripe, column, {})}},
                      "another file has this fragment");
  }
  const std::string claimer = outsider(f.fid(), 1);
  c.chain.must(claimer, "files.claim_restoral", ClaimRestoral{f.fid(), 1, 2});
  c.chain.block();
  c.chain.must(claimer, "files.complete_restoral",
               CompleteRestoral{f.fid(), 1, 2, {}, leaves(f, 1, 2)});
  EXPECT_EQ(c.holder(f.fid(), 1, 2), claimer);
}

TEST_F(Restorals, AClaimThatIsLeftOpensAgainForOthers) {
  const auto f = make_test_file("alice", "one", test_profile(2, 2), 300'000, true);
  c.store("alice", f);
  lose(f.fid(), 0, 0);
  const std::string claimer = outsider(f.fid(), 0);
  c.chain.must(claimer, "files.claim_restoral", ClaimRestoral{f.fid(), 0, 0});
  c.chain.advance(19);
  c.chain.must_fail(claimer, "files.complete_restoral", CompleteRestoral{f.fid(), 0, 0, {}, {}},
                    "not claimed");
  EXPECT_EQ(miner_of(c.chain, claimer).locked, 0U);
  EXPECT_EQ(miner_of(c.chain, claimer).late_count, 1U);
  c.chain.must_fail(claimer, "files.claim_restoral", ClaimRestoral{f.fid(), 0, 0}, "another");
  c.chain.must(outsider(f.fid(), 0, 1), "files.claim_restoral", ClaimRestoral{f.fid(), 0, 0});
}

TEST_F(Restorals, WhoLetItPassMayTryAgainWhenNobodyElseDid) {
  const auto f = make_test_file("alice", "one", test_profile(2, 2), 300'000, true);
  c.store("alice", f);
  lose(f.fid(), 0, 0);
  const std::string claimer = outsider(f.fid(), 0);
  const ClaimRestoral claim{f.fid(), 0, 0};
  c.chain.must(claimer, "files.claim_restoral", claim);
  const auto order = [&] { return *kRestorals.get(c.chain.state(), f.fid(), 0, 0); };
  const Height end = order().until;
  c.chain.advance(end - c.chain.height());
  ASSERT_TRUE(order().claimant.is_zero());
  const Height until = end + kParams.get_or_default(c.chain.state()).claim_blocks;
  EXPECT_EQ(order().until, until);
  c.chain.advance(until - 2 - c.chain.height());
  c.chain.must_fail(claimer, "files.claim_restoral", claim,
                    "turn until height " + std::to_string(until));
  c.chain.must(claimer, "files.claim_restoral", claim);
  EXPECT_EQ(order().claimant, id(claimer));
  EXPECT_GT(order().until, until);
}

TEST_F(Restorals, OrdersWaitForTheThreshold) {
  // m = 4: repair begins with two missing ones.
  const auto f = make_test_file("alice", "one", test_profile(2, 4), 1000);
  c.store("alice", f);
  lose(f.fid(), 0, 5);
  EXPECT_FALSE(kRestorals.has(c.chain.state(), f.fid(), 0, 5));
  lose(f.fid(), 0, 1);
  EXPECT_TRUE(kRestorals.has(c.chain.state(), f.fid(), 0, 5));
  EXPECT_TRUE(kRestorals.has(c.chain.state(), f.fid(), 0, 1));
}

TEST_F(Restorals, FewerThanKLivingLosesTheFileAndPaysBack) {
  const auto f = make_test_file("alice", "one", test_profile(2, 2), 300'000);
  c.store("alice", f);
  lose(f.fid(), 2, 0);
  lose(f.fid(), 2, 1);
  EXPECT_EQ(c.file(f.fid()).state, FileState::active);
  const Amount before = c.chain.balance("alice");
  const auto total = territory_of(c.chain, "alice", "photos").total;
  const auto bytes = c.file(f.fid()).stored_bytes;
  lose(f.fid(), 2, 2);
  EXPECT_EQ(c.file(f.fid()).state, FileState::lost);
  EXPECT_EQ(c.file(f.fid()).reason, "segment 2 has 1 of 2 fragments it needs");
  c.chain.advance(2);
  EXPECT_GT(c.chain.balance("alice"), before);
  EXPECT_EQ(territory_of(c.chain, "alice", "photos").total, total - bytes);
  EXPECT_EQ(miners::kTotals.get_or_default(c.chain.state()).service, 0U);
  EXPECT_TRUE(kRestorals.keys(c.chain.state(), 1).empty());
  c.chain.advance(125);
  EXPECT_FALSE(kFiles.has(c.chain.state(), f.fid()));
}

TEST_F(Restorals, CopiesOfOneFragmentCountOnce) {
  // 2+0 in two copies: columns 0 and 2 are copies of one another, 1 and 3 too.
  const auto g = make_test_file("alice", "two", test_profile(2, 0, 2), 1000);
  c.store("alice", g);
  lose(g.fid(), 0, 0);
  lose(g.fid(), 0, 2);
  EXPECT_EQ(c.file(g.fid()).state, FileState::lost);
  const auto f = make_test_file("alice", "one", test_profile(2, 0, 2), 1000);
  c.store("alice", f);
  lose(f.fid(), 0, 0);
  EXPECT_EQ(c.file(f.fid()).state, FileState::active);
  lose(f.fid(), 0, 3);
  EXPECT_EQ(c.file(f.fid()).state, FileState::active);
  lose(f.fid(), 0, 1);
  EXPECT_EQ(c.file(f.fid()).state, FileState::lost);
}

TEST_F(Restorals, OnlyTheHolderReportsALoss) {
  const auto f = make_test_file("alice", "one", test_profile(2, 2), 1000);
  c.store("alice", f);
  const auto frag = fragment_at(c.chain.state(), f.fid(), 0, 0)->frag;
  c.chain.must_fail("bob", "files.report_lost", ReportLost{{frag}}, "does not hold");
  c.chain.must_fail("bob", "files.report_lost", ReportLost{}, "1 to 64");
}

TEST_F(Restorals, ALeavingMinerIsEmptiedThenCools) {
  std::vector<TestFile> files;
  for (int i = 0; i < 6; ++i) {
    files.push_back(make_test_file("alice", "f" + std::to_string(i), test_profile(2, 4), 100'000));
    c.store("alice", files.back());
  }
  c.chain.must("miner0", "miners.exit", miners::Exit{});
  const auto held = service_totals(c.chain.state(), id("miner0")).fragments;
  EXPECT_GT(held, 0U);
  c.chain.advance(59);
  EXPECT_EQ(service_totals(c.chain.state(), id("miner0")).fragments, held);  // still audited
  c.chain.advance(2);
  EXPECT_EQ(service_totals(c.chain.state(), id("miner0")).fragments, 0U);
  EXPECT_NE(miner_of(c.chain, "miner0").until, 0U);
  c.chain.advance(10);
  c.chain.must("miner0", "miners.withdraw", miners::Withdraw{});
  for (const auto& f : files) EXPECT_EQ(c.file(f.fid()).state, FileState::active);
}

TEST_F(Restorals, ATaggedFragmentIsRebuiltWithAPodr2Proof) {
  const Bytes random = test_noise("tagger", TaggerSecret::kRandomSize);
  const TaggerSecret secret = TaggerSecret::make(random);
  const TaggerPublic pub = make_tagger_public(secret);
  const auto tagger = Tagger::make(secret, pub.head);
  ASSERT_TRUE(tagger.has_value());
  taggers::Register r;
  r.sign_key = pub.head.sign_key;
  r.v = pub.head.v.compress();
  r.w = pub.head.w.compress();
  r.list_hash = pub.head.list_hash;
  c.chain.must_fail("ivan", "taggers.register", r, "possession");
  const Bytes message = taggers::registration_message(c.chain.genesis(), id("ivan"), pub.head.id);
  r.possession = ed25519_sign(secret.sign_seed(), message);
  c.chain.must_fail("judy", "taggers.register", r, "possession");
  c.chain.must("ivan", "taggers.register", r);
  ASSERT_TRUE(taggers::is_active(c.chain.state(), pub.head.id));

  const auto f = make_test_file("alice", "one", test_profile(2, 2), 300'000, true);
  c.store("alice", f, pub.head.id);
  lose(f.fid(), 1, 2);
  const std::string claimer = outsider(f.fid(), 1);
  c.chain.must(claimer, "files.claim_restoral", ClaimRestoral{f.fid(), 1, 2});
  c.chain.block();
  // The fixture's nonces: segment, column.
  Nonce nonce{};
  nonce[0] = 1;
  nonce[1] = 2;
  const Bytes& data = f.data[1][2];
  const TagFile tags = tagger->tag_fragment({f.declare.file_id, 1, 2, 0}, nonce, data);
  const auto fragment = *fragment_at(c.chain.state(), f.fid(), 1, 2);
  ASSERT_EQ(frag_id(tags.descriptor), fragment.frag);
  const auto seed = kRestorals.get(c.chain.state(), f.fid(), 1, 2)->seed;
  const Challenge challenge = restoral_challenge(c.chain.state(), c.chain.genesis(), id(claimer),
                                                 fragment.frag, 1, pub.head.id, seed);
  ProofBuilder builder;
  for (const auto& d : draw_all(challenge)) {
    ASSERT_TRUE(builder.add(d.weight, data, ByteView(tags.tags).first(48)).has_value());
  }
  const auto z = bls::Scalar::reduce(evaluation_point_wide(challenge_seed(challenge)));
  const Proof proof = builder.finish(z, pub);
  Bytes bytes(proof.begin(), proof.end());
  auto wrong = bytes;
  wrong[120] ^= 1U;
  c.chain.must_fail(claimer, "files.complete_restoral", CompleteRestoral{f.fid(), 1, 2, wrong, {}},
                    "proof is not right");
  c.chain.must_fail(claimer, "files.complete_restoral", CompleteRestoral{f.fid(), 1, 2, {}, {}},
                    "proof is not right");
  c.chain.must(claimer, "files.complete_restoral", CompleteRestoral{f.fid(), 1, 2, bytes, {}});
  EXPECT_EQ(c.holder(f.fid(), 1, 2), claimer);
  // Another claimant's proof is not its: the challenge names the miner.
  lose(f.fid(), 1, 2);
  const std::string next = outsider(f.fid(), 1);
  c.chain.must(next, "files.claim_restoral", ClaimRestoral{f.fid(), 1, 2});
  c.chain.block();
  c.chain.must_fail(next, "files.complete_restoral", CompleteRestoral{f.fid(), 1, 2, bytes, {}},
                    "proof is not right");
}

}  // namespace files_restoral_test
}  // namespace cess
