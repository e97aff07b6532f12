// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/raster.hpp"

#include <algorithm>

#include "base/endian.hpp"
#include "fingerprint/cell_pairs.hpp"
#include "fingerprint/keypoints.hpp"
#include "fingerprint/root.hpp"

namespace cess::fp {
namespace {

constexpr auto kGrid = static_cast<std::int64_t>(LaidCells::kSide);
constexpr std::int64_t kCellStep = std::int64_t{kRasterSide} * 256 / kGrid;
constexpr std::int64_t kReach = 4;  ///< cells that are the surroundings, to each side

using Cells = std::array<std::int32_t, std::size_t{kRasterSide} * kRasterSide>;

/// Sums over rectangles from the corner.
using Sums = std::array<std::int64_t, std::size_t{kRasterSide + 1} * (kRasterSide + 1)>;

std::int64_t box(const Sums& s, std::int64_t x0, std::int64_t y0, std::int64_t x1,
                 std::int64_t y1) {
  const auto at = [&s](std::int64_t x, std::int64_t y) {
    return s[static_cast<std::size_t>(y * (std::int64_t{kRasterSide} + 1) + x)];
  };
  return at(x1, y1) - at(x0, y1) - at(x1, y0) + at(x0, y0);
}

/// Between the middles of cells; x and y in 1/256 cell.
std::int32_t sample_at(const Cells& c, std::int64_t x, std::int64_t y) {
  constexpr auto kLast = static_cast<std::int64_t>(kRasterSide) - 1;
  x = std::clamp<std::int64_t>(x - 128, 0, kLast * 256);
  y = std::clamp<std::int64_t>(y - 128, 0, kLast * 256);
  const std::int64_t x0 = std::min(x / 256, kLast - 1);
  const std::int64_t y0 = std::min(y / 256, kLast - 1);
  const std::int64_t u = x - x0 * 256;
  const std::int64_t v = y - y0 * 256;
  const auto cell = [&c](std::int64_t i, std::int64_t j) {
    return std::int64_t{c[static_cast<std::size_t>(j * (kLast + 1) + i)]};
  };
  return static_cast<std::int32_t>(
      (cell(x0, y0) * (256 - u) * (256 - v) + cell(x0 + 1, y0) * u * (256 - v) +
       cell(x0, y0 + 1) * (256 - u) * v + cell(x0 + 1, y0 + 1) * u * v) /
      65536);
}

struct Spot {
  std::int64_t ax, ay, bx, by;  ///< in 1/256 cell
};

}  // namespace

std::optional<Raster> raster_of(const Gray& g) {
  if (g.width < kRasterSide || g.height < kRasterSide) return std::nullopt;
  Raster r{g.width, g.height, {}};
  const Gray small = reduce(g, kRasterSide, kRasterSide);
  std::copy(small.pixels.begin(), small.pixels.end(), r.cells.begin());
  return r;
}

Feature raster_feature(const Raster& r) {
  Feature f{"raster", 1, static_cast<std::uint32_t>((4 + r.cells.size()) * 8),
            Bytes(4 + r.cells.size())};
  store_le(f.data.data(), static_cast<std::uint16_t>(r.width));
  store_le(f.data.data() + 2, static_cast<std::uint16_t>(r.height));
  std::copy(r.cells.begin(), r.cells.end(), f.data.begin() + 4);
  return f;
}

std::optional<Raster> parse_raster(const Feature& f) {
  Raster r;
  if (f.version != 1 || f.data.size() != 4 + r.cells.size()) return std::nullopt;
  r.width = load_le<std::uint16_t>(f.data.data());
  r.height = load_le<std::uint16_t>(f.data.data() + 2);
  if (r.width == 0 || r.height == 0 || r.width > kKeypointSide || r.height > kKeypointSide)
    return std::nullopt;
  std::copy(f.data.begin() + 4, f.data.end(), r.cells.begin());
  return r;
}

RasterPair::Layers::Layers(const Raster& r) {
  constexpr auto kCellsAside = static_cast<std::int64_t>(kRasterSide);
  Sums sums{};
  Sums squares{};
  for (std::int64_t y = 0; y < kCellsAside; ++y) {
    for (std::int64_t x = 0; x < kCellsAside; ++x) {
      const std::int64_t v = r.cells[static_cast<std::size_t>(y * kCellsAside + x)];
      const auto at = static_cast<std::size_t>((y + 1) * (kCellsAside + 1) + x + 1);
      const std::size_t up = at - static_cast<std::size_t>(kCellsAside) - 1;
      sums[at] = v + sums[at - 1] + sums[up] - sums[up - 1];
      squares[at] = v * v + squares[at - 1] + squares[up] - squares[up - 1];
    }
  }
  for (std::int64_t y = 0; y < kCellsAside; ++y) {
    for (std::int64_t x = 0; x < kCellsAside; ++x) {
      const std::int64_t x0 = std::max<std::int64_t>(0, x - kReach);
      const std::int64_t y0 = std::max<std::int64_t>(0, y - kReach);
      const std::int64_t x1 = std::min(kCellsAside, x + kReach + 1);
      const std::int64_t y1 = std::min(kCellsAside, y + kReach + 1);
      const std::int64_t n = (x1 - x0) * (y1 - y0);
      const std::int64_t sum = box(sums, x0, y0, x1, y1);
      const std::int64_t spread = (box(squares, x0, y0, x1, y1) - sum * sum / n) / n;
      const auto at = static_cast<std::size_t>(y * kCellsAside + x);
      const std::int64_t cell = r.cells[at];
      all[at] = static_cast<std::int32_t>(16 * cell);
      // In 1/256 of the surroundings' own contrast; 1.4 gray levels are noise.
      const std::int64_t contrast =
          16 * std::int64_t{integer_root(static_cast<std::uint64_t>(spread + 2))};
      fine[at] = static_cast<std::int32_t>(256 * (16 * cell - 16 * sum / n) / contrast);
    }
  }
}

RasterPair::RasterPair(const Raster& a, const Raster& b)
    : size_a_{a.width, a.height}, size_b_{b.width, b.height}, a_(a), b_(b) {}

template <bool only_fine, class SpotAt>
Overlay RasterPair::lay(const SpotAt& spot_at, LaidCells* keep) const {
  CellPairs all;
  CellPairs fine;
  std::int64_t apart = 0;
  constexpr std::int64_t kEnd = std::int64_t{kRasterSide} * 256;
  for (std::int64_t j = 0; j < kGrid; ++j) {
    for (std::int64_t i = 0; i < kGrid; ++i) {
      const Spot s = spot_at(i * kCellStep + kCellStep / 2, j * kCellStep + kCellStep / 2);
      if (s.bx < 0 || s.by < 0 || s.bx >= kEnd || s.by >= kEnd) continue;
      if (s.ax < 0 || s.ay < 0 || s.ax >= kEnd || s.ay >= kEnd) continue;
      const std::int32_t fine_x = sample_at(a_.fine, s.ax, s.ay);
      const std::int32_t fine_y = sample_at(b_.fine, s.bx, s.by);
      fine.add(fine_x, fine_y);
      if constexpr (only_fine) continue;
      const std::int64_t x = sample_at(a_.all, s.ax, s.ay);
      const std::int64_t y = sample_at(b_.all, s.bx, s.by);
      all.add(x, y);
      if (keep != nullptr) {
        const auto at = static_cast<std::size_t>(j * kGrid + i);
        keep->a[at] = fine_x, keep->b[at] = fine_y, keep->in[at] = true;
      }
      apart += x < y ? y - x : x - y;
    }
  }
  Overlay o;
  o.samples = static_cast<std::uint32_t>(fine.n);
  if (fine.n == 0) return o;
  o.fine = fine.percent(256);
  if constexpr (only_fine) return o;
  o.likeness = all.percent(36);
  o.apart = static_cast<std::uint32_t>(apart / 16 / all.n);
  return o;
}

Overlay RasterPair::at(const Placement& p, LaidCells* keep) const { return place<false>(p, keep); }

Overlay RasterPair::fine_at(const Placement& p) const { return place<true>(p, nullptr); }

template <bool only_fine>
Overlay RasterPair::place(const Placement& p, LaidCells* keep) const {
  constexpr std::int64_t kEnd = std::int64_t{kKeypointSide} * 16;
  const std::int64_t det = p.xx * p.yy - p.xy * p.yx;
  if (det <= 0) return {};
  // LaidCells are spread over that one of which more may be seen in the other.
  const std::int64_t area_a = std::int64_t{size_a_[0]} * size_a_[1] * (det / 1024);
  const std::int64_t area_b = std::int64_t{size_b_[0]} * size_b_[1] * 1024;
  const bool over_a = area_a <= area_b;
  if (keep != nullptr) {
    keep->width = over_a ? size_a_[0] : size_b_[0];
    keep->height = over_a ? size_a_[1] : size_b_[1];
  }
  if (over_a) {
    return lay<only_fine>(
        [&](std::int64_t u, std::int64_t v) {
          const std::int64_t x = place_of(u, size_a_[0]) - p.ax;
          const std::int64_t y = place_of(v, size_a_[1]) - p.ay;
          const std::int64_t to = p.bx + (x * p.xx + y * p.xy) / 1024;
          return Spot{u, v, cell_of(p.mirrored ? kEnd - to : to, size_b_[0]),
                      cell_of(p.by + (x * p.yx + y * p.yy) / 1024, size_b_[1])};
        },
        keep);
  }
  return lay<only_fine>(
      [&](std::int64_t u, std::int64_t v) {
        const std::int64_t from = place_of(u, size_b_[0]);
        const std::int64_t x = (p.mirrored ? kEnd - from : from) - p.bx;
        const std::int64_t y = place_of(v, size_b_[1]) - p.by;
        return Spot{cell_of(p.ax + (x * p.yy - y * p.xy) * 1024 / det, size_a_[0]),
                    cell_of(p.ay + (y * p.xx - x * p.yx) * 1024 / det, size_a_[1]), u, v};
      },
      keep);
}

Overlay RasterPair::whole(Turn t, LaidCells* keep) const {
  constexpr std::int64_t kEnd = std::int64_t{kRasterSide} * 256 - 1;
  if (keep != nullptr) keep->width = size_a_[0], keep->height = size_a_[1];
  return lay<false>(
      [t](std::int64_t x, std::int64_t y) {
        switch (t) {
          case Turn::none:
            return Spot{x, y, x, y};
          case Turn::by90:
            return Spot{x, y, kEnd - y, x};
          case Turn::by180:
            return Spot{x, y, kEnd - x, kEnd - y};
          case Turn::by270:
            return Spot{x, y, y, kEnd - x};
          case Turn::mirror:
            return Spot{x, y, kEnd - x, y};
          case Turn::flip:
            return Spot{x, y, x, kEnd - y};
          case Turn::transpose:
            return Spot{x, y, y, x};
          case Turn::antitranspose:
            break;
        }
        return Spot{x, y, kEnd - y, kEnd - x};
      },
      keep);
}

Placement RasterPair::settle(Placement p) const {
  std::int32_t best = fine_at(p).fine;
  // Steps: 8 pixels, 3 %, 2 degrees at first.
  for (std::int64_t step = 8; step > 0; step /= 2) {
    for (int round = 0; round < 3; ++round) {
      Placement next = p;
      const auto around = nearby(p, step);
      for (std::size_t i = 0; i < 10; ++i) {
        const Placement& q = around[i];
        const Overlay o = fine_at(q);
        if (o.samples < kSamplesMin || o.fine <= best) continue;
        best = o.fine;
        next = q;
      }
      if (next.bx == p.bx && next.by == p.by && next.xx == p.xx && next.xy == p.xy &&
          next.yx == p.yx && next.yy == p.yy)
        break;
      p = next;
    }
  }
  return p;
}

}  // namespace cess::fp
