// SPDX-License-Identifier: Apache-2.0
// AES-256-CTR and the AES-256 key schedule with the AES instructions.
#include <cstring>

#include "crypto/detail/ctr_kernels.hpp"

#if defined(__x86_64__)
#include "crypto/detail/vaes.inc"

namespace cess::detail {
namespace {

using namespace vaes;

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

CESS_INLINE V next_block(V& counters, V key) {
  const V x = _mm512_xor_si512(turned(counters), key);
  counters = plus_blocks(counters, 4);
  return x;
}

// 512 bytes of keystream; `counters` moves on by 32.
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
  encrypt(x, keys);
  return x;
}

// The pieces that are no whole strip: at most 512 bytes of keystream into a buffer.
CESS_VAES void apply_piece(MutByteView data, std::size_t skip, V& counters, const Keys& keys) {
  CESS_UNINITIALIZED std::uint8_t stream[kStrip];
  store(stream, keystream(counters, keys));
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
  load_keys(keys, round_keys);
  V counters = first_counters(prefix, block);
  if (skip != 0) {
    const std::size_t n = data.size() < kStrip - skip ? data.size() : kStrip - skip;
    apply_piece(data.first(n), skip, counters, keys);
    data = data.subspan(n);
  }
  while (data.size() >= kStrip) {
    CESS_UNINITIALIZED Strip x = keystream(counters, keys);
    xor_from(x, data.data());
    store(data.data(), x);
    data = data.subspan(kStrip);
  }
  if (!data.empty()) apply_piece(data, 0, counters, keys);
  wipe_keys(keys);
}

}  // namespace cess::detail
#endif
