// SPDX-License-Identifier: Apache-2.0
// SimHash (Charikar 2002; Manku, Jain, Das Sarma 2007): weighted tokens to bits, so that sets with
// much in common get words with few bits apart. Integers only; the order of the tokens does not
// matter.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "fingerprint/types.hpp"

namespace cess::fp {

/// A well-mixing 64-bit permutation (the finalizer of SplitMix64, Steele, Lea, Flood 2014).
constexpr std::uint64_t mix64(std::uint64_t x) {
  x ^= x >> 30U;
  x *= 0xbf58476d1ce4e5b9U;
  x ^= x >> 27U;
  x *= 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

/// FNV-1a of `name`, mixed: the seed of a family of tokens.
constexpr std::uint64_t token_seed(std::string_view name) {
  std::uint64_t h = 0xcbf29ce484222325U;
  for (const char c : name) h = (h ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
  return mix64(h);
}

/// 64·W bits. A bit is set where the weight of the tokens that vote for it is greater than that
/// against.
template <std::size_t W>
class SimHash {
 public:
  void add(std::uint64_t token, std::int64_t weight = 1) {
    for (std::size_t w = 0; w < W; ++w) {
      const std::uint64_t h = mix64(token + (w + 1) * 0x9e3779b97f4a7c15U);
      for (unsigned b = 0; b < 64; ++b) sum_[w * 64 + b] += ((h >> b) & 1U) != 0 ? weight : -weight;
    }
  }
  /// Every bit of `bits` as a token: close bit strings give close votes.
  void add_bits(std::uint64_t seed, ByteView bits, std::int64_t weight = 1) {
    for (std::size_t i = 0; i < bits.size() * 8; ++i) {
      const bool set = ((bits[i / 8] >> (i % 8)) & 1U) != 0;
      add(seed + i, set ? weight : -weight);
    }
  }
  [[nodiscard]] std::array<std::uint64_t, W> words() const {
    std::array<std::uint64_t, W> out{};
    for (std::size_t i = 0; i < W * 64; ++i) {
      if (sum_[i] > 0) out[i / 64] |= std::uint64_t{1} << (i % 64);
    }
    return out;
  }

 private:
  std::array<std::int64_t, W * 64> sum_{};
};

/// The certificate id of a feature vector.
inline std::uint64_t word(const SimHash<1>& s) { return s.words()[0]; }
/// Four words, each little-endian.
Bits256 bits256(const SimHash<4>& s);
/// Bits that differ; the views have the same size.
std::size_t hamming(ByteView a, ByteView b);

}  // namespace cess::fp
