// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/irregular.hpp"

#include <algorithm>

#include "fingerprint/cell_pairs.hpp"
#include "fingerprint/root.hpp"

namespace cess::fp {
namespace {

constexpr auto kSamplesAside = static_cast<std::int64_t>(LaidCells::kSide);
constexpr std::int64_t kVarianceLeast = 64;  ///< a quarter of what a raster asks for: it is a rest
constexpr int kRounds = 4;

/// Means of both pictures over the samples of each bin: a ring, a row, a column.
class Bins {
 public:
  /// `bin_of(i, j)`: of a sample by its column and row.
  template <class BinOf>
  Bins(const LaidCells& s, const BinOf& bin_of) {
    for (std::int64_t j = 0; j < kSamplesAside; ++j) {
      for (std::int64_t i = 0; i < kSamplesAside; ++i) {
        const auto at = static_cast<std::size_t>(j * kSamplesAside + i);
        if (!s.in[at]) continue;
        bin_[at] = static_cast<std::size_t>(std::clamp<std::int64_t>(bin_of(i, j), 0, kLast));
        ++count_[bin_[at]];
        a_[bin_[at]] += s.a[at];
        b_[bin_[at]] += s.b[at];
      }
    }
  }
  /// How much of both these means are.
  [[nodiscard]] std::int64_t explained() const {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < count_.size(); ++i) {
      // A sample alone explains itself.
      if (count_[i] > 1) sum += (a_[i] * a_[i] + b_[i] * b_[i]) / count_[i];
    }
    return sum;
  }
  void take_from(LaidCells& s) const {
    for (std::size_t at = 0; at < s.in.size(); ++at) {
      if (!s.in[at]) continue;
      s.a[at] -= static_cast<std::int32_t>(a_[bin_[at]] / count_[bin_[at]]);
      s.b[at] -= static_cast<std::int32_t>(b_[bin_[at]] / count_[bin_[at]]);
    }
  }

 private:
  static constexpr std::int64_t kLast = 127;
  std::array<std::size_t, LaidCells::kSide * LaidCells::kSide> bin_{};
  std::array<std::int64_t, kLast + 1> count_{}, a_{}, b_{};
};

struct Centre {
  std::int64_t x = 0, y = 0;  ///< in half steps from the middle
};

/// Half a step wide.
Bins ring_bins(const LaidCells& s, const Centre& c) {
  const std::int64_t side = std::max<std::int64_t>(1, std::min(s.width, s.height));
  return {s, [&](std::int64_t i, std::int64_t j) {
            const std::int64_t dx = (2 * i + 1 - kSamplesAside) * 16 * s.width / side - c.x * 16;
            const std::int64_t dy = (2 * j + 1 - kSamplesAside) * 16 * s.height / side - c.y * 16;
            return std::int64_t{integer_root(static_cast<std::uint64_t>(dx * dx + dy * dy)) / 16};
          }};
}

Bins row_bins(const LaidCells& s) {
  return {s, [](std::int64_t, std::int64_t j) { return j; }};
}
Bins column_bins(const LaidCells& s) {
  return {s, [](std::int64_t i, std::int64_t) { return i; }};
}

/// That whose rings explain most.
Centre centre_of(const LaidCells& s) {
  Centre best;
  std::int64_t most = -1;
  const auto try_centre = [&](std::int64_t x, std::int64_t y) {
    const std::int64_t m = ring_bins(s, {x, y}).explained();
    if (m > most) most = m, best = {x, y};
  };
  for (std::int64_t y = -kSamplesAside; y <= kSamplesAside; y += 4) {
    for (std::int64_t x = -kSamplesAside; x <= kSamplesAside; x += 4) try_centre(x, y);
  }
  for (const std::int64_t step : {2, 1}) {
    const Centre from = best;
    for (int i = 0; i < 9; ++i)
      try_centre(from.x + (i % 3 - 1) * step, from.y + (i / 3 - 1) * step);
  }
  return best;
}

}  // namespace

std::int32_t irregular_percent(LaidCells s) {
  const Centre centre = centre_of(s);
  // By turns, until little is left that any of the three explains: each leaves pieces of the
  // others.
  for (int round = 0; round < kRounds; ++round) {
    ring_bins(s, centre).take_from(s);
    row_bins(s).take_from(s);
    column_bins(s).take_from(s);
  }
  CellPairs left;
  for (std::size_t i = 0; i < s.in.size(); ++i) {
    if (s.in[i]) left.add(s.a[i], s.b[i]);
  }
  return left.percent(kVarianceLeast);
}

}  // namespace cess::fp
