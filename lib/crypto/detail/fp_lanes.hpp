// SPDX-License-Identifier: Apache-2.0
// Arithmetic mod p, the base field of BLS12-381, on eight values at once with AVX-512 IFMA: lane i
// of register l holds limb l (52 bits) of value i, in Montgomery form with R = 2^416. For
// bls_lanes*.cpp only. 416 bits leave 35 above p's 381, so sums and differences are not reduced: a
// product of factors whose product is below R·p comes out below 2p. Constant time: no branch or
// address depends on a value.
//   Bounds: mul < 2p; add: the sum of the bounds; sub < a + 4096p, for b < 4096p.
#pragma once

#include <immintrin.h>

#include <array>
#include <cstdint>

#define CESS_LANES __attribute__((target("avx512f,avx512bw,avx512dq,avx512ifma")))
#define CESS_LANES_INLINE CESS_LANES inline __attribute__((always_inline))

namespace cess::bls::detail {

struct Fp8 {
  __m512i l[8];
};

using Limbs52 = std::array<std::uint64_t, 8>;

inline constexpr std::uint64_t kMask52 = (std::uint64_t{1} << 52U) - 1U;
inline constexpr Limbs52 kP = {0xeffffffffaaab, 0xfeb153ffffb9f, 0x6b0f6241eabff, 0x12bf6730d2a0f,
                               0x764774b84f385, 0x1ba7b6434bacd, 0x1ea397fe69a4b, 0x000000001a011};
inline constexpr std::uint64_t kMinusPInverse = 0x3fffcfffcfffd;  // mod 2^52
inline constexpr Limbs52 kOffset = {0xffffffaaab000, 0x153ffffb9feff, 0xf6241eabfffeb,
                                    0xf6730d2a0f6b0, 0x774b84f38512b, 0x7b6434bacd764,
                                    0x397fe69a4b1ba, 0x000001a0111ea};  // 4096p
inline constexpr Limbs52 kOne = {0x6480ea8e9b9af, 0x65766c8fe444f, 0x8b540fea96f7d,
                                 0x3b2ee82efd422, 0xa6723e5f0ade5, 0xff6eb6fdd4230,
                                 0xe06ef23c24a25, 0x0000000014c8e};  // R
/// From and to blst's Montgomery form (R' = 2^384): 2^448 and 2^384, mod p.
inline constexpr Limbs52 kFromBlst = {0x7fde37dba9366, 0x4e27525bc342b, 0x1f5b1e9778489,
                                      0xb872b2b91b9dc, 0xb206f497dfcaf, 0x4137cc89a9b0b,
                                      0xd9d20d7e39959, 0x000000000411c};
inline constexpr Limbs52 kToBlst = {0x900000002fffd, 0x0bc40c0002760, 0x3c758baebf400,
                                    0x57455f4898575, 0xd77ce58537052, 0x071a97a256ec6,
                                    0xec3fa80e4935c, 0x0000000015f65};

CESS_LANES_INLINE __m512i splat(std::uint64_t v) {
  return _mm512_set1_epi64(static_cast<long long>(v));
}

CESS_LANES_INLINE Fp8 constant(const Limbs52& v) {
  Fp8 r;
#pragma GCC unroll 8
  for (unsigned i = 0; i < 8; ++i) r.l[i] = splat(v[i]);
  return r;
}

/// Brings limbs back to 52 bits; they may be negative as long as the value is not.
CESS_LANES_INLINE void carry(Fp8& a) {
  const __m512i mask = splat(kMask52);
#pragma GCC unroll 7
  for (unsigned i = 0; i < 7; ++i) {
    a.l[i + 1] = _mm512_add_epi64(a.l[i + 1], _mm512_srai_epi64(a.l[i], 52));
    a.l[i] = _mm512_and_si512(a.l[i], mask);
  }
}

CESS_LANES_INLINE Fp8 add(const Fp8& a, const Fp8& b) {
  Fp8 r;
#pragma GCC unroll 8
  for (unsigned i = 0; i < 8; ++i) r.l[i] = _mm512_add_epi64(a.l[i], b.l[i]);
  carry(r);
  return r;
}

CESS_LANES_INLINE Fp8 sub(const Fp8& a, const Fp8& b) {
  Fp8 r;
#pragma GCC unroll 8
  for (unsigned i = 0; i < 8; ++i) {
    r.l[i] = _mm512_sub_epi64(_mm512_add_epi64(a.l[i], splat(kOffset[i])), b.l[i]);
  }
  carry(r);
  return r;
}

/// 12a: three times the curve's b = 4.
CESS_LANES_INLINE Fp8 times12(const Fp8& a) {
  Fp8 r;
#pragma GCC unroll 8
  for (unsigned i = 0; i < 8; ++i) {
    r.l[i] = _mm512_add_epi64(_mm512_slli_epi64(a.l[i], 3), _mm512_slli_epi64(a.l[i], 2));
  }
  carry(r);
  return r;
}

/// a where the mask is clear, b where it is set.
CESS_LANES_INLINE Fp8 select(__mmask8 take_b, const Fp8& a, const Fp8& b) {
  Fp8 r;
#pragma GCC unroll 8
  for (unsigned i = 0; i < 8; ++i) r.l[i] = _mm512_mask_blend_epi64(take_b, a.l[i], b.l[i]);
  return r;
}

/// Montgomery product, operand by operand.
CESS_LANES Fp8 mul(const Fp8& a, const Fp8& b);
/// a^(2^n)·b.
CESS_LANES Fp8 square_n_mul(Fp8 a, unsigned n, const Fp8& b);
/// a^((p-3)/4).
CESS_LANES Fp8 pow_p_minus_3_div_4(const Fp8& a);
/// The one representative below p.
CESS_LANES Fp8 canonical(const Fp8& a);
/// Lanes that are zero mod p.
CESS_LANES __mmask8 is_zero(const Fp8& a);
/// Lanes whose integer value (out of Montgomery form) is odd: sgn0 of RFC 9380.
CESS_LANES __mmask8 is_odd(const Fp8& a);
/// Between eight of blst's field elements and lanes.
CESS_LANES Fp8 load_fp(const std::uint64_t* const from[8]);
CESS_LANES void store_fp(std::uint64_t* const to[8], const Fp8& a);

/// Eight points of y² = x³ + 4, homogeneous: x = X/Z, y = Y/Z; the identity is (0 : 1 : 0).
struct P8 {
  Fp8 x, y, z;
};
CESS_LANES P8 identity8();
/// Complete formulas of Renes, Costello and Batina (2016), algorithms 7 and 9 for a = 0: right for
/// all inputs on the curve, since it has no point of order two.
CESS_LANES P8 add(const P8& a, const P8& b);
CESS_LANES P8 twice(const P8& a);
/// z²·P for P in G1, by the endomorphism (x, y) -> (ωx, -y); any other point goes somewhere else.
CESS_LANES P8 times_z2(const P8& a);
CESS_LANES P8 select(__mmask8 take_b, const P8& a, const P8& b);

}  // namespace cess::bls::detail
