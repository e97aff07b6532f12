// SPDX-License-Identifier: Apache-2.0
// BLS12-381: published hash-to-curve answers, group laws against each other, refusal of bad
// encodings.
#include "crypto/bls.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <random>

#include "base/endian.hpp"
#include "base/hex.hpp"
#include "crypto/sha256.hpp"

namespace cess::bls {
namespace {

/// r and p, big-endian hex (draft-irtf-cfrg-pairing-friendly-curves, section 4.2.1).
constexpr std::string_view kR = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";
constexpr std::string_view kP =
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaa"
    "ab";
/// (p - 1) / 2.
constexpr std::string_view kHalfP =
    "0d0088f51cbff34d258dd3db21a5d66bb23ba5c279c2895fb39869507b587b120f55ffff58a9ffffdcff7fffffffd5"
    "55";

Bytes hex(std::string_view text) { return *parse_hex(text, "vector"); }

Bytes reversed(Bytes b) {
  std::reverse(b.begin(), b.end());
  return b;
}

Scalar random_scalar(std::mt19937_64& rng) {
  Bytes b(64);
  for (auto& x : b) x = static_cast<std::uint8_t>(rng());
  return Scalar::reduce(b);
}

/// k·P by doubling and adding, bit by bit.
G1 slow_mul(const G1& p, const Scalar& k) {
  const auto bits = k.bytes();
  G1 sum;
  for (std::size_t i = 256; i-- > 0;) {
    sum = sum + sum;
    if ((unsigned{bits[i / 8]} >> (i % 8) & 1U) != 0) sum = sum + p;
  }
  return sum;
}

TEST(Scalar, ParsesExactlyCanonicalValues) {
  const Bytes r = reversed(hex(kR));
  EXPECT_FALSE(Scalar::parse(r));
  Bytes below = r;
  below[0] = static_cast<std::uint8_t>(below[0] - 1U);
  ASSERT_TRUE(Scalar::parse(below));
  const auto back = Scalar::parse(below)->bytes();
  EXPECT_EQ(Bytes(back.begin(), back.end()), below);
  Bytes above = r;
  above[0] = static_cast<std::uint8_t>(above[0] + 1U);
  EXPECT_FALSE(Scalar::parse(above));
  EXPECT_FALSE(Scalar::parse(Bytes(32, 0xff)));
  EXPECT_FALSE(Scalar::parse(Bytes(31, 0)));
  EXPECT_FALSE(Scalar::parse(Bytes(33, 0)));
  ASSERT_TRUE(Scalar::parse(Bytes(32, 0)));
  EXPECT_TRUE(Scalar::parse(Bytes(32, 0))->is_zero());
}

TEST(Scalar, ReducesWideIntegers) {
  const Bytes r = reversed(hex(kR));
  EXPECT_TRUE(Scalar::reduce(r).is_zero());
  Bytes wide(64, 0);  // r·2^256 + 5
  std::copy(r.begin(), r.end(), wide.begin() + 32);
  wide[0] = 5;
  EXPECT_EQ(Scalar::reduce(wide), Scalar::from_u64(5));
  // 2^256 = (2^64)^4, each way.
  Bytes power(33, 0);
  power[32] = 1;
  const Scalar two32 = Scalar::from_u64(std::uint64_t{1} << 32U);
  const Scalar two64 = two32 * two32;
  EXPECT_EQ(Scalar::reduce(power), two64 * two64 * two64 * two64);
  EXPECT_TRUE(Scalar::reduce({}).is_zero());
}

TEST(Scalar, IsAField) {
  std::mt19937_64 rng(1);
  for (int i = 0; i < 50; ++i) {
    const Scalar a = random_scalar(rng), b = random_scalar(rng), c = random_scalar(rng);
    EXPECT_EQ(a * (b + c), a * b + a * c);
    EXPECT_EQ(a - a, Scalar{});
    EXPECT_EQ(a + a.negate(), Scalar{});
    EXPECT_EQ(a * a.inverse(), Scalar::from_u64(1));
  }
}

/// Compressed form of the published affine coordinates.
std::string compressed(const std::string& x, const std::string& y) {
  Bytes b = hex(x);
  b[0] = static_cast<std::uint8_t>(b[0] | 0x80U | (y > kHalfP ? 0x20U : 0U));
  return to_hex(b);
}

TEST(HashToCurve, Rfc9380Vectors) {
  std::ifstream file(CESS_VECTORS_DIR "/bls/rfc9380_g1_ro.txt");
  const std::string dst = "QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_";
  std::string line;
  int count = 0;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream in(line);
    std::string message, x, y;
    in >> message >> x >> y;
    if (message == "-") message.clear();
    const std::string want = compressed(x, y);
    EXPECT_EQ(to_hex(hash_to_g1(dst, as_bytes(message)).compress()), want) << message;
    const G1 uncleared = hash_to_curve_uncleared(dst, as_bytes(message));
    EXPECT_FALSE(uncleared.in_subgroup());
    EXPECT_EQ(to_hex(clear_cofactor(uncleared).compress()), want) << message;
    ++count;
  }
  EXPECT_EQ(count, 5);
}

TEST(HashToCurve, SumsMayBeClearedAtTheEnd) {
  std::mt19937_64 rng(2);
  const std::string dst = "CESS-TEST_BLS12381G1_XMD:SHA-256_SSWU_RO_";
  Bytes messages(40 * 7);
  for (auto& b : messages) b = static_cast<std::uint8_t>(rng());
  const auto points = hash_many_uncleared(dst, messages, 7);
  std::vector<Exponent128> weights(points.size());
  for (auto& w : weights) {
    for (auto& b : w) b = static_cast<std::uint8_t>(rng());
  }
  G1 want;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto message = ByteView(messages).subspan(i * 7, 7);
    want = want + slow_mul(hash_to_g1(dst, message), Scalar::reduce(weights[i]));
  }
  EXPECT_EQ(clear_cofactor(msm_vartime(to_affine(points), weights)), want);
}

TEST(G1, MultiplicationsAgree) {
  std::mt19937_64 rng(3);
  const FixedBase other(G1::generator().mul(Scalar::from_u64(77)));
  std::vector<Scalar> cases = {Scalar{}, Scalar::from_u64(1), Scalar::from_u64(1).negate()};
  // Values around every window border of the comb: 2^i, 2^i ± 1, and the negatives.
  Scalar power = Scalar::from_u64(1);
  for (int i = 0; i < 255; ++i, power = power + power) {
    for (const Scalar& s : {power, power - Scalar::from_u64(1), power + Scalar::from_u64(1)}) {
      cases.push_back(s);
      cases.push_back(s.negate());
    }
  }
  for (int i = 0; i < 50; ++i) cases.push_back(random_scalar(rng));
  const G1 base = G1::generator().mul(Scalar::from_u64(77));
  for (const Scalar& k : cases) {
    const G1 want = slow_mul(G1::generator(), k);
    EXPECT_EQ(G1::generator().mul(k), want);
    EXPECT_EQ(FixedBase::generator().mul(k), want);
    EXPECT_EQ(other.mul(k), base.mul(k));
  }
}

TEST(G1, MultiScalarSumsAgree) {
  std::mt19937_64 rng(4);
  for (const std::size_t n : {0U, 1U, 2U, 3U, 31U, 32U, 33U, 200U}) {
    std::vector<G1> points(n);
    std::vector<Scalar> full(n);
    std::vector<Exponent128> half(n);
    G1 want_full, want_half;
    for (std::size_t i = 0; i < n; ++i) {
      if (i % 7 != 3) points[i] = G1::generator().mul(random_scalar(rng));  // some identities
      if (i % 5 == 4) points[i] = points[i - 1];                            // and repeats
      full[i] = i % 11 == 5 ? Scalar{} : random_scalar(rng);
      for (auto& b : half[i]) b = static_cast<std::uint8_t>(rng());
      want_full = want_full + points[i].mul(full[i]);
      want_half = want_half + points[i].mul(Scalar::reduce(half[i]));
    }
    EXPECT_EQ(msm_vartime(to_affine(points), full), want_full) << n;
    EXPECT_EQ(msm_vartime(to_affine(points), half), want_half) << n;
    Bytes list(n * kG1Size);
    compress_many(list, points);
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_EQ(to_hex(ByteView(list).subspan(i * kG1Size, kG1Size)), to_hex(points[i].compress()));
    }
  }
}

TEST(G1, GroupLaws) {
  const G1 g = G1::generator();
  EXPECT_TRUE((g - g).is_identity());
  EXPECT_TRUE(G1{}.is_identity());
  EXPECT_EQ(g + G1{}, g);
  EXPECT_EQ(G1{} + g, g);
  EXPECT_EQ(g + g, g.mul(Scalar::from_u64(2)));
  EXPECT_TRUE((G1{} + G1{}).is_identity());
  EXPECT_TRUE(slow_mul(g, Scalar::from_u64(1).negate()) + g == G1{});
}

TEST(G1, RefusesBadEncodings) {
  const G1 p = G1::generator().mul(Scalar::from_u64(12345));
  const auto good = p.compress();
  ASSERT_TRUE(G1::parse(good));
  EXPECT_EQ(*G1::parse(good), p);
  const auto refused = [](Bytes b) { return !G1::parse(b).has_value(); };
  // Wrong sizes, the uncompressed form among them.
  EXPECT_TRUE(refused(Bytes(good.begin(), good.end() - 1)));
  EXPECT_TRUE(refused(Bytes(96, 0)));
  EXPECT_TRUE(refused({}));
  // Flags: compressed missing, infinity set on a finite point, all three.
  for (const unsigned flip : {0x80U, 0x40U, 0xc0U}) {
    Bytes b(good.begin(), good.end());
    b[0] = static_cast<std::uint8_t>(b[0] ^ flip);
    EXPECT_TRUE(refused(b)) << flip;
  }
  EXPECT_TRUE(refused(Bytes(48, 0xff)));
  EXPECT_TRUE(refused(Bytes(48, 0x00)));
  // x >= p: p itself, and p + x of the curve's smallest points.
  for (unsigned add = 0; add < 40; ++add) {
    Bytes b = hex(kP);
    unsigned carry = add;
    for (std::size_t i = b.size(); i-- > 0 && carry != 0;) {
      carry += b[i];
      b[i] = static_cast<std::uint8_t>(carry);
      carry >>= 8U;
    }
    b[0] = static_cast<std::uint8_t>(b[0] | 0x80U);
    EXPECT_TRUE(refused(b)) << add;
    b[0] = static_cast<std::uint8_t>(b[0] | 0x20U);
    EXPECT_TRUE(refused(b)) << add;
  }
  // The identity has one encoding.
  Bytes infinity(48, 0);
  infinity[0] = 0xc0;
  ASSERT_TRUE(G1::parse(infinity));
  EXPECT_TRUE(G1::parse(infinity)->is_identity());
  EXPECT_EQ(to_hex(G1{}.compress()), to_hex(infinity));
  infinity[0] = 0xe0;
  EXPECT_TRUE(refused(infinity));
  infinity[0] = 0xc0;
  infinity[47] = 1;
  EXPECT_TRUE(refused(infinity));
}

TEST(G1, RefusesPointsOffCurveAndOffSubgroup) {
  unsigned off_curve = 0, off_subgroup = 0;
  for (unsigned x = 0; x < 64; ++x) {
    Bytes b(48, 0);
    b[0] = 0x80;
    b[47] = static_cast<std::uint8_t>(x);
    const auto loose = G1::parse_unchecked_subgroup(b);
    EXPECT_FALSE(G1::parse(b)) << x;
    if (loose) {
      EXPECT_FALSE(loose->in_subgroup());
      ++off_subgroup;
    } else {
      ++off_curve;
    }
  }
  EXPECT_GT(off_curve, 10U);
  EXPECT_GT(off_subgroup, 10U);
  // r·Q has an order that divides the cofactor; added to a good point it makes a bad one.
  const G1 q = hash_to_curve_uncleared("CESS-TEST", as_bytes("q"));
  const G1 torsion = slow_mul(q, Scalar::from_u64(1).negate()) + q;
  EXPECT_FALSE(torsion.is_identity());
  const auto hidden = (G1::generator() + torsion).compress();
  EXPECT_TRUE(G1::parse_unchecked_subgroup(hidden));
  EXPECT_FALSE(G1::parse(hidden));
}

TEST(G2, RoundTripAndRefusal) {
  const G2 q = G2::generator().mul(Scalar::from_u64(99));
  const auto good = q.compress();
  ASSERT_TRUE(G2::parse(good));
  EXPECT_EQ(*G2::parse(good), q);
  EXPECT_FALSE(G2::parse(ByteView(good).first(95)));
  EXPECT_FALSE(G2::parse(Bytes(96, 0xff)));
  EXPECT_FALSE(G2::parse(Bytes(96, 0)));
  unsigned on_curve = 0;
  for (unsigned x = 0; x < 32; ++x) {
    Bytes b(96, 0);
    b[0] = 0x80;
    b[95] = static_cast<std::uint8_t>(x);
    if (G2::parse(b)) ++on_curve;  // small x are never of the subgroup
  }
  EXPECT_EQ(on_curve, 0U);
}

TEST(Pairing, IsBilinear) {
  std::mt19937_64 rng(5);
  const Scalar a = random_scalar(rng), b = random_scalar(rng);
  const G1 g = G1::generator();
  const G2Lines qa(G2::generator().mul(a)), qab(G2::generator().mul(a * b)), none{G2{}};
  const PairingTerm good[] = {{g.mul(b), &qa}, {g.negate(), &qab}};
  EXPECT_TRUE(pairing_product_is_one(good));
  const PairingTerm three[] = {
      {g.mul(b), &qa}, {g.mul(a * b).negate(), &G2Lines::generator()}, {G1{}, &qab}, {g, &none}};
  EXPECT_TRUE(pairing_product_is_one(three));
  const PairingTerm bad[] = {{g.mul(b + Scalar::from_u64(1)), &qa}, {g.negate(), &qab}};
  EXPECT_FALSE(pairing_product_is_one(bad));
  const PairingTerm one[] = {{g, &qa}};
  EXPECT_FALSE(pairing_product_is_one(one));
  EXPECT_TRUE(pairing_product_is_one({}));
}

/// "name value" lines of a vector file.
std::map<std::string, std::string> read_values(const std::string& path) {
  std::ifstream file(path);
  std::map<std::string, std::string> values;
  for (std::string name, value; file >> name;) {
    if (name[0] == '#') {
      std::getline(file, value);
    } else {
      file >> values[name];
    }
  }
  return values;
}

TEST(Pairing, VerifiesADrandBeacon) {
  auto v = read_values(CESS_VECTORS_DIR "/bls/drand_quicknet.txt");
  const Bytes signature = hex(v["signature"]);
  EXPECT_EQ(to_hex(sha256(signature)), v["randomness"]);
  std::array<std::uint8_t, 8> round;
  store_be(round.data(), std::uint64_t{std::stoull(v["round"])});
  const auto sigma = G1::parse(signature);
  const auto key = G2::parse(hex(v["public_key"]));
  ASSERT_TRUE(sigma && key);
  const G2Lines lines(*key);
  const auto holds = [&](ByteView message) {
    const PairingTerm terms[] = {{sigma->negate(), &G2Lines::generator()},
                                 {hash_to_g1(v["dst"], sha256(message).view()), &lines}};
    return pairing_product_is_one(terms);
  };
  EXPECT_TRUE(holds(round));
  round[7] ^= 1;
  EXPECT_FALSE(holds(round));
}

}  // namespace
}  // namespace cess::bls
