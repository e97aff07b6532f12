// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/gray.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/check.hpp"
#include "fingerprint/wide.hpp"

namespace cess::fp {
namespace {

/// Up to so many pixels of a line go into one without a loop of a length of its own.
constexpr std::size_t kFew = 4;
/// Weights of 2^24 in all, pixels of 8 bits: 32 bits suffice, with a half.
constexpr std::uint32_t kHalfUp = 1U << 23U;

/// How the pixels of one axis go into those of a shorter one: weights in 1/4096 that add up to
/// 4096. Part i has those from begin[i] to begin[i + 1], of the pixels from first[i] on.
struct AxisParts {
  std::vector<std::uint32_t> first;
  std::vector<std::uint32_t> begin{0};
  std::vector<std::uint32_t> weights;
  std::vector<std::array<std::uint32_t, kFew>> few;  ///< the same where no part has more
};

AxisParts axis_parts(std::uint32_t from, std::uint32_t to) {
  AxisParts parts;
  for (std::uint64_t i = 0; i < to; ++i) {
    // In units of 1/to of a source pixel.
    const std::uint64_t begin = i * from;
    const std::uint64_t end = begin + from;
    parts.first.push_back(static_cast<std::uint32_t>(begin / to));
    std::uint32_t left = 4096;
    for (std::uint64_t s = begin / to; s * to < end; ++s) {
      const std::uint64_t covered = std::min(end, (s + 1) * to) - std::max(begin, s * to);
      const auto w = static_cast<std::uint32_t>((covered * 4096 + from / 2) / from);
      parts.weights.push_back(std::min(w, left));
      left -= parts.weights.back();
    }
    parts.weights.back() += left;
    parts.begin.push_back(static_cast<std::uint32_t>(parts.weights.size()));
  }
  std::uint32_t most = 0;
  for (std::size_t i = 0; i < to; ++i) most = std::max(most, parts.begin[i + 1] - parts.begin[i]);
  if (most > kFew) return parts;
  parts.few.resize(to);
  for (std::size_t i = 0; i < to; ++i) {
    std::copy(parts.weights.begin() + parts.begin[i], parts.weights.begin() + parts.begin[i + 1],
              parts.few[i].begin());
  }
  return parts;
}

/// Of a line (a row or a column): whether it is of one tone, within the noise of encoders.
struct Line {
  std::uint8_t low = 255;
  std::uint8_t high = 0;
  std::uint32_t sum = 0;
};

/// `length` pixels, `step` apart.
Line line_of(const std::uint8_t* p, std::size_t length, std::size_t step) {
  Line l;
  for (std::size_t i = 0; i < length; ++i) {
    l.low = std::min(l.low, p[i * step]);
    l.high = std::max(l.high, p[i * step]);
    l.sum += p[i * step];
  }
  return l;
}

/// The lines at either end that are even and of the tone of the outermost; line(i) is one of them.
template <class LineAt>
void even_ends(const LineAt& line, std::uint32_t lines, std::uint32_t length, std::uint32_t& first,
               std::uint32_t& last) {
  constexpr int kSpread = 24;
  constexpr int kDrift = 8;
  const auto even = [&](const Line& l, const Line& edge) {
    const int drift = static_cast<int>(l.sum / length) - static_cast<int>(edge.sum / length);
    return l.high - l.low <= kSpread && drift <= kDrift && drift >= -kDrift;
  };
  first = 0;
  last = lines;
  const Line front = line(0);
  while (first < last && even(line(first), front)) ++first;
  const Line back = line(lines - 1);
  while (last > first && even(line(last - 1), back)) --last;
}

/// In 1/65536: 0.299, 0.587, 0.114.
CESS_FP_WIDE void luma_line(const std::uint8_t* rgb, std::uint8_t* out, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    out[i] = static_cast<std::uint8_t>(
        (19595U * rgb[3 * i] + 38470U * rgb[3 * i + 1] + 7471U * rgb[3 * i + 2] + 32768U) >> 16U);
  }
}

CESS_FP_WIDE void add_line(std::uint32_t* to, const std::uint8_t* from, std::uint32_t weight,
                           std::size_t n) {
  for (std::size_t x = 0; x < n; ++x) to[x] += weight * from[x];
}

CESS_FP_WIDE std::uint32_t weighted_sum(const std::uint32_t* a, const std::uint32_t* b,
                                        std::size_t n) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

CESS_FP_WIDE void weigh_few(const std::uint32_t* row, const std::uint32_t* first,
                            const std::array<std::uint32_t, kFew>* weights, std::uint8_t* out,
                            std::size_t n) {
  for (std::size_t x = 0; x < n; ++x) {
    const std::uint32_t* const from = row + first[x];
    const std::uint32_t* const weight = weights[x].data();
    out[x] = static_cast<std::uint8_t>((kHalfUp + weight[0] * from[0] + weight[1] * from[1] +
                                        weight[2] * from[2] + weight[3] * from[3]) >>
                                       24U);
  }
}

/// A line of sums to pixels. `row` has kFew entries more than pixels: weights beyond a part are 0.
void weigh(const std::vector<std::uint32_t>& row, const AxisParts& xs, std::uint8_t* out) {
  const std::size_t n = xs.first.size();
  if (!xs.few.empty()) return weigh_few(row.data(), xs.first.data(), xs.few.data(), out, n);
  for (std::size_t x = 0; x < n; ++x) {
    const std::uint32_t sum =
        weighted_sum(&xs.weights[xs.begin[x]], &row[xs.first[x]], xs.begin[x + 1] - xs.begin[x]);
    out[x] = static_cast<std::uint8_t>((sum + kHalfUp) >> 24U);
  }
}

}  // namespace

void add_weighted(std::span<std::uint32_t> to, const std::uint8_t* from, std::uint32_t weight) {
  add_line(to.data(), from, weight, to.size());
}

Gray luma_of(const Picture& p) {
  Gray g{p.width, p.height, Bytes(std::size_t{p.width} * p.height)};
  luma_line(p.rgb.data(), g.pixels.data(), g.pixels.size());
  return g;
}

Gray crop(const Gray& g, const Rect& r) {
  CESS_CHECK(r.x + r.width <= g.width && r.y + r.height <= g.height);
  Gray out{r.width, r.height, {}};
  out.pixels.reserve(std::size_t{r.width} * r.height);
  for (std::size_t y = r.y; y < r.y + r.height; ++y) {
    const auto row = g.pixels.begin() + static_cast<std::ptrdiff_t>(y * g.width + r.x);
    out.pixels.insert(out.pixels.end(), row, row + r.width);
  }
  return out;
}

Gray reduce(const Gray& g, std::uint32_t width, std::uint32_t height) {
  CESS_CHECK(width > 0 && height > 0 && width <= g.width && height <= g.height);
  if (width == g.width && height == g.height) return g;
  const AxisParts xs = axis_parts(g.width, width);
  const AxisParts ys = axis_parts(g.height, height);
  Gray out{width, height, Bytes(std::size_t{width} * height)};
  std::vector<std::uint32_t> row(g.width + kFew);
  for (std::size_t y = 0; y < height; ++y) {
    std::fill(row.begin(), row.end(), 0U);
    for (std::size_t k = ys.begin[y]; k < ys.begin[y + 1]; ++k)
      add_weighted({row.data(), g.width}, &g.pixels[(ys.first[y] + k - ys.begin[y]) * g.width],
                   ys.weights[k]);
    weigh(row, xs, &out.pixels[y * width]);
  }
  return out;
}

Gray fit(const Gray& g, std::uint32_t side) {
  const std::uint32_t longer = std::max(g.width, g.height);
  if (longer <= side) return g;
  const auto scaled = [&](std::uint32_t v) {
    return std::max<std::uint32_t>(
        1, static_cast<std::uint32_t>((std::uint64_t{v} * side + longer / 2) / longer));
  };
  return reduce(g, scaled(g.width), scaled(g.height));
}

Rect content_of(const Gray& g) {
  Rect whole{0, 0, g.width, g.height};
  Rect r = whole;
  // A frame and a letterbox in it: look again inside.
  for (int round = 0; round < 2; ++round) {
    const auto row = [&](std::size_t y) {
      return line_of(&g.pixels[(r.y + y) * g.width + r.x], r.width, 1);
    };
    const auto column = [&](std::size_t x) {
      return line_of(&g.pixels[std::size_t{r.y} * g.width + r.x + x], r.height, g.width);
    };
    std::uint32_t top = 0;
    std::uint32_t bottom = 0;
    std::uint32_t left = 0;
    std::uint32_t right = 0;
    even_ends(row, r.height, r.width, top, bottom);
    even_ends(column, r.width, r.height, left, right);
    if (bottom <= top || right <= left) break;
    const Rect inside{r.x + left, r.y + top, right - left, bottom - top};
    if (inside == r) break;
    r = inside;
  }
  // What is left must be worth a hash of its own.
  const bool small =
      r.width < 48 || r.height < 48 || r.width * 4 < g.width || r.height * 4 < g.height;
  return small ? whole : r;
}

Integral::Integral(const Gray& g)
    : stride_(std::size_t{g.width} + 1),
      height_(static_cast<std::int32_t>(g.height)),
      sums_(stride_ * (std::size_t{g.height} + 1)) {
  for (std::size_t y = 0; y < g.height; ++y) {
    std::uint32_t row = 0;
    for (std::size_t x = 0; x < g.width; ++x) {
      row += g.at(x, y);
      sums_[(y + 1) * stride_ + x + 1] = sums_[y * stride_ + x + 1] + row;
    }
  }
}

}  // namespace cess::fp
