// SPDX-License-Identifier: Apache-2.0
// Scalars and points of BLS12-381 over blst.
#include "crypto/bls.hpp"

#include <cstring>

#include "base/check.hpp"
#include "base/secret.hpp"
#include "crypto/detail/blst_types.hpp"

namespace cess::bls {

using detail::in;
using detail::out;

Scalar Scalar::from_u64(std::uint64_t v) {
  const std::uint64_t wide[4] = {v, 0, 0, 0};
  Scalar s;
  blst_fr_from_uint64(out(s), wide);
  return s;
}

std::optional<Scalar> Scalar::parse(ByteView bytes) {
  if (bytes.size() != kScalarSize) return std::nullopt;
  blst_scalar raw;
  blst_scalar_from_lendian(&raw, bytes.data());
  if (!blst_scalar_fr_check(&raw)) return std::nullopt;
  Scalar s;
  blst_fr_from_scalar(out(s), &raw);
  wipe({raw.b, sizeof raw.b});
  return s;
}

Scalar Scalar::reduce(ByteView bytes) {
  CESS_CHECK(bytes.size() <= 128);
  Scalar s;
  if (bytes.empty()) return s;
  blst_scalar raw;
  // Its return value only says "not zero".
  static_cast<void>(blst_scalar_from_le_bytes(&raw, bytes.data(), bytes.size()));
  blst_fr_from_scalar(out(s), &raw);
  wipe({raw.b, sizeof raw.b});
  return s;
}

std::array<std::uint8_t, kScalarSize> Scalar::bytes() const {
  blst_scalar raw;
  blst_scalar_from_fr(&raw, in(*this));
  std::array<std::uint8_t, kScalarSize> b;
  blst_lendian_from_scalar(b.data(), &raw);
  wipe({raw.b, sizeof raw.b});
  return b;
}

Scalar operator+(const Scalar& a, const Scalar& b) {
  Scalar s;
  blst_fr_add(out(s), in(a), in(b));
  return s;
}

Scalar operator-(const Scalar& a, const Scalar& b) {
  Scalar s;
  blst_fr_sub(out(s), in(a), in(b));
  return s;
}

Scalar operator*(const Scalar& a, const Scalar& b) {
  Scalar s;
  blst_fr_mul(out(s), in(a), in(b));
  return s;
}

Scalar Scalar::negate() const { return Scalar{} - *this; }

Scalar Scalar::inverse() const {
  Scalar s;
  blst_fr_eucl_inverse(out(s), in(*this));
  return s;
}

bool Scalar::is_zero() const { return (limbs[0] | limbs[1] | limbs[2] | limbs[3]) == 0; }

G1::G1() { limbs.fill(0); }

G1::G1(const G1Affine& a) { blst_p1_from_affine(out(*this), in(a)); }

const G1& G1::generator() {
  static const G1 g = [] {
    G1 p;
    std::memcpy(out(p), blst_p1_generator(), sizeof(blst_p1));
    return p;
  }();
  return g;
}

std::optional<G1> G1::parse_unchecked_subgroup(ByteView bytes) {
  if (bytes.size() != kG1Size) return std::nullopt;
  blst_p1_affine a;
  if (blst_p1_uncompress(&a, bytes.data()) != BLST_SUCCESS) return std::nullopt;
  G1 p;
  blst_p1_from_affine(out(p), &a);
  return p;
}

std::optional<G1> G1::parse(ByteView bytes) {
  auto p = parse_unchecked_subgroup(bytes);
  if (p && !p->in_subgroup()) return std::nullopt;
  return p;
}

std::array<std::uint8_t, kG1Size> G1::compress() const {
  std::array<std::uint8_t, kG1Size> b;
  blst_p1_compress(b.data(), in(*this));
  return b;
}

G1 operator+(const G1& a, const G1& b) {
  G1 p;
  blst_p1_add_or_double(out(p), in(a), in(b));
  return p;
}

bool operator==(const G1& a, const G1& b) { return blst_p1_is_equal(in(a), in(b)); }

G1 G1::negate() const {
  G1 p = *this;
  blst_p1_cneg(out(p), true);
  return p;
}

G1 G1::mul(const Scalar& k) const {
  auto bytes = k.bytes();
  G1 p;
  blst_p1_mult(out(p), in(*this), bytes.data(), 255);
  wipe(bytes);
  return p;
}

bool G1::is_identity() const { return blst_p1_is_inf(in(*this)); }

bool G1::in_subgroup() const { return blst_p1_in_g1(in(*this)); }

G2::G2() { limbs.fill(0); }

const G2& G2::generator() {
  static const G2 g = [] {
    G2 p;
    std::memcpy(out(p), blst_p2_generator(), sizeof(blst_p2));
    return p;
  }();
  return g;
}

std::optional<G2> G2::parse(ByteView bytes) {
  if (bytes.size() != kG2Size) return std::nullopt;
  blst_p2_affine a;
  if (blst_p2_uncompress(&a, bytes.data()) != BLST_SUCCESS) return std::nullopt;
  G2 p;
  blst_p2_from_affine(out(p), &a);
  if (!blst_p2_in_g2(in(p))) return std::nullopt;
  return p;
}

std::array<std::uint8_t, kG2Size> G2::compress() const {
  std::array<std::uint8_t, kG2Size> b;
  blst_p2_compress(b.data(), in(*this));
  return b;
}

G2 operator+(const G2& a, const G2& b) {
  G2 p;
  blst_p2_add_or_double(out(p), in(a), in(b));
  return p;
}

bool operator==(const G2& a, const G2& b) { return blst_p2_is_equal(in(a), in(b)); }

G2 G2::negate() const {
  G2 p = *this;
  blst_p2_cneg(out(p), true);
  return p;
}

G2 G2::mul(const Scalar& k) const {
  auto bytes = k.bytes();
  G2 p;
  blst_p2_mult(out(p), in(*this), bytes.data(), 255);
  wipe(bytes);
  return p;
}

bool G2::is_identity() const { return blst_p2_is_inf(in(*this)); }

}  // namespace cess::bls
