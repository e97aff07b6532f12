// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/descriptors.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.hpp"

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
  // A quarter of the pixels of a large picture say as much.
  const std::size_t step = p.width >= 512 && p.height >= 512 ? 2 : 1;
  std::uint64_t seen = 0;
  for (std::size_t y = 0; y < p.height; y += step) {
    for (std::size_t x = 0; x < p.width; x += step) {
      const std::uint8_t* c = &p.rgb[(y * p.width + x) * 3];
      Sum& s = parts[y * kParts / p.height * kParts + x * kParts / p.width];
      s.red += c[0];
      s.green += c[1];
      s.blue += c[2];
      ++s.count;
      ++shares[c[0] / 86U * 9U + c[1] / 86U * 3U + c[2] / 86U];
      ++seen;
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
  for (std::size_t y = 0; y + 1 < g.height; y += 2) {
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
      const std::size_t part = y * kParts / g.height * kParts + x * kParts / g.width;
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
  for (std::int64_t y = 1; y + 1 < h; ++y) {
    for (std::int64_t x = 1; x + 1 < w; ++x) {
      const std::int64_t dx = 2 * x + 1 - w;
      const std::int64_t dy = 2 * y + 1 - h;
      const std::int64_t r2 = dx * dx + dy * dy;
      if (r2 >= reach2) continue;
      const auto ux = static_cast<std::size_t>(x);
      const auto uy = static_cast<std::size_t>(y);
      const auto ring = static_cast<std::size_t>(r2 * static_cast<std::int64_t>(kRings) / reach2);
      sum[ring] += static_cast<std::uint64_t>(std::abs(g.at(ux + 1, uy) - g.at(ux - 1, uy)) +
                                              std::abs(g.at(ux, uy + 1) - g.at(ux, uy - 1)));
      ++count[ring];
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
