// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/descriptors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/check.hpp"
#include "fingerprint/root.hpp"
#include "fingerprint/wide.hpp"

namespace cess::fp {
namespace {

constexpr std::size_t kParts = 4;

std::uint8_t share_of(std::uint64_t part, std::uint64_t whole) {
  return static_cast<std::uint8_t>(whole == 0 ? 0 : (part * 255 + whole / 2) / whole);
}

/// Which edge each block of 2 x 2 pixels shows most strongly, the first of equals; 5: none.
CESS_FP_WIDE void edge_kinds(const std::uint8_t* top, const std::uint8_t* bottom,
                             std::uint8_t* kinds, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const int a = top[2 * i];
    const int b = top[2 * i + 1];
    const int c = bottom[2 * i];
    const int d = bottom[2 * i + 1];
    int best = 109;
    int kind = 5;
    const auto judge = [&best, &kind](int strength, int which) {
      kind = strength > best ? which : kind;
      best = strength > best ? strength : best;
    };
    // The diagonals in 1/10: 1.4 is the square root of two.
    judge(10 * std::abs(a - b + c - d), 0);
    judge(10 * std::abs(a + b - c - d), 1);
    judge(14 * std::abs(a - d), 2);
    judge(14 * std::abs(b - c), 3);
    judge(20 * std::abs(a - b - c + d), 4);
    kinds[i] = static_cast<std::uint8_t>(kind);
  }
}

/// How much a row's inner pixels differ from those beside, above and below.
CESS_FP_WIDE void step_sizes(const std::uint8_t* row, std::size_t width, std::uint32_t* out) {
  const std::uint8_t* const above = row - width;
  const std::uint8_t* const below = row + width;
  for (std::size_t x = 1; x + 1 < width; ++x) {
    out[x] = static_cast<std::uint32_t>(std::abs(row[x + 1] - row[x - 1]) +
                                        std::abs(below[x] - above[x]));
  }
}

/// Thirds of red, green and blue as one of 27.
CESS_FP_WIDE void colour_kinds(const std::uint8_t* rgb, std::uint8_t* kinds, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const auto third = [](unsigned v) { return (v >= 86 ? 1U : 0U) + (v >= 172 ? 1U : 0U); };
    kinds[i] = static_cast<std::uint8_t>(9 * third(rgb[3 * i]) + 3 * third(rgb[3 * i + 1]) +
                                         third(rgb[3 * i + 2]));
  }
}

struct ColourSums {
  std::uint32_t red = 0, green = 0, blue = 0;
};

CESS_FP_WIDE ColourSums colour_sums(const std::uint8_t* rgb, std::size_t n) {
  ColourSums s;
  for (std::size_t i = 0; i < n; ++i) {
    s.red += rgb[3 * i];
    s.green += rgb[3 * i + 1];
    s.blue += rgb[3 * i + 2];
  }
  return s;
}

CESS_FP_WIDE ColourSums colour_sums_of_halves(const std::uint8_t* rgb, std::size_t n) {
  ColourSums s;
  for (std::size_t i = 0; i < n; ++i) {
    s.red += rgb[6 * i];
    s.green += rgb[6 * i + 1];
    s.blue += rgb[6 * i + 2];
  }
  return s;
}

/// Even pixels are mostly of one colour: one table would wait for itself.
struct ColourCounts {
  std::array<std::array<std::uint32_t, 32>, 4> tables{};

  void add(const Bytes& kinds, std::size_t from, std::size_t end, std::size_t step) {
    std::size_t x = from;
    for (; x + 3 * step < end; x += 4 * step) {
      for (std::size_t k = 0; k < 4; ++k) ++tables[k][kinds[x + k * step]];
    }
    for (; x < end; x += step) ++tables[0][kinds[x]];
  }
  [[nodiscard]] std::uint64_t of(std::size_t kind) const {
    std::uint64_t n = 0;
    for (const auto& t : tables) n += t[kind];
    return n;
  }
};

}  // namespace

Feature colour_feature(const Picture& p) {
  struct Sum {
    std::uint64_t red = 0, green = 0, blue = 0, count = 0;
  };
  std::array<Sum, kParts * kParts> parts{};
  ColourCounts shares;
  std::uint64_t seen = 0;
  // A quarter of the pixels of a large picture say as much.
  const std::size_t step = p.width >= 512 && p.height >= 512 ? 2 : 1;
  Bytes kinds(p.width);
  for (std::size_t y = 0; y < p.height; y += step) {
    const std::uint8_t* row = &p.rgb[y * p.width * 3];
    colour_kinds(row, kinds.data(), p.width);
    Sum* const line = &parts[y * kParts / p.height * kParts];
    std::size_t x = 0;
    for (std::size_t part = 0; part < kParts; ++part) {
      // The columns of which x · kParts / width is the part.
      const std::size_t end = ((part + 1) * p.width + kParts - 1) / kParts;
      const std::size_t n = end > x ? (end - x + step - 1) / step : 0;
      const ColourSums sums =
          step == 1 ? colour_sums(row + x * 3, n) : colour_sums_of_halves(row + x * 3, n);
      line[part].red += sums.red;
      line[part].green += sums.green;
      line[part].blue += sums.blue;
      line[part].count += n;
      seen += n;
      shares.add(kinds, x, end, step);
      x += n * step;
    }
  }
  Feature f{"colour", 1, 8 * (2 * kParts * kParts + 27), {}};
  for (const Sum& s : parts) {
    const auto n = static_cast<std::int64_t>(std::max<std::uint64_t>(s.count, 1));
    const std::int64_t r = static_cast<std::int64_t>(s.red) / n;
    const std::int64_t g = static_cast<std::int64_t>(s.green) / n;
    const std::int64_t b = static_cast<std::int64_t>(s.blue) / n;
    // Rec. 601, in 1/65536.
    f.data.push_back(static_cast<std::uint8_t>(128 + (-11059 * r - 21709 * g + 32767 * b) / 65536));
    f.data.push_back(static_cast<std::uint8_t>(128 + (32767 * r - 27439 * g - 5328 * b) / 65536));
  }
  for (std::size_t k = 0; k < 27; ++k) f.data.push_back(share_of(shares.of(k), seen));
  return f;
}

Feature texture_feature(const Gray& g) {
  // A sixth count is of blocks without an edge.
  std::array<std::array<std::uint64_t, 6>, kParts * kParts> edges{};
  Bytes kinds(g.width / 2);
  for (std::size_t y = 0; y + 1 < g.height; y += 2) {
    edge_kinds(&g.pixels[y * g.width], &g.pixels[(y + 1) * g.width], kinds.data(), kinds.size());
    const std::size_t down = y * kParts / g.height * kParts;
    std::size_t i = 0;
    for (std::size_t part = 0; part < kParts; ++part) {
      // The blocks whose 2 i · kParts / width is the part.
      const std::size_t end =
          std::min(kinds.size(), ((part + 1) * g.width + 2 * kParts - 1) / (2 * kParts));
      std::array<std::uint32_t, 6> seen{};
      for (; i < end; ++i) ++seen[kinds[i]];
      for (std::size_t k = 0; k < seen.size(); ++k) edges[down + part][k] += seen[k];
    }
  }
  const std::uint64_t blocks = std::uint64_t{g.width / 2} * (g.height / 2) / (kParts * kParts);
  Feature f{"texture", 1, 8 * kParts * kParts * 5, {}};
  for (const auto& part : edges) {
    for (std::size_t k = 0; k < 5; ++k)
      f.data.push_back(share_of(std::min(part[k], blocks), blocks));
  }
  return f;
}

Feature shape_feature(const Gray& g) {
  constexpr std::size_t kRings = 16;
  std::array<std::uint64_t, kRings> sum{};
  std::array<std::uint64_t, kRings> count{};
  const auto w = static_cast<std::int64_t>(g.width);
  const auto h = static_cast<std::int64_t>(g.height);
  const std::int64_t reach2 = std::min(w, h) * std::min(w, h);
  // Of each row the sums of steps from its left end on; what lies in a ring is a difference.
  std::vector<std::uint32_t> steps(g.width);
  for (std::int64_t y = 1; y + 1 < h; ++y) {
    const std::uint8_t* const row = &g.pixels[static_cast<std::size_t>(y * w)];
    step_sizes(row, g.width, steps.data());
    std::uint32_t total = 0;
    for (std::int64_t x = 1; x + 1 < w; ++x) {
      total += steps[static_cast<std::size_t>(x)];
      steps[static_cast<std::size_t>(x)] = total;
    }
    const std::int64_t dy = 2 * y + 1 - h;
    std::uint64_t sum_within = 0;
    std::uint64_t count_within = 0;
    for (std::size_t ring = 0; ring < kRings; ++ring) {
      // Inside of the ring's outer border: (2 x + 1 - w)^2 + dy^2 < (ring + 1) / kRings · reach2.
      const std::int64_t room =
          (static_cast<std::int64_t>(ring + 1) * reach2 + std::int64_t{kRings} - 1) /
              std::int64_t{kRings} -
          1 - dy * dy;
      if (room < 0) continue;
      const auto reach = static_cast<std::int64_t>(integer_root(static_cast<std::uint64_t>(room)));
      const std::int64_t first =
          std::max<std::int64_t>(1, (std::max<std::int64_t>(0, w - 1 - reach) + 1) / 2);
      const std::int64_t last = std::min(w - 2, (w - 1 + reach) / 2);
      if (first > last) continue;
      const std::uint64_t all = steps[static_cast<std::size_t>(last)] -
                                (first == 1 ? 0U : steps[static_cast<std::size_t>(first - 1)]);
      const auto places = static_cast<std::uint64_t>(last - first + 1);
      sum[ring] += all - sum_within;
      count[ring] += places - count_within;
      sum_within = all;
      count_within = places;
    }
  }
  std::array<std::uint64_t, kRings> mean{};
  for (std::size_t i = 0; i < kRings; ++i) mean[i] = count[i] == 0 ? 0 : sum[i] * 256 / count[i];
  const std::uint64_t most = *std::max_element(mean.begin(), mean.end());
  Feature f{"shape", 1, 8 * kRings, {}};
  for (const std::uint64_t m : mean) f.data.push_back(share_of(m, most));
  return f;
}

std::uint64_t bytes_apart(const Feature& a, const Feature& b) {
  if (a.version != b.version || a.data.size() != b.data.size())
    return 255 * std::max(a.data.size(), b.data.size());
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < a.data.size(); ++i) {
    n += static_cast<std::uint64_t>(std::abs(int{a.data[i]} - int{b.data[i]}));
  }
  return n;
}

Bits256 iscc_image_body(const Gray& pixels) {
  CESS_CHECK(pixels.width == 32 && pixels.height == 32);
  constexpr std::size_t kSide = 32;
  constexpr std::size_t kUsed = 9;
  // cos(pi / 64 · i · (2 j + 1)) · 2^20; the transform's scale changes no comparison.
  static const auto kCosines = [] {
    std::array<std::array<std::int64_t, kSide>, kUsed> t{};
    constexpr double kStep = 3.14159265358979323846 / 64.0;
    for (std::size_t i = 0; i < kUsed; ++i) {
      for (std::size_t j = 0; j < kSide; ++j) {
        t[i][j] =
            std::lround(std::cos(kStep * static_cast<double>(i * (2 * j + 1) % 128)) * 1048576.0);
      }
    }
    return t;
  }();
  std::array<std::array<std::int64_t, kSide>, kUsed> rows{};
  for (std::size_t i = 0; i < kUsed; ++i) {
    for (std::size_t x = 0; x < kSide; ++x) {
      for (std::size_t y = 0; y < kSide; ++y) rows[i][x] += kCosines[i][y] * pixels.at(x, y);
    }
  }
  std::array<std::array<std::int64_t, kUsed>, kUsed> spectrum{};
  for (std::size_t i = 0; i < kUsed; ++i) {
    for (std::size_t j = 0; j < kUsed; ++j) {
      for (std::size_t x = 0; x < kSide; ++x) spectrum[i][j] += kCosines[j][x] * rows[i][x];
      // What is left of a flat picture is the rounding of the cosines: nothing.
      constexpr std::int64_t kRounding = std::int64_t{1} << 34U;
      if (std::abs(spectrum[i][j]) < kRounding) spectrum[i][j] = 0;
    }
  }
  Bits256 out{};
  std::size_t bit = 0;
  // Four squares of 8 x 8 frequencies, one right, one down, both.
  for (const auto& [right, down] :
       {std::pair<std::size_t, std::size_t>{0, 0}, {1, 0}, {0, 1}, {1, 1}}) {
    std::array<std::int64_t, 64> flat{};
    for (std::size_t k = 0; k < 64; ++k) flat[k] = spectrum[down + k / 8][right + k % 8];
    auto sorted = flat;
    std::sort(sorted.begin(), sorted.end());
    for (const std::int64_t v : flat) {
      // The median of an even number is the mean of the middle two.
      if (2 * v > sorted[31] + sorted[32])
        out[bit / 8] |= static_cast<std::uint8_t>(0x80U >> (bit % 8));
      ++bit;
    }
  }
  return out;
}

}  // namespace cess::fp
