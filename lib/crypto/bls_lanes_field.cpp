// SPDX-License-Identifier: Apache-2.0
// Eight-lane field and point arithmetic (detail/fp_lanes.hpp).
#if defined(__x86_64__)

// GCC 12 takes its own headers' _mm512_undefined_epi32() for a forgotten initialisation.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#include "crypto/detail/fp_lanes.hpp"

namespace cess::bls::detail {

namespace {
/// ω·R, ω a primitive cube root of unity: blst's beta squared.
constexpr Limbs52 kOmega = {0xd75aaff33455f, 0xd095356b7cbb6, 0x953a2f6fa079f, 0x1080cf0a3d697,
                            0x3f7de3465fe7c, 0x01f71fd6896ec, 0xd9dd9cc172747, 0x0000000007d91};
}  // namespace

CESS_LANES Fp8 mul(const Fp8& a, const Fp8& b) {
  const __m512i zero = _mm512_setzero_si512();
  const __m512i inverse = splat(kMinusPInverse);
  __m512i t[9];
#pragma GCC unroll 9
  for (auto& x : t) x = zero;
#pragma GCC unroll 8
  for (unsigned i = 0; i < 8; ++i) {
    const __m512i ai = a.l[i];
    t[0] = _mm512_madd52lo_epu64(t[0], ai, b.l[0]);
    const __m512i m = _mm512_madd52lo_epu64(zero, t[0], inverse);
#pragma GCC unroll 8
    for (unsigned j = 1; j < 8; ++j) t[j] = _mm512_madd52lo_epu64(t[j], ai, b.l[j]);
#pragma GCC unroll 8
    for (unsigned j = 0; j < 8; ++j) t[j + 1] = _mm512_madd52hi_epu64(t[j + 1], ai, b.l[j]);
#pragma GCC unroll 8
    for (unsigned j = 0; j < 8; ++j) {
      t[j] = _mm512_madd52lo_epu64(t[j], m, splat(kP[j]));
      t[j + 1] = _mm512_madd52hi_epu64(t[j + 1], m, splat(kP[j]));
    }
    // The lowest limb is now a multiple of 2^52: down by one limb.
    t[1] = _mm512_add_epi64(t[1], _mm512_srli_epi64(t[0], 52));
#pragma GCC unroll 8
    for (unsigned j = 0; j < 8; ++j) t[j] = t[j + 1];
    t[8] = zero;
  }
  Fp8 r;
#pragma GCC unroll 8
  for (unsigned i = 0; i < 8; ++i) r.l[i] = t[i];
  carry(r);
  return r;
}

CESS_LANES Fp8 square_n_mul(Fp8 a, unsigned n, const Fp8& b) {
  while (n-- > 0) a = mul(a, a);
  return mul(a, b);
}

CESS_LANES Fp8 pow_p_minus_3_div_4(const Fp8& a) {
  // The 379-bit exponent by fixed windows of five bits from the top, 76 windows.
  static constexpr std::array<std::uint64_t, 6> kExponent = {
      0xee7fbfffffffeaaa, 0x07aaffffac54ffff, 0xd9cc34a83dac3d89,
      0xd91dd2e13ce144af, 0x92c6e9ed90d2eb35, 0x0680447a8e5ff9a6};
  Fp8 table[32];
  table[0] = constant(kOne);
  for (unsigned i = 1; i < 32; ++i) table[i] = mul(table[i - 1], a);
  const auto window = [](unsigned at) {
    const std::uint64_t low = kExponent[at / 64] >> (at % 64);
    const std::uint64_t high =
        at % 64 > 59 && at / 64 < 5 ? kExponent[at / 64 + 1] << (64 - at % 64) : 0;
    return (low | high) & 31U;
  };
  Fp8 r = table[window(375)];
  for (unsigned at = 375; at > 0;) {
    at -= 5;
    r = square_n_mul(r, 5, table[window(at)]);
  }
  return r;
}

CESS_LANES Fp8 canonical(const Fp8& a) {
  // Times one: below 2p (below p + 1 in fact). Then p is taken off where it fits.
  const Fp8 r = mul(a, constant(kOne));
  Fp8 less;
  for (unsigned i = 0; i < 8; ++i) less.l[i] = _mm512_sub_epi64(r.l[i], splat(kP[i]));
  carry(less);
  const __mmask8 negative = _mm512_movepi64_mask(less.l[7]);
  return select(negative, less, r);
}

CESS_LANES __mmask8 is_zero(const Fp8& a) {
  const Fp8 r = canonical(a);
  __m512i any = r.l[0];
  for (unsigned i = 1; i < 8; ++i) any = _mm512_or_si512(any, r.l[i]);
  return _mm512_testn_epi64_mask(any, any);
}

CESS_LANES __mmask8 is_odd(const Fp8& a) {
  Limbs52 unit{};
  unit[0] = 1;
  // a·1/R is the integer itself, at most p; p itself stands for 0.
  const Fp8 r = mul(a, constant(unit));
  Fp8 less;
  for (unsigned i = 0; i < 8; ++i) less.l[i] = _mm512_sub_epi64(r.l[i], splat(kP[i]));
  carry(less);
  const Fp8 value = select(_mm512_movepi64_mask(less.l[7]), less, r);
  return _mm512_test_epi64_mask(value.l[0], splat(1));
}

CESS_LANES Fp8 load_fp(const std::uint64_t* const from[8]) {
  alignas(64) std::uint64_t limbs[8][8];
  for (unsigned lane = 0; lane < 8; ++lane) {
    const std::uint64_t* x = from[lane];
    for (unsigned i = 0; i < 8; ++i) {
      const unsigned at = 52 * i;
      std::uint64_t v = x[at / 64] >> (at % 64);
      if (at % 64 > 12 && at / 64 < 5) v |= x[at / 64 + 1] << (64 - at % 64);
      limbs[i][lane] = v & kMask52;
    }
  }
  Fp8 r;
  for (unsigned i = 0; i < 8; ++i) r.l[i] = _mm512_load_si512(limbs[i]);
  return mul(r, constant(kFromBlst));
}

CESS_LANES void store_fp(std::uint64_t* const to[8], const Fp8& a) {
  const Fp8 r = canonical(mul(a, constant(kToBlst)));
  alignas(64) std::uint64_t limbs[8][8];
  for (unsigned i = 0; i < 8; ++i) _mm512_store_si512(limbs[i], r.l[i]);
  for (unsigned lane = 0; lane < 8; ++lane) {
    std::uint64_t* x = to[lane];
    for (unsigned i = 0; i < 6; ++i) x[i] = 0;
    for (unsigned i = 0; i < 8; ++i) {
      const unsigned at = 52 * i;
      x[at / 64] |= limbs[i][lane] << (at % 64);
      if (at % 64 > 12 && at / 64 < 5) x[at / 64 + 1] |= limbs[i][lane] >> (64 - at % 64);
    }
  }
}

CESS_LANES P8 identity8() { return {constant(Limbs52{}), constant(kOne), constant(Limbs52{})}; }

CESS_LANES P8 add(const P8& a, const P8& b) {
  Fp8 t0 = mul(a.x, b.x);
  Fp8 t1 = mul(a.y, b.y);
  const Fp8 t2 = mul(a.z, b.z);
  const Fp8 xy = sub(mul(add(a.x, a.y), add(b.x, b.y)), add(t0, t1));
  const Fp8 yz = sub(mul(add(a.y, a.z), add(b.y, b.z)), add(t1, t2));
  const Fp8 xz = sub(mul(add(a.x, a.z), add(b.x, b.z)), add(t0, t2));
  t0 = add(add(t0, t0), t0);
  const Fp8 bz = times12(t2);
  const Fp8 plus = add(t1, bz);
  t1 = sub(t1, bz);
  const Fp8 bxz = times12(xz);
  return {sub(mul(xy, t1), mul(yz, bxz)), add(mul(t1, plus), mul(bxz, t0)),
          add(mul(plus, yz), mul(t0, xy))};
}

CESS_LANES P8 twice(const P8& a) {
  Fp8 t0 = mul(a.y, a.y);
  Fp8 z8 = add(t0, t0);
  z8 = add(z8, z8);
  z8 = add(z8, z8);
  const Fp8 yz = mul(a.y, a.z);
  const Fp8 bz = times12(mul(a.z, a.z));
  const Fp8 x = mul(bz, z8);
  const Fp8 plus = add(t0, bz);
  t0 = sub(t0, add(add(bz, bz), bz));
  const Fp8 xy = mul(t0, mul(a.x, a.y));
  return {add(xy, xy), add(x, mul(t0, plus)), mul(yz, z8)};
}

CESS_LANES P8 times_z2(const P8& a) {
  return {mul(a.x, constant(kOmega)), sub(constant(Limbs52{}), a.y), a.z};
}

CESS_LANES P8 select(__mmask8 take_b, const P8& a, const P8& b) {
  return {select(take_b, a.x, b.x), select(take_b, a.y, b.y), select(take_b, a.z, b.z)};
}

}  // namespace cess::bls::detail

#endif
