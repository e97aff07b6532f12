// SPDX-License-Identifier: Apache-2.0
// Gray pictures in whole numbers: luma, reduction by areas, borders, sums of rectangles.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "fingerprint/picture.hpp"

namespace cess::fp {

struct Gray {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  Bytes pixels;
  [[nodiscard]] std::uint8_t at(std::size_t x, std::size_t y) const {
    return pixels[y * width + x];
  }
};

struct Rect {
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  friend bool operator==(const Rect&, const Rect&) = default;
};

/// Adds `weight` times each pixel.
void add_weighted(std::span<std::uint32_t> to, const std::uint8_t* from, std::uint32_t weight);
/// Rec. 601 luma, rounded to the nearest.
Gray luma_of(const Picture& p);
/// A part of it.
Gray crop(const Gray& g, const Rect& r);
/// Every pixel of the result is the mean of the area it covers. No side may grow.
Gray reduce(const Gray& g, std::uint32_t width, std::uint32_t height);
/// reduce so that the longer side is at most `side`, keeping the shape.
Gray fit(const Gray& g, std::uint32_t side);
/// What is inside of even borders: letterboxes, frames of one colour, white margins. The whole
/// where there is none or where too little would be left.
Rect content_of(const Gray& g);

/// Sums of rectangles in constant time. sum(x0, y0, x1, y1) is over x0 <= x < x1, y0 <= y < y1.
class Integral {
 public:
  explicit Integral(const Gray& g);
  [[nodiscard]] std::int32_t sum(std::int32_t x0, std::int32_t y0, std::int32_t x1,
                                 std::int32_t y1) const {
    const std::size_t s = stride_;
    const auto a = static_cast<std::size_t>(y0) * s;
    const auto b = static_cast<std::size_t>(y1) * s;
    const auto l = static_cast<std::size_t>(x0);
    const auto r = static_cast<std::size_t>(x1);
    return static_cast<std::int32_t>(sums_[b + r] - sums_[b + l] - sums_[a + r] + sums_[a + l]);
  }
  /// row(y)[x] is sum(0, 0, x, y).
  [[nodiscard]] const std::uint32_t* row(std::int32_t y) const {
    return &sums_[static_cast<std::size_t>(y) * stride_];
  }
  [[nodiscard]] std::int32_t width() const { return static_cast<std::int32_t>(stride_) - 1; }
  [[nodiscard]] std::int32_t height() const { return height_; }

 private:
  std::size_t stride_;
  std::int32_t height_;
  std::vector<std::uint32_t> sums_;
};

}  // namespace cess::fp
