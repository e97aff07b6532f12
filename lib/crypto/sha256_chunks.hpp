// SPDX-License-Identifier: Apache-2.0
// SHA-256 with the SHA instructions of x86, one or two messages at once: the round instruction has
// a latency of several cycles, which a second, independent message fills; or work of the caller,
// which is why these are templates. Only for processors that have them (sha256_has_shani()).
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>

#include "crypto/detail/sha256_kernels.hpp"

#define CESS_SHANI __attribute__((target("sha,sse4.1,ssse3")))
#define CESS_SHANI_INLINE CESS_SHANI __attribute__((always_inline)) inline

namespace cess::shani {

using V = __m128i;

constexpr std::size_t kHead = 44;

// One message: the state as the instructions want it (words A,B,E,F and C,D,G,H) and the last 16
// message words.
struct Stream {
  V abef, cdgh;
  V m0, m1, m2, m3;
};

CESS_SHANI_INLINE V load_be(const std::uint8_t* p) {
  const V swap = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  return _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const V*>(p)), swap);
}

CESS_SHANI_INLINE void load_block(Stream& s, const std::uint8_t* p) {
  s.m0 = load_be(p);
  s.m1 = load_be(p + 16);
  s.m2 = load_be(p + 32);
  s.m3 = load_be(p + 48);
}

// Four rounds with message words `m`.
CESS_SHANI_INLINE void rounds4(Stream& s, V m, const std::uint32_t* k) {
  const V wk = _mm_add_epi32(m, _mm_load_si128(reinterpret_cast<const V*>(k)));
  s.cdgh = _mm_sha256rnds2_epu32(s.cdgh, s.abef, wk);
  s.abef = _mm_sha256rnds2_epu32(s.abef, s.cdgh, _mm_shuffle_epi32(wk, 0x0e));
}

// The four message words that follow m0..m3.
CESS_SHANI_INLINE V expand(V m0, V m1, V m2, V m3) {
  const V sum = _mm_add_epi32(_mm_sha256msg1_epu32(m0, m1), _mm_alignr_epi8(m3, m2, 4));
  return _mm_sha256msg2_epu32(sum, m3);
}

// Message words m0, m1, m2, m3 in turn, without and with computing them first.
CESS_SHANI_INLINE void rounds16(Stream& s, const std::uint32_t* k) {
  rounds4(s, s.m0, k);
  rounds4(s, s.m1, k + 4);
  rounds4(s, s.m2, k + 8);
  rounds4(s, s.m3, k + 12);
}

CESS_SHANI_INLINE void expand_rounds16(Stream& s, const std::uint32_t* k) {
  s.m0 = expand(s.m0, s.m1, s.m2, s.m3);
  rounds4(s, s.m0, k);
  s.m1 = expand(s.m1, s.m2, s.m3, s.m0);
  rounds4(s, s.m1, k + 4);
  s.m2 = expand(s.m2, s.m3, s.m0, s.m1);
  rounds4(s, s.m2, k + 8);
  s.m3 = expand(s.m3, s.m0, s.m1, s.m2);
  rounds4(s, s.m3, k + 12);
}

CESS_SHANI_INLINE void add_saved(Stream& s, V abef, V cdgh) {
  s.abef = _mm_add_epi32(s.abef, abef);
  s.cdgh = _mm_add_epi32(s.cdgh, cdgh);
}

CESS_SHANI_INLINE V load_raw(const std::uint8_t* p) {
  return _mm_loadu_si128(reinterpret_cast<const V*>(p));
}
CESS_SHANI_INLINE V joined(V low, V high) {
  const V swap = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  return _mm_shuffle_epi8(_mm_alignr_epi8(high, low, 4), swap);
}
CESS_SHANI_INLINE const std::uint8_t* bytes_of(const Hash256* hashes, std::size_t i) {
  return hashes[i].bytes.data();
}

// Chunks lie one word before a vector's border: a vector of the message is a word of one half chunk
// and three of the half before. `last` is the half chunk that the next vector begins in.
CESS_SHANI_INLINE void load_head(Stream& s, V& last, const std::uint8_t* head,
                                 const std::uint8_t* chunk) {
  const V low = load_raw(chunk);
  s.m0 = load_be(head);
  s.m1 = load_be(head + 16);
  s.m2 = joined(load_raw(head + kHead - 16), low);
  last = load_raw(chunk + 16);
  s.m3 = joined(low, last);
}

CESS_SHANI_INLINE void load_chunks(Stream& s, V& last, const std::uint8_t* first,
                                   const std::uint8_t* second) {
  const V low1 = load_raw(first);
  const V high1 = load_raw(first + 16);
  const V low2 = load_raw(second);
  s.m0 = joined(last, low1);
  s.m1 = joined(low1, high1);
  s.m2 = joined(high1, low2);
  last = load_raw(second + 16);
  s.m3 = joined(low2, last);
}

CESS_SHANI_INLINE void start(Stream& s) {
  const auto* w = reinterpret_cast<const int*>(detail::kSha256Init.data());
  s.abef = _mm_set_epi32(w[0], w[1], w[4], w[5]);
  s.cdgh = _mm_set_epi32(w[2], w[3], w[6], w[7]);
}

CESS_SHANI_INLINE void store_hash(std::uint8_t* out, const Stream& s) {
  const V turn = _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  auto* to = reinterpret_cast<V*>(out);
  _mm_storeu_si128(to, _mm_shuffle_epi8(_mm_unpackhi_epi64(s.cdgh, s.abef), turn));
  _mm_storeu_si128(to + 1, _mm_shuffle_epi8(_mm_unpacklo_epi64(s.cdgh, s.abef), turn));
}

CESS_SHANI_INLINE void compress(Stream& s) {
  const V abef = s.abef;
  const V cdgh = s.cdgh;
  rounds16(s, detail::kSha256K.data());
  for (std::size_t t = 16; t < 64; t += 16) expand_rounds16(s, detail::kSha256K.data() + t);
  add_saved(s, abef, cdgh);
}

CESS_SHANI_INLINE void compress_two(Stream& x, Stream& y) {
  const V x_abef = x.abef;
  const V x_cdgh = x.cdgh;
  const V y_abef = y.abef;
  const V y_cdgh = y.cdgh;
  rounds16(x, detail::kSha256K.data());
  rounds16(y, detail::kSha256K.data());
  for (std::size_t t = 16; t < 64; t += 16) {
    expand_rounds16(x, detail::kSha256K.data() + t);
    expand_rounds16(y, detail::kSha256K.data() + t);
  }
  add_saved(x, x_abef, x_cdgh);
  add_saved(y, y_abef, y_cdgh);
}

/// out[lane] = the hash of the 44 bytes at heads[lane] and of chunks[0][lane], chunks[1][lane], ..
/// (`count` of them, an even number), which are read where they lie; `pad` is chunk_padding(count).
/// Calls between(b) in block b: work that is little, of scalars and without a call takes no time,
/// as the processor looks about two blocks ahead.
template <class Between>
CESS_SHANI inline void hash_one(Hash256* out, const std::uint8_t* const* heads,
                                const Hash256* const* chunks, std::size_t lane, std::size_t count,
                                const Hash256& pad, Between between) {
  CESS_UNINITIALIZED Stream x;
  CESS_UNINITIALIZED V last;
  start(x);
  load_head(x, last, heads[lane], bytes_of(chunks[0], lane));
  between(std::size_t{0});
  compress(x);
  for (std::size_t i = 1; i < count; i += 2) {
    const std::uint8_t* next = i + 1 == count ? pad.bytes.data() : bytes_of(chunks[i + 1], lane);
    load_chunks(x, last, bytes_of(chunks[i], lane), next);
    between((i + 1) / 2);
    compress(x);
  }
  store_hash(out[lane].bytes.data(), x);
}

/// The same of lanes `lane` and `lane` + 1.
template <class Between>
CESS_SHANI inline void hash_two(Hash256* out, const std::uint8_t* const* heads,
                                const Hash256* const* chunks, std::size_t lane, std::size_t count,
                                const Hash256& pad, Between between) {
  CESS_UNINITIALIZED Stream x;
  CESS_UNINITIALIZED Stream y;
  CESS_UNINITIALIZED V x_last;
  CESS_UNINITIALIZED V y_last;
  start(x);
  start(y);
  load_head(x, x_last, heads[lane], bytes_of(chunks[0], lane));
  load_head(y, y_last, heads[lane + 1], bytes_of(chunks[0], lane + 1));
  between(std::size_t{0});
  compress_two(x, y);
  for (std::size_t i = 1; i < count; i += 2) {
    const bool end = i + 1 == count;
    load_chunks(x, x_last, bytes_of(chunks[i], lane),
                end ? pad.bytes.data() : bytes_of(chunks[i + 1], lane));
    load_chunks(y, y_last, bytes_of(chunks[i], lane + 1),
                end ? pad.bytes.data() : bytes_of(chunks[i + 1], lane + 1));
    between((i + 1) / 2);
    compress_two(x, y);
  }
  store_hash(out[lane].bytes.data(), x);
  store_hash(out[lane + 1].bytes.data(), y);
}

}  // namespace cess::shani
#endif
