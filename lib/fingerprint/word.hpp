// SPDX-License-Identifier: Apache-2.0
// A word of a text, as a hash of its folded characters (text_scan.hpp).
#pragma once

#include <cstdint>

namespace cess::fp {

/// Hash of a word's folded characters, and how many there are.
struct Word {
  std::uint64_t hash = 0;
  std::uint64_t letters = 0;
};

inline constexpr std::uint64_t kWordSeed = 0x51ed270b9f1a3c5dU;
inline constexpr std::uint64_t kWordStep = 0x9fb21c651e98df25U;

/// A word while its characters come in.
struct WordHash {
  std::uint64_t state = kWordSeed;
  std::uint64_t letters = 0;
  void add(std::uint32_t c) {
    state = (state ^ c) * kWordStep;
    state ^= state >> 32U;
    ++letters;
  }
};

}  // namespace cess::fp
