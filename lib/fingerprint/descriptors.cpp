// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/descriptors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/check.hpp"
#include "fingerprint/root.hpp"

namespace cess::fp {
namespace {

constexpr std::size_t kParts = 4;

std::uint8_t share_of(std::uint64_t part, std::uint64_t whole) {
  return static_cast<std::uint8_t>(whole == 0 ? 0 : (part * 255 + whole / 2) / whole);
}

}  // namespace

Feature colour_feature(const Picture& p) {
  struct Sum {
    std::uint64_t red = 0, green = 0, blue = 0, count = 0;
  };
  std::array<Sum, kParts * kParts> parts{};
  std::array<std::uint64_t, 27> shares{};
  static const auto kThirds = [] {
    std::array<std::uint8_t, 256> t{};
    for (std::size_t v = 0; v < t.size(); ++v) t[v] = static_cast<std::uint8_t>(v / 86);
    return t;
  }();
  // A quarter of the pixels of a large picture say as much.
  const std::size_t step = p.width >= 512 && p.height >= 512 ? 2 : 1;
  std::uint64_t seen = 0;
  for (std::size_t y = 0; y < p.height; y += step) {
    const std::uint8_t* row = &p.rgb[y * p.width * 3];
    Sum* const line = &parts[y * kParts / p.height * kParts];
    std::size_t x = 0;
    for (std::size_t part = 0; part < kParts; ++part) {
      Sum s = line[part];
      // The columns of which x · kParts / width is the part.
      const std::size_t end = ((part + 1) * p.width + kParts - 1) / kParts;
      for (; x < end; x += step) {
        const std::uint8_t* c = row + x * 3;
        s.red += c[0];
        s.green += c[1];
        s.blue += c[2];
        ++s.count;
        ++shares[std::size_t{kThirds[c[0]]} * 9 + std::size_t{kThirds[c[1]]} * 3 + kThirds[c[2]]];
        ++seen;
      }
      line[part] = s;
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
  for (const std::uint64_t n : shares) f.data.push_back(share_of(n, seen));
  return f;
}

Feature texture_feature(const Gray& g) {
  std::array<std::array<std::uint64_t, 5>, kParts * kParts> edges{};
  std::vector<std::uint8_t> columns(g.width);
  for (std::size_t x = 0; x < columns.size(); ++x)
    columns[x] = static_cast<std::uint8_t>(x * kParts / g.width);
  for (std::size_t y = 0; y + 1 < g.height; y += 2) {
    const std::size_t down = y * kParts / g.height * kParts;
    for (std::size_t x = 0; x + 1 < g.width; x += 2) {
      const int a = g.at(x, y);
      const int b = g.at(x + 1, y);
      const int c = g.at(x, y + 1);
      const int d = g.at(x + 1, y + 1);
      // The diagonals in 1/10: 1.4 is the square root of two.
      const std::array<int, 5> strength{10 * std::abs(a - b + c - d), 10 * std::abs(a + b - c - d),
                                        14 * std::abs(a - d), 14 * std::abs(b - c),
                                        20 * std::abs(a - b - c + d)};
      const auto best = std::max_element(strength.begin(), strength.end());
      if (*best < 110) continue;
      const std::size_t part = down + columns[x];
      ++edges[part][static_cast<std::size_t>(best - strength.begin())];
    }
  }
  const std::uint64_t blocks = std::uint64_t{g.width / 2} * (g.height / 2) / (kParts * kParts);
  Feature f{"texture", 1, 8 * kParts * kParts * 5, {}};
  for (const auto& part : edges) {
    for (const std::uint64_t n : part) f.data.push_back(share_of(std::min(n, blocks), blocks));
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
    std::uint32_t total = 0;
    for (std::int64_t x = 1; x + 1 < w; ++x) {
      total += static_cast<std::uint32_t>(std::abs(row[x + 1] - row[x - 1]) +
                                          std::abs(row[x + w] - row[x - w]));
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
