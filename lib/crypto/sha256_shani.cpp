// SPDX-License-Identifier: Apache-2.0
// SHA-256 with the SHA instructions of x86, one or two messages at once: the round instruction has
// a latency of several cycles, which a second, independent message fills.
#include "crypto/detail/sha256_kernels.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#define CESS_SHANI __attribute__((target("sha,sse4.1,ssse3")))
#define CESS_INLINE CESS_SHANI __attribute__((always_inline)) inline

namespace cess::detail {
namespace {

using V = __m128i;

// One message: the state as the instructions want it (words A,B,E,F and C,D,G,H) and the last 16
// message words.
struct Stream {
  V abef, cdgh;
  V m0, m1, m2, m3;
};

CESS_INLINE V load_be(const std::uint8_t* p) {
  const V swap = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  return _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const V*>(p)), swap);
}

CESS_INLINE void load_block(Stream& s, const std::uint8_t* p) {
  s.m0 = load_be(p);
  s.m1 = load_be(p + 16);
  s.m2 = load_be(p + 32);
  s.m3 = load_be(p + 48);
}

// Four rounds with message words `m`.
CESS_INLINE void rounds4(Stream& s, V m, const std::uint32_t* k) {
  const V wk = _mm_add_epi32(m, _mm_load_si128(reinterpret_cast<const V*>(k)));
  s.cdgh = _mm_sha256rnds2_epu32(s.cdgh, s.abef, wk);
  s.abef = _mm_sha256rnds2_epu32(s.abef, s.cdgh, _mm_shuffle_epi32(wk, 0x0e));
}

// The four message words that follow m0..m3.
CESS_INLINE V expand(V m0, V m1, V m2, V m3) {
  const V sum = _mm_add_epi32(_mm_sha256msg1_epu32(m0, m1), _mm_alignr_epi8(m3, m2, 4));
  return _mm_sha256msg2_epu32(sum, m3);
}

// Message words m0, m1, m2, m3 in turn, without and with computing them first.
CESS_INLINE void rounds16(Stream& s, const std::uint32_t* k) {
  rounds4(s, s.m0, k);
  rounds4(s, s.m1, k + 4);
  rounds4(s, s.m2, k + 8);
  rounds4(s, s.m3, k + 12);
}

CESS_INLINE void expand_rounds16(Stream& s, const std::uint32_t* k) {
  s.m0 = expand(s.m0, s.m1, s.m2, s.m3);
  rounds4(s, s.m0, k);
  s.m1 = expand(s.m1, s.m2, s.m3, s.m0);
  rounds4(s, s.m1, k + 4);
  s.m2 = expand(s.m2, s.m3, s.m0, s.m1);
  rounds4(s, s.m2, k + 8);
  s.m3 = expand(s.m3, s.m0, s.m1, s.m2);
  rounds4(s, s.m3, k + 12);
}

// Message i of n; words of the state lie n apart.
CESS_INLINE void load_state(Stream& s, const std::uint32_t* state, std::size_t n) {
  const auto* w = reinterpret_cast<const int*>(state);
  s.abef = _mm_set_epi32(w[0], w[n], w[4 * n], w[5 * n]);
  s.cdgh = _mm_set_epi32(w[2 * n], w[3 * n], w[6 * n], w[7 * n]);
}

CESS_INLINE void store_state(std::uint32_t* state, const Stream& s, std::size_t n) {
  auto* w = reinterpret_cast<int*>(state);
  w[0] = _mm_extract_epi32(s.abef, 3);
  w[n] = _mm_extract_epi32(s.abef, 2);
  w[2 * n] = _mm_extract_epi32(s.cdgh, 3);
  w[3 * n] = _mm_extract_epi32(s.cdgh, 2);
  w[4 * n] = _mm_extract_epi32(s.abef, 1);
  w[5 * n] = _mm_extract_epi32(s.abef, 0);
  w[6 * n] = _mm_extract_epi32(s.cdgh, 1);
  w[7 * n] = _mm_extract_epi32(s.cdgh, 0);
}

CESS_INLINE void add_saved(Stream& s, V abef, V cdgh) {
  s.abef = _mm_add_epi32(s.abef, abef);
  s.cdgh = _mm_add_epi32(s.cdgh, cdgh);
}

}  // namespace

CESS_SHANI void sha256_compress_shani1(std::uint32_t* state, const std::uint8_t* const* blocks,
                                       std::size_t count) {
  CESS_UNINITIALIZED Stream x;
  load_state(x, state, 1);
  for (std::size_t b = 0; b < count; ++b) {
    const V abef = x.abef;
    const V cdgh = x.cdgh;
    load_block(x, blocks[0] + 64 * b);
    rounds16(x, kSha256K.data());
    for (std::size_t t = 16; t < 64; t += 16) expand_rounds16(x, kSha256K.data() + t);
    add_saved(x, abef, cdgh);
  }
  store_state(state, x, 1);
}

CESS_SHANI void sha256_compress_shani2(std::uint32_t* state, const std::uint8_t* const* blocks,
                                       std::size_t count) {
  CESS_UNINITIALIZED Stream x;
  CESS_UNINITIALIZED Stream y;
  load_state(x, state, 2);
  load_state(y, state + 1, 2);
  for (std::size_t b = 0; b < count; ++b) {
    const V x_abef = x.abef;
    const V x_cdgh = x.cdgh;
    const V y_abef = y.abef;
    const V y_cdgh = y.cdgh;
    load_block(x, blocks[0] + 64 * b);
    load_block(y, blocks[1] + 64 * b);
    rounds16(x, kSha256K.data());
    rounds16(y, kSha256K.data());
    for (std::size_t t = 16; t < 64; t += 16) {
      expand_rounds16(x, kSha256K.data() + t);
      expand_rounds16(y, kSha256K.data() + t);
    }
    add_saved(x, x_abef, x_cdgh);
    add_saved(y, y_abef, y_cdgh);
  }
  store_state(state, x, 2);
  store_state(state + 1, y, 2);
}

}  // namespace cess::detail
#endif
