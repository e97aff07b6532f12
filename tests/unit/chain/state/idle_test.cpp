// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base pois merkle
// Idle space on the chain: batches, epochs, judges, giving way.
#include "idle_fixture.hpp"

namespace cess::idle_space {
namespace idle_test {

TEST(Idle, ABatchOfRealFillersIsJudgedByItsBlob) {
  IdleChain chain;
  chain.join("u0");
  EXPECT_EQ(chain.record("u0").state, miners::MinerState::not_ready);
  pois::Graph graph({9});
  const auto owner = chain.owner("u0");
  std::vector<pois::Filler> fillers;
  std::vector<Hash256> comms;
  for (std::uint64_t n = 0; n < 3; ++n) {
    const auto fid = pois::filler_id(owner, n);
    fillers.emplace_back(graph, fid);
    comms.push_back(pois::commitment_hash(fid, fillers.back().commitment()));
  }
  chain.must_fail("u0", "idle.commit", Commit{1, comms}, "first: the next filler is number 0");
  const Amount money = chain.balance("u0");
  chain.commit("u0", comms);
  EXPECT_EQ(chain.balance("u0"), money - kCess);
  chain.must_fail("u0", "idle.prove", Prove{Kind::batch, 0, {}, 1}, "takes no blob");
  chain.must_fail("u0", "idle.commit", Commit{0, comms}, "pending");
  chain.to_stage("u0", Kind::batch, Stage::proof);
  const auto trial = *kBatches.get(chain.state(), chain.id("u0"));
  EXPECT_FALSE(trial.trial.beacon.is_zero());
  const auto batch = batch_of(chain.params(), chain.genesis(), chain.id("u0"), trial);
  pois::BatchProof proof{owner.params, {}};
  for (const auto& f : pois::commit_challenges(batch, trial.trial.beacon)) {
    proof.files.push_back({f.file_no, fillers[f.file_no].prove(graph, f.nodes)});
  }
  EXPECT_TRUE(pois::verify_batch(graph, batch, trial.trial.beacon, proof));
  chain.prove("u0", Kind::batch, pois::encode_batch_proof(proof));
  EXPECT_EQ(chain.batch_trial("u0").judges.size(), 4U);
  EXPECT_EQ(needed_of(chain.params(), 4), 3U);
  chain.judge("u0", Kind::batch, Opinion::good);
  EXPECT_EQ(chain.balance("u0"), money);
  EXPECT_EQ(chain.record("u0").state, miners::MinerState::positive);
  EXPECT_EQ(chain.record("u0").proven, 3 * kFiller);
  EXPECT_EQ(chain.record("u0").idle, 3 * kFiller);
  MmrPeaks range;
  for (std::uint64_t n = 0; n < 3; ++n) range.append(pois::file_leaf(n, comms[n]));
  EXPECT_EQ(range_of(chain.space("u0")), range);
}

TEST(Idle, WhatIsNotProvenInTimeOrRefusedLosesItsDeposit) {
  IdleChain chain;
  chain.join("u0");
  const Amount money = chain.balance("u0");
  chain.commit("u0", IdleChain::comms(2));
  while (kBatches.has(chain.state(), chain.id("u0"))) chain.step();
  EXPECT_EQ(chain.balance("u0"), money - kCess);
  chain.commit("u0", IdleChain::comms(2));
  chain.prove("u0", Kind::batch);
  chain.judge("u0", Kind::batch, Opinion::bad);
  EXPECT_EQ(chain.balance("u0"), money - 2 * kCess);
  EXPECT_EQ(chain.space("u0").rear, 0U);
  EXPECT_EQ(chain.record("u0").idle, 0U);
  // Judges who say nothing are no fault of the miner: others are drawn, then it is let go.
  chain.commit("u0", IdleChain::comms(2));
  chain.prove("u0", Kind::batch);
  while (kBatches.has(chain.state(), chain.id("u0"))) {
    EXPECT_LE(chain.batch_trial("u0").draws, 2U);
    chain.step();
  }
  EXPECT_EQ(chain.balance("u0"), money - 2 * kCess);
  EXPECT_EQ(chain.space("u0").rear, 0U);
}

TEST(Idle, VerdictsAreTheDrawnJudgesOwn) {
  IdleChain chain;
  chain.join("u0");
  chain.commit("u0", IdleChain::comms(2));
  chain.prove("u0", Kind::batch);
  auto v = chain.verdict("u0", Kind::batch, Opinion::good, 3);
  auto bad = v;
  bad.signers = 5;
  chain.must_fail("u3", "idle.verdict", bad, "not the signers'");
  bad = v;
  bad.opinion = Opinion::bad;
  chain.must_fail("u3", "idle.verdict", bad, "not the signers'");
  bad.opinion = Opinion::absent;
  chain.must_fail("u3", "idle.verdict", bad, "not the signers'");
  bad.signers = 1U << 4U;
  chain.must_fail("u3", "idle.verdict", bad, "bits for the 4");
}

TEST(Idle, SignaturesAddUpFromSeveralTransactions) {
  IdleChain chain({.idle = {{"batch_judge_blocks", 30}}});
  chain.join("u0");
  chain.commit("u0", IdleChain::comms(2));
  chain.prove("u0", Kind::batch);
  chain.must("u3", "idle.verdict", chain.verdict("u0", Kind::batch, Opinion::good, 1));
  chain.must_fail("u3", "idle.verdict", chain.verdict("u0", Kind::batch, Opinion::good, 1),
                  "submitted");
  chain.must_fail("u3", "idle.verdict", chain.verdict("u0", Kind::batch, Opinion::bad, 1),
                  "submitted");
  chain.must_fail("u3", "idle.verdict", chain.verdict("u0", Kind::batch, Opinion::bad, 3),
                  "otherwise");
  chain.must("u3", "idle.verdict", chain.verdict("u0", Kind::batch, Opinion::bad, 2));
  chain.must("u3", "idle.verdict", chain.verdict("u0", Kind::batch, Opinion::good, 4));
  EXPECT_EQ(chain.space("u0").rear, 0U);
  chain.must("u3", "idle.verdict", chain.verdict("u0", Kind::batch, Opinion::good, 8));
  EXPECT_EQ(chain.space("u0").rear, 2U);
}

TEST(Idle, JudgesAreAppointedByValidatorsWithAKeyOfTheirOwn) {
  IdleChain chain;
  auto a = chain.appointment("v1");
  chain.must_fail("u0", "idle.appoint", a, "no validator");
  chain.must_fail("v0", "idle.appoint", a, "possession");
  const auto& voting = bls_for("v0");
  Appoint b{voting.public_key().bytes(), voting.prove_possession().bytes(),
            voting.sign(appoint_message(chain.genesis(), chain.id("v0"))).bytes()};
  chain.must_fail("v0", "idle.appoint", b, "another use");
  chain.must("v1", "idle.appoint", a);
}

TEST(Idle, AnEpochInTwoRoundsCountsForTheReward) {
  IdleChain chain;
  chain.join("u0");
  chain.fill("u0", 10);
  chain.next_round();
  EXPECT_LE(chain.record("u0").proof_from, chain.epoch());
  chain.must_fail("u0", "idle.answer", Answer{chain.epoch(), 1, {}}, "front");
  chain.answer("u0");
  chain.must_fail("u0", "idle.answer", Answer{chain.epoch(), 0, {}}, "submitted");
  chain.prove("u0", Kind::epoch);
  chain.judge("u0", Kind::epoch, Opinion::good);
  EXPECT_EQ(chain.epoch_trial("u0").trial.outcome, Outcome::accepted);
  const auto c = epoch_challenge(chain.params(), chain.genesis(), chain.epoch(), chain.id("u0"),
                                 chain.epoch_trial("u0"));
  EXPECT_TRUE(pois::check_epoch(c));
  EXPECT_EQ(c.live.count(), 10U);
  EXPECT_EQ(c.files_root, range_of(chain.space("u0")).root());
  chain.next_round();
  const auto h = *audits::kHistories.get(chain.state(), chain.id("u0"));
  EXPECT_EQ(h.passed, 1U);
  EXPECT_EQ(h.window.at(0).full, 10 * kFiller);
}

TEST(Idle, ARefusedEpochIsTwoStepsAMissedOneIsOne) {
  IdleChain chain;
  chain.join("u0");
  chain.join("u1");
  chain.fill("u0", 4);
  chain.fill("u1", 4);
  chain.next_round();
  chain.answer("u0");
  chain.prove("u0", Kind::epoch);
  chain.judge("u0", Kind::epoch, Opinion::bad);
  chain.next_round();
  EXPECT_EQ(audits::kHistories.get(chain.state(), chain.id("u0"))->failures, 2U);
  EXPECT_EQ(audits::kHistories.get(chain.state(), chain.id("u1"))->failures, 1U);
  EXPECT_EQ(chain.record("u0").state, miners::MinerState::frozen);
  // Nobody asks for fillers that were accepted after the snapshot.
  chain.join("u2");
  while (chain.clock().epoch_end() - chain.height() > 15) chain.step();
  chain.fill("u2", 4);
  const Epoch e = chain.epoch();
  chain.next_round();
  EXPECT_EQ(chain.record("u2").proof_from, e + 2);
  chain.must_fail("u2", "idle.answer", Answer{chain.epoch(), 0, {}}, "binding");
  chain.next_round();
  EXPECT_FALSE(audits::kHistories.has(chain.state(), chain.id("u2")));
}

// The ladder of audits (decision 1645): five steps put a miner out, a false proof is two of them.
TEST(Idle, ThreeFalseEpochsInARowPutAMinerOutOrFiveMissedOnes) {
  IdleChain chain({.idle = {{"answer_blocks", 10}, {"opening_blocks", 20}, {"judge_blocks", 20}},
                   .blocks_per_epoch = 120});
  for (const char* name : {"u0", "u1", "u2"}) {
    chain.join(name);
    chain.fill(name, 4);
  }
  const auto is_out = [&](const char* name) {
    const auto state = chain.record(name).state;
    return state != miners::MinerState::positive && state != miners::MinerState::frozen;
  };
  // u0 is found false in each round, u1 never answers, u2 is found false but for its third round.
  for (int round = 1; round <= 5; ++round) {
    chain.next_round();
    for (const char* name : {"u0", "u2"}) {
      if (is_out(name)) continue;
      chain.answer(name);
      chain.prove(name, Kind::epoch);
      const bool good = std::string(name) == "u2" && round == 3;
      chain.judge(name, Kind::epoch, good ? Opinion::good : Opinion::bad);
    }
    while (audits::kRounds.has(chain.state(), chain.epoch())) chain.step();
    EXPECT_EQ(is_out("u0"), round >= 3) << round;
    EXPECT_EQ(is_out("u1"), round >= 5) << round;
    EXPECT_FALSE(is_out("u2")) << round;
    if (round == 3) {
      EXPECT_EQ(audits::kHistories.get(chain.state(), chain.id("u0"))->failures, 6U);
      EXPECT_EQ(audits::kHistories.get(chain.state(), chain.id("u2"))->failures, 0U);
    }
  }
}

TEST(Idle, ABlobThatNobodyCanGetIsAMissedDeadline) {
  IdleChain chain({.validators = 7,
                   .idle = {{"opening_blocks", 20}, {"judge_blocks", 20}},
                   .blocks_per_epoch = 80});
  for (const char* name : {"u0", "u1", "u2"}) {
    chain.join(name);
    chain.fill(name, 4);
  }
  chain.next_round();
  const auto say = [&](const char* name, Opinion opinion, std::uint16_t signers) {
    chain.must("u3", "idle.verdict", chain.verdict(name, Kind::epoch, opinion, signers));
  };
  for (const char* name : {"u0", "u1", "u2"}) chain.answer(name);
  for (const char* name : {"u0", "u1", "u2"}) chain.prove(name, Kind::epoch);
  ASSERT_EQ(needed_of(chain.params(), chain.epoch_trial("u0").trial.judges.size()), 5U);
  // Four of seven who cannot reach the miner decide nothing, and may not say something else then.
  say("u0", Opinion::absent, 0x0f);
  EXPECT_EQ(chain.epoch_trial("u0").trial.stage, Stage::verdict);
  for (const Opinion other : {Opinion::good, Opinion::bad}) {
    chain.must_fail("u3", "idle.verdict", chain.verdict("u0", Kind::epoch, other, 0x11),
                    "otherwise");
  }
  say("u0", Opinion::good, 0x60);
  EXPECT_EQ(chain.epoch_trial("u0").trial.stage, Stage::verdict);
  say("u0", Opinion::absent, 0x10);
  EXPECT_EQ(chain.epoch_trial("u0").trial.outcome, Outcome::missed);
  // Nothing for some and something bad for others is no way out either; something bad for five is
  // a lie.
  say("u1", Opinion::absent, 0x1c);
  say("u1", Opinion::bad, 0x03);
  EXPECT_EQ(chain.epoch_trial("u1").trial.outcome, Outcome::missed);
  say("u2", Opinion::absent, 0x01);
  say("u2", Opinion::bad, 0x3e);
  EXPECT_EQ(chain.epoch_trial("u2").trial.outcome, Outcome::refused);
  chain.next_round();
  const auto failures = [&](const char* name) {
    return audits::kHistories.get(chain.state(), chain.id(name))->failures;
  };
  EXPECT_EQ(failures("u0"), 1U);
  EXPECT_EQ(failures("u1"), 1U);
  EXPECT_EQ(failures("u2"), 2U);
}

TEST(Idle, ABatchThatNobodyCanGetLosesItsDepositAndAnEpochMayBeTriedAgain) {
  IdleChain chain;
  chain.join("u0");
  const Amount money = chain.balance("u0");
  chain.commit("u0", IdleChain::comms(2));
  chain.prove("u0", Kind::batch);
  chain.judge("u0", Kind::batch, Opinion::absent);
  EXPECT_EQ(chain.balance("u0"), money - kCess);
  EXPECT_EQ(chain.space("u0").rear, 0U);
  chain.fill("u0", 2);
  chain.next_round();
  chain.answer("u0");
  chain.prove("u0", Kind::epoch);
  chain.judge("u0", Kind::epoch, Opinion::absent);
  chain.must("u0", "idle.retry", Retry{chain.epoch()});
  EXPECT_EQ(chain.epoch_trial("u0").trial.judged(), 0U);
  chain.to_stage("u0", Kind::epoch, Stage::answer);
  chain.answer("u0");
  chain.prove("u0", Kind::epoch);
  chain.judge("u0", Kind::epoch, Opinion::good);
  chain.next_round();
  EXPECT_EQ(audits::kHistories.get(chain.state(), chain.id("u0"))->failures, 0U);
}

TEST(Idle, OneMissedDeadlineMayBeTriedAgain) {
  IdleChain chain;
  chain.join("u0");
  chain.fill("u0", 4);
  chain.next_round();
  const Epoch e = chain.epoch();
  chain.must_fail("u0", "idle.retry", Retry{e}, "early");
  for (int i = 0; i < 6; ++i) chain.step();
  chain.must_fail("u0", "idle.answer", Answer{e, 0, {}}, "late");
  const Amount money = chain.balance("u0");
  chain.must("u0", "idle.retry", Retry{e});
  EXPECT_EQ(chain.balance("u0"), money - kCess);
  chain.to_stage("u0", Kind::epoch, Stage::answer);
  EXPECT_NE(chain.epoch_trial("u0").challenge, system::beacon(chain.state()));
  chain.answer("u0");
  chain.to_stage("u0", Kind::epoch, Stage::done);  // no blob: missed again
  chain.must_fail("u0", "idle.retry", Retry{e}, "retried");
  chain.next_round();
  EXPECT_EQ(audits::kHistories.get(chain.state(), chain.id("u0"))->failures, 1U);
}

TEST(Idle, TheOldestGiveWayToWhatIsLocked) {
  IdleChain chain;
  chain.join("u0", 1U << 20U);  // room for 64
  chain.must_fail("u0", "idle.commit", Commit{0, IdleChain::comms(65)}, "space: 1048576 bytes");
  chain.fill("u0", 10);
  const auto id = chain.id("u0");
  between_blocks(chain, [&](Context& ctx) {
    EXPECT_FALSE(miners::lock_space(ctx, id, 10 * kFiller + 1));
    EXPECT_TRUE(miners::lock_space(ctx, id, 1));
  });
  chain.step();
  EXPECT_EQ(chain.space("u0").front, 1U);
  EXPECT_EQ(chain.unfilled("u0").slack, kFiller - 1);
  EXPECT_EQ(chain.unfilled("u0").vacant, 0U);
  between_blocks(chain, [&](Context& ctx) {
    EXPECT_TRUE(miners::lock_space(ctx, id, kFiller - 1));  // slack is used to the byte
  });
  chain.step();
  EXPECT_EQ(chain.space("u0").front, 1U);
  EXPECT_EQ(chain.unfilled("u0").slack + chain.unfilled("u0").vacant, 0U);
  between_blocks(chain, [&](Context& ctx) {
    EXPECT_TRUE(miners::fill_space(ctx, id, kFiller));
    EXPECT_TRUE(miners::free_space(ctx, id, kFiller));
  });
  chain.step();
  EXPECT_EQ(chain.unfilled("u0").slack, 0U);
  EXPECT_EQ(chain.unfilled("u0").vacant, kFiller);  // what data has left
  // A new filler takes the slack; capacity grows only by what is missing.
  chain.fill("u0", 2);
  EXPECT_EQ(chain.record("u0").proven, 11 * kFiller);
  EXPECT_EQ(chain.unfilled("u0").slack + chain.unfilled("u0").vacant, 0U);
  EXPECT_EQ(chain.space("u0").rear, 12U);
}

TEST(Idle, HolesAreLostSpace) {
  IdleChain chain;
  chain.join("u0");
  chain.fill("u0", 10);
  const Amount money = chain.balance("u0");
  chain.must("u0", "idle.declare_hole", DeclareHole{2, 4});
  EXPECT_EQ(chain.balance("u0"), money - kCess);
  chain.must_fail("u0", "idle.declare_hole", DeclareHole{2, 4}, "known");
  chain.must_fail("u0", "idle.declare_hole", DeclareHole{9, 11}, "not inside [0, 10)");
  chain.must("u0", "idle.declare_hole", DeclareHole{4, 5});  // joins
  EXPECT_EQ(chain.space("u0").holes.size(), 1U);
  EXPECT_EQ(chain.record("u0").idle, 7 * kFiller);
  between_blocks(chain, [&](Context& ctx) {
    EXPECT_TRUE(miners::lock_space(ctx, chain.id("u0"), 3 * kFiller));
  });
  chain.step();
  EXPECT_EQ(chain.space("u0").front, 6U);  // 0, 1 and 5
  EXPECT_TRUE(chain.space("u0").holes.empty());
}

TEST(Idle, WhatGaveWayBetweenTheRoundsIsNotAsked) {
  IdleChain chain;
  chain.join("u0");
  chain.fill("u0", 10);
  chain.next_round();
  const auto lock = [&](std::uint64_t fillers) {
    between_blocks(chain, [&](Context& ctx) {
      EXPECT_TRUE(miners::lock_space(ctx, chain.id("u0"), fillers * kFiller));
    });
    chain.step();
  };
  lock(2);  // before the answer: it begins at 2
  chain.must_fail("u0", "idle.answer", Answer{chain.epoch(), 3, {}}, "front");
  chain.answer("u0");
  lock(3);
  chain.to_stage("u0", Kind::epoch, Stage::proof);
  EXPECT_EQ(chain.epoch_trial("u0").front, 2U);
  EXPECT_EQ(chain.epoch_trial("u0").opened_front, 5U);
  EXPECT_EQ(skipped(chain.epoch_trial("u0")), 3U);
  chain.prove("u0", Kind::epoch);
  chain.judge("u0", Kind::epoch, Opinion::good);
  chain.next_round();
  EXPECT_EQ(audits::kHistories.get(chain.state(), chain.id("u0"))->window.at(0).full, 5 * kFiller);
}

TEST(Idle, WithoutProofsDeclaredSpaceIsBelievedAndFillersStillGiveWay) {
  IdleChain chain({.miners = {{"idle_proofs", false}}});
  chain.join("u0", 1U << 20U);
  EXPECT_EQ(chain.record("u0").idle, 1U << 20U);
  chain.fill("u0", 60);
  between_blocks(chain, [&](Context& ctx) {
    EXPECT_TRUE(miners::lock_space(ctx, chain.id("u0"), 5 * kFiller));
  });
  chain.step();
  EXPECT_EQ(chain.space("u0").front, 1U);
  EXPECT_EQ(chain.unfilled("u0").slack + chain.unfilled("u0").vacant, 0U);
  // A smaller promise makes them give way, too.
  chain.must("u0", "miners.declare", miners::Declare{1U << 20U, 0});
  EXPECT_EQ(chain.record("u0").fillers, 59 * kFiller);
}

}  // namespace idle_test
}  // namespace cess::idle_space
