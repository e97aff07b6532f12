// SPDX-License-Identifier: Apache-2.0
// links: chain_consensus crypto base
// What one core signs and refuses to sign: proposals, votes, certificates.
#include "unit/chain/consensus/lone_core.hpp"

namespace cess::consensus {
namespace {

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

}  // namespace
}  // namespace cess::consensus
