// SPDX-License-Identifier: Apache-2.0
#include "crypto/bls_sign.hpp"

#include <gtest/gtest.h>

#include "unit/crypto/vectors.hpp"

namespace cess::bls {
namespace {

SecretKey key_of(std::uint8_t fill) { return *SecretKey::generate(Bytes(32, fill)); }
Bytes text(std::string_view t) { return {t.begin(), t.end()}; }

/// The identity's encoding: compressed, infinite, nothing else.
Bytes identity(std::size_t size) {
  Bytes b(size);
  b[0] = 0xc0;
  return b;
}

TEST(BlsSign, KeyGenOfEip2333) {
  const auto all = read_vectors("../bls/keygen_eip2333.txt");
  EXPECT_EQ(all.size(), 4U);
  for (const Record& v : all) {
    const auto key = SecretKey::generate(v.hex("seed"));
    ASSERT_TRUE(key);
    EXPECT_EQ(to_hex(key->bytes().view()), v.text("secret"));
  }
  EXPECT_FALSE(SecretKey::generate(Bytes(31)));
  EXPECT_TRUE(SecretKey::generate(Bytes(32)));
  EXPECT_NE(to_hex(SecretKey::generate(Bytes(32), text("vote"))->bytes().view()),
            to_hex(SecretKey::generate(Bytes(32))->bytes().view()));
}

TEST(BlsSign, AnotherImplementationSignsTheSame) {
  const auto all = read_vectors("../bls/pop_min_sig.txt");
  ASSERT_EQ(all.size(), 9U);
  const Bytes common = all.back().hex("common");
  SignatureSum sum;
  KeySum keys;
  std::vector<PublicKey> parsed;
  for (std::size_t i = 0; i < 8; ++i) {
    const Record& v = all[i];
    const auto key = SecretKey::parse(v.key("secret"));
    ASSERT_TRUE(key);
    EXPECT_EQ(to_hex(key->bytes().view()), v.text("secret"));
    EXPECT_EQ(to_hex(key->public_key().bytes()), v.text("public"));
    EXPECT_EQ(to_hex(key->sign(v.hex("message")).bytes()), v.text("signature"));
    EXPECT_EQ(to_hex(key->prove_possession().bytes()), v.text("possession"));
    const auto pub = PublicKey::parse(v.hex("public"));
    const auto sig = Signature::parse(v.hex("signature"));
    const auto pop = Signature::parse(v.hex("possession"));
    ASSERT_TRUE(pub && sig && pop);
    EXPECT_TRUE(verify(*pub, v.hex("message"), *sig));
    EXPECT_TRUE(verify_possession(*pub, *pop));
    // The domains keep one kind of signature from serving as the other.
    EXPECT_FALSE(verify(*pub, pub->bytes(), *pop));
    EXPECT_FALSE(verify_possession(*pub, key->sign(pub->bytes())));
    EXPECT_FALSE(verify(*pub, common, *sig));
    sum.add(key->sign(common));
    keys.add(*pub);
    parsed.push_back(*pub);
  }
  const auto aggregate = Signature::parse(all.back().hex("aggregate"));
  ASSERT_TRUE(aggregate);
  EXPECT_EQ(sum.get(), aggregate);
  EXPECT_TRUE(verify_aggregate(keys, common, *aggregate));
  std::vector<const PublicKey*> pointers;
  for (const PublicKey& p : parsed) pointers.push_back(&p);
  EXPECT_TRUE(verify_aggregate(pointers, common, *aggregate));
  EXPECT_FALSE(verify_aggregate(std::span(pointers).first(7), common, *aggregate));
  EXPECT_FALSE(verify_aggregate(pointers, text("another"), *aggregate));
}

TEST(BlsSign, SecretKeysAreBetweenZeroAndR) {
  Key256 key;
  EXPECT_FALSE(SecretKey::parse(key));
  key.mut()[31] = 1;
  EXPECT_TRUE(SecretKey::parse(key));
  const Bytes r =
      *parse_hex("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001", "r");
  EXPECT_FALSE(SecretKey::parse(Key256(r)));
  Bytes below = r;
  below[31] = 0;
  EXPECT_TRUE(SecretKey::parse(Key256(below)));
  EXPECT_FALSE(SecretKey::parse(Key256(Bytes(32, 0xff))));
}

TEST(BlsSign, EveryFlippedBitIsRefused) {
  const SecretKey key = key_of(1);
  const PublicKey pub = key.public_key();
  const Bytes message = text("block");
  const Signature sig = key.sign(message);
  ASSERT_TRUE(verify(pub, message, sig));
  for (std::size_t bit = 0; bit < kG1Size * 8; ++bit) {
    auto bytes = sig.bytes();
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto bad = Signature::parse(bytes);
    EXPECT_FALSE(bad && verify(pub, message, *bad)) << bit;
  }
  for (std::size_t bit = 0; bit < kG2Size * 8; bit += 7) {
    auto bytes = pub.bytes();
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto bad = PublicKey::parse(bytes);
    EXPECT_FALSE(bad && verify(*bad, message, sig)) << bit;
  }
}

TEST(BlsSign, RefusesIdentitiesAndPointsOutsideTheSubgroup) {
  EXPECT_TRUE(G1::parse(identity(kG1Size)));  // as points they parse
  EXPECT_TRUE(G2::parse(identity(kG2Size)));
  EXPECT_FALSE(Signature::parse(identity(kG1Size)));
  EXPECT_FALSE(PublicKey::parse(identity(kG2Size)));
  EXPECT_FALSE(Signature::parse(Bytes(kG1Size - 1)));
  EXPECT_FALSE(PublicKey::parse(Bytes(kG2Size + 1)));
  // A hashed point before its cofactor is cleared is on the curve and not in G1.
  const G1 stray = hash_to_curve_uncleared("test", text("x"));
  EXPECT_TRUE(G1::parse_unchecked_subgroup(stray.compress()));
  EXPECT_FALSE(Signature::parse(stray.compress()));
  // Small x until one is the coordinate of a point: almost surely outside G2.
  std::size_t outside = 0;
  for (std::uint8_t x = 1; x < 30; ++x) {
    Bytes b(kG2Size);
    b[0] = 0x80;
    b[kG2Size - 1] = x;
    outside += PublicKey::parse(b) ? 1U : 0U;
  }
  EXPECT_EQ(outside, 0U);
}

TEST(BlsSign, SumsOfNothing) {
  EXPECT_FALSE(SignatureSum().get());
  const SecretKey key = key_of(2);
  const Signature sig = key.sign(text("m"));
  EXPECT_FALSE(SignatureSum().add(sig).subtract(sig).get());
  EXPECT_FALSE(verify_aggregate(KeySum(), text("m"), sig));
  EXPECT_FALSE(verify_aggregate(std::span<const PublicKey* const>(), text("m"), sig));
  EXPECT_FALSE(verify_aggregate_distinct({}, {}, sig));
  KeySum zero;
  zero.add(key.public_key()).subtract(key.public_key());
  EXPECT_FALSE(verify_aggregate(zero, text("m"), sig));
}

// What a collector does: everybody's sum without those who did not vote, bisecting for a bad share.
TEST(BlsSign, SubtractingIsNotAdding) {
  std::vector<PublicKey> keys;
  std::vector<Signature> shares;
  KeySum all, voters;
  SignatureSum votes;
  for (std::uint8_t i = 0; i < 11; ++i) {
    const SecretKey key = key_of(static_cast<std::uint8_t>(10 + i));
    keys.push_back(key.public_key());
    shares.push_back(key.sign(text(i == 5 ? "other" : "block")));
    all.add(keys.back());
    if (i < 8) {
      voters.add(keys.back());
      votes.add(shares.back());
    }
  }
  for (std::size_t i = 8; i < 11; ++i) all.subtract(keys[i]);
  EXPECT_EQ(all.point(), voters.point());
  EXPECT_FALSE(verify_aggregate(voters, text("block"), *votes.get()));
  voters.subtract(keys[5]).add(keys[9]);
  votes.subtract(shares[5]).add(shares[9]);
  EXPECT_TRUE(verify_aggregate(voters, text("block"), *votes.get()));
}

// The attack that proofs of possession stop: a key made from another's forges for both.
TEST(BlsSign, RogueKeyHasNoProof) {
  const SecretKey mine = key_of(3);
  const PublicKey victim = key_of(4).public_key();
  const auto rogue =
      PublicKey::parse((mine.public_key().point() + victim.point().negate()).compress());
  ASSERT_TRUE(rogue);
  const PublicKey* both[] = {&victim, &*rogue};
  EXPECT_TRUE(verify_aggregate(both, text("forged"), mine.sign(text("forged"))));
  EXPECT_FALSE(verify_possession(*rogue, mine.prove_possession()));
}

TEST(BlsSign, DistinctMessages) {
  const SecretKey a = key_of(5), b = key_of(6);
  const PublicKey pa = a.public_key(), pb = b.public_key();
  const Bytes x = text("round 1"), y = text("round 2");
  const Signature sum = *SignatureSum().add(a.sign(x)).add(b.sign(y)).get();
  const PublicKey* keys[] = {&pa, &pb};
  const ByteView right[] = {x, y}, swapped[] = {y, x};
  EXPECT_TRUE(verify_aggregate_distinct(keys, right, sum));
  EXPECT_FALSE(verify_aggregate_distinct(keys, swapped, sum));
}

}  // namespace
}  // namespace cess::bls
