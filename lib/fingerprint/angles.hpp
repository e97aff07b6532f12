// SPDX-License-Identifier: Apache-2.0
// Angles in 1/256 of a turn, in whole numbers.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace cess::fp {

struct Direction {
  std::int32_t cos;  ///< 2^14 times
  std::int32_t sin;
};

/// A library's cosine is off by less than 2^-50: none rounds another way.
inline const std::array<Direction, 256>& directions() {
  static const auto kTable = [] {
    std::array<Direction, 256> t{};
    constexpr double kStep = 3.14159265358979323846 / 128.0;
    for (std::size_t i = 0; i < t.size(); ++i) {
      t[i] = {static_cast<std::int32_t>(
                  std::lround(std::cos(kStep * static_cast<double>(i)) * 16384.0)),
              static_cast<std::int32_t>(
                  std::lround(std::sin(kStep * static_cast<double>(i)) * 16384.0))};
    }
    return t;
  }();
  return kTable;
}

/// For k = minor · 256 / major, cut: the last of the steps of the first octant that surely lies not
/// above (major, minor). At most one more does: steps are further apart than 1/256.
inline const std::array<std::uint8_t, 257>& octant_steps() {
  static const auto kTable = [] {
    std::array<std::uint8_t, 257> t{};
    const auto& d = directions();
    for (unsigned k = 0; k < t.size(); ++k) {
      unsigned low = 0;
      while (low < 32 && 256 * d[low + 1].sin <= static_cast<std::int32_t>(k) * d[low + 1].cos)
        ++low;
      t[k] = static_cast<std::uint8_t>(low);
    }
    return t;
  }();
  return kTable;
}

/// The angle of (x, y), the lower of two equally near; 0 for (0, 0). In: |x|, |y| < 2^40.
inline std::uint8_t angle_of(std::int64_t x, std::int64_t y) {
  if (x == 0 && y == 0) return 0;
  const std::int64_t ax = x < 0 ? -x : x;
  const std::int64_t ay = y < 0 ? -y : y;
  const auto& d = directions();
  // First octant: the last step whose direction lies not above (major, minor).
  const std::int64_t major = ax > ay ? ax : ay;
  const std::int64_t minor = ax > ay ? ay : ax;
  // Short numbers divide faster.
  const std::int64_t k = major < (1 << 23) ? std::int64_t{static_cast<std::uint32_t>(minor) * 256U /
                                                          static_cast<std::uint32_t>(major)}
                                           : minor * 256 / major;
  unsigned low = octant_steps()[static_cast<std::size_t>(k)];
  while (low < 32 && major * d[low + 1].sin <= minor * d[low + 1].cos) ++low;
  if (low < 32 && major * (d[low].sin + d[low + 1].sin) < minor * (d[low].cos + d[low + 1].cos))
    ++low;
  unsigned a = ax >= ay ? low : 64 - low;
  if (x < 0) a = 128 - a;
  if (y < 0) a = 256 - a;
  return static_cast<std::uint8_t>(a);
}

}  // namespace cess::fp
