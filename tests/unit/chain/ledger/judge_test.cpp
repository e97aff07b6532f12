// SPDX-License-Identifier: Apache-2.0
// links: chain_node
// Evidence (f): who is convicted of an invalid proposal, and who never is; and when evidence is
// news.
#include "chain/ledger/judge.hpp"

#include <gmock/gmock.h>

#include "chain/state/offences/offences.hpp"
#include "unit/chain/ledger/ledger_world.hpp"

namespace cess::ledger {
namespace {

using consensus::InvalidProposal;
using consensus::Kind;
using consensus::SignedVote;
using consensus::Vote;
using consensus::event::Verdict;

/// The height under way has its block, and a certificate with real signatures.
struct Height1 {
  LedgerWorld world{4};
  std::unique_ptr<Ledger> ledger = world.make();
  std::vector<TxnHash> left_out;
  Block right = ledger->build(world.input(*ledger), left_out);
  consensus::ValidatorIndex proposer = ledger->voters()->proposer(1, 0);

  SignedVote sign(consensus::ValidatorIndex i, const Vote& vote) {
    return world.sign(*ledger, i, vote);
  }
  consensus::Certificate certify(const Header& header, Kind kind = Kind::commit) {
    return world.certify(*ledger, header, kind);
  }
  Vote proposal_of(const Header& header) {
    return {Kind::proposal, 0, header.height, 0, digest_of(header_hash(header)), 0};
  }
  /// As a node makes it: core reports the header, the final block makes it evidence.
  std::vector<consensus::Evidence> settle(const Header& proposed, const Header& final_header,
                                          const consensus::Certificate& certificate) {
    Suspects suspects;
    suspects.add({sign(proposer, proposal_of(proposed)), encode_scale(proposed)});
    return suspects.settle(final_header, certificate);
  }
};

TEST(Judge, AWrongRootConvictsItsProposer) {
  Height1 h;
  Block wrong = h.right;
  wrong.header.state_root.bytes[5] ^= 1U;
  const auto parsed = parse_whole(encode_block(wrong));
  const Judgement judged = h.ledger->validate(**parsed, fresh(*h.ledger));
  ASSERT_EQ(judged.verdict, Verdict::invalid);
  EXPECT_EQ(judged.proof, encode_scale(wrong.header));

  const auto evidence = h.settle(wrong.header, h.right.header, h.certify(h.right.header));
  ASSERT_EQ(evidence.size(), 1U);
  const Bytes bytes = encode_evidence(evidence[0]);
  const auto offences = h.ledger->offences_of(bytes);
  ASSERT_EQ(offences.size(), 1U);
  EXPECT_EQ(offences[0].kind, OffenceKind::invalid_proposal);
  EXPECT_EQ(offences[0].offender, h.ledger->committee().members[h.proposer].account);
  EXPECT_TRUE(h.ledger->is_news(offences[0]));
  h.ledger->execute(**parse_whole(encode_block(h.right)));
  // The next proposer puts it into its block, and it is punished.
  BuildInput in = h.world.input(*h.ledger);
  in.evidence = {bytes};
  const auto next = parse_whole(encode_block(h.ledger->build(in, h.left_out)));
  ASSERT_EQ((*next)->block.evidence.size(), 1U);
  ASSERT_EQ(h.ledger->validate(**next, fresh(*h.ledger)).verdict, Verdict::valid);
  h.ledger->execute(**next);
  EXPECT_TRUE(offences::kConvictions.has(h.ledger->state(), Era{0}, offences[0].offender));
  EXPECT_FALSE(h.ledger->is_news(offences[0])) << "punished once";
  in = h.world.input(*h.ledger);
  in.evidence = {bytes};
  EXPECT_TRUE(h.ledger->build(in, h.left_out).evidence.empty());
}

TEST(Judge, NothingThatAProposerChoosesConvicts) {
  Height1 h;
  const auto certificate = h.certify(h.right.header);
  const auto changed = [&](const std::function<void(Header&)>& change) {
    Header header = h.right.header;
    change(header);
    return h.settle(header, h.right.header, certificate).size();
  };
  EXPECT_EQ(changed([](Header&) {}), 0U);
  EXPECT_EQ(changed([](Header& x) { x.time_ms += 5; }), 0U);
  EXPECT_EQ(changed([](Header& x) { x.txns_root.bytes[0] ^= 1U; }), 0U);
  EXPECT_EQ(changed([](Header& x) { x.evidence_root.bytes[0] ^= 1U; }), 0U);
  EXPECT_EQ(changed([](Header& x) { x.parent_certificate.push_back(1); }), 0U);
  EXPECT_EQ(changed([](Header& x) { x.height = 2; }), 0U) << "nothing to compare with";
  EXPECT_EQ(changed([](Header& x) { x.parent.bytes[0] ^= 1U; }), 1U);
  EXPECT_EQ(changed([](Header& x) { x.era = 1; }), 1U);
  EXPECT_EQ(changed([](Header& x) { x.receipts_root.bytes[0] ^= 1U; }), 1U);
  EXPECT_EQ(changed([](Header& x) { x.mmr_root.bytes[0] ^= 1U; }), 1U);
  EXPECT_EQ(changed([](Header& x) { x.committee.bytes[0] ^= 1U; }), 1U);
  EXPECT_EQ(changed([](Header& x) { x.next_committee.bytes[0] ^= 1U; }), 1U);
}

/// One thing of a good proof changed: it convicts nobody.
TEST(Judge, AProofMustBeWholeAndOfOneHeight) {
  Height1 h;
  Header wrong = h.right.header;
  wrong.state_root.bytes[5] ^= 1U;
  const auto convicts = [&](const Header& proposed, const Header& right,
                            const consensus::Certificate& certificate, Vote vote) {
    const InvalidHeaderProof proof{encode_scale(proposed), encode_scale(right),
                                   encode_certificate(certificate)};
    const InvalidProposal evidence{h.sign(h.proposer, vote), encode_scale(proof)};
    return h.ledger->offences_of(encode_evidence(evidence)).size();
  };
  const auto good = h.certify(h.right.header);
  const Vote vote = h.proposal_of(wrong);
  EXPECT_EQ(convicts(wrong, h.right.header, good, vote), 1U);
  EXPECT_EQ(convicts(wrong, h.right.header, h.certify(h.right.header, Kind::prepare), vote), 0U);
  EXPECT_EQ(convicts(wrong, h.right.header, h.certify(wrong), vote), 0U) << "of another header";
  EXPECT_EQ(convicts(h.right.header, h.right.header, good, h.proposal_of(h.right.header)), 0U);
  auto forged = good;
  forged.aggregate = h.certify(wrong).aggregate;
  EXPECT_EQ(convicts(wrong, h.right.header, forged, vote), 0U);
  Header later = h.right.header;
  later.height = 2;
  EXPECT_EQ(convicts(wrong, later, h.certify(later), vote), 0U) << "final at another height";
  Header other = wrong;
  other.height = 2;
  Vote as_first = h.proposal_of(other);
  as_first.height = 1;
  EXPECT_EQ(convicts(other, h.right.header, good, as_first), 0U);
  // Built by another, proposed again in a later round: a quorum had found it valid.
  Header another = wrong;
  another.proposer = h.ledger->committee().members[(h.proposer + 1U) % 4].account;
  EXPECT_EQ(convicts(another, h.right.header, good, h.proposal_of(another)), 0U);
  Vote elsewhere = vote;
  elsewhere.digest.bytes[0] ^= 1U;
  EXPECT_EQ(convicts(wrong, h.right.header, good, elsewhere), 0U);
}

// The state's clock stands at the last block: of the first block of an era it knows nothing yet.
TEST(Judge, EvidenceOfAnErasFirstBlockIsNewsAndGoesIntoIt) {
  LedgerWorld world(4);
  const auto ledger = world.make();
  std::vector<TxnHash> left_out;
  while (ledger->next_era() == 0)
    ledger->execute(**parse_whole(encode_block(ledger->build(world.input(*ledger), left_out))));
  ASSERT_EQ(system::clock(ledger->state()).era, 0U);
  ASSERT_EQ(ledger->next_era(), 1U);
  const auto& member = ledger->committee().members[2];
  const auto signer = std::move(*consensus::make_bls_signer(*world.keys_of(member.account).bls));
  consensus::TwoVotes two;
  for (auto* side : {&two.first, &two.second}) {
    side->vote = {Kind::prepare, 1, ledger->height() + 1, 0, {}, 0};
    side->vote.digest.bytes[0] = side == &two.first ? 1 : 2;
    side->signer = 2;
    side->signature = signer->sign(signed_bytes(ledger->position().genesis, side->vote));
  }
  const Bytes bytes = encode_evidence(two);
  const auto offences = ledger->offences_of(bytes);
  ASSERT_EQ(offences.size(), 1U);
  EXPECT_TRUE(ledger->is_news(offences[0]));
  BuildInput in = world.input(*ledger);
  in.evidence = {bytes};
  const auto block = parse_whole(encode_block(ledger->build(in, left_out)));
  ASSERT_EQ((*block)->block.evidence.size(), 1U);
  ledger->execute(**block);
  EXPECT_TRUE(offences::kConvictions.has(ledger->state(), Era{1}, member.account));
  EXPECT_TRUE(ledger->runtime().check_invariants(ledger->state()));
  EXPECT_FALSE(ledger->is_news(offences[0]));
}

}  // namespace
}  // namespace cess::ledger
