// SPDX-License-Identifier: Apache-2.0
// The sector sums with AVX-512: eight sectors (248 bytes) become five registers of 52-bit limbs by
// byte permutation (VBMI), and IFMA adds the low and high halves of their products to 64-bit
// columns. A half is below 2^52, so a column takes 4,096 of them before a carry is due. IFMA reads
// only the low 52 bits of its factors, which saves all masking but that of the top limb.
#include "podr2/detail/sector_sum.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>

#include <cstring>

#include "base/secret.hpp"

// GCC 12 takes its own headers' _mm512_undefined_epi32() for a forgotten initialisation.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#define CESS_IFMA __attribute__((target("avx512f,avx512bw,avx512vbmi,avx512ifma")))

namespace cess::detail {

namespace {

constexpr std::size_t kGroup = 8 * kSectorSize;  // 248 bytes
/// Byte where limb l starts inside a sector; limbs 1 and 3 start four bits later.
constexpr std::array<std::size_t, 5> kLimbByte = {0, 6, 13, 19, 26};

/// Byte indices for two limbs of four sectors: qwords 0-3 limb `first`, 4-7 limb `second`, sectors
/// starting `skip` bytes into the 128-byte source.
constexpr std::array<std::uint8_t, 64> indices(std::size_t first, std::size_t second,
                                               std::size_t skip) {
  std::array<std::uint8_t, 64> out{};
  for (std::size_t i = 0; i < 64; ++i) {
    const std::size_t limb = i < 32 ? first : second;
    const std::size_t at = skip + (i / 8 % 4) * kSectorSize + kLimbByte[limb] + i % 8;
    out[i] = static_cast<std::uint8_t>(at < 128 ? at : 127);
  }
  return out;
}

alignas(64) constexpr auto kLow01 = indices(0, 1, 0);
alignas(64) constexpr auto kLow23 = indices(2, 3, 0);
alignas(64) constexpr auto kLow4 = indices(4, 4, 0);
alignas(64) constexpr auto kHigh01 = indices(0, 1, 4);
alignas(64) constexpr auto kHigh23 = indices(2, 3, 4);
alignas(64) constexpr auto kHigh4 = indices(4, 4, 4);
constexpr std::uint64_t kTopBytes = 0x1f1f1f1f1f1f1f1fULL;  // five bytes of each qword

struct Limbs {
  __m512i l[5];
};

CESS_IFMA inline __m512i load(const void* p) { return _mm512_loadu_si512(p); }

/// Eight sectors at p, exactly 248 bytes read.
CESS_IFMA inline __attribute__((always_inline)) Limbs load_group(const std::uint8_t* p) {
  const __m512i a0 = load(p);
  const __m512i a1 = load(p + 64);
  const __m512i b0 = load(p + 120);
  const __m512i b1 = load(p + 184);
  const __m512i a01 = _mm512_permutex2var_epi8(a0, load(kLow01.data()), a1);
  const __m512i b01 = _mm512_permutex2var_epi8(b0, load(kHigh01.data()), b1);
  const __m512i a23 = _mm512_permutex2var_epi8(a0, load(kLow23.data()), a1);
  const __m512i b23 = _mm512_permutex2var_epi8(b0, load(kHigh23.data()), b1);
  const __m512i a4 = _mm512_maskz_permutex2var_epi8(kTopBytes, a0, load(kLow4.data()), a1);
  const __m512i b4 = _mm512_maskz_permutex2var_epi8(kTopBytes, b0, load(kHigh4.data()), b1);
  Limbs r;
  r.l[0] = _mm512_shuffle_i64x2(a01, b01, 0x44);
  r.l[1] = _mm512_srli_epi64(_mm512_shuffle_i64x2(a01, b01, 0xee), 4);
  r.l[2] = _mm512_shuffle_i64x2(a23, b23, 0x44);
  r.l[3] = _mm512_srli_epi64(_mm512_shuffle_i64x2(a23, b23, 0xee), 4);
  r.l[4] = _mm512_shuffle_i64x2(a4, b4, 0x44);
  return r;
}

/// Low and high product columns, kept apart to shorten the chains of additions.
struct Products {
  __m512i lo[9];
  __m512i hi[9];
};

CESS_IFMA inline __attribute__((always_inline)) void multiply_add(Products& s, const Limbs& m,
                                                                  const Lanes* power) {
#pragma GCC unroll 5
  for (unsigned j = 0; j < 5; ++j) {
    const __m512i b = load(power + j);
#pragma GCC unroll 5
    for (unsigned i = 0; i < 5; ++i) {
      s.lo[i + j] = _mm512_madd52lo_epu64(s.lo[i + j], m.l[i], b);
      s.hi[i + j] = _mm512_madd52hi_epu64(s.hi[i + j], m.l[i], b);
    }
  }
}

/// Adds every lane of the columns to `sum`.
CESS_IFMA void flush(WideSum& sum, const Products& s) {
  std::array<Lanes, 2> t;
  for (unsigned c = 0; c < 9; ++c) {
    _mm512_storeu_si512(t[0].v.data(), s.lo[c]);
    _mm512_storeu_si512(t[1].v.data(), s.hi[c]);
    U128 lo = 0;
    U128 hi = 0;
    for (unsigned i = 0; i < 8; ++i) {
      lo += t[0].v[i];
      hi += t[1].v[i];
    }
    sum.add(lo, 52 * c);
    sum.add(hi, 52 * (c + 1));
  }
  wipe({reinterpret_cast<std::uint8_t*>(t.data()), sizeof t});
}

/// Groups between flushes: at most five halves of 52 bits enter a column per group.
constexpr std::size_t kFlushEvery = 800;

CESS_IFMA void evaluate_groups(WideSum& sum, const Lanes* powers, const std::uint8_t* data,
                               std::size_t groups) {
  Products s;
  for (unsigned c = 0; c < 9; ++c) s.lo[c] = s.hi[c] = _mm512_setzero_si512();
  for (std::size_t g = 0; g < groups; ++g) {
    multiply_add(s, load_group(data + g * kGroup), powers + g * 5);
  }
  flush(sum, s);
}

CESS_IFMA void add_groups(Lanes* sums, const std::array<std::uint64_t, 2>& nu,
                          const std::uint8_t* data, std::size_t groups) {
  const __m512i n[3] = {_mm512_set1_epi64(static_cast<long long>(nu[0])),
                        _mm512_set1_epi64(static_cast<long long>((nu[0] >> 52U) | (nu[1] << 12U))),
                        _mm512_set1_epi64(static_cast<long long>(nu[1] >> 40U))};
  for (std::size_t g = 0; g < groups; ++g, sums += 8) {
    const Limbs m = load_group(data + g * kGroup);
    __m512i c[8];
#pragma GCC unroll 8
    for (unsigned i = 0; i < 8; ++i) c[i] = load(sums + i);
#pragma GCC unroll 3
    for (unsigned j = 0; j < 3; ++j) {
#pragma GCC unroll 5
      for (unsigned i = 0; i < 5; ++i) {
        c[i + j] = _mm512_madd52lo_epu64(c[i + j], m.l[i], n[j]);
        c[i + j + 1] = _mm512_madd52hi_epu64(c[i + j + 1], m.l[i], n[j]);
      }
    }
#pragma GCC unroll 8
    for (unsigned i = 0; i < 8; ++i) _mm512_storeu_si512(sums + i, c[i]);
  }
}

}  // namespace

WideSum ifma_evaluate(std::span<const Lanes> powers, ByteView data) {
  WideSum sum;
  std::size_t group = 0;
  const std::size_t whole = data.size() / kGroup;
  while (group < whole) {
    const std::size_t n = std::min(kFlushEvery, whole - group);
    evaluate_groups(sum, powers.data() + group * 5, data.data() + group * kGroup, n);
    group += n;
  }
  const ByteView rest = data.subspan(whole * kGroup);
  if (!rest.empty()) {
    std::array<std::uint8_t, kGroup> padded{};
    std::memcpy(padded.data(), rest.data(), rest.size());
    evaluate_groups(sum, powers.data() + whole * 5, padded.data(), 1);
  }
  return sum;
}

void ifma_add(std::span<Lanes> sums, const std::array<std::uint64_t, 2>& nu, ByteView data) {
  const std::size_t whole = data.size() / kGroup;
  add_groups(sums.data(), nu, data.data(), whole);
  const ByteView rest = data.subspan(whole * kGroup);
  if (!rest.empty()) {
    std::array<std::uint8_t, kGroup> padded{};
    std::memcpy(padded.data(), rest.data(), rest.size());
    add_groups(sums.data() + whole * 8, nu, padded.data(), 1);
  }
}

void ifma_carry(std::span<Lanes> sums) {
  constexpr std::uint64_t kMask52 = (std::uint64_t{1} << 52U) - 1U;
  for (std::size_t g = 0; g < sums.size(); g += 8) {
    for (std::size_t lane = 0; lane < 8; ++lane) {
      for (std::size_t c = 0; c < 7; ++c) {
        sums[g + c + 1].v[lane] += sums[g + c].v[lane] >> 52U;
        sums[g + c].v[lane] &= kMask52;
      }
    }
  }
}

}  // namespace cess::detail

#else

#include "base/check.hpp"

namespace cess::detail {
WideSum ifma_evaluate(std::span<const Lanes>, ByteView) { CESS_CHECK(false); }
void ifma_add(std::span<Lanes>, const std::array<std::uint64_t, 2>&, ByteView) {
  CESS_CHECK(false);
}
void ifma_carry(std::span<Lanes>) { CESS_CHECK(false); }
}  // namespace cess::detail

#endif
