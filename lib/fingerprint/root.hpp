// SPDX-License-Identifier: Apache-2.0
// Whole square roots.
#pragma once

#include <cmath>
#include <cstdint>

namespace cess::fp {

/// The largest whole number whose square is at most v.
inline std::uint32_t integer_root(std::uint64_t v) {
  // Within one of it: a double holds 53 bits.
  auto r = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(v)));
  r = r > 0xffffffffU ? 0xffffffffU : r;
  while (r * r > v) --r;
  while (r < 0xffffffffU && (r + 1) * (r + 1) <= v) ++r;
  return static_cast<std::uint32_t>(r);
}

}  // namespace cess::fp
