// SPDX-License-Identifier: Apache-2.0
// BLS12-381 as values: scalars mod r, points of G1 and G2, multi-scalar sums, pairing products.
// blst stays behind bls*.cpp. All values are plain memory in blst's own (Montgomery) form; equality
// of points is equality of what they stand for. Any thread may use any value. Secrets: Scalar's
// operators, G1::mul and FixedBase::mul take the same time for every value. Names that end in
// _vartime, msm and everything that parses are for public data only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace cess::bls {

constexpr std::size_t kScalarSize = 32;
constexpr std::size_t kG1Size = 48;  ///< compressed
constexpr std::size_t kG2Size = 96;  ///< compressed

/// An integer mod r, the order of the groups. Zero when made. Not wiped by itself: owners of
/// secrets wipe.
class Scalar {
 public:
  Scalar() = default;
  static Scalar from_u64(std::uint64_t v);
  /// Little-endian, exactly 32 bytes, < r; nullopt otherwise.
  static std::optional<Scalar> parse(ByteView bytes);
  /// A little-endian integer of up to 128 bytes, mod r. Constant time.
  static Scalar reduce(ByteView bytes);
  [[nodiscard]] std::array<std::uint8_t, kScalarSize> bytes() const;

  friend Scalar operator+(const Scalar& a, const Scalar& b);
  friend Scalar operator-(const Scalar& a, const Scalar& b);
  friend Scalar operator*(const Scalar& a, const Scalar& b);
  friend bool operator==(const Scalar&, const Scalar&) = default;
  [[nodiscard]] Scalar negate() const;
  /// 1/x; zero for zero.
  [[nodiscard]] Scalar inverse() const;
  [[nodiscard]] bool is_zero() const;

  std::array<std::uint64_t, 4> limbs{};  ///< Montgomery form: for bls*.cpp and the kernels only
};

/// A point of G1 in affine form (identity: all zero); the form of lists.
struct G1Affine {
  std::array<std::uint64_t, 12> limbs{};
};

/// A point of the curve E(Fp). In G1 proper unless a function says otherwise.
class G1 {
 public:
  G1();  ///< the identity
  explicit G1(const G1Affine& a);
  static const G1& generator();
  /// Compressed form, exactly 48 bytes, canonical (x < p, flags right), on the curve AND in the
  /// subgroup. The identity's encoding is accepted; callers that must not have it ask
  /// is_identity().
  static std::optional<G1> parse(ByteView bytes);
  /// As parse, but without the subgroup check: for bytes that a check_* has accepted before.
  static std::optional<G1> parse_unchecked_subgroup(ByteView bytes);
  [[nodiscard]] std::array<std::uint8_t, kG1Size> compress() const;

  friend G1 operator+(const G1& a, const G1& b);
  friend G1 operator-(const G1& a, const G1& b) { return a + b.negate(); }
  friend bool operator==(const G1& a, const G1& b);
  [[nodiscard]] G1 negate() const;
  /// k·P in constant time; P in G1.
  [[nodiscard]] G1 mul(const Scalar& k) const;
  [[nodiscard]] G1 mul_vartime(const Scalar& k) const { return mul(k); }
  [[nodiscard]] bool is_identity() const;
  [[nodiscard]] bool in_subgroup() const;

  std::array<std::uint64_t, 18> limbs;  ///< Jacobian coordinates: for bls*.cpp only
};

/// A point of G2.
class G2 {
 public:
  G2();  ///< the identity
  static const G2& generator();
  static std::optional<G2> parse(ByteView bytes);  ///< as G1::parse, 96 bytes
  [[nodiscard]] std::array<std::uint8_t, kG2Size> compress() const;
  friend G2 operator+(const G2& a, const G2& b);
  friend bool operator==(const G2& a, const G2& b);
  [[nodiscard]] G2 negate() const;
  [[nodiscard]] G2 mul(const Scalar& k) const;  ///< constant time
  [[nodiscard]] bool is_identity() const;

  std::array<std::uint64_t, 36> limbs;
};

/// Many points to affine form with one inversion.
std::vector<G1Affine> to_affine(std::span<const G1> points);
/// Many points compressed with one inversion; out has 48 bytes each.
void compress_many(MutByteView out, std::span<const G1> points);

/// hash_to_curve of RFC 9380, suite BLS12381G1_XMD:SHA-256_SSWU_RO_ with domain separation tag
/// `dst`.
G1 hash_to_g1(std::string_view dst, ByteView message);
/// The same before clear_cofactor: a point of the curve, not of G1. Since clearing is a group
/// homomorphism, a sum of hash points is cleared once: Σ ν·hash = clear_cofactor(Σ ν·uncleared).
G1 hash_to_curve_uncleared(std::string_view dst, ByteView message);
/// hash_to_curve_uncleared of messages.size() / message_size messages that lie side by side.
std::vector<G1> hash_many_uncleared(std::string_view dst, ByteView messages,
                                    std::size_t message_size);
/// Multiplies by 1 - z, the effective cofactor of RFC 9380 section 8.8.1.
G1 clear_cofactor(const G1& p);

/// hash_to_g1 of messages that lie side by side.
std::vector<G1> hash_many_to_g1(std::string_view dst, ByteView messages, std::size_t message_size);
/// Replaces every point by k times it, in constant time; points of G1.
void mul_all(std::span<G1> points, const Scalar& k);
/// G1::parse_unchecked_subgroup of encodings that lie side by side, 48 bytes each; nullopt where it
/// refuses.
std::vector<std::optional<G1>> parse_many_unchecked_subgroup(ByteView encodings);

/// The first of points on the curve that is not in G1; nullopt if all are.
std::optional<std::size_t> first_outside_subgroup(std::span<const G1Affine> points);

/// 128 bits, little-endian: challenge coefficients and small exponents.
using Exponent128 = std::array<std::uint8_t, 16>;
/// Σ k_i·P_i by Pippenger's method, variable time. Points may lie outside the subgroup.
G1 msm_vartime(std::span<const G1Affine> points, std::span<const Exponent128> scalars);
/// Σ k_i·P_i with full-size scalars, variable time.
G1 msm_vartime(std::span<const G1Affine> points, std::span<const Scalar> scalars);
/// Σ k_i·P_i of points on the curve; nullopt when one of them is outside of G1. `random`: fresh,
/// and unknown to who chose the points, or the answer is wrong with more than a chance of 2^-128.
/// Costs a fifth of asking each, when they are many.
std::optional<G1> subgroup_sum_vartime(std::span<const G1Affine> points,
                                       std::span<const Exponent128> random);

/// Constant-time multiplication of one fixed point (default: the generator) by secret scalars.
/// A comb of tables; every table is read whole for every digit.
class FixedBase {
 public:
  explicit FixedBase(const G1& base = G1::generator());
  static const FixedBase& generator();
  [[nodiscard]] G1 mul(const Scalar& k) const;
  /// mul for each scalar.
  [[nodiscard]] std::vector<G1> mul_many(std::span<const Scalar> scalars) const;

 private:
  std::vector<G1Affine> table_;
};

/// A G2 point with its line functions worked out: what a fixed argument of many pairings should be.
class G2Lines {
 public:
  explicit G2Lines(const G2& q);
  static const G2Lines& generator();

 private:
  friend bool pairing_product_is_one(std::span<const struct PairingTerm> terms);
  std::vector<std::uint64_t> lines_;  // empty: the identity
};

struct PairingTerm {
  G1 p;
  const G2Lines* q;
};

/// Whether Π e(p_i, q_i) = 1: one Miller loop per term, one final exponentiation. True of no terms.
bool pairing_product_is_one(std::span<const PairingTerm> terms);

}  // namespace cess::bls
