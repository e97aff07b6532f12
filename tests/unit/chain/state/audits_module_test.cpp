// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base audit podr2 merkle
// Rounds of audits on a chain: windows, refusals, the ladder, and that everything happens once.
#include "unit/chain/state/audit_chain.hpp"

namespace cess::audits {
namespace audits_module_test {

using test::AuditChain;

constexpr Amount kStake = 2000 * kBaseUnitsPerToken;

void keep_usual(AuditChain& chain, const std::string& name, std::uint64_t seed) {
  chain.miner(name).keep(chain.state(), test::tagged_fragment(0, seed, 3000));
  chain.miner(name).keep(chain.state(), test::tagged_fragment(1, seed + 1, kBlockSize + 5000));
}

SubmitProof falsify(SubmitProof p) {
  p.groups.at(0).proof.at(100) ^= 1U;
  return p;
}

TEST(Audits, HonestMinersPassAndTheirSpaceTimeGrows) {
  AuditChain chain(Json::object({{"post_epochs", 3U}}));
  for (const auto* name : {"alice", "bob"}) {
    chain.join(name);
    keep_usual(chain, name, 10U * static_cast<unsigned>(name[0]));
  }
  Hash256 digest;
  for (int round = 1; round <= 5; ++round) {
    chain.next_round();
    const auto e = chain.epoch();
    const auto challenge = *chain.challenge("alice");
    EXPECT_EQ(challenge.fragments, 2U);
    const auto a = chain.reply("alice");
    chain.queue("alice", "audits.submit_proof", a);
    chain.queue("bob", "audits.submit_proof", chain.reply("bob"));
    chain.block();
    EXPECT_EQ(chain.result("alice", e)->outcome, Outcome::passed);
    chain.advance(6);
    ASSERT_TRUE(chain.settled(e));
    const auto h = chain.history("alice");
    EXPECT_EQ(h.passed, static_cast<std::uint64_t>(round));
    EXPECT_EQ(h.window.size(), static_cast<std::size_t>(std::min(3, round)));
    const auto bytes = 3000 + kBlockSize + 5000;
    const auto idle = chain.record("alice").idle;
    EXPECT_EQ(h.window.back().full, bytes + idle);
    // D_e as written in settle.cpp.
    std::array<std::uint8_t, 17> tail{1};
    store_le(tail.data() + 1, idle);
    store_le(tail.data() + 9, bytes);
    const Hash256 proof = sha256({Hash256{}.view(), encode_scale(a)});
    digest = sha256({as_bytes("CESS-POST-v1"), digest.view(), challenge.beacon.view(),
                     Hash256{}.view(), proof.view(), tail});
    EXPECT_EQ(h.digest, digest);
  }
  EXPECT_EQ(chain.record("alice").stake, kStake);
}

TEST(Audits, RefusesWhatIsNotThisAnswerNow) {
  AuditChain chain;
  chain.join("alice");
  chain.join("bob");
  keep_usual(chain, "alice", 10);
  keep_usual(chain, "bob", 20);
  chain.next_round();
  const auto old = chain.reply("alice");
  const auto old_epoch = chain.epoch();
  chain.must_fail("carol", "audits.submit_proof", old, "binding: not an audited miner");
  chain.must_fail("bob", "audits.submit_proof", old, "binding: asked is index");
  auto other = old;
  other.epoch += 5;
  chain.must_fail("alice", "audits.submit_proof", other, "stale");
  other = old;
  other.groups.pop_back();
  chain.must_fail("alice", "audits.submit_proof", other, "group");
  other = old;
  other.groups[0].proof.pop_back();
  chain.must_fail("alice", "audits.submit_proof", other, "group: an answer has 128 bytes");
  // Nothing of this was held against anybody.
  chain.next_round();
  EXPECT_EQ(chain.history("alice").wrong, 0U);
  EXPECT_EQ(chain.history("alice").missing, 1U);
  chain.must_fail("alice", "audits.submit_proof", old, "stale");
  other = old;
  other.epoch = chain.epoch();
  EXPECT_NE(other.epoch, old_epoch);
  chain.must_fail("alice", "audits.submit_proof", other, "binding");
  const auto now = chain.reply("alice");
  chain.queue("alice", "audits.submit_proof", now);
  chain.queue("alice", "audits.submit_proof", now);
  const auto& receipts = chain.block().receipts;
  EXPECT_TRUE(receipts[1].ok) << receipts[1].error;
  EXPECT_NE(receipts[2].error.find("submitted"), std::string::npos);
  chain.must_fail("alice", "audits.submit_proof", now, "submitted");
}

TEST(Audits, WindowsOpenAndCloseByHeight) {
  AuditChain chain(Json::object({{"offset_share", 4000U}, {"response_share", 2000U}}));
  const std::vector<std::string> names = {"alice", "bob", "carol", "dave", "erin"};
  for (const auto& n : names) {
    chain.join(n);
    keep_usual(chain, n, 10U * static_cast<unsigned>(n[0]));
  }
  std::set<Height> firsts;
  for (int round = 0; round < 3; ++round) {
    chain.next_round();
    const auto start = system::clock(chain.state()).epoch_start;
    for (const auto& n : names) {
      const auto w = chain.window(n);
      firsts.insert(w.first - start);
      EXPECT_GE(w.first, start);
      EXPECT_LT(w.first, start + 4);
      EXPECT_EQ(w.last, w.first + 1);
    }
  }
  EXPECT_EQ(firsts.size(), 4U);
  // Both sides of both ends.
  const auto w = chain.window("alice");
  const auto reply = chain.reply("alice");
  if (w.first > chain.height() + 1) {
    chain.go_before(w.first - 1);
    chain.must_fail("alice", "audits.submit_proof", reply, "early");
  }
  chain.go_before(w.last + 1);
  chain.must_fail("alice", "audits.submit_proof", reply, "late");
  const auto e = chain.epoch();
  const auto missing = chain.history("alice").missing;
  chain.next_round();
  EXPECT_EQ(chain.result("alice", e)->outcome, Outcome::missing);
  EXPECT_EQ(chain.history("alice").missing, missing + 1);  // exactly once
  const auto last = chain.window("alice").last;
  const auto at_last = chain.reply("alice");
  chain.go_before(last);
  chain.must("alice", "audits.submit_proof", at_last);
  chain.next_round();
  EXPECT_EQ(chain.history("alice").passed, 1U);
}

TEST(Audits, TheIndexOfTheSnapshotIsAsked) {
  AuditChain chain;
  chain.join("alice");
  keep_usual(chain, "alice", 10);
  chain.next_round();
  chain.must("alice", "audits.submit_proof", chain.reply("alice"));
  const auto before = service_totals(chain.state(), chain.id("alice"));
  chain.advance(system::clock(chain.state()).epoch_end() - chain.height());  // past the snapshot
  // What comes and goes now counts in the round after the next.
  const auto gone = chain.miner("alice").entries()[0].frag;
  ASSERT_TRUE(index_remove(chain.state(), gone));
  ServiceEntry e;
  e.frag = FragId::from(sha256(as_bytes("new")).view());
  e.length = 999;
  ASSERT_TRUE(index_append(chain.state(), chain.id("alice"), e));
  chain.next_round();
  EXPECT_EQ(chain.challenge("alice")->svc_root, before.root);
  chain.must("alice", "audits.submit_proof", chain.reply("alice"));
  chain.next_round();
  EXPECT_EQ(chain.history("alice").passed, 2U);
  EXPECT_NE(chain.challenge("alice")->svc_root, before.root);
  EXPECT_EQ(kOldEntries.keys(chain.state(), 1).size(), 0U);
}

TEST(Audits, MissingClimbsTheLadder) {
  AuditChain chain;
  chain.join("alice");
  keep_usual(chain, "alice", 10);
  chain.next_round();
  const Amount fines[] = {0, kStake * 5 / 100, kStake * 15 / 100, kStake * 15 / 100,
                          kStake * 15 / 100};
  Amount stake = kStake;
  for (std::uint32_t n = 0; n < 5; ++n) {
    EXPECT_NE(chain.record("alice").state, miners::MinerState::offline);
    chain.next_round();
    stake -= fines[n];
    EXPECT_EQ(chain.record("alice").stake, stake) << n;
    EXPECT_EQ(chain.history("alice").failures, n + 1);
    if (n > 0) {
      EXPECT_NE(chain.record("alice").state, miners::MinerState::positive);  // frozen
    }
  }
  EXPECT_EQ(chain.record("alice").state, miners::MinerState::offline);
  chain.next_round();
  EXPECT_EQ(chain.history("alice").missing, 5U);  // no longer audited
}

TEST(Audits, ASinglePassEndsTheRow) {
  AuditChain chain;
  chain.join("alice");
  keep_usual(chain, "alice", 10);
  chain.next_round();
  chain.next_round();
  EXPECT_EQ(chain.history("alice").failures, 1U);
  chain.must("alice", "audits.submit_proof", chain.reply("alice"));
  chain.next_round();
  EXPECT_EQ(chain.history("alice").failures, 0U);
  chain.next_round();
  EXPECT_EQ(chain.history("alice").failures, 1U);
  EXPECT_EQ(chain.record("alice").stake, kStake);
}

TEST(Audits, FalseProofsCountTwoStepsAndCanBeJudgedAgain) {
  AuditChain chain;
  chain.join("alice");
  chain.join("bob");
  keep_usual(chain, "alice", 10);
  keep_usual(chain, "bob", 20);
  chain.next_round();
  Amount stake = kStake;
  const Amount fines[] = {kStake * 5 / 100, kStake * 15 / 100, kStake * 15 / 100};
  for (std::uint32_t n = 0; n < 3; ++n) {
    const auto e = chain.epoch();
    chain.queue("alice", "audits.submit_proof", falsify(chain.reply("alice")));
    chain.queue("bob", "audits.submit_proof", chain.reply("bob"));
    chain.block();
    EXPECT_EQ(chain.result("alice", e)->outcome, Outcome::wrong);
    EXPECT_EQ(chain.result("alice", e)->reason, "equation");
    EXPECT_EQ(chain.result("bob", e)->outcome, Outcome::passed);
    // cess-chain show audit … | cess-prove verify
    const auto doc = rejected_document(chain.state(), chain.genesis(), e, chain.id("alice"));
    ASSERT_TRUE(doc);
    const auto parsed = parse_proof(write_json(proof_to_json(*doc)), "show audit");
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(reason_name(test::reason_for(*parsed)), "equation");
    EXPECT_FALSE(rejected_document(chain.state(), chain.genesis(), e, chain.id("bob")));
    chain.next_round();
    stake -= fines[n];
    EXPECT_EQ(chain.record("alice").stake, stake);
    EXPECT_EQ(chain.history("alice").failures, 2 * (n + 1));
  }
  EXPECT_EQ(chain.record("alice").state, miners::MinerState::offline);
  EXPECT_EQ(chain.history("bob").passed, 3U);
}

TEST(Audits, UntaggedFragmentsAreAnsweredByLeavesInParts) {
  AuditChain chain;
  chain.join("alice");
  keep_usual(chain, "alice", 10);
  chain.miner("alice").keep(chain.state(), test::untagged_fragment(12, 2 * kBlockSize));
  chain.next_round();
  auto all = chain.reply("alice");
  ASSERT_GT(all.leaves.size(), 2U);
  auto first = all;
  first.leaves.resize(1);
  auto rest = all;
  rest.groups.clear();
  rest.leaves.erase(rest.leaves.begin());
  chain.must_fail("alice", "audits.submit_proof", rest, "group");  // the first part has the groups
  chain.must("alice", "audits.submit_proof", first);
  EXPECT_FALSE(chain.result("alice", chain.epoch()));
  auto again = rest;
  again.leaves = first.leaves;
  chain.must_fail("alice", "audits.submit_proof", again, "submitted");
  again.leaves.clear();
  chain.must_fail("alice", "audits.submit_proof", again, "leaf");
  chain.must("alice", "audits.submit_proof", rest);
  EXPECT_EQ(chain.result("alice", chain.epoch())->outcome, Outcome::passed);

  chain.next_round();
  all = chain.reply("alice");
  all.leaves.at(0).data[0] ^= 1U;
  const auto e = chain.epoch();
  chain.must("alice", "audits.submit_proof", all);
  EXPECT_EQ(chain.result("alice", e)->outcome, Outcome::wrong);
  EXPECT_EQ(chain.result("alice", e)->reason, "leaf");
  const auto doc = rejected_document(chain.state(), chain.genesis(), e, chain.id("alice"));
  ASSERT_TRUE(doc);
  EXPECT_EQ(reason_name(test::reason_for(*doc)), "leaf");
}

TEST(Audits, WorkPerBlockIsBounded) {
  AuditChain chain(Json::object({{"judged_per_block", 32U},
                                 {"settled_per_block", 2U},
                                 {"response_share", 4000U},
                                 {"purged_per_block", 3U},
                                 {"kept_epochs", 2U}}));
  const std::vector<std::string> names = {"alice", "bob", "carol", "dave", "erin"};
  for (const auto& n : names) chain.join(n);
  chain.next_round();
  for (const auto& n : names) keep_usual(chain, n, 10U * static_cast<unsigned>(n[0]));
  for (int round = 0; round < 4; ++round) {
    chain.next_round();
    const auto e = chain.epoch();
    for (const auto& n : names) {
      auto reply = chain.reply(n);
      chain.queue(n, "audits.submit_proof", n == "bob" ? falsify(reply) : reply);
    }
    // Two proofs of 17 asked blocks do not fit in 32: one a block.
    for (std::size_t done = 1; done <= 5; ++done) {
      chain.block();
      std::size_t results = 0;
      for (const auto& n : names) results += chain.result(n, e) ? 1U : 0U;
      EXPECT_EQ(results, done);
    }
    // Settled two a block, once all are judged.
    std::uint64_t settled = 0;
    for (const auto& n : names) settled += chain.history(n).last == e ? 1U : 0U;
    EXPECT_EQ(settled, 2U);
    chain.block();
    chain.block();
    EXPECT_TRUE(chain.settled(e));
    for (const auto& n : names) EXPECT_EQ(chain.history(n).last, e);
    if (round == 2) break;  // bob is out after three false proofs
  }
  EXPECT_EQ(chain.history("alice").passed, 4U);  // once for idle space alone
  chain.advance_epochs(8);
  const Epoch now = kIndexSnapshot.get_or_default(chain.state());
  for (const auto& key : kResults.keys(chain.state(), 1000)) EXPECT_GE(std::get<0>(key) + 3, now);
  EXPECT_EQ(kRejected.keys(chain.state(), 1).size(), 0U);
  EXPECT_EQ(kRejectedPages.keys(chain.state(), 1).size(), 0U);
  EXPECT_EQ(kSubmissions.keys(chain.state(), 1).size(), 0U);
}

TEST(Audits, IdleVerdictsComeInBesideTheService) {
  AuditChain chain(Json::object({{"idle_unproven_counts", false}, {"idle_required", true}}));
  chain.join("alice");
  chain.join("bob");
  keep_usual(chain, "alice", 10);
  chain.next_round();
  const auto e = chain.epoch();
  chain.must("alice", "audits.submit_proof", chain.reply("alice"));
  Events events;
  BlockInfo info;
  info.height = chain.height() + 1;
  Context ctx{chain.state(), info, events, {}, chain.genesis()};
  ASSERT_TRUE(report_idle(ctx, e, chain.id("alice"), {true, 5'000'000, Hash256{}}));
  EXPECT_FALSE(report_idle(ctx, e, chain.id("alice"), {true, 6'000'000, Hash256{}}));
  EXPECT_FALSE(report_idle(ctx, e + 1, chain.id("alice"), {true, 6'000'000, Hash256{}}));
  chain.next_round();
  EXPECT_EQ(chain.history("alice").window.at(0).full, 5'000'000 + 3000 + kBlockSize + 5000);
  EXPECT_EQ(chain.history("bob").missing, 1U);  // no service, but idle space is asked for
}

}  // namespace audits_module_test
}  // namespace cess::audits
