// SPDX-License-Identifier: Apache-2.0
// Whole square roots.
#pragma once

#include <cstdint>

namespace cess::fp {

inline std::uint32_t integer_root(std::uint64_t v) {
  std::uint64_t r = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 31U; bit != 0; bit >>= 1U) {
    if ((r | bit) * (r | bit) <= v) r |= bit;
  }
  return static_cast<std::uint32_t>(r);
}

}  // namespace cess::fp
