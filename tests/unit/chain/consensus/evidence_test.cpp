// SPDX-License-Identifier: Apache-2.0
// links: chain_consensus crypto base
// Each kind of evidence as a liar would leave it, and as an honest validator never does.
#include "chain/consensus/evidence.hpp"

#include "unit/chain/consensus/test_blocks.hpp"

namespace cess::consensus {
namespace {

struct EvidenceTest : testing::Test {
  SignedVote sign(ValidatorIndex who, Kind kind, Round round, int block, Round prepared = 0) {
    SignedVote v{{kind, 0, 5, round, {}, prepared}, who, {}};
    v.vote.digest.bytes[0] = static_cast<std::uint8_t>(block);
    v.signature = registry.make_signer(who)->sign(signed_bytes(chain, v.vote));
    return v;
  }
  Certificate certify(Kind kind, Round round, int block, std::vector<ValidatorIndex> who) {
    Vote v{kind, 0, 5, round, {}, 0};
    v.digest.bytes[0] = static_cast<std::uint8_t>(block);
    return make_certificate(registry, *verifier, chain, *committee, v, who);
  }
  std::vector<ValidatorIndex> verify(const Evidence& e, const BlockJudge* judge = nullptr) {
    const auto who = verify_evidence(*verifier, chain, *committee, e, judge);
    if (!who.empty()) {  // what convicts also travels
      const auto back = decode_evidence(encode_evidence(e));
      EXPECT_TRUE(back);
      EXPECT_EQ(encode_evidence(*back), encode_evidence(e));
      EXPECT_EQ(verify_evidence(*verifier, chain, *committee, *back, judge), who);
    } else if (judge != nullptr || !std::holds_alternative<InvalidProposal>(e)) {
      // What is badly formed does not even decode.
      const auto back = decode_evidence(encode_evidence(e));
      EXPECT_TRUE(!back || verify_evidence(*verifier, chain, *committee, *back, judge).empty());
    }
    return who;
  }
  using Who = std::vector<ValidatorIndex>;

  FakeRegistry registry{1};
  Eras eras{&registry, 11};
  CommitteePtr committee = eras.of_era(0);
  std::unique_ptr<Verifier> verifier = registry.make_verifier();
  Hash256 chain;
};

TEST_F(EvidenceTest, TwoVotesOfOneTurn) {
  char letter = 'a';
  for (const Kind k : {Kind::proposal, Kind::prepare, Kind::commit}) {
    const TwoVotes e{sign(3, k, 1, 7), sign(3, k, 1, 8)};
    EXPECT_EQ(verify(e), Who{3});
    EXPECT_EQ(letter_of(e), letter++);
    EXPECT_TRUE(verify(TwoVotes{e.second, e.first}).empty()) << "one order only";
    EXPECT_TRUE(verify(TwoVotes{e.first, e.first}).empty());
    EXPECT_TRUE(verify(TwoVotes{e.first, sign(3, k, 2, 8)}).empty()) << "another round";
    EXPECT_TRUE(verify(TwoVotes{e.first, sign(4, k, 1, 8)}).empty()) << "two people";
    TwoVotes forged = e;
    forged.second.signature[0] ^= 1;
    EXPECT_TRUE(verify(forged).empty());
    TwoVotes other = e;
    other.first.signer = other.second.signer = 4;
    EXPECT_TRUE(verify(other).empty()) << "pinned on somebody else";
  }
  EXPECT_TRUE(verify(TwoVotes{sign(3, Kind::prepare, 1, 7), sign(3, Kind::commit, 1, 8)}).empty());
  // Two round changes are no offence.
  EXPECT_TRUE(
      verify(TwoVotes{sign(3, Kind::round_change, 1, 0), sign(3, Kind::round_change, 1, 8, 1)})
          .empty());
}

TEST_F(EvidenceTest, Amnesia) {
  const SignedVote commit = sign(3, Kind::commit, 2, 7);
  EXPECT_EQ(verify(Amnesia{commit, sign(3, Kind::round_change, 3, 0)}), Who{3});
  EXPECT_EQ(verify(Amnesia{commit, sign(3, Kind::round_change, 9, 7, 2)}), Who{3}) << "round 1";
  EXPECT_EQ(letter_of(Amnesia{commit, commit}), 'd');
  // Reporting round 2 or a later one is honest, and so is a round change before the COMMIT.
  EXPECT_TRUE(verify(Amnesia{commit, sign(3, Kind::round_change, 3, 7, 3)}).empty());
  EXPECT_TRUE(verify(Amnesia{commit, sign(3, Kind::round_change, 9, 8, 5)}).empty());
  EXPECT_TRUE(verify(Amnesia{commit, sign(3, Kind::round_change, 2, 0)}).empty());
  EXPECT_TRUE(verify(Amnesia{commit, sign(4, Kind::round_change, 3, 0)}).empty());
  EXPECT_TRUE(
      verify(Amnesia{sign(3, Kind::prepare, 2, 7), sign(3, Kind::round_change, 3, 0)}).empty());
}

TEST_F(EvidenceTest, AmnesiaOfACertificatesSigner) {
  const Certificate c = certify(Kind::commit, 2, 7, {0, 1, 2, 3, 4, 5, 6, 7});
  const CertificateAmnesia e{c, sign(3, Kind::round_change, 3, 0)};
  EXPECT_EQ(verify(e), Who{3});
  EXPECT_EQ(offence_id(e, 3), offence_id(Amnesia{sign(3, Kind::commit, 2, 7), e.round_change}, 3));
  EXPECT_TRUE(verify(CertificateAmnesia{c, sign(9, Kind::round_change, 3, 0)}).empty());
  EXPECT_TRUE(verify(CertificateAmnesia{c, sign(3, Kind::round_change, 3, 7, 3)}).empty());
  Certificate wide = c;
  wide.signers.add(9);
  EXPECT_TRUE(verify(CertificateAmnesia{wide, sign(9, Kind::round_change, 3, 0)}).empty());
}

TEST_F(EvidenceTest, TwoCertificatesOfOneTurnConvictTheirIntersection) {
  for (const Kind k : {Kind::prepare, Kind::commit}) {
    const TwoCertificates e{certify(k, 1, 7, {0, 1, 2, 3, 4, 5, 6, 7}),
                            certify(k, 1, 8, {3, 4, 5, 6, 7, 8, 9, 10})};
    EXPECT_EQ(verify(e), (Who{3, 4, 5, 6, 7}));
    EXPECT_EQ(letter_of(e), 'e');
    EXPECT_EQ(offence_id(e, 3), offence_id(TwoVotes{sign(3, k, 1, 7), sign(3, k, 1, 8)}, 3));
    EXPECT_NE(offence_id(e, 3), offence_id(e, 4));
    TwoCertificates false_one = e;
    false_one.second.signers.remove(10);
    EXPECT_TRUE(verify(false_one).empty());
    // Decision 0801: of two rounds nobody is convicted by certificates alone.
    EXPECT_TRUE(
        verify(TwoCertificates{e.first, certify(k, 2, 8, {3, 4, 5, 6, 7, 8, 9, 10})}).empty());
  }
  // Seven are no quorum of eleven.
  EXPECT_TRUE(verify(TwoCertificates{certify(Kind::commit, 1, 7, {0, 1, 2, 3, 4, 5, 6}),
                                     certify(Kind::commit, 1, 8, {3, 4, 5, 6, 7, 8, 9, 10})})
                  .empty());
}

TEST_F(EvidenceTest, InvalidProposalNeedsTheJudge) {
  struct Judge final : BlockJudge {
    [[nodiscard]] bool is_invalid(const Vote& v, ValidatorIndex who,
                                  ByteView proof) const override {
      return v.digest.bytes[0] == 7 && who == 3 && proof.size() == 2;
    }
  } judge;
  const InvalidProposal e{sign(3, Kind::proposal, 0, 7), {1, 2}};
  EXPECT_EQ(verify(e, &judge), Who{3});
  EXPECT_TRUE(verify(e).empty());
  EXPECT_EQ(letter_of(e), 'f');
  EXPECT_TRUE(verify(InvalidProposal{sign(3, Kind::proposal, 0, 8), {1, 2}}, &judge).empty());
  EXPECT_TRUE(verify(InvalidProposal{sign(3, Kind::prepare, 0, 7), {1, 2}}, &judge).empty());
  InvalidProposal big = e;
  big.proof.assign(kEvidenceProofSizeMax + 1, 0);
  EXPECT_FALSE(decode_evidence(encode_evidence(big)));
}

TEST_F(EvidenceTest, OtherEraOrChainIsNothing) {
  const TwoVotes e{sign(3, Kind::commit, 1, 7), sign(3, Kind::commit, 1, 8)};
  EXPECT_TRUE(verify_evidence(*verifier, chain, *eras.of_era(1), e).empty());
  Hash256 other;
  other.bytes[0] = 1;
  EXPECT_TRUE(verify_evidence(*verifier, other, *committee, e).empty());
}

TEST_F(EvidenceTest, BytesAreStrict) {
  Bytes bytes = encode_evidence(TwoVotes{sign(3, Kind::commit, 1, 7), sign(3, Kind::commit, 1, 8)});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_evidence(ByteView(bytes).first(size)));
  }
  bytes[15] = 2;  // says PREPARE, holds COMMIT
  EXPECT_FALSE(decode_evidence(bytes));
  bytes[15] = 3;
  EXPECT_TRUE(decode_evidence(bytes));
  bytes.push_back(0);
  EXPECT_FALSE(decode_evidence(bytes));
}

}  // namespace
}  // namespace cess::consensus
