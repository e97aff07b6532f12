// SPDX-License-Identifier: Apache-2.0
// AES-256-CTR with AES on whole 512-bit registers (VAES): four blocks an instruction, 32 blocks in
// flight. Instructions only, no tables and no branches on data: constant time.
#include <cstring>

#include "crypto/detail/ctr_kernels.hpp"
#include "crypto/detail/sha256_kernels.hpp"

#if defined(__x86_64__)
// GCC 12 warns about the deliberately undefined operands inside its own header (its bug 105593).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>

#define CESS_VAES __attribute__((target("vaes,aes,avx512f,avx512bw")))
#define CESS_INLINE CESS_VAES __attribute__((always_inline)) inline

namespace cess::detail {
namespace {

using V = __m512i;
constexpr std::size_t kBlock = 16;
constexpr std::size_t kRounds = 14;
constexpr std::size_t kStrip = 512;  // 32 blocks in eight registers

// The running exclusive or of the four words of a key, plus the word that the schedule adds.
CESS_INLINE __m128i mix(__m128i key, __m128i word) {
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
  return _mm_xor_si128(key, word);
}

template <int kRcon>
CESS_INLINE void expand_pair(__m128i& even, __m128i& odd, std::uint8_t* out, bool with_odd) {
  even = mix(even, _mm_shuffle_epi32(_mm_aeskeygenassist_si128(odd, kRcon), 0xff));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), even);
  if (!with_odd) return;
  odd = mix(odd, _mm_shuffle_epi32(_mm_aeskeygenassist_si128(even, 0), 0xaa));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out + kBlock), odd);
}

struct Keys {
  V k[kRounds + 1];
};

// Eight registers of counter blocks. In memory order a block is prefix ‖ BE64 number; here its
// upper half holds the number as an integer, to be counted up, and is turned round just before use.
CESS_INLINE V first_counters(const std::array<std::uint8_t, 8>& prefix, std::uint64_t block) {
  long long low = 0;
  std::memcpy(&low, prefix.data(), sizeof low);
  const V base = _mm512_broadcast_i32x4(_mm_set_epi64x(static_cast<long long>(block), low));
  return _mm512_add_epi64(base, _mm512_set_epi64(3, 0, 2, 0, 1, 0, 0, 0));
}

CESS_INLINE V turned(V counters) {
  const V order =
      _mm512_broadcast_i32x4(_mm_set_epi8(8, 9, 10, 11, 12, 13, 14, 15, 7, 6, 5, 4, 3, 2, 1, 0));
  return _mm512_shuffle_epi8(counters, order);
}

CESS_INLINE V plus_blocks(V counters, long long n) {
  return _mm512_add_epi64(counters, _mm512_set_epi64(n, 0, n, 0, n, 0, n, 0));
}

// Eight registers, 512 bytes of keystream. Named one by one, so that they never leave the
// registers.
struct Strip {
  V a, b, c, d, e, f, g, h;
};

CESS_INLINE V next_block(V& counters, V key) {
  const V x = _mm512_xor_si512(turned(counters), key);
  counters = plus_blocks(counters, 4);
  return x;
}

// `counters` moves on by 32.
CESS_INLINE Strip keystream(V& counters, const Keys& keys) {
  CESS_UNINITIALIZED Strip x;
  x.a = next_block(counters, keys.k[0]);
  x.b = next_block(counters, keys.k[0]);
  x.c = next_block(counters, keys.k[0]);
  x.d = next_block(counters, keys.k[0]);
  x.e = next_block(counters, keys.k[0]);
  x.f = next_block(counters, keys.k[0]);
  x.g = next_block(counters, keys.k[0]);
  x.h = next_block(counters, keys.k[0]);
  for (std::size_t r = 1; r < kRounds; ++r) {
    const V k = keys.k[r];
    x.a = _mm512_aesenc_epi128(x.a, k);
    x.b = _mm512_aesenc_epi128(x.b, k);
    x.c = _mm512_aesenc_epi128(x.c, k);
    x.d = _mm512_aesenc_epi128(x.d, k);
    x.e = _mm512_aesenc_epi128(x.e, k);
    x.f = _mm512_aesenc_epi128(x.f, k);
    x.g = _mm512_aesenc_epi128(x.g, k);
    x.h = _mm512_aesenc_epi128(x.h, k);
  }
  const V k = keys.k[kRounds];
  x.a = _mm512_aesenclast_epi128(x.a, k);
  x.b = _mm512_aesenclast_epi128(x.b, k);
  x.c = _mm512_aesenclast_epi128(x.c, k);
  x.d = _mm512_aesenclast_epi128(x.d, k);
  x.e = _mm512_aesenclast_epi128(x.e, k);
  x.f = _mm512_aesenclast_epi128(x.f, k);
  x.g = _mm512_aesenclast_epi128(x.g, k);
  x.h = _mm512_aesenclast_epi128(x.h, k);
  return x;
}

CESS_INLINE void xor_into(std::uint8_t* p, V x) {
  _mm512_storeu_si512(p, _mm512_xor_si512(x, _mm512_loadu_si512(p)));
}

CESS_INLINE void xor_strip(std::uint8_t* p, const Strip& x) {
  xor_into(p + 0, x.a);
  xor_into(p + 64, x.b);
  xor_into(p + 128, x.c);
  xor_into(p + 192, x.d);
  xor_into(p + 256, x.e);
  xor_into(p + 320, x.f);
  xor_into(p + 384, x.g);
  xor_into(p + 448, x.h);
}

// The pieces that are no whole strip: at most 512 bytes of keystream into a buffer.
CESS_VAES void apply_piece(MutByteView data, std::size_t skip, V& counters, const Keys& keys) {
  std::uint8_t stream[kStrip] = {};
  xor_strip(stream, keystream(counters, keys));
  for (std::size_t i = 0; i < data.size(); ++i) data[i] ^= stream[skip + i];
  wipe(stream);
}

}  // namespace

CESS_VAES void aes256_expand_key(AesRoundKeys& out, const Key256& key) {
  std::uint8_t* const rk = out.mut().data();
  std::memcpy(rk, key.view().data(), Key256::kSize);
  __m128i even = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rk));
  __m128i odd = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rk + kBlock));
  expand_pair<0x01>(even, odd, rk + 32, true);
  expand_pair<0x02>(even, odd, rk + 64, true);
  expand_pair<0x04>(even, odd, rk + 96, true);
  expand_pair<0x08>(even, odd, rk + 128, true);
  expand_pair<0x10>(even, odd, rk + 160, true);
  expand_pair<0x20>(even, odd, rk + 192, true);
  expand_pair<0x40>(even, odd, rk + 224, false);
}

CESS_VAES void ctr_apply_vaes(MutByteView data, const AesRoundKeys& round_keys,
                              const std::array<std::uint8_t, 8>& prefix, std::uint64_t block,
                              std::size_t skip) {
  CESS_UNINITIALIZED Keys keys;
  for (std::size_t r = 0; r <= kRounds; ++r) {
    keys.k[r] = _mm512_broadcast_i32x4(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(round_keys.view().data() + kBlock * r)));
  }
  V counters = first_counters(prefix, block);
  if (skip != 0) {
    const std::size_t n = data.size() < kStrip - skip ? data.size() : kStrip - skip;
    apply_piece(data.first(n), skip, counters, keys);
    data = data.subspan(n);
  }
  while (data.size() >= kStrip) {
    xor_strip(data.data(), keystream(counters, keys));
    data = data.subspan(kStrip);
  }
  if (!data.empty()) apply_piece(data, 0, counters, keys);
  wipe({reinterpret_cast<std::uint8_t*>(keys.k), sizeof keys.k});
}

}  // namespace cess::detail
#endif
