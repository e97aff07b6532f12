// SPDX-License-Identifier: Apache-2.0
// links: chain_consensus crypto base
// One core and hand-made messages: what it signs and what it refuses to sign, rule by rule.
#include <algorithm>

#include "chain/consensus/core.hpp"
#include "unit/chain/consensus/test_blocks.hpp"

namespace cess::consensus {
namespace {

struct Rules : testing::Test {
  static constexpr std::size_t n = 11;
  static constexpr Height h = 5;
  Rules() {
    Vote v{Kind::commit, 0, h - 1, 0, {}, 0};
    v.digest = parent;
    parent_qc = certify(v, 8);
    // Somebody who signs none of the certificates below (0 to 7 do) and is neither proposer nor
    // collector of rounds 0 to 3.
    const auto idle = [&](ValidatorIndex i) {
      for (Round r = 0; r < 4; ++r) {
        if (committee->collector_rank(h, r, i)) return false;
      }
      return true;
    };
    for (me = 10; !idle(me); --me) {
    }
    EXPECT_GE(me, 8);
    VoterRecord record;
    record.key = registry.key(me);
    start(record);
  }
  void start(const VoterRecord& record) {
    signer = registry.make_signer(me);
    Config config;
    config.timing = timing;
    core = std::make_unique<Core>(config, reader, *verifier, Voter{signer.get(), record, {}, {}, 0},
                                  Position{h, parent, parent_qc, committee, nullptr});
    step(event::Started{});
  }
  void step(const Event& e) {
    for (const Action& a : core->step(e, now)) {
      actions.push_back(a);
      if (const auto* p = std::get_if<action::Persist>(&a)) {
        saved = *p;
        later.push_back(event::RecordPersisted{p->sequence});
      }
      if (const auto* v = std::get_if<action::Validate>(&a)) {
        later.push_back(event::Validated{v->height, v->digest, verdict, {}});
      }
    }
    while (!later.empty() && !hold) {
      const Event next = later.front();
      later.erase(later.begin());
      step(next);
    }
  }
  void get(Message m, std::optional<ValidatorIndex> from = std::nullopt) {
    actions.clear();
    step(event::Received{7, from, std::make_shared<const Message>(std::move(m))});
  }
  void tick(TimeMs at) {
    now = at;
    actions.clear();
    step(event::Tick{});
  }
  SignedVote sign(ValidatorIndex who, Vote v) {
    return {v, who, registry.make_signer(who)->sign(signed_bytes({}, v))};
  }
  SignedVote sign(ValidatorIndex who, Kind k, Round r, const Digest& d, Round prepared = 0) {
    return sign(who, Vote{k, 0, h, r, d, prepared});
  }
  Certificate certify(const Vote& v, std::size_t count) {
    std::vector<ValidatorIndex> who(count);
    for (std::size_t i = 0; i < count; ++i) who[i] = static_cast<ValidatorIndex>(i);
    return make_certificate(registry, *verifier, {}, *committee, v, who);
  }
  Certificate certify(Kind k, Round r, const Digest& d, std::size_t count = 8) {
    return certify(Vote{k, 0, h, r, d, 0}, count);
  }
  BlockBytes block(std::uint64_t salt) {
    return encode_test_block({h, 0, parent, parent_qc, salt, {}, {}, salt, false});
  }
  Proposal proposal(Round r, const BlockBytes& b) {
    return {sign(committee->proposer(h, r), Kind::proposal, r, sha256(*b)), b, {}, {}};
  }
  // A justified proposal of round r, where `prepared` is what the highest reports.
  Proposal justified(Round r, const BlockBytes& b, std::optional<Certificate> prepared,
                     std::size_t count = 8) {
    Proposal p = proposal(r, b);
    p.prepared = prepared;
    for (std::size_t i = 0; i < count; ++i) {
      const auto who = static_cast<ValidatorIndex>(i);
      const bool has = prepared && i == 3;
      p.round_changes.push_back(
          has ? sign(who, Kind::round_change, r, prepared->digest, prepared->round + 1)
              : sign(who, Kind::round_change, r, {}));
    }
    return p;
  }
  template <class A>
  std::vector<A> all() const {
    std::vector<A> out;
    for (const Action& a : actions) {
      if (const auto* x = std::get_if<A>(&a)) out.push_back(*x);
    }
    return out;
  }
  // What it has signed in reaction to the last event, in order, each once.
  std::vector<Vote> said() const {
    std::vector<Vote> out;
    const auto note = [&](const MessagePtr& m) {
      const Vote v = vote_of(*m);
      const bool own = !std::holds_alternative<CertificateMessage>(*m);
      if (own && std::ranges::find(out, v) == out.end()) out.push_back(v);
    };
    for (const auto& a : actions) {
      if (const auto* s = std::get_if<action::Send>(&a)) note(s->message);
      if (const auto* b = std::get_if<action::Broadcast>(&a)) note(b->message);
    }
    return out;
  }
  std::vector<Vote> just(Kind k, Round r, const Digest& d, Round prepared = 0) const {
    return {Vote{k, 0, h, r, d, prepared}};
  }

  FakeRegistry registry{9};
  Eras eras{&registry, n};
  CommitteePtr committee = eras.of_era(0);
  std::unique_ptr<Verifier> verifier = registry.make_verifier();
  TestReader reader;
  Timing timing{200, 1500, 20000, 200, 400, 20};
  Digest parent = sha256(as_bytes("parent"));
  Certificate parent_qc;
  ValidatorIndex me = 0;
  std::unique_ptr<Signer> signer;
  std::unique_ptr<Core> core;
  TimeMs now = 1000;
  Actions actions;
  std::vector<Event> later;
  action::Persist saved;
  bool hold = false;
  event::Verdict verdict = event::Verdict::valid;
};

TEST_F(Rules, PrepareGoesToThreeCollectorsAfterTheRecord) {
  const auto b = block(1);
  hold = true;
  get(proposal(0, b));
  EXPECT_EQ(all<action::Validate>().size(), 1U);
  EXPECT_TRUE(all<action::Validate>()[0].fresh);
  hold = false;
  const Event verdict_event = later.front();
  later.clear();
  hold = true;
  actions.clear();
  step(verdict_event);
  ASSERT_EQ(all<action::Persist>().size(), 1U);
  EXPECT_TRUE(said().empty()) << "nothing is signed before the record is durable";
  const auto record = decode_voter_record(saved.record);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->last, just(Kind::prepare, 0, sha256(*b))[0]);
  actions.clear();
  step(event::RecordPersisted{saved.sequence});
  EXPECT_EQ(said(), just(Kind::prepare, 0, sha256(*b)));
  std::vector<ValidatorIndex> to;
  for (const auto& s : all<action::Send>()) to.push_back(s.to);
  EXPECT_EQ(to, committee->collectors(h, 0));
}

TEST_F(Rules, FailedRecordEndsVoting) {
  hold = true;
  get(proposal(0, block(1)));
  const Event verdict_event = later.front();
  later.clear();
  step(verdict_event);
  step(event::RecordFailed{"disk full"});
  actions.clear();
  step(event::RecordPersisted{saved.sequence});
  EXPECT_TRUE(said().empty());
  EXPECT_FALSE(core->view().voting);
}

TEST_F(Rules, OneProposalPerRound) {
  get(proposal(0, block(1)));
  EXPECT_EQ(said().size(), 1U);
  get(proposal(0, block(2)));
  EXPECT_TRUE(said().empty());
  ASSERT_EQ(all<action::Report>().size(), 1U) << "and the pair is evidence";
  EXPECT_EQ(letter_of(all<action::Report>()[0].evidence), 'a');
  get(proposal(0, block(3)));
  EXPECT_TRUE(all<action::Report>().empty()) << "once";
}

TEST_F(Rules, ProposalsThatDoNotBelongHere) {
  const auto refused = [&](const Proposal& p) {
    get(p);
    EXPECT_TRUE(all<action::Validate>().empty());
    EXPECT_TRUE(said().empty());
    EXPECT_EQ(all<action::Penalise>().size(), 1U);
  };
  const auto with = [&](auto change) {
    TestBlock b{h, 0, parent, parent_qc, 1, {}, {}, 1, false};
    change(b);
    return proposal(0, encode_test_block(b));
  };
  Proposal p = proposal(0, block(1));
  p.vote = sign(committee->proposer(h, 1), Kind::proposal, 0, sha256(*p.block));
  refused(p);  // out of turn
  p = proposal(0, block(1));
  p.vote.signature[0] ^= 1;
  refused(p);
  p = proposal(0, block(1));
  p.block = block(2);  // not what was signed
  refused(p);
  refused(proposal(0, std::make_shared<const Bytes>(Bytes{1, 2})));
  refused(with([](TestBlock& b) { b.height = h + 1; }));
  refused(with([](TestBlock& b) { b.era = 1; }));
  refused(with([](TestBlock& b) { b.parent.bytes[0] ^= 1; }));
  refused(with([](TestBlock& b) { b.parent_certificate.reset(); }));
  refused(with([&](TestBlock& b) { b.parent_certificate->signers.add(9); }));
  refused(with([&](TestBlock& b) { b.parent_certificate = certify(Kind::commit, 0, parent); }));
  Vote of_parent{Kind::prepare, 0, h - 1, 0, parent, 0};
  refused(with([&](TestBlock& b) { b.parent_certificate = certify(of_parent, 8); }));
  of_parent.kind = Kind::commit;
  refused(with([&](TestBlock& b) { b.parent_certificate = certify(of_parent, 7); }));
  // With more signers than I know of: good.
  get(with([&](TestBlock& b) { b.parent_certificate = certify(of_parent, 11); }));
  EXPECT_EQ(said().size(), 1U);
}

TEST_F(Rules, RoundZeroNeedsNoJustificationAndAcceptsNone) {
  Proposal p = justified(1, block(1), std::nullopt);
  p.vote = sign(committee->proposer(h, 0), Kind::proposal, 0, sha256(*p.block));
  get(p);
  EXPECT_TRUE(said().empty());
}

TEST_F(Rules, RefusedBlockIsNotVotedForButMayBePreparedByOthers) {
  verdict = event::Verdict::refused;  // say, its time is outside the window here
  const auto b = block(1);
  get(proposal(0, b));
  EXPECT_TRUE(said().empty());
  verdict = event::Verdict::valid;
  get(CertificateMessage{certify(Kind::prepare, 0, sha256(*b))});
  ASSERT_EQ(all<action::Validate>().size(), 1U);
  EXPECT_FALSE(all<action::Validate>()[0].fresh) << "its time is not looked at again";
  EXPECT_EQ(said(), just(Kind::commit, 0, sha256(*b)));
}

TEST_F(Rules, CommitNeedsAPrepareCertificateOfThisRound) {
  const auto b = block(1);
  const Digest d = sha256(*b);
  get(proposal(0, b));
  const auto refused = [&](const Certificate& c) {
    get(CertificateMessage{c});
    EXPECT_TRUE(said().empty());
    EXPECT_FALSE(core->view().prepared_round);
  };
  refused(certify(Kind::prepare, 0, d, 7));  // seven of eleven
  Certificate c = certify(Kind::prepare, 0, d);
  c.signers.add(9);
  refused(c);
  c = certify(Kind::prepare, 0, d);
  c.signers.size = 12;
  refused(c);
  c = certify(Kind::prepare, 1, d);
  c.round = 0;
  refused(c);  // of another round
  c = certify(Vote{Kind::prepare, 1, h, 0, d, 0}, 8);
  refused(c);  // of another era
  c.era = 0;
  refused(c);
  c = certify(Kind::commit, 0, d);
  c.kind = Kind::prepare;
  refused(c);
  get(CertificateMessage{certify(Kind::prepare, 0, d)});
  EXPECT_EQ(said(), just(Kind::commit, 0, d));
  EXPECT_EQ(saved.digest, d) << "the prepared block is kept with the record";
  EXPECT_EQ(*saved.block, *b);
  EXPECT_EQ(decode_voter_record(saved.record)->prepared->digest, d);
}

TEST_F(Rules, MissingBlockIsFetchedByDigestFirst) {
  const auto b = block(1);
  const Digest d = sha256(*b);
  get(CertificateMessage{certify(Kind::prepare, 0, d)});
  ASSERT_EQ(all<action::Fetch>().size(), 1U);
  EXPECT_EQ(all<action::Fetch>()[0].peer, PeerId{7});
  EXPECT_TRUE(said().empty());
  actions.clear();
  step(event::Fetched{3, d, block(2)});
  EXPECT_TRUE(said().empty());
  EXPECT_EQ(all<action::Penalise>().size(), 1U);
  EXPECT_EQ(all<action::Fetch>().size(), 1U) << "from somebody else";
  actions.clear();
  step(event::Fetched{4, d, b});
  EXPECT_EQ(said(), just(Kind::commit, 0, d));
}

TEST_F(Rules, CommitCertificateIsFinalInWhateverRound) {
  const auto b = block(1);
  get(proposal(0, b));
  tick(now + 5000);
  EXPECT_EQ(core->view().round, 1U);
  get(CertificateMessage{certify(Kind::commit, 0, sha256(*b))});
  ASSERT_EQ(all<action::Commit>().size(), 1U);
  EXPECT_EQ(*all<action::Commit>()[0].block, *b);
  get(CertificateMessage{certify(Kind::commit, 0, sha256(*b))});
  EXPECT_TRUE(all<action::Commit>().empty()) << "once";
}

TEST_F(Rules, FallbackToAllAfterTwoDelays) {
  get(proposal(0, block(1)));
  const TimeMs sent = now;
  tick(sent + 2 * timing.delta_ms - 1);
  EXPECT_TRUE(all<action::Broadcast>().empty());
  tick(sent + 2 * timing.delta_ms);
  EXPECT_EQ(said(), just(Kind::prepare, 0, sha256(*block(1))));
  EXPECT_EQ(all<action::Broadcast>().size(), 1U);
}

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

}  // namespace
}  // namespace cess::consensus
