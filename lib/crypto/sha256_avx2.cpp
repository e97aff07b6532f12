// SPDX-License-Identifier: Apache-2.0
// SHA-256 of 8 messages in the 8 lanes of AVX2 registers, for processors with neither AVX-512 nor
// SHA instructions. A rotation costs three instructions here.
#include "crypto/detail/sha256_kernels.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#define CESS_AVX2 __attribute__((target("avx2")))
#define CESS_LANES CESS_AVX2 __attribute__((always_inline)) inline

namespace cess::detail {
namespace {

using V = __m256i;
constexpr std::size_t kLanes = 8;

CESS_LANES V add(V x, V y) { return _mm256_add_epi32(x, y); }
CESS_LANES V xor2(V x, V y) { return _mm256_xor_si256(x, y); }
template <int N>
CESS_LANES V shr(V x) {
  return _mm256_srli_epi32(x, N);
}
template <int N>
CESS_LANES V rotr(V x) {
  return _mm256_or_si256(_mm256_srli_epi32(x, N), _mm256_slli_epi32(x, 32 - N));
}
CESS_LANES V xor3(V x, V y, V z) { return xor2(xor2(x, y), z); }
CESS_LANES V choose(V e, V f, V g) { return xor2(g, _mm256_and_si256(e, xor2(f, g))); }
CESS_LANES V majority(V a, V b, V c) {
  return _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(c, _mm256_or_si256(a, b)));
}
CESS_LANES V splat(std::uint32_t k) { return _mm256_set1_epi32(static_cast<int>(k)); }
CESS_LANES V keep(V x) {
  __asm__("" : "+x"(x));
  return x;
}

#include "crypto/detail/sha256_rounds.inc"

CESS_LANES V load_row(const std::uint8_t* p) {
  const V swap = _mm256_broadcastsi128_si256(
      _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
  return _mm256_shuffle_epi8(_mm256_loadu_si256(reinterpret_cast<const V*>(p)), swap);
}

CESS_LANES void transpose4(V& r0, V& r1, V& r2, V& r3) {
  const V t0 = _mm256_unpacklo_epi32(r0, r1);
  const V t1 = _mm256_unpackhi_epi32(r0, r1);
  const V t2 = _mm256_unpacklo_epi32(r2, r3);
  const V t3 = _mm256_unpackhi_epi32(r2, r3);
  r0 = _mm256_unpacklo_epi64(t0, t2);
  r1 = _mm256_unpackhi_epi64(t0, t2);
  r2 = _mm256_unpacklo_epi64(t1, t3);
  r3 = _mm256_unpackhi_epi64(t1, t3);
}

// Swaps the high half of `lo` with the low half of `hi`.
CESS_LANES void exchange_halves(V& lo, V& hi) {
  const V t = _mm256_permute2x128_si256(lo, hi, 0x31);
  lo = _mm256_permute2x128_si256(lo, hi, 0x20);
  hi = t;
}

// w[j] = word j of all 8 messages, j in 0..7, from 32 bytes of each.
CESS_LANES void load_words8(V* w, const std::uint8_t* const* p, std::size_t at) {
  w[0] = load_row(p[0] + at);
  w[1] = load_row(p[1] + at);
  w[2] = load_row(p[2] + at);
  w[3] = load_row(p[3] + at);
  w[4] = load_row(p[4] + at);
  w[5] = load_row(p[5] + at);
  w[6] = load_row(p[6] + at);
  w[7] = load_row(p[7] + at);
  transpose4(w[0], w[1], w[2], w[3]);
  transpose4(w[4], w[5], w[6], w[7]);
  exchange_halves(w[0], w[4]);
  exchange_halves(w[1], w[5]);
  exchange_halves(w[2], w[6]);
  exchange_halves(w[3], w[7]);
}

}  // namespace

CESS_AVX2 void sha256_compress_avx2(std::uint32_t* state, const std::uint8_t* const* blocks,
                                    std::size_t count) {
  CESS_UNINITIALIZED State s;
  s.a = _mm256_loadu_si256(reinterpret_cast<const V*>(state + 0 * kLanes));
  s.b = _mm256_loadu_si256(reinterpret_cast<const V*>(state + 1 * kLanes));
  s.c = _mm256_loadu_si256(reinterpret_cast<const V*>(state + 2 * kLanes));
  s.d = _mm256_loadu_si256(reinterpret_cast<const V*>(state + 3 * kLanes));
  s.e = _mm256_loadu_si256(reinterpret_cast<const V*>(state + 4 * kLanes));
  s.f = _mm256_loadu_si256(reinterpret_cast<const V*>(state + 5 * kLanes));
  s.g = _mm256_loadu_si256(reinterpret_cast<const V*>(state + 6 * kLanes));
  s.h = _mm256_loadu_si256(reinterpret_cast<const V*>(state + 7 * kLanes));
  for (std::size_t i = 0; i < count; ++i) {
    CESS_UNINITIALIZED V w[16];
    load_words8(w, blocks, 64 * i);
    load_words8(w + 8, blocks, 64 * i + 32);
    compress_words(s, w);
  }
  _mm256_storeu_si256(reinterpret_cast<V*>(state + 0 * kLanes), s.a);
  _mm256_storeu_si256(reinterpret_cast<V*>(state + 1 * kLanes), s.b);
  _mm256_storeu_si256(reinterpret_cast<V*>(state + 2 * kLanes), s.c);
  _mm256_storeu_si256(reinterpret_cast<V*>(state + 3 * kLanes), s.d);
  _mm256_storeu_si256(reinterpret_cast<V*>(state + 4 * kLanes), s.e);
  _mm256_storeu_si256(reinterpret_cast<V*>(state + 5 * kLanes), s.f);
  _mm256_storeu_si256(reinterpret_cast<V*>(state + 6 * kLanes), s.g);
  _mm256_storeu_si256(reinterpret_cast<V*>(state + 7 * kLanes), s.h);
}

}  // namespace cess::detail
#endif
