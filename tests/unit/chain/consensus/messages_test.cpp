// SPDX-License-Identifier: Apache-2.0
// links: chain_consensus crypto base
#include "chain/consensus/messages.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "unit/chain/consensus/test_blocks.hpp"

namespace cess::consensus {
namespace {

SignedVote signed_vote(Kind kind, Round round, Round prepared = 0) {
  SignedVote v;
  v.vote = {kind, 3, 70, round, {}, prepared};
  if (kind != Kind::round_change || prepared != 0) v.vote.digest.bytes[5] = 9;
  v.signer = 6;
  v.signature[47] = 1;
  return v;
}
Certificate certificate(Kind kind, std::uint16_t n, std::uint64_t bits) {
  Certificate c{kind, 3, 70, 1, {}, {n, bits}, {}};
  c.digest.bytes[5] = 9;
  return c;
}
std::vector<Message> samples() {
  const Certificate qc = certificate(Kind::prepare, 11, 0x7f8);
  const auto block = std::make_shared<const Bytes>(Bytes{1, 2, 3});
  return {
      Proposal{signed_vote(Kind::proposal, 0), block, {}, {}},
      Proposal{signed_vote(Kind::proposal, 2),
               block,
               {signed_vote(Kind::round_change, 2), signed_vote(Kind::round_change, 2, 2)},
               qc},
      VoteMessage{signed_vote(Kind::prepare, 0), Signature{7}},
      VoteMessage{signed_vote(Kind::prepare, 0), std::nullopt},
      VoteMessage{signed_vote(Kind::commit, 0), std::nullopt},
      CertificateMessage{qc},
      CertificateMessage{certificate(Kind::commit, 1, 1)},
      CertificateMessage{certificate(Kind::commit, 64, ~std::uint64_t{0})},
      RoundChange{signed_vote(Kind::round_change, 2, 2), qc},
      RoundChange{signed_vote(Kind::round_change, 2), std::nullopt},
  };
}

TEST(Messages, SignedBytesAreAsTheHeaderSays) {
  Hash256 chain;
  chain.bytes.fill(0xcc);
  Vote v{Kind::commit, 1, 2, 3, {}, 0};
  v.digest.bytes.fill(0xdd);
  std::string c, d;
  for (int i = 0; i < 32; ++i) c += "cc", d += "dd";
  EXPECT_EQ(to_hex(signed_bytes(chain, v)), "636573732e766f74652f31" + c + "0100000000000000" +
                                                "0200000000000000" + "03000000" + "04" + d +
                                                "00000000");
}

TEST(Messages, SignedBytesDifferInEveryField) {
  const Hash256 chain;
  const Vote v{Kind::round_change, 1, 2, 3, {}, 1};
  std::vector<Vote> others(6, v);
  others[0].kind = Kind::prepare;
  others[1].era = 2;
  others[2].height = 3;
  others[3].round = 4;
  others[4].digest.bytes[31] = 1;
  others[5].prepared = 2;
  for (const Vote& other : others) EXPECT_NE(signed_bytes(chain, v), signed_bytes(chain, other));
  Hash256 another;
  another.bytes[0] = 1;
  EXPECT_NE(signed_bytes(chain, v), signed_bytes(another, v));
}

TEST(Messages, ReadAsWritten) {
  for (const Message& m : samples()) {
    const Bytes bytes = encode_message(m);
    const auto back = decode_message(bytes);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->index(), m.index());
    EXPECT_EQ(encode_message(*back), bytes);
    EXPECT_EQ(vote_of(*back), vote_of(m));
  }
}

TEST(Messages, NothingMayBeMissingOrLeft) {
  for (const Message& m : samples()) {
    Bytes bytes = encode_message(m);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode_message(ByteView(bytes).first(size)));
    }
    bytes.push_back(0);
    EXPECT_FALSE(decode_message(bytes));
  }
}

// What is accepted has no other encoding, whichever byte is changed.
TEST(Messages, EveryAcceptedFormIsCanonical) {
  for (const Message& m : samples()) {
    Bytes bytes = encode_message(m);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      for (const int bit : {0, 1, 7}) {
        const auto flip = static_cast<std::uint8_t>(1U << bit);
        bytes[i] ^= flip;
        const auto back = decode_message(bytes);
        EXPECT_TRUE(!back || encode_message(*back) == bytes);
        bytes[i] ^= flip;
      }
    }
  }
}

TEST(Messages, BlockOfMaximumSizeIsTheLast) {
  Proposal p{signed_vote(Kind::proposal, 0), std::make_shared<const Bytes>(100), {}, {}};
  EXPECT_TRUE(decode_message(encode_message(p), 100));
  EXPECT_FALSE(decode_message(encode_message(p), 99));
}

TEST(Messages, CertificateNeedsAQuorumOfItsCommittee) {
  EXPECT_TRUE(decode_certificate(encode_certificate(certificate(Kind::commit, 11, 0xff))));
  // 7 of 11: 2f+1, and not enough.
  EXPECT_FALSE(decode_certificate(encode_certificate(certificate(Kind::commit, 11, 0x7f))));
  // A bit beyond the committee, though within the last byte.
  EXPECT_FALSE(decode_certificate(encode_certificate(certificate(Kind::commit, 11, 0x8ff))));
  EXPECT_FALSE(decode_certificate(encode_certificate(certificate(Kind::commit, 0, 0))));
  EXPECT_FALSE(decode_certificate(encode_certificate(certificate(Kind::proposal, 11, 0xff))));
  Certificate too_far = certificate(Kind::commit, 11, 0xff);
  too_far.round = kRoundMax + 1;
  EXPECT_FALSE(decode_certificate(encode_certificate(too_far)));
}

TEST(Messages, RoundChangeCarriesProofOfWhatItReports) {
  const Certificate qc = certificate(Kind::prepare, 11, 0x7f8);
  RoundChange m{signed_vote(Kind::round_change, 2, 2), std::nullopt};
  EXPECT_FALSE(decode_message(encode_message(m)));
  m = {signed_vote(Kind::round_change, 2), qc};
  EXPECT_FALSE(decode_message(encode_message(m)));
  m = {signed_vote(Kind::round_change, 2, 3), qc};  // prepared in round 2 already
  EXPECT_FALSE(decode_message(encode_message(m)));
  m = {signed_vote(Kind::round_change, 0), std::nullopt};
  EXPECT_FALSE(decode_message(encode_message(m)));
}

TEST(Quorum, IsThatOfQbft) {
  const std::size_t want[][4] = {// n, f, q, a
                                 {1, 0, 1, 1},  {2, 0, 2, 1},    {3, 0, 2, 1},  {4, 1, 3, 2},
                                 {7, 2, 5, 3},  {10, 3, 7, 4},   {11, 3, 8, 4}, {12, 3, 8, 4},
                                 {13, 4, 9, 5}, {64, 21, 43, 22}};
  for (const auto& [n, f, q, a] : want) {
    EXPECT_EQ(fault_count_max(n), f) << n;
    EXPECT_EQ(quorum(n), q) << n;
    EXPECT_EQ(one_honest(n), a) << n;
  }
  for (std::size_t n = 1; n <= kCommitteeMax; ++n) {
    EXPECT_GT(2 * quorum(n), n + fault_count_max(n)) << "two quorums share an honest one";
    EXPECT_LE(quorum(n), n - fault_count_max(n)) << "the honest ones are a quorum";
  }
}

TEST(CommitteeTurns, EachHasItsTurnAndTheSeedDecides) {
  FakeRegistry registry(1);
  Eras eras{&registry, 11};
  const auto c = eras.of_era(0);
  std::set<ValidatorIndex> seen;
  for (Height h = 0; h < 11; ++h) seen.insert(c->proposer(h, 0));
  EXPECT_EQ(seen.size(), 11U);
  EXPECT_EQ(c->proposer(5, 3), c->proposer(8, 0));
  EXPECT_EQ(c->proposer(~Height{0}, kRoundMax), c->proposer(~Height{0} % 11, kRoundMax % 11));
  EXPECT_EQ(c->collectors(5, 0),
            (std::vector{c->proposer(5, 0), c->proposer(6, 0), c->proposer(7, 0)}));
  EXPECT_EQ(c->collector_rank(5, 0, c->proposer(7, 0)), 2U);
  EXPECT_EQ(c->collector_rank(5, 0, c->proposer(8, 0)), std::nullopt);
  const auto other = *Committee::make(0, Hash256{}, c->keys());
  std::vector<ValidatorIndex> a, b;
  for (Height h = 0; h < 11; ++h)
    a.push_back(c->proposer(h, 0)), b.push_back(other->proposer(h, 0));
  EXPECT_NE(a, b);
  EXPECT_NE(c->hash(), other->hash());
  EXPECT_EQ((*Committee::make(0, Hash256{}, {registry.key(0)}))->collectors(9, 9).size(), 1U);
}

TEST(CommitteeTurns, RefusesNoneTwiceAndTooMany) {
  FakeRegistry registry(1);
  std::vector<PublicKey> keys;
  EXPECT_FALSE(Committee::make(0, {}, keys));
  keys = {registry.key(1), registry.key(2), registry.key(1)};
  EXPECT_FALSE(Committee::make(0, {}, keys));
  keys.clear();
  for (std::size_t i = 0; i < kCommitteeMax; ++i) keys.push_back(registry.key(i));
  EXPECT_TRUE(Committee::make(0, {}, keys));
  keys.push_back(registry.key(99));
  EXPECT_FALSE(Committee::make(0, {}, keys));
}

}  // namespace
}  // namespace cess::consensus
