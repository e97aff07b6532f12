// SPDX-License-Identifier: Apache-2.0
// Tagging, proving and verifying: the honest way through, and every way off it.
#include <gtest/gtest.h>

#include "podr2_fixture.hpp"

namespace cess {
namespace {

using test::TestFragment;
using test::TestProof;

class Podr2 : public ::testing::Test {
 protected:
  test::TestTagger& t = test::tagger(0);
  TestFragment whole{t.tagger, 1, 3 * kBlockSize};
  TestFragment ragged{t.tagger, 2, kBlockSize + 1024};
  TestFragment tiny{t.tagger, 3, 1};
};

TEST_F(Podr2, HonestProofIsRight) {
  const TestProof p(t, {&whole, &ragged, &tiny}, 100);
  EXPECT_EQ(verify_proof(p.claim(t)), Verdict::right);
  EXPECT_EQ(verify_uncompressed(t.pub, p.blocks, p.full), Verdict::right);
}

TEST_F(Podr2, TagFollowsTheFormula) {
  // σ_i = α·(h_i + f_i(τ)·g1), worked out again with other code for each block.
  const auto alpha = *bls::Scalar::parse(t.secret.alpha_bytes().view());
  const auto tau = *bls::Scalar::parse(t.secret.tau_bytes().view());
  for (const TestFragment* f : {&whole, &ragged, &tiny}) {
    for (std::uint32_t i = 0; i < f->tags.descriptor.blocks(); ++i) {
      const ByteView b = f->block(i);
      bls::Scalar value;
      for (std::size_t j = (b.size() + 30) / 31; j-- > 0;) {
        value = value * tau + bls::Scalar::reduce(
                                  b.subspan(j * 31, std::min<std::size_t>(31, b.size() - j * 31)));
      }
      Bytes name(f->id.bytes.begin(), f->id.bytes.end());
      name.insert(name.end(), {static_cast<std::uint8_t>(i), 0, 0, 0});
      const bls::G1 h = bls::hash_to_g1("CESS-PODR2-V01-TAG_BLS12381G1_XMD:SHA-256_SSWU_RO_", name);
      const bls::G1 sigma = (h + bls::G1::generator().mul(value)).mul(alpha);
      const auto bytes = sigma.compress();
      EXPECT_EQ(Bytes(f->tag(i).begin(), f->tag(i).end()), Bytes(bytes.begin(), bytes.end()));
    }
  }
}

TEST_F(Podr2, EveryByteOfAProofCounts) {
  const TestProof p(t, {&tiny, &ragged}, 200);
  for (std::size_t i = 0; i < kProofSize; ++i) {
    TestProof bad = p;
    bad.proof[i] = static_cast<std::uint8_t>(bad.proof[i] ^ (1U << (i % 8)));
    EXPECT_NE(verify_proof(bad.claim(t)), Verdict::right) << i;
  }
}

TEST_F(Podr2, SwappedPartsAreRefused) {
  const TestProof p(t, {&whole}, 300), q(t, {&ragged}, 301);
  for (const std::size_t at : {0U, 48U, 96U}) {
    TestProof bad = p;
    std::copy_n(q.proof.begin() + std::ptrdiff_t(at), at == 96 ? 32 : 48,
                bad.proof.begin() + std::ptrdiff_t(at));
    EXPECT_EQ(verify_proof(bad.claim(t)), Verdict::wrong) << at;
  }
  TestProof bad = p;
  std::swap_ranges(bad.proof.begin(), bad.proof.begin() + 48, bad.proof.begin() + 48);
  EXPECT_EQ(verify_proof(bad.claim(t)), Verdict::wrong);
}

TEST_F(Podr2, AFlippedBitOfDataOrTagIsRefused) {
  for (const std::size_t at : {std::size_t{0}, kBlockSize - 1, kBlockSize, kBlockSize + 1023}) {
    TestFragment f = ragged;
    f.data[at] = static_cast<std::uint8_t>(f.data[at] ^ 0x10U);
    const TestProof p(t, {&f}, 400 + at);
    EXPECT_EQ(verify_proof(p.claim(t)), Verdict::wrong) << at;
    EXPECT_EQ(verify_uncompressed(t.pub, p.blocks, p.full), Verdict::wrong) << at;
  }
  for (std::size_t at = 0; at < kTagSize; ++at) {
    Bytes tag(tiny.tag(0).begin(), tiny.tag(0).end());
    tag[at] = static_cast<std::uint8_t>(tag[at] ^ 1U);
    ProofBuilder builder;
    const Nu nu = test::nu_of(1);
    if (!builder.add(nu, tiny.block(0), tag)) continue;
    const auto z = bls::Scalar::from_u64(9);
    const Proof proof = builder.finish(z, t.pub);
    const ChallengedBlock blocks[] = {{tiny.id, 0, nu}};
    EXPECT_EQ(verify_proof({&t.lines, blocks, z, proof}), Verdict::wrong) << at;
  }
}

TEST_F(Podr2, TheChallengeIsBound) {
  const TestProof p(t, {&whole, &ragged}, 500);
  {
    TestProof bad = p;  // another block number
    bad.blocks[1].block ^= 2;
    EXPECT_EQ(verify_proof(bad.claim(t)), Verdict::wrong);
  }
  {
    TestProof bad = p;  // another fragment
    bad.blocks[0].frag.bytes[31] ^= 1;
    EXPECT_EQ(verify_proof(bad.claim(t)), Verdict::wrong);
  }
  {
    TestProof bad = p;  // another coefficient
    bad.blocks[2].nu[15] ^= 0x80;
    EXPECT_EQ(verify_proof(bad.claim(t)), Verdict::wrong);
  }
  {
    TestProof bad = p;  // another point: what another epoch, beacon, miner or index would ask
    bad.z = bad.z + bls::Scalar::from_u64(1);
    EXPECT_EQ(verify_proof(bad.claim(t)), Verdict::wrong);
  }
  {
    TestProof bad = p;  // a block left out
    bad.blocks.pop_back();
    EXPECT_EQ(verify_proof(bad.claim(t)), Verdict::wrong);
  }
  ProofClaim other = p.claim(t);  // another tagger
  other.tagger = &test::tagger(1).lines;
  EXPECT_EQ(verify_proof(other), Verdict::wrong);
}

TEST_F(Podr2, RepeatedBlocksAreAddedTwice) {
  ProofBuilder builder;
  std::vector<ChallengedBlock> blocks;
  for (const std::uint64_t k : {0U, 1U, 2U, 3U}) {
    const std::uint32_t i = k % 2;
    ASSERT_TRUE(builder.add(test::nu_of(k), whole.block(i), whole.tag(i)));
    blocks.push_back({whole.id, i, test::nu_of(k)});
  }
  const auto z = bls::Scalar::from_u64(77);
  const Proof proof = builder.finish(z, t.pub);
  EXPECT_EQ(verify_proof({&t.lines, blocks, z, proof}), Verdict::right);
}

TEST_F(Podr2, BadPointsAreNamed) {
  const TestProof p(t, {&tiny}, 600);
  Bytes off_curve(48, 0), off_subgroup(48, 0), too_large, no_flag, infinity_set, ones(48, 0xff);
  off_curve[0] = off_subgroup[0] = 0x80;
  const auto find = [](Bytes& b, bool on_curve) {
    for (b[47] = 1; bls::G1::parse_unchecked_subgroup(b).has_value() != on_curve; ++b[47]) {
    }
  };
  find(off_curve, false);
  find(off_subgroup, true);
  too_large = Bytes(48, 0xff);  // x >= p under right flags
  too_large[0] = 0x9f;
  no_flag = Bytes(p.proof.begin(), p.proof.begin() + 48);
  infinity_set = no_flag;
  no_flag[0] ^= 0x80;
  infinity_set[0] |= 0x40;
  for (const Bytes& b : {off_curve, off_subgroup, too_large, no_flag, infinity_set, ones}) {
    for (const std::ptrdiff_t at : {0, 48}) {
      TestProof bad = p;
      std::copy(b.begin(), b.end(), bad.proof.begin() + at);
      EXPECT_EQ(verify_proof(bad.claim(t)), Verdict::point);
      const ProofClaim batch[] = {p.claim(t), bad.claim(t)};
      EXPECT_EQ(verify_batch(batch, test::check_seed(1)),
                (std::vector{Verdict::right, Verdict::point}));
    }
    ProofBuilder builder;
    EXPECT_FALSE(builder.add(test::nu_of(1), tiny.block(0), b));
    ProofUncompressed full = p.full;
    std::copy(b.begin(), b.end(), full.sigma.begin());
    EXPECT_EQ(verify_uncompressed(t.pub, p.blocks, full), Verdict::point);
  }
}

TEST_F(Podr2, TheIdentityIsJudgedByTheEquation) {
  // A constant polynomial has the quotient 0: ψ is the identity, and right.
  const TestProof p(t, {&tiny}, 700);
  EXPECT_EQ(p.proof[48], 0xc0);
  EXPECT_EQ(verify_proof(p.claim(t)), Verdict::right);
  // The identity anywhere else is one more wrong point.
  Bytes infinity(48, 0);
  infinity[0] = 0xc0;
  TestProof bad = p;
  std::copy(infinity.begin(), infinity.end(), bad.proof.begin());
  EXPECT_EQ(verify_proof(bad.claim(t)), Verdict::wrong);
  const TestProof large(t, {&whole}, 701);
  for (const std::ptrdiff_t at : {0, 48}) {
    bad = large;
    std::copy(infinity.begin(), infinity.end(), bad.proof.begin() + at);
    EXPECT_EQ(verify_proof(bad.claim(t)), Verdict::wrong);
  }
  // Everything zero: nothing proves nothing.
  bad.proof.fill(0);
  bad.proof[0] = bad.proof[48] = 0xc0;
  EXPECT_EQ(verify_proof(bad.claim(t)), Verdict::wrong);
}

TEST_F(Podr2, ScalarsAreCanonical) {
  const TestProof p(t, {&ragged}, 800);
  // r, little-endian.
  const Bytes r = {0x01, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xfe, 0x5b, 0xfe,
                   0xff, 0x02, 0xa4, 0xbd, 0x53, 0x05, 0xd8, 0xa1, 0x09, 0x08, 0xd8,
                   0x39, 0x33, 0x48, 0x7d, 0x9d, 0x29, 0x53, 0xa7, 0xed, 0x73};
  TestProof bad = p;
  std::copy(r.begin(), r.end(), bad.proof.begin() + 96);
  EXPECT_EQ(verify_proof(bad.claim(t)), Verdict::scalar);
  std::fill(bad.proof.begin() + 96, bad.proof.end(), std::uint8_t{0xff});
  EXPECT_EQ(verify_proof(bad.claim(t)), Verdict::scalar);
  // y + r, the same value mod r (it fits 32 bytes: 2r < 2^256).
  const auto add_r = [&r](std::span<std::uint8_t> y) {
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
      carry += unsigned{y[i]} + r[i];
      y[i] = static_cast<std::uint8_t>(carry);
      carry >>= 8U;
    }
    return carry;
  };
  bad = p;
  ASSERT_EQ(add_r(std::span(bad.proof).subspan(96)), 0U);
  EXPECT_EQ(verify_proof(bad.claim(t)), Verdict::scalar);
  ProofUncompressed full = p.full;
  ASSERT_EQ(add_r(full.mu[0]), 0U);
  EXPECT_EQ(verify_uncompressed(t.pub, p.blocks, full), Verdict::scalar);
}

TEST_F(Podr2, SizesAreExact) {
  const TestProof p(t, {&ragged}, 900);
  ProofClaim c = p.claim(t);
  c.proof = ByteView(p.proof).first(127);
  EXPECT_EQ(verify_proof(c), Verdict::size);
  Bytes longer(p.proof.begin(), p.proof.end());
  longer.push_back(0);
  c.proof = longer;
  EXPECT_EQ(verify_proof(c), Verdict::size);
  c = p.claim(t);
  c.blocks = {};
  EXPECT_EQ(verify_proof(c), Verdict::size);
  ProofUncompressed full = p.full;
  full.mu.resize(kSectors);
  EXPECT_EQ(verify_uncompressed(t.pub, p.blocks, full), Verdict::right);  // zeros beyond the end
  full.mu.resize(kSectors + 1);
  EXPECT_EQ(verify_uncompressed(t.pub, p.blocks, full), Verdict::size);
  EXPECT_EQ(verify_uncompressed(t.pub, {}, p.full), Verdict::size);
}

TEST_F(Podr2, BothSuitesAgreeOnRandomProofs) {
  for (std::uint64_t round = 0; round < 12; ++round) {
    TestFragment f(t.tagger, 5000 + round,
                   1 + static_cast<std::size_t>(round * 39779 % (2 * kBlockSize)));
    if (round % 3 == 1) f.data[f.data.size() / 2] ^= 1;
    const TestProof p(t, {&f, &tiny}, 6000 + round);
    const Verdict want = round % 3 == 1 ? Verdict::wrong : Verdict::right;
    EXPECT_EQ(verify_proof(p.claim(t)), want) << round;
    EXPECT_EQ(verify_uncompressed(t.pub, p.blocks, p.full), want) << round;
  }
}

}  // namespace
}  // namespace cess
