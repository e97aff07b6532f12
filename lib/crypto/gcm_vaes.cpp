// SPDX-License-Identifier: Apache-2.0
// AES-256-GCM (NIST SP 800-38D) on 512-bit registers: 32 blocks encrypted and 32 blocks hashed per
// step, one reduction for all of them.
//
// GHASH is computed as POLYVAL (RFC 8452 appendix A): with every block's bytes turned round, GHASH
// with key H is POLYVAL with key H·x, and dot(a, b) = a·b·x^-128 needs no bit reversal. Of 32
// blocks X_1…X_32 after state S the new state is dot(S ^ X_1, H^32) ^ dot(X_2, H^31) ^ … ^
// dot(X_32, H^1), powers in the sense of dot.
#include <cstring>

#include "base/endian.hpp"
#include "crypto/detail/gcm_kernels.hpp"

#if defined(__x86_64__)
#include "crypto/detail/vaes.inc"

namespace cess::detail {
namespace {

using namespace vaes;
constexpr std::size_t kPowers = 32;

// A sum of 256-bit products, not yet reduced: lo + mid·x^64 + hi·x^128 in each of four lanes.
struct Sums {
  V lo, mid, hi;
};

CESS_INLINE void add_product(Sums& s, V x, V power) {
  s.lo = _mm512_xor_si512(s.lo, _mm512_clmulepi64_epi128(x, power, 0x00));
  s.hi = _mm512_xor_si512(s.hi, _mm512_clmulepi64_epi128(x, power, 0x11));
  // 0x96: exclusive or of three
  s.mid = _mm512_ternarylogic_epi64(s.mid, _mm512_clmulepi64_epi128(x, power, 0x01),
                                    _mm512_clmulepi64_epi128(x, power, 0x10), 0x96);
}

CESS_INLINE __m128i add_lanes(V x) {
  const __m128i low = _mm_xor_si128(_mm512_castsi512_si128(x), _mm512_extracti32x4_epi32(x, 1));
  const __m128i high =
      _mm_xor_si128(_mm512_extracti32x4_epi32(x, 2), _mm512_extracti32x4_epi32(x, 3));
  return _mm_xor_si128(low, high);
}

// (lo + mid·x^64 + hi·x^128)·x^-128 mod x^128 + x^127 + x^126 + x^121 + 1.
CESS_INLINE __m128i reduce(__m128i lo, __m128i mid, __m128i hi) {
  lo = _mm_xor_si128(lo, _mm_slli_si128(mid, 8));
  hi = _mm_xor_si128(hi, _mm_srli_si128(mid, 8));
  const __m128i poly = _mm_set_epi64x(static_cast<long long>(0xc200000000000000U), 1);
  lo = _mm_xor_si128(_mm_shuffle_epi32(lo, 0x4e), _mm_clmulepi64_si128(lo, poly, 0x10));
  lo = _mm_xor_si128(_mm_shuffle_epi32(lo, 0x4e), _mm_clmulepi64_si128(lo, poly, 0x10));
  return _mm_xor_si128(hi, lo);
}

CESS_INLINE __m128i dot(__m128i a, __m128i b) {
  const __m128i mid =
      _mm_xor_si128(_mm_clmulepi64_si128(a, b, 0x01), _mm_clmulepi64_si128(a, b, 0x10));
  return reduce(_mm_clmulepi64_si128(a, b, 0x00), mid, _mm_clmulepi64_si128(a, b, 0x11));
}

CESS_INLINE __m128i turn(__m128i x) {
  return _mm_shuffle_epi8(x, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

CESS_INLINE V turn(V x) {
  return _mm512_shuffle_epi8(x, _mm512_broadcast_i32x4(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
                                                                    10, 11, 12, 13, 14, 15)));
}

// mulX_POLYVAL of RFC 8452: x·2, reduced.
CESS_INLINE __m128i times_x(__m128i v) {
  const __m128i carry = _mm_srli_epi64(v, 63);
  // All-ones in every word when the top bit is set.
  const __m128i top = _mm_srai_epi32(_mm_shuffle_epi32(v, 0xff), 31);
  const __m128i doubled = _mm_or_si128(_mm_slli_epi64(v, 1), _mm_slli_si128(carry, 8));
  const __m128i poly = _mm_set_epi64x(static_cast<long long>(0xc200000000000000U), 1);
  return _mm_xor_si128(doubled, _mm_and_si128(top, poly));
}

CESS_INLINE __m128i encrypt_block(__m128i x, const Keys& keys) {
  x = _mm_xor_si128(x, _mm512_castsi512_si128(keys.k[0]));
  for (std::size_t r = 1; r < kRounds; ++r) {
    x = _mm_aesenc_si128(x, _mm512_castsi512_si128(keys.k[r]));
  }
  return _mm_aesenclast_si128(x, _mm512_castsi512_si128(keys.k[kRounds]));
}

CESS_INLINE V power_at(const std::uint8_t* powers, std::size_t i) {
  return _mm512_loadu_si512(powers + kBlock * i);
}

CESS_INLINE __m128i finish(const Sums& s) {
  return reduce(add_lanes(s.lo), add_lanes(s.mid), add_lanes(s.hi));
}

// 32 blocks in the order of memory.
CESS_INLINE __m128i absorb_strip(__m128i state, const Strip& x, const std::uint8_t* powers) {
  Sums s = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
  add_product(s, _mm512_xor_si512(turn(x.a), _mm512_zextsi128_si512(state)), power_at(powers, 0));
  add_product(s, turn(x.b), power_at(powers, 4));
  add_product(s, turn(x.c), power_at(powers, 8));
  add_product(s, turn(x.d), power_at(powers, 12));
  add_product(s, turn(x.e), power_at(powers, 16));
  add_product(s, turn(x.f), power_at(powers, 20));
  add_product(s, turn(x.g), power_at(powers, 24));
  add_product(s, turn(x.h), power_at(powers, 28));
  return finish(s);
}

// `size` bytes, 1..512, in a buffer that is zero behind them. Zero blocks add nothing, whatever
// power they meet, so the last register may be filled up with them.
CESS_INLINE __m128i absorb_piece(__m128i state, const std::uint8_t* buffer, std::size_t size,
                                 const std::uint8_t* powers) {
  const std::size_t blocks = (size + kBlock - 1) / kBlock;
  Sums s = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
  V start = _mm512_zextsi128_si512(state);
  for (std::size_t i = 0; i < blocks; i += 4) {
    const V x = turn(_mm512_loadu_si512(buffer + kBlock * i));
    add_product(s, _mm512_xor_si512(x, start), power_at(powers, kPowers - blocks + i));
    start = _mm512_setzero_si512();
  }
  return finish(s);
}

CESS_VAES __m128i absorb_bytes(__m128i state, ByteView data, const std::uint8_t* powers) {
  while (!data.empty()) {
    const std::size_t n = data.size() < kStrip ? data.size() : kStrip;
    std::uint8_t buffer[kStrip] = {};
    std::memcpy(buffer, data.data(), n);
    state = absorb_piece(state, buffer, n, powers);
    data = data.subspan(n);
  }
  return state;
}

// Counter blocks are nonce ‖ BE32 number, the number kept as an integer until it is used.
CESS_INLINE __m128i counter_block(const AeadNonce& nonce, std::uint32_t number) {
  alignas(16) std::uint8_t block[kBlock];
  std::memcpy(block, nonce.data(), nonce.size());
  store_le(block + nonce.size(), number);
  return _mm_load_si128(reinterpret_cast<const __m128i*>(block));
}

CESS_INLINE V next_block(V& counters, V key) {
  const V order =
      _mm512_broadcast_i32x4(_mm_set_epi8(12, 13, 14, 15, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
  const V x = _mm512_xor_si512(_mm512_shuffle_epi8(counters, order), key);
  counters =
      _mm512_add_epi32(counters, _mm512_set_epi32(4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0));
  return x;
}

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

CESS_INLINE Strip load(const std::uint8_t* p) {
  const V zero = _mm512_setzero_si512();
  Strip x = {zero, zero, zero, zero, zero, zero, zero, zero};
  xor_from(x, p);
  return x;
}

// Both directions; GHASH goes over the ciphertext, which is the output or the input.
template <bool kSeal>
CESS_INLINE void crypt(std::uint8_t* out, std::uint8_t* tag, const GcmVaesKey& key,
                       const AeadNonce& nonce, ByteView aad, ByteView in) {
  CESS_UNINITIALIZED Keys keys;
  load_keys(keys, key.round_keys);
  const std::uint8_t* const powers = key.powers.view().data();
  __m128i state = absorb_bytes(_mm_setzero_si128(), aad, powers);
  V counters = _mm512_add_epi32(_mm512_broadcast_i32x4(counter_block(nonce, 2)),
                                _mm512_set_epi32(3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0));
  const std::uint8_t* p = in.data();
  std::size_t left = in.size();
  for (; left >= kStrip; left -= kStrip, p += kStrip, out += kStrip) {
    CESS_UNINITIALIZED Strip x = keystream(counters, keys);
    if constexpr (!kSeal) state = absorb_strip(state, load(p), powers);
    xor_from(x, p);
    store(out, x);
    if constexpr (kSeal) state = absorb_strip(state, x, powers);
  }
  if (left != 0) {
    std::uint8_t piece[kStrip] = {};
    CESS_UNINITIALIZED std::uint8_t stream[kStrip];
    store(stream, keystream(counters, keys));
    std::memcpy(piece, p, left);
    if constexpr (!kSeal) state = absorb_piece(state, piece, left, powers);
    for (std::size_t i = 0; i < left; ++i) piece[i] ^= stream[i];
    if constexpr (kSeal) state = absorb_piece(state, piece, left, powers);
    std::memcpy(out, piece, left);
    wipe(piece);
    wipe(stream);
  }
  std::uint8_t lengths[kBlock];
  store_be(lengths, std::uint64_t{aad.size()} * 8);
  store_be(lengths + 8, std::uint64_t{in.size()} * 8);
  state = absorb_bytes(state, lengths, powers);
  const __m128i first = counter_block(nonce, 0x01000000);  // number 1, already big-endian
  _mm_storeu_si128(reinterpret_cast<__m128i*>(tag),
                   _mm_xor_si128(turn(state), encrypt_block(first, keys)));
  wipe_keys(keys);
}

}  // namespace

CESS_VAES void gcm_vaes_prepare(GcmVaesKey& out, const Key256& key) {
  aes256_expand_key(out.round_keys, key);
  CESS_UNINITIALIZED Keys keys;
  load_keys(keys, out.round_keys);
  const __m128i h = times_x(turn(encrypt_block(_mm_setzero_si128(), keys)));
  wipe_keys(keys);
  std::uint8_t* const powers = out.powers.mut().data();
  __m128i power = h;
  for (std::size_t i = kPowers; i-- > 0;) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(powers + kBlock * i), power);
    power = dot(power, h);
  }
}

CESS_VAES void gcm_vaes_seal(std::uint8_t* out, std::uint8_t* tag, const GcmVaesKey& key,
                             const AeadNonce& nonce, ByteView aad, ByteView plain) {
  crypt<true>(out, tag, key, nonce, aad, plain);
}

CESS_VAES void gcm_vaes_open(std::uint8_t* out, std::uint8_t* tag, const GcmVaesKey& key,
                             const AeadNonce& nonce, ByteView aad, ByteView sealed) {
  crypt<false>(out, tag, key, nonce, aad, sealed);
}

}  // namespace cess::detail
#endif
