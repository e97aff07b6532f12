// SPDX-License-Identifier: Apache-2.0
// SHA-256 of 16 messages in the 16 lanes of AVX-512 registers. Rotations and three-input logic are
// single instructions there, and 8 state words and 16 message words fit its 32 registers.
#include "crypto/detail/sha256_kernels.hpp"

#if defined(__x86_64__)
// GCC 12 warns about the deliberately undefined operands inside its own header (its bug 105593).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>

#define CESS_AVX512 __attribute__((target("avx512f,avx512bw")))
#define CESS_LANES CESS_AVX512 __attribute__((always_inline)) inline

namespace cess::detail {
namespace {

using V = __m512i;
constexpr std::size_t kLanes = 16;

CESS_LANES V add(V x, V y) { return _mm512_add_epi32(x, y); }
template <int N>
CESS_LANES V rotr(V x) {
  return _mm512_ror_epi32(x, N);
}
template <int N>
CESS_LANES V shr(V x) {
  return _mm512_srli_epi32(x, N);
}
// The last argument of ternarylogic is the truth table of the three inputs.
CESS_LANES V xor3(V x, V y, V z) { return _mm512_ternarylogic_epi32(x, y, z, 0x96); }
CESS_LANES V choose(V e, V f, V g) { return _mm512_ternarylogic_epi32(e, f, g, 0xca); }
CESS_LANES V majority(V a, V b, V c) { return _mm512_ternarylogic_epi32(a, b, c, 0xe8); }
CESS_LANES V splat(std::uint32_t k) { return _mm512_set1_epi32(static_cast<int>(k)); }
CESS_LANES V keep(V x) {
  __asm__("" : "+v"(x));
  return x;
}

#include "crypto/detail/sha256_rounds.inc"

// Transposes four rows of four words inside each 128-bit quarter.
CESS_LANES void transpose4(V& r0, V& r1, V& r2, V& r3) {
  const V t0 = _mm512_unpacklo_epi32(r0, r1);
  const V t1 = _mm512_unpackhi_epi32(r0, r1);
  const V t2 = _mm512_unpacklo_epi32(r2, r3);
  const V t3 = _mm512_unpackhi_epi32(r2, r3);
  r0 = _mm512_unpacklo_epi64(t0, t2);
  r1 = _mm512_unpackhi_epi64(t0, t2);
  r2 = _mm512_unpacklo_epi64(t1, t3);
  r3 = _mm512_unpackhi_epi64(t1, t3);
}

// Transposes the 4x4 matrix of 128-bit quarters whose rows are x0..x3.
CESS_LANES void transpose_quarters(V& x0, V& x1, V& x2, V& x3) {
  const V t0 = _mm512_shuffle_i32x4(x0, x1, 0x88);
  const V t1 = _mm512_shuffle_i32x4(x0, x1, 0xdd);
  const V t2 = _mm512_shuffle_i32x4(x2, x3, 0x88);
  const V t3 = _mm512_shuffle_i32x4(x2, x3, 0xdd);
  x0 = _mm512_shuffle_i32x4(t0, t2, 0x88);
  x1 = _mm512_shuffle_i32x4(t1, t3, 0x88);
  x2 = _mm512_shuffle_i32x4(t0, t2, 0xdd);
  x3 = _mm512_shuffle_i32x4(t1, t3, 0xdd);
}

CESS_LANES V load_row(const std::uint8_t* p) {
  const V swap =
      _mm512_broadcast_i32x4(_mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
  return _mm512_shuffle_epi8(_mm512_loadu_si512(p), swap);
}

// w[j] = word j of all 16 messages, from one block of each. Written out, so that the words never
// leave the registers.
CESS_LANES void load_words(V* w, const std::uint8_t* const* p, std::size_t at) {
  w[0] = load_row(p[0] + at);
  w[1] = load_row(p[1] + at);
  w[2] = load_row(p[2] + at);
  w[3] = load_row(p[3] + at);
  w[4] = load_row(p[4] + at);
  w[5] = load_row(p[5] + at);
  w[6] = load_row(p[6] + at);
  w[7] = load_row(p[7] + at);
  w[8] = load_row(p[8] + at);
  w[9] = load_row(p[9] + at);
  w[10] = load_row(p[10] + at);
  w[11] = load_row(p[11] + at);
  w[12] = load_row(p[12] + at);
  w[13] = load_row(p[13] + at);
  w[14] = load_row(p[14] + at);
  w[15] = load_row(p[15] + at);
  transpose4(w[0], w[1], w[2], w[3]);
  transpose4(w[4], w[5], w[6], w[7]);
  transpose4(w[8], w[9], w[10], w[11]);
  transpose4(w[12], w[13], w[14], w[15]);
  // Now quarter q of w[4i + j] holds word 4q + j of messages 4i..4i+3.
  transpose_quarters(w[0], w[4], w[8], w[12]);
  transpose_quarters(w[1], w[5], w[9], w[13]);
  transpose_quarters(w[2], w[6], w[10], w[14]);
  transpose_quarters(w[3], w[7], w[11], w[15]);
}

}  // namespace

CESS_AVX512 void sha256_compress_rows_avx512(std::uint32_t* state, const std::uint32_t* const* rows,
                                             std::size_t count) {
  CESS_UNINITIALIZED State s;
  s.a = _mm512_loadu_si512(state + 0 * kLanes);
  s.b = _mm512_loadu_si512(state + 1 * kLanes);
  s.c = _mm512_loadu_si512(state + 2 * kLanes);
  s.d = _mm512_loadu_si512(state + 3 * kLanes);
  s.e = _mm512_loadu_si512(state + 4 * kLanes);
  s.f = _mm512_loadu_si512(state + 5 * kLanes);
  s.g = _mm512_loadu_si512(state + 6 * kLanes);
  s.h = _mm512_loadu_si512(state + 7 * kLanes);
  for (std::size_t i = 0; i < count; ++i) {
    CESS_UNINITIALIZED V w[16];
    for (std::size_t j = 0; j < 16; ++j) w[j] = _mm512_loadu_si512(rows[16 * i + j]);
    compress_words(s, w);
  }
  _mm512_storeu_si512(state + 0 * kLanes, s.a);
  _mm512_storeu_si512(state + 1 * kLanes, s.b);
  _mm512_storeu_si512(state + 2 * kLanes, s.c);
  _mm512_storeu_si512(state + 3 * kLanes, s.d);
  _mm512_storeu_si512(state + 4 * kLanes, s.e);
  _mm512_storeu_si512(state + 5 * kLanes, s.f);
  _mm512_storeu_si512(state + 6 * kLanes, s.g);
  _mm512_storeu_si512(state + 7 * kLanes, s.h);
}

CESS_AVX512 void sha256_unpack_rows_avx512(std::uint8_t* const* out, const std::uint32_t* rows,
                                           std::size_t pair_count) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(rows);
  for (std::size_t pair = 0; pair < pair_count; ++pair) {
    // Rows of one hash of each lane, then of the next: transposed, two hashes of a lane side by
    // side.
    const std::uint8_t* row[kLanes];
    for (std::size_t j = 0; j < kLanes; ++j) row[j] = bytes + 64 * (kLanes * pair + j);
    CESS_UNINITIALIZED V w[kLanes];
    load_words(w, row, 0);  // swaps the bytes of each word, too
    for (std::size_t i = 0; i < kLanes; ++i) _mm512_storeu_si512(out[i] + 64 * pair, w[i]);
  }
}

CESS_AVX512 void sha256_compress_avx512(std::uint32_t* state, const std::uint8_t* const* blocks,
                                        std::size_t count) {
  CESS_UNINITIALIZED State s;
  s.a = _mm512_loadu_si512(state + 0 * kLanes);
  s.b = _mm512_loadu_si512(state + 1 * kLanes);
  s.c = _mm512_loadu_si512(state + 2 * kLanes);
  s.d = _mm512_loadu_si512(state + 3 * kLanes);
  s.e = _mm512_loadu_si512(state + 4 * kLanes);
  s.f = _mm512_loadu_si512(state + 5 * kLanes);
  s.g = _mm512_loadu_si512(state + 6 * kLanes);
  s.h = _mm512_loadu_si512(state + 7 * kLanes);
  for (std::size_t i = 0; i < count; ++i) {
    CESS_UNINITIALIZED V w[16];
    load_words(w, blocks, 64 * i);
    compress_words(s, w);
  }
  _mm512_storeu_si512(state + 0 * kLanes, s.a);
  _mm512_storeu_si512(state + 1 * kLanes, s.b);
  _mm512_storeu_si512(state + 2 * kLanes, s.c);
  _mm512_storeu_si512(state + 3 * kLanes, s.d);
  _mm512_storeu_si512(state + 4 * kLanes, s.e);
  _mm512_storeu_si512(state + 5 * kLanes, s.f);
  _mm512_storeu_si512(state + 6 * kLanes, s.g);
  _mm512_storeu_si512(state + 7 * kLanes, s.h);
}

}  // namespace cess::detail
#endif
