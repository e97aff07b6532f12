// SPDX-License-Identifier: Apache-2.0
// Hashing to the curve, multiplying and checking eight points at once (detail/lanes.hpp).
#include "crypto/detail/lanes.hpp"

#if defined(__x86_64__)

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12's own AVX-512 headers
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#include <atomic>
#include <cstring>

#include "base/check.hpp"
#include "base/secret.hpp"
#include "crypto/detail/fp_lanes.hpp"

namespace cess::bls::detail {

namespace {
std::atomic<bool> lanes_allowed{true};

// RFC 9380, section 8.8.1, times R: the isogenous curve E' y² = x³ + A'x + B' and Z = 11.
constexpr Limbs52 kA = {0xef04ef21a1d3d, 0xbbb7dd060d393, 0xff807c891fa32, 0x4fa226001e542,
                        0x07bb9118160f3, 0x1b290faa81f81, 0x9d3a96a7ea346, 0x000000000f49b};
constexpr Limbs52 kMinusA = {0x00fb10de58d6e, 0x42f976f9f280c, 0x6b8ee5b8cb1cd, 0xc31d4130b44cc,
                             0x6e8be3a039291, 0x007ea698c9b4c, 0x816901567f705, 0x000000000ab75};
constexpr Limbs52 kB = {0x3b73bc2a9d2a5, 0x15a68b00ba2c3, 0x9cc6f3e45ccb6, 0x954434d7b95ae,
                        0xabe57e8ae707a, 0x09f7da2e4af85, 0xb2d5637f0c3a9, 0x0000000013315};
constexpr Limbs52 kZ = {0xd18a1420da52d, 0x668c0a2ed1269, 0xa4219d0526a63, 0xf508c07e4cd00,
                        0x74ad0852fdcb0, 0x1c842acdc01ab, 0xafa7a8a245d49, 0x000000001499a};
constexpr Limbs52 kZA = {0xa53646721419d, 0x18be87429319b, 0x78290c58db82e, 0xfb7b36dc5dd84,
                         0x8f627fb717555, 0x84d566bfcf9ba, 0x09aee94096640, 0x000000000c249};
constexpr Limbs52 kSqrtMinusZ3 = {0x1609a746f34c0, 0x2471ecbcf7b4e, 0xe27bda0f54066,
                                  0x3ba01ba17b338, 0x7f68aaea20d6c, 0x4d90f06070654,
                                  0x8fc33dff483e8, 0x000000000cc7d};

CESS_LANES Fp8 load_all(std::span<const FpLimbs, 8> v) {
  const std::uint64_t* from[8];
  for (unsigned i = 0; i < 8; ++i) from[i] = v[i].data();
  return load_fp(from);
}

/// Coordinate `c` (0 x, 1 y, 2 z) of eight points in blst's layout.
template <class Point, std::size_t Extent>
CESS_LANES Fp8 load_coordinate(std::span<Point, Extent> p, unsigned c) {
  const std::uint64_t* from[8];
  for (unsigned i = 0; i < 8; ++i) from[i] = p[i].limbs.data() + 6 * c;
  return load_fp(from);
}

CESS_LANES void store_coordinate(std::span<G1, 8> p, unsigned c, const Fp8& v) {
  std::uint64_t* to[8];
  for (unsigned i = 0; i < 8; ++i) to[i] = p[i].limbs.data() + 6 * c;
  store_fp(to, v);
}
}  // namespace

bool lanes_available() {
  static const bool yes = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512dq") &&
                          __builtin_cpu_supports("avx512ifma");
  return yes && lanes_allowed.load(std::memory_order_relaxed);
}

void allow_lanes(bool allowed) { lanes_allowed = allowed; }

CESS_LANES void map_to_isogenous8(std::span<G1, 8> out, std::span<const FpLimbs, 8> u_in) {
  const Fp8 u = load_all(u_in);
  const Fp8 uu = mul(u, u);
  const Fp8 zuu = mul(constant(kZ), uu);
  const Fp8 t = add(mul(zuu, zuu), zuu);
  const Fp8 x1n = mul(constant(kB), add(t, constant(kOne)));
  Fp8 xd = mul(constant(kMinusA), t);
  xd = select(is_zero(xd), xd, constant(kZA));
  const Fp8 xd2 = mul(xd, xd);
  const Fp8 gxd = mul(xd2, xd);
  // g(x1) = gx1 / gxd
  Fp8 gx1 = add(mul(x1n, x1n), mul(constant(kA), xd2));
  gx1 = add(mul(gx1, x1n), mul(constant(kB), gxd));
  // A root of g(x1), if there is one: y1 = gx1·gxd·(gx1·gxd³)^((p-3)/4).
  const Fp8 product = mul(gx1, gxd);
  const Fp8 y1 = mul(pow_p_minus_3_div_4(mul(product, mul(gxd, gxd))), product);
  const __mmask8 square = is_zero(sub(mul(mul(y1, y1), gxd), gx1));
  // Otherwise x2 = Z·u²·x1 has one: y2 = y1·u³·sqrt(-Z³).
  const Fp8 y2 = mul(mul(y1, constant(kSqrtMinusZ3)), mul(uu, u));
  const Fp8 xn = select(square, mul(zuu, x1n), x1n);
  Fp8 y = select(square, y2, y1);
  const auto flip = static_cast<__mmask8>(is_odd(u) ^ is_odd(y));
  y = select(flip, y, sub(constant(Limbs52{}), y));
  store_coordinate(out, 0, mul(xn, xd));
  store_coordinate(out, 1, mul(y, gxd));
  store_coordinate(out, 2, xd);
}

namespace {
/// From Jacobian (x = X/Z², y = Y/Z³) to homogeneous coordinates; the identity, Z = 0, to (0 : Y³ :
/// 0).
CESS_LANES P8 from_jacobian(std::span<const G1, 8> p) {
  const Fp8 z = load_coordinate(p, 2);
  P8 r{mul(load_coordinate(p, 0), z), load_coordinate(p, 1), mul(mul(z, z), z)};
  const P8 none = identity8();
  return select(is_zero(z), r, none);
}

CESS_LANES void to_jacobian(std::span<G1, 8> out, const P8& p) {
  // (XZ : YZ² : Z); blst's identity is any point with Z = 0.
  store_coordinate(out, 0, mul(p.x, p.z));
  store_coordinate(out, 1, mul(p.y, mul(p.z, p.z)));
  store_coordinate(out, 2, p.z);
}

/// table[digit], the whole table read.
CESS_LANES P8 pick(const P8* table, std::uint8_t digit) {
  P8 r = table[0];
  for (unsigned e = 1; e < 16; ++e) {
    // All lanes or none, from arithmetic rather than a branch.
    const unsigned differs = e ^ digit;
    const auto here = static_cast<__mmask8>((differs - 1U) >> 24U);
#pragma GCC unroll 8
    for (unsigned l = 0; l < 8; ++l) {
      r.x.l[l] = _mm512_mask_blend_epi64(here, r.x.l[l], table[e].x.l[l]);
      r.y.l[l] = _mm512_mask_blend_epi64(here, r.y.l[l], table[e].y.l[l]);
      r.z.l[l] = _mm512_mask_blend_epi64(here, r.z.l[l], table[e].z.l[l]);
    }
  }
  return r;
}
}  // namespace

CESS_LANES void mul8(std::span<G1, 8> points, const SplitScalar& k) {
  P8 table[16];
  table[0] = identity8();
  table[1] = from_jacobian(points);
  for (unsigned e = 2; e < 16; ++e) table[e] = add(table[e - 1], table[1]);
  P8 sum = identity8();
  for (std::size_t i = k.low.size(); i-- > 0;) {
    for (int d = 0; d < 4; ++d) sum = twice(sum);
    sum = add(sum, pick(table, k.low[i]));
    sum = add(sum, times_z2(pick(table, k.high[i])));
  }
  to_jacobian(points, sum);
  wipe({reinterpret_cast<std::uint8_t*>(table), sizeof table});
  wipe({reinterpret_cast<std::uint8_t*>(&sum), sizeof sum});
}

namespace {
/// |z|·P, |z| = 0xd201000000010000.
CESS_LANES P8 times_z(const P8& p) {
  P8 r = p;
  for (unsigned bit = 63; bit-- > 0;) {
    r = twice(r);
    if ((0xd201000000010000U >> bit & 1U) != 0) r = add(r, p);
  }
  return r;
}
}  // namespace

CESS_LANES std::uint8_t in_subgroup8(std::span<const G1Affine, 8> points) {
  // M. Scott (2021): P is in G1 just when the endomorphism multiplies it by its eigenvalue, here
  // z².
  P8 p{load_coordinate(points, 0), load_coordinate(points, 1), constant(kOne)};
  const P8 none = identity8();
  const auto is_none = static_cast<__mmask8>(is_zero(p.x) & is_zero(p.y));
  p = select(is_none, p, none);
  const P8 want = times_z2(p);
  const P8 have = times_z(times_z(p));
  const __mmask8 x = is_zero(sub(mul(want.x, have.z), mul(have.x, want.z)));
  const __mmask8 y = is_zero(sub(mul(want.y, have.z), mul(have.y, want.z)));
  return static_cast<std::uint8_t>(x & y);
}

CESS_LANES void clear_cofactor8(std::span<G1, 8> points) {
  const P8 p = from_jacobian(points);
  to_jacobian(points, add(times_z(p), p));
}

namespace {
using TableEntry = std::array<std::uint64_t, 16>;

CESS_LANES void convert_tables(std::span<TableEntry> out, std::span<const G1Affine> tables) {
  for (std::size_t i = 0; i < tables.size(); i += 8) {
    const auto eight = tables.subspan(i).first<8>();
    for (unsigned c = 0; c < 2; ++c) {
      const Fp8 v = load_coordinate(eight, c);
      alignas(64) std::uint64_t lanes[8];
      for (unsigned l = 0; l < 8; ++l) {
        _mm512_store_si512(lanes, v.l[l]);
        for (unsigned lane = 0; lane < 8; ++lane) out[i + lane][8 * c + l] = lanes[lane];
      }
    }
  }
}
}  // namespace

// GCC does not apply a target attribute to a constructor.
FixedBaseLanes::FixedBaseLanes(std::span<const G1Affine> tables) : entries_(tables.size()) {
  CESS_CHECK(tables.size() % 8 == 0);
  convert_tables(entries_, tables);
}

CESS_LANES void FixedBaseLanes::mul8(std::span<G1, 8> out, const Digits& digits) const {
  constexpr std::size_t kEntries = 32;
  const Fp8 zero = constant(Limbs52{});
  const Fp8 one = constant(kOne);
  P8 sum = identity8();
  P8 entry;
  for (std::size_t w = 0; w < digits.size(); ++w) {
    std::uint64_t packed = 0;
    std::memcpy(&packed, digits[w].data(), sizeof packed);
    const __m512i digit = _mm512_cvtepi8_epi64(_mm_set_epi64x(0, static_cast<long long>(packed)));
    const __m512i size = _mm512_abs_epi64(digit);
    entry.x = zero;
    entry.y = one;
    for (std::size_t e = 0; e < kEntries; ++e) {
      const __mmask8 here = _mm512_cmpeq_epi64_mask(size, splat(e + 1));
      const auto& limbs = entries_[w * kEntries + e];
#pragma GCC unroll 8
      for (unsigned l = 0; l < 8; ++l) {
        entry.x.l[l] = _mm512_mask_blend_epi64(here, entry.x.l[l], splat(limbs[l]));
        entry.y.l[l] = _mm512_mask_blend_epi64(here, entry.y.l[l], splat(limbs[8 + l]));
      }
    }
    entry.y = select(_mm512_movepi64_mask(digit), entry.y, sub(zero, entry.y));
    // Digit 0 is left as (0 : 1 : 0), the identity.
    entry.z = select(_mm512_test_epi64_mask(size, size), zero, one);
    sum = add(sum, entry);
  }
  to_jacobian(out, sum);
  wipe({reinterpret_cast<std::uint8_t*>(&entry), sizeof entry});
  wipe({reinterpret_cast<std::uint8_t*>(&sum), sizeof sum});
}

}  // namespace cess::bls::detail

#else

#include "base/check.hpp"

namespace cess::bls::detail {
bool lanes_available() { return false; }
void allow_lanes(bool) {}
void map_to_isogenous8(std::span<G1, 8>, std::span<const FpLimbs, 8>) { CESS_CHECK(false); }
void mul8(std::span<G1, 8>, const SplitScalar&) { CESS_CHECK(false); }
std::uint8_t in_subgroup8(std::span<const G1Affine, 8>) { CESS_CHECK(false); }
void clear_cofactor8(std::span<G1, 8>) { CESS_CHECK(false); }
FixedBaseLanes::FixedBaseLanes(std::span<const G1Affine>) { CESS_CHECK(false); }
void FixedBaseLanes::mul8(std::span<G1, 8>, const Digits&) const { CESS_CHECK(false); }
}  // namespace cess::bls::detail

#endif
