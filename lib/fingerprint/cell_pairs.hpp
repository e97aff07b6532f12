// SPDX-License-Identifier: Apache-2.0
// How alike two series of numbers are. Whole numbers only.
#pragma once

#include <cstdint>

namespace cess::fp {

/// Correlation of pairs of numbers.
struct CellPairs {
  std::int64_t n = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0;

  void add(std::int64_t x, std::int64_t y) {
    ++n, a += x, b += y, aa += x * x, bb += y * y, ab += x * y;
  }
  /// `least`: a sixteenth of the variance, over 256, below which there is nothing to see.
  [[nodiscard]] std::int32_t percent(std::int64_t least) const {
    if (n == 0) return 0;
    const std::int64_t both = (ab - a * b / n) / 256;
    const std::int64_t va = (aa - a * a / n) / 256;
    const std::int64_t vb = (bb - b * b / n) / 256;
    if (va * 16 < least * n || vb * 16 < least * n || both <= 0) return 0;
    std::int32_t r = 0;
    // both / sqrt(va vb) >= r / 100, without roots.
    while (r < 100 && both * both / va * 100 >= std::int64_t{r + 1} * (r + 1) * vb / 100) ++r;
    return r;
  }
};

}  // namespace cess::fp
