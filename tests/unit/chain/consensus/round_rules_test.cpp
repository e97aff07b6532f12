// SPDX-License-Identifier: Apache-2.0
// links: chain_consensus crypto base
// What one core signs and refuses to sign: rounds, justification, restart, other heights.
#include "unit/chain/consensus/lone_core.hpp"

namespace cess::consensus {
namespace {

TEST_F(Rules, TimerMovesOnAndNothingOfThePastIsSigned) {
  const auto b = block(1);
  hold = true;
  get(proposal(0, b));
  const Event verdict_event = later.front();
  later.clear();
  hold = false;
  tick(now + timing.interval_ms_max + timing.round_ms);
  EXPECT_EQ(said(), just(Kind::round_change, 1, {}));
  actions.clear();
  step(verdict_event);
  EXPECT_TRUE(said().empty());
  get(CertificateMessage{certify(Kind::prepare, 0, sha256(*b))});
  EXPECT_TRUE(said().empty());
}

TEST_F(Rules, PreparedIsReportedWithItsCertificate) {
  const auto b = block(1);
  get(proposal(0, b));
  const Certificate qc = certify(Kind::prepare, 0, sha256(*b));
  get(CertificateMessage{qc});
  tick(now + 5000);
  EXPECT_EQ(said(), just(Kind::round_change, 1, sha256(*b), 1));
  const auto& m = std::get<RoundChange>(*all<action::Broadcast>().back().message);
  EXPECT_EQ(m.prepared, qc);
}

TEST_F(Rules, JumpsToTheSmallestOfFourHigherRounds) {
  const auto change = [&](ValidatorIndex who, Round r) {
    get(RoundChange{sign(who, Kind::round_change, r, {}), std::nullopt});
  };
  std::vector<ValidatorIndex> others;
  for (ValidatorIndex i = 0; i < n; ++i) {
    if (i != me) others.push_back(i);
  }
  change(others[0], 9);
  change(others[1], 3);
  change(others[1], 3);
  change(others[2], 5);
  EXPECT_EQ(core->view().round, 0U) << "three may all lie";
  change(others[3], 7);
  EXPECT_EQ(core->view().round, 3U);
  EXPECT_EQ(said(), just(Kind::round_change, 3, {}));
}

TEST_F(Rules, LyingRoundChangesAreRefused) {
  const Digest d = sha256(as_bytes("x"));
  const auto refused = [&](const RoundChange& m) {
    get(m);
    EXPECT_EQ(all<action::Penalise>().size(), 1U);
  };
  const Certificate qc = certify(Kind::prepare, 1, d);
  RoundChange m{sign(1, Kind::round_change, 3, d, 2), qc};
  m.vote.signature[1] ^= 1;
  refused(m);
  m = {sign(1, Kind::round_change, 3, d, 2), certify(Kind::prepare, 1, d, 7)};
  refused(m);
  m = {sign(1, Kind::round_change, 3, d, 3), qc};  // claims a higher round than it proves
  refused(m);
  m = {sign(1, Kind::round_change, 3, parent, 2), qc};  // another block
  refused(m);
  m = {sign(1, Kind::round_change, 3, d, 2), certify(Kind::commit, 1, d)};
  refused(m);
  get(RoundChange{sign(1, Kind::round_change, 3, d, 2), qc});
  EXPECT_TRUE(all<action::Penalise>().empty());
}

TEST_F(Rules, JustificationIsRecheckedExactly) {
  const auto old_block = block(1), new_block = block(2);
  const Certificate qc = certify(Kind::prepare, 0, sha256(*old_block));
  const auto refused = [&](const Proposal& p, const char* why) {
    get(p);
    EXPECT_TRUE(said().empty()) << why;
    EXPECT_TRUE(all<action::Validate>().empty()) << why;
  };
  Proposal p = proposal(2, old_block);
  refused(p, "no justification");
  refused(justified(2, old_block, qc, 7), "seven of eleven");
  refused(justified(2, new_block, qc), "not the highest prepared block");
  p = justified(2, old_block, qc);
  p.prepared.reset();
  refused(p, "without the certificate");
  p = justified(2, new_block, std::nullopt);
  p.prepared = qc;
  refused(p, "a certificate that nobody reports");
  p = justified(2, old_block, qc);
  p.round_changes[5] = p.round_changes[4];
  refused(p, "one validator twice");
  p = justified(2, old_block, qc);
  std::swap(p.round_changes[5], p.round_changes[4]);
  refused(p, "not in order");
  p = justified(2, old_block, qc);
  p.round_changes[4] = sign(4, Kind::round_change, 1, {});
  refused(p, "a change to another round");
  p = justified(2, old_block, qc);
  p.round_changes[4] = sign(4, Kind::round_change, 3, {});
  refused(p, "a change to a higher round");
  p = justified(2, old_block, qc);
  p.round_changes[4].signature[0] ^= 1;
  refused(p, "a false signature");
  p = justified(2, old_block, certify(Kind::prepare, 0, sha256(*old_block), 7));
  refused(p, "a certificate of seven");
  p = justified(2, old_block, qc);
  p.round_changes[6] = sign(6, Kind::round_change, 2, sha256(*new_block), 2);
  refused(p, "somebody reports a higher round");
  p = justified(2, old_block, qc);
  p.round_changes[6] = sign(6, Kind::round_change, 2, sha256(*old_block), 2);
  refused(p, "the certificate is not of the highest round reported");
  p = justified(2, old_block, qc);
  p.round_changes[6] = sign(6, Kind::round_change, 2, sha256(*new_block), 1);
  refused(p, "two blocks prepared in one round");
  p = justified(2, old_block, qc);
  p.prepared->height = h - 1;
  refused(p, "a certificate of another height");
  p = justified(2, old_block, qc, 9);
  refused(p, "more than a quorum");
  get(justified(2, old_block, qc));
  EXPECT_EQ(said(), just(Kind::prepare, 2, sha256(*old_block)));
  ASSERT_EQ(all<action::Validate>().size(), 1U);
  EXPECT_FALSE(all<action::Validate>()[0].fresh);
  EXPECT_EQ(core->view().round, 2U) << "a justified proposal takes the node along";
}

TEST_F(Rules, FreshBlockInALaterRound) {
  get(justified(2, block(2), std::nullopt));
  EXPECT_EQ(said(), just(Kind::prepare, 2, sha256(*block(2))));
  EXPECT_TRUE(all<action::Validate>()[0].fresh);
  get(proposal(0, block(1)));
  EXPECT_TRUE(said().empty()) << "of the past";
}

TEST_F(Rules, RestartSaysTheSameAgainAndNothingElse) {
  const auto b = block(1);
  get(proposal(0, b));
  get(CertificateMessage{certify(Kind::prepare, 0, sha256(*b))});
  const auto record = *decode_voter_record(saved.record);
  actions.clear();
  start(record);
  EXPECT_EQ(said(), just(Kind::commit, 0, sha256(*b)));
  EXPECT_EQ(all<action::Fetch>().size(), 1U) << "the prepared block, from the own disk";
  EXPECT_TRUE(all<action::Persist>().empty());
  get(proposal(0, block(2)));
  EXPECT_TRUE(said().empty());
  tick(now + 5000);
  EXPECT_EQ(said(), just(Kind::round_change, 1, sha256(*b), 1)) << "it remembers";
}

TEST_F(Rules, RestartInTheMiddleOfARound) {
  tick(now + 5000);
  tick(now + 50000);
  const auto record = *decode_voter_record(saved.record);
  EXPECT_EQ(record.last.round, 2U);
  actions.clear();
  start(record);
  EXPECT_EQ(core->view().round, 2U);
  EXPECT_EQ(said(), just(Kind::round_change, 2, {}));
  get(proposal(0, block(1)));
  EXPECT_TRUE(said().empty());
  get(justified(2, block(1), std::nullopt));
  EXPECT_EQ(said(), just(Kind::prepare, 2, sha256(*block(1))));
}

TEST_F(Rules, RecordAheadOfTheChainSignsNothingBelow) {
  VoterRecord record;
  record.key = registry.key(me);
  record.last = {Kind::prepare, 0, h + 2, 0, {}, 0};
  actions.clear();
  start(record);
  get(proposal(0, block(1)));
  tick(now + 5000);
  EXPECT_TRUE(said().empty());
}

TEST_F(Rules, SomebodyElseUsesThisKey) {
  const auto b = block(1);
  get(CertificateMessage{certify(Kind::prepare, 0, sha256(*b), 11)});
  EXPECT_FALSE(core->view().voting);
  EXPECT_EQ(all<action::Alarm>().size(), 1U);
  get(proposal(0, b));
  EXPECT_TRUE(said().empty());
}

TEST_F(Rules, OwnVoteFromElsewhere) {
  get(VoteMessage{sign(me, Kind::commit, 0, parent), std::nullopt});
  EXPECT_FALSE(core->view().voting);
}

TEST_F(Rules, ForgedOwnVoteFromElsewhereIsNothing) {
  SignedVote v = sign(me, Kind::commit, 0, parent);
  v.signature[0] ^= 1;
  get(VoteMessage{v, std::nullopt});
  EXPECT_TRUE(core->view().voting);
}

TEST_F(Rules, CertificateFromAboveAsksForSync) {
  Vote v{Kind::commit, 0, h + 40, 2, parent, 0};
  Certificate c = certify(v, 7);
  get(CertificateMessage{c});
  EXPECT_TRUE(all<action::RequestSync>().empty());
  get(CertificateMessage{certify(v, 8)});
  ASSERT_EQ(all<action::RequestSync>().size(), 1U);
  EXPECT_EQ(all<action::RequestSync>()[0].height, h + 40);
  EXPECT_TRUE(all<action::RequestSync>()[0].verified);
  get(CertificateMessage{certify(v, 8)});
  EXPECT_TRUE(all<action::RequestSync>().empty()) << "not with every message";
  now += 100000;
  v.era = 1;
  get(CertificateMessage{certify(v, 8)});
  ASSERT_EQ(all<action::RequestSync>().size(), 1U);
  EXPECT_FALSE(all<action::RequestSync>()[0].verified) << "its committee is not known here";
}

// A certificate came, its block is not to be had, and by then others have got far ahead.
TEST_F(Rules, SyncedBlockEndsAFetchInVain) {
  const auto b = block(1);
  const Certificate qc = certify(Kind::commit, 0, sha256(*b));
  get(CertificateMessage{qc});
  EXPECT_EQ(all<action::Fetch>().size(), 1U);
  actions.clear();
  step(event::Synced{b, qc});
  ASSERT_EQ(all<action::Commit>().size(), 1U);
  EXPECT_EQ(*all<action::Commit>()[0].block, *b);
  actions.clear();
  step(event::Synced{b, qc});
  EXPECT_TRUE(all<action::Commit>().empty()) << "once";
}

TEST_F(Rules, WhoIsBehindIsToldTheLastCertificate) {
  Vote v{Kind::prepare, 0, h - 2, 0, {}, 0};
  get(VoteMessage{sign(2, v), std::nullopt}, 2);
  ASSERT_EQ(all<action::Reply>().size(), 1U);
  EXPECT_EQ(std::get<CertificateMessage>(*all<action::Reply>()[0].message).certificate, parent_qc);
}

TEST_F(Rules, TwoCertificatesOfOneTurnAreEvidence) {
  const Certificate a = certify(Kind::prepare, 0, sha256(as_bytes("a")));
  get(CertificateMessage{a});
  get(CertificateMessage{certify(Kind::prepare, 0, sha256(as_bytes("b")))});
  ASSERT_EQ(all<action::Report>().size(), 1U);
  EXPECT_EQ(letter_of(all<action::Report>()[0].evidence), 'e');
}

TEST_F(Rules, ForkIsShoutedAbout) {
  Vote v{Kind::commit, 0, h - 1, 0, sha256(as_bytes("other")), 0};
  get(CertificateMessage{certify(v, 8)});
  EXPECT_EQ(all<action::Alarm>().size(), 1U);
  EXPECT_EQ(all<action::Report>().size(), 1U);
}

TEST(Timings, AreCheckedForSense) {
  EXPECT_TRUE(check_timing({}));
  Timing t;
  t.round_ms = 5 * t.delta_ms;
  EXPECT_FALSE(check_timing(t));
  t = {};
  t.interval_ms_min = t.interval_ms_max + 1;
  EXPECT_FALSE(check_timing(t));
}

// A validator whose link comes up late would wait for the next round, were it not told again.
TEST_F(Rules, WhoConnectsLateHearsWhatWasSaidInThisRound) {
  const auto told = [&](ValidatorIndex who) {
    actions.clear();
    step(event::Connected{9, who});
    std::vector<Vote> out;
    for (const auto& r : all<action::Reply>()) {
      EXPECT_EQ(r.peer, 9U);
      out.push_back(vote_of(*r.message));
    }
    return out;
  };
  const ValidatorIndex a = me == 0 ? 1 : 0;
  EXPECT_TRUE(told(a).empty()) << "nothing was said";
  const auto b = block(1);
  hold = true;
  get(proposal(0, b));
  EXPECT_TRUE(told(a).empty()) << "no record covers it yet";
  hold = false;
  step(event::Tick{});
  EXPECT_EQ(told(a), just(Kind::prepare, 0, sha256(*b)));
  get(CertificateMessage{certify(Kind::prepare, 0, sha256(*b))});
  auto both = just(Kind::prepare, 0, sha256(*b));
  both.push_back(Vote{Kind::commit, 0, h, 0, sha256(*b), 0});
  EXPECT_EQ(told(a), both);
  EXPECT_EQ(told(a), both);
  EXPECT_TRUE(told(a).empty()) << "three times a round";
  EXPECT_EQ(told(a + 1 == me ? a + 2 : a + 1), both) << "the limit is each one's own";
  EXPECT_TRUE(told(me).empty());
  EXPECT_TRUE(told(n).empty()) << "no such seat";
  tick(now + 5000);
  EXPECT_EQ(told(a), just(Kind::round_change, 1, sha256(*b), 1)) << "nothing of round 0";
  const Certificate final_one = certify(Kind::commit, 0, sha256(*b));
  get(CertificateMessage{final_one});
  EXPECT_EQ(told(a), (std::vector<Vote>{final_one.vote()}));
}

}  // namespace
}  // namespace cess::consensus
