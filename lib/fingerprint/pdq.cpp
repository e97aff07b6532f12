// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/pdq.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "fingerprint/simhash.hpp"

namespace cess::fp {
namespace {

constexpr std::size_t kSide = 64;
constexpr std::size_t kFrequencies = 16;

/// The tent over one axis at one sample: weights that add up to about 2^14.
struct Tent {
  std::size_t first = 0;
  std::vector<std::uint32_t> weights;
};

/// Sample i of a line of n after two box filters of the paper's width: with w = ceil(n / 128), a
/// box at x covers x - floor((w - 1) / 2) to x + floor(w / 2), cut at the ends, and is divided by
/// what it covers.
std::vector<Tent> tents(std::size_t n) {
  const std::size_t w = (n + 2 * kSide - 1) / (2 * kSide);
  const std::size_t before = (w - 1) / 2;
  const std::size_t after = w / 2;
  struct Box {
    std::size_t first, end;
  };
  const auto box = [&](std::size_t x) {
    return Box{x > before ? x - before : 0, std::min(n, x + after + 1)};
  };
  std::vector<Tent> out(kSide);
  for (std::size_t i = 0; i < kSide; ++i) {
    const Box outer = box((2 * i + 1) * n / (2 * kSide));
    const std::size_t first = box(outer.first).first;
    const std::size_t end = box(outer.end - 1).end;
    std::vector<std::uint64_t> sums(end - first);
    for (std::size_t x = outer.first; x < outer.end; ++x) {
      const Box inner = box(x);
      const std::uint64_t share =
          (std::uint64_t{1} << 40U) / ((outer.end - outer.first) * (inner.end - inner.first));
      for (std::size_t k = inner.first; k < inner.end; ++k) sums[k - first] += share;
    }
    out[i].first = first;
    for (const std::uint64_t s : sums) {
      out[i].weights.push_back(static_cast<std::uint32_t>((s + (1U << 25U)) >> 26U));
    }
  }
  return out;
}

using Samples = std::array<std::array<std::int64_t, kSide>, kSide>;

/// 64 x 64 samples in 1/2^10 of a gray level.
Samples sample(const Gray& g, const Rect& part) {
  const std::vector<Tent> xs = tents(part.width);
  const std::vector<Tent> ys = tents(part.height);
  Samples out{};
  std::vector<std::uint32_t> row(part.width);
  for (std::size_t i = 0; i < kSide; ++i) {
    std::fill(row.begin(), row.end(), 0U);
    for (std::size_t k = 0; k < ys[i].weights.size(); ++k) {
      add_weighted(row, &g.pixels[(part.y + ys[i].first + k) * g.width + part.x], ys[i].weights[k]);
    }
    for (std::size_t j = 0; j < kSide; ++j) {
      std::uint64_t sum = 0;
      for (std::size_t k = 0; k < xs[j].weights.size(); ++k) {
        sum += std::uint64_t{xs[j].weights[k]} * row[xs[j].first + k];
      }
      out[i][j] = static_cast<std::int64_t>((sum + (1U << 17U)) >> 18U);
    }
  }
  return out;
}

/// cos(pi / 128 · (i + 1) · (2 j + 1)) · 2^20 for the 16 lowest frequencies but the zeroth. The
/// common factor of the transform changes no comparison. A cosine is off by less than 2^-50, so
/// that no library rounds another way.
const std::array<std::array<std::int64_t, kSide>, kFrequencies>& cosines() {
  static const auto kTable = [] {
    std::array<std::array<std::int64_t, kSide>, kFrequencies> t{};
    constexpr double kPi = 3.14159265358979323846;
    for (std::size_t i = 0; i < kFrequencies; ++i) {
      for (std::size_t j = 0; j < kSide; ++j) {
        const auto step = static_cast<double>((i + 1) * (2 * j + 1) % 256);
        t[i][j] = static_cast<std::int64_t>(std::lround(std::cos(kPi / 128.0 * step) * 1048576.0));
      }
    }
    return t;
  }();
  return kTable;
}

using Spectrum = std::array<std::int64_t, kFrequencies * kFrequencies>;

Spectrum transform(const Samples& a) {
  const auto& d = cosines();
  std::array<std::array<std::int64_t, kSide>, kFrequencies> t{};
  for (std::size_t i = 0; i < kFrequencies; ++i) {
    for (std::size_t k = 0; k < kSide; ++k) {
      for (std::size_t j = 0; j < kSide; ++j) t[i][j] += d[i][k] * a[k][j];
    }
  }
  Spectrum b{};
  for (std::size_t i = 0; i < kFrequencies; ++i) {
    for (std::size_t j = 0; j < kFrequencies; ++j) {
      std::int64_t sum = 0;
      for (std::size_t k = 0; k < kSide; ++k) sum += (t[i][k] >> 12U) * d[j][k];
      b[i * kFrequencies + j] = sum;
    }
  }
  return b;
}

std::uint8_t quality_of(const Samples& s) {
  // Steps of less than 2.55 gray levels do not count; 90 is the paper's scale.
  std::int64_t sum = 0;
  const auto step = [](std::int64_t u, std::int64_t v) {
    const std::int64_t d = (u - v) * 100 / (255 << 10);
    return d < 0 ? -d : d;
  };
  for (std::size_t i = 0; i < kSide; ++i) {
    for (std::size_t j = 0; j < kSide; ++j) {
      if (i + 1 < kSide) sum += step(s[i][j], s[i + 1][j]);
      if (j + 1 < kSide) sum += step(s[i][j], s[i][j + 1]);
    }
  }
  return static_cast<std::uint8_t>(std::min<std::int64_t>(100, sum / 90));
}

/// Bit of frequency (i, j), i vertical: number i · 16 + j from the least significant, which is
/// printed last.
std::size_t byte_of(std::size_t i, std::size_t j) { return 31 - (i * kFrequencies + j) / 8; }
unsigned shift_of(std::size_t j) { return static_cast<unsigned>(j % 8); }

}  // namespace

Pdq pdq_of(const Gray& g, const Rect& part) {
  Pdq out;
  if (part.width < kPdqSideMin || part.height < kPdqSideMin) return out;
  const Samples samples = sample(g, part);
  out.quality = quality_of(samples);
  const Spectrum spectrum = transform(samples);
  Spectrum sorted = spectrum;
  // The lower of the two middle ones, as the paper's selection gives.
  std::nth_element(sorted.begin(), sorted.begin() + 127, sorted.end());
  const std::int64_t median = sorted[127];
  for (std::size_t i = 0; i < kFrequencies; ++i) {
    for (std::size_t j = 0; j < kFrequencies; ++j) {
      if (spectrum[i * kFrequencies + j] > median) {
        out.bits[byte_of(i, j)] |= static_cast<std::uint8_t>(1U << shift_of(j));
      }
    }
  }
  return out;
}

Pdq pdq_of(const Gray& g) { return pdq_of(g, {0, 0, g.width, g.height}); }

std::string_view turn_name(Turn t) {
  constexpr std::array<std::string_view, kTurns> kNames{"upright",
                                                        "turned by 90 degrees",
                                                        "turned by 180 degrees",
                                                        "turned by 270 degrees",
                                                        "mirrored",
                                                        "upside down, mirrored",
                                                        "mirrored at the diagonal",
                                                        "mirrored at the other diagonal"};
  return kNames[static_cast<std::size_t>(t)];
}

Bits256 turn_pdq(const Bits256& bits, Turn t) {
  Bits256 out{};
  for (std::size_t i = 0; i < kFrequencies; ++i) {
    for (std::size_t j = 0; j < kFrequencies; ++j) {
      bool set = ((unsigned{bits[byte_of(i, j)]} >> shift_of(j)) & 1U) != 0;
      // Mirroring an axis changes the sign of its odd frequencies; index 0 is frequency 1.
      const bool odd_i = i % 2 == 0;
      const bool odd_j = j % 2 == 0;
      const bool negate_j =
          t == Turn::mirror || t == Turn::by180 || t == Turn::by270 || t == Turn::antitranspose;
      const bool negate_i =
          t == Turn::flip || t == Turn::by180 || t == Turn::by90 || t == Turn::antitranspose;
      if ((negate_j && odd_j) != (negate_i && odd_i)) set = !set;
      const bool swapped =
          t == Turn::by90 || t == Turn::by270 || t == Turn::transpose || t == Turn::antitranspose;
      if (set) {
        const std::size_t to_i = swapped ? j : i;
        const std::size_t to_j = swapped ? i : j;
        out[byte_of(to_i, to_j)] |= static_cast<std::uint8_t>(1U << shift_of(to_j));
      }
    }
  }
  return out;
}

TurnedDistance turned_distance(const Bits256& a, const Bits256& b) {
  TurnedDistance best;
  for (std::size_t t = 0; t < kTurns; ++t) {
    const auto turn = static_cast<Turn>(t);
    const auto d = static_cast<std::uint32_t>(hamming(a, t == 0 ? b : turn_pdq(b, turn)));
    if (d < best.distance) best = {d, turn};
  }
  return best;
}

}  // namespace cess::fp
