// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/overlap.hpp"

#include <algorithm>

#include "fingerprint/cell_pairs.hpp"
#include "fingerprint/keypoints.hpp"
#include "fingerprint/root.hpp"

namespace cess::fp {
namespace {

constexpr auto kOverlapAside = static_cast<std::int64_t>(LaidCells::kSide);
constexpr std::int64_t kOverlapStep = std::int64_t{kRasterSide} * 256 / kOverlapAside;
constexpr std::int64_t kOverlapEnd = std::int64_t{kRasterSide} * 256;
constexpr std::int64_t kMirrorEnd = std::int64_t{kKeypointSide} * 16;
constexpr std::int64_t kOverlapReach = 2;  ///< samples that are the surroundings, to each side
constexpr std::int64_t kNoise = 512;       ///< 1.4 gray levels, squared, as cells are counted here
constexpr std::int64_t kScaleMost = 1 << 24;  ///< in 1/1024: what is beyond would not fit
constexpr std::int32_t kSettled = 98;         ///< percent: no better place is looked for

std::int64_t length_of(std::int64_t x, std::int64_t y) {
  return integer_root(static_cast<std::uint64_t>(x * x + y * y));
}

/// What each sample differs from the samples around it by, in 1/256 of their own contrast.
void take_surroundings(LaidCells& c) {
  constexpr std::size_t kSums = LaidCells::kSide + 1;
  struct Sum {
    std::int64_t n = 0, a = 0, b = 0, aa = 0, bb = 0;
  };
  std::array<Sum, kSums * kSums> sums{};
  for (std::size_t j = 0; j < LaidCells::kSide; ++j) {
    for (std::size_t i = 0; i < LaidCells::kSide; ++i) {
      const std::size_t from = j * LaidCells::kSide + i;
      const std::size_t to = (j + 1) * kSums + i + 1;
      const Sum &left = sums[to - 1], &up = sums[to - kSums], &corner = sums[to - kSums - 1];
      const std::int64_t in = c.in[from] ? 1 : 0;
      const std::int64_t a = in * c.a[from];
      const std::int64_t b = in * c.b[from];
      sums[to] = {in + left.n + up.n - corner.n, a + left.a + up.a - corner.a,
                  b + left.b + up.b - corner.b, a * a + left.aa + up.aa - corner.aa,
                  b * b + left.bb + up.bb - corner.bb};
    }
  }
  const auto apart = [](std::int64_t v, std::int64_t n, std::int64_t sum, std::int64_t squares) {
    const std::int64_t spread = (squares - sum * sum / n) / n;
    const auto contrast = std::int64_t{integer_root(static_cast<std::uint64_t>(spread + kNoise))};
    return static_cast<std::int32_t>(256 * (v - sum / n) / contrast);
  };
  for (std::int64_t j = 0; j < kOverlapAside; ++j) {
    for (std::int64_t i = 0; i < kOverlapAside; ++i) {
      const auto at = static_cast<std::size_t>(j * kOverlapAside + i);
      if (!c.in[at]) continue;
      const std::int64_t x0 = std::max<std::int64_t>(0, i - kOverlapReach);
      const std::int64_t y0 = std::max<std::int64_t>(0, j - kOverlapReach);
      const std::int64_t x1 = std::min(kOverlapAside, i + kOverlapReach + 1);
      const std::int64_t y1 = std::min(kOverlapAside, j + kOverlapReach + 1);
      const auto corner = [&](std::int64_t x, std::int64_t y) -> const Sum& {
        return sums[static_cast<std::size_t>(y) * kSums + static_cast<std::size_t>(x)];
      };
      const Sum &p = corner(x1, y1), &q = corner(x0, y1), &r = corner(x1, y0), &s = corner(x0, y0);
      const std::int64_t n = p.n - q.n - r.n + s.n;
      c.a[at] = apart(c.a[at], n, p.a - q.a - r.a + s.a, p.aa - q.aa - r.aa + s.aa);
      c.b[at] = apart(c.b[at], n, p.b - q.b - r.b + s.b, p.bb - q.bb - r.bb + s.bb);
    }
  }
}

}  // namespace

OverlapPair::Side::Side(const Raster& r) : size{r.width, r.height} {
  for (std::size_t y = 0; y < kRasterSide; ++y) {
    for (std::size_t x = 0; x < kRasterSide; ++x) {
      const std::size_t at = (y + 1) * kAside + x + 1;
      sums[at] =
          r.cells[y * kRasterSide + x] + sums[at - 1] + sums[at - kAside] - sums[at - kAside - 1];
    }
  }
}

std::int64_t OverlapPair::Side::corner(std::int64_t x, std::int64_t y) const {
  constexpr std::int64_t kLast = std::int64_t{kRasterSide} - 1;
  const std::int64_t i = std::min(x / 256, kLast);
  const std::int64_t j = std::min(y / 256, kLast);
  const std::int64_t u = x - i * 256;
  const std::int64_t v = y - j * 256;
  const std::size_t at = static_cast<std::size_t>(j) * kAside + static_cast<std::size_t>(i);
  return (sums[at] * (256 - u) + sums[at + 1] * u) * (256 - v) +
         (sums[at + kAside] * (256 - u) + sums[at + kAside + 1] * u) * v;
}

std::int32_t OverlapPair::Side::mean(std::int64_t x, std::int64_t y, std::int64_t w,
                                     std::int64_t h) const {
  const std::int64_t x0 = std::clamp<std::int64_t>(x - w / 2, 0, kOverlapEnd - 1);
  const std::int64_t y0 = std::clamp<std::int64_t>(y - h / 2, 0, kOverlapEnd - 1);
  const std::int64_t x1 = std::clamp<std::int64_t>(x + w / 2, x0 + 1, kOverlapEnd);
  const std::int64_t y1 = std::clamp<std::int64_t>(y + h / 2, y0 + 1, kOverlapEnd);
  const std::int64_t sum = corner(x1, y1) - corner(x0, y1) - corner(x1, y0) + corner(x0, y0);
  return static_cast<std::int32_t>(sum * 16 / ((x1 - x0) * (y1 - y0)));
}

OverlapPair::OverlapPair(const Raster& a, const Raster& b) : a_(a), b_(b) {}

bool OverlapPair::spread_over_a(const Placement& p, const Side& a, const Side& b) {
  const std::int64_t det = p.xx * p.yy - p.xy * p.yx;
  return a.size[0] * a.size[1] * (det / 1024) <= b.size[0] * b.size[1] * 1024;
}

Overlay OverlapPair::at(const Placement& p, LaidCells* keep) const {
  const std::int64_t det = p.xx * p.yy - p.xy * p.yx;
  if (det <= 0) return {};
  const bool over_a = spread_over_a(p, a_, b_);
  const Side& over = over_a ? a_ : b_;
  const Side& under = over_a ? b_ : a_;
  // How far the two samples' way in the one is in the other, in 1/1024.
  std::array<std::int64_t, 4> m{p.xx, p.xy, p.yx, p.yy};
  if (!over_a) {
    constexpr std::int64_t kOne = 1024 * 1024;
    m = {p.yy * kOne / det, -p.xy * kOne / det, -p.yx * kOne / det, p.xx * kOne / det};
  }
  const bool wild = std::any_of(m.begin(), m.end(),
                                [](std::int64_t v) { return v > kScaleMost || v < -kScaleMost; });
  const std::int64_t turned = wild ? 0 : m[0] * m[3] - m[1] * m[2];
  if (turned <= 0) return {};
  // A sample stands for two cells of the one, and for at least one of the other.
  const std::int64_t step_x = kOverlapStep * over.size[0];
  const std::int64_t step_y = kOverlapStep * over.size[1];
  const std::int64_t under_w = std::max<std::int64_t>(
      256, length_of(m[0] * step_x / 1024, m[1] * step_y / 1024) / under.size[0]);
  const std::int64_t under_h = std::max<std::int64_t>(
      256, length_of(m[2] * step_x / 1024, m[3] * step_y / 1024) / under.size[1]);
  const std::int64_t cell_x = 256 * under.size[0];
  const std::int64_t cell_y = 256 * under.size[1];
  const std::int64_t over_w = std::max<std::int64_t>(
      kOverlapStep,
      length_of(m[3] * cell_x * 1024 / turned, m[1] * cell_y * 1024 / turned) / over.size[0]);
  const std::int64_t over_h = std::max<std::int64_t>(
      kOverlapStep,
      length_of(m[2] * cell_x * 1024 / turned, m[0] * cell_y * 1024 / turned) / over.size[1]);
  LaidCells cells;
  cells.width = static_cast<std::uint32_t>(over.size[0]);
  cells.height = static_cast<std::uint32_t>(over.size[1]);
  const auto width = static_cast<std::uint32_t>(under.size[0]);
  const auto height = static_cast<std::uint32_t>(under.size[1]);
  CellPairs all;
  for (std::int64_t j = 0; j < kOverlapAside; ++j) {
    for (std::int64_t i = 0; i < kOverlapAside; ++i) {
      const std::int64_t u = i * kOverlapStep + kOverlapStep / 2;
      const std::int64_t v = j * kOverlapStep + kOverlapStep / 2;
      const std::int64_t from = place_of(u, cells.width);
      std::int64_t x = 0;
      std::int64_t y = 0;
      if (over_a) {
        const std::int64_t dx = from - p.ax;
        const std::int64_t dy = place_of(v, cells.height) - p.ay;
        x = p.bx + (dx * p.xx + dy * p.xy) / 1024;
        y = p.by + (dx * p.yx + dy * p.yy) / 1024;
        if (p.mirrored) x = kMirrorEnd - x;
      } else {
        const std::int64_t dx = (p.mirrored ? kMirrorEnd - from : from) - p.bx;
        const std::int64_t dy = place_of(v, cells.height) - p.by;
        x = p.ax + (dx * p.yy - dy * p.xy) * 1024 / det;
        y = p.ay + (dy * p.xx - dx * p.yx) * 1024 / det;
      }
      x = cell_of(x, width);
      y = cell_of(y, height);
      if (x < 0 || y < 0 || x >= kOverlapEnd || y >= kOverlapEnd) continue;
      const auto at = static_cast<std::size_t>(j * kOverlapAside + i);
      cells.in[at] = true;
      cells.a[at] = over.mean(u, v, over_w, over_h);
      cells.b[at] = under.mean(x, y, under_w, under_h);
      all.add(cells.a[at], cells.b[at]);
    }
  }
  Overlay o;
  o.samples = static_cast<std::uint32_t>(all.n);
  if (all.n == 0) return o;
  o.likeness = all.percent(36);
  take_surroundings(cells);
  CellPairs fine;
  for (std::size_t i = 0; i < cells.in.size(); ++i) {
    if (cells.in[i]) fine.add(cells.a[i], cells.b[i]);
  }
  o.fine = fine.percent(256);
  if (keep != nullptr) *keep = cells;
  return o;
}

Placement OverlapPair::settle(Placement p) const {
  const std::int64_t det = p.xx * p.yy - p.xy * p.yx;
  if (det <= 0) return p;
  // About the middle of the smaller one: else to stretch and to turn would move it as well.
  if (spread_over_a(p, a_, b_)) {
    const std::int64_t x = a_.size[0] * 8 - p.ax;
    const std::int64_t y = a_.size[1] * 8 - p.ay;
    p.ax += x, p.ay += y;
    p.bx += (x * p.xx + y * p.xy) / 1024, p.by += (x * p.yx + y * p.yy) / 1024;
  } else {
    const std::int64_t x = (p.mirrored ? kMirrorEnd - b_.size[0] * 8 : b_.size[0] * 8) - p.bx;
    const std::int64_t y = b_.size[1] * 8 - p.by;
    p.bx += x, p.by += y;
    p.ax += (x * p.yy - y * p.xy) * 1024 / det, p.ay += (y * p.xx - x * p.yx) * 1024 / det;
  }
  std::int32_t best = at(p).fine;
  for (std::int64_t step = 16; step > 0; step /= 2) {
    for (int round = 0; round < 10 && best < kSettled; ++round) {
      Placement next = p;
      const std::int32_t before = best;
      for (const Placement& q : nearby(p, step)) {
        const Overlay o = at(q);
        if (o.samples < kSamplesMin || o.fine <= best) continue;
        best = o.fine;
        next = q;
      }
      if (best == before) break;
      p = next;
    }
  }
  return p;
}

}  // namespace cess::fp
