// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/keypoints.hpp"

#include <algorithm>
#include <tuple>

#include "base/endian.hpp"
#include "fingerprint/angles.hpp"
#include "fingerprint/keypoint_pattern.hpp"

namespace cess::fp {
namespace {

/// The determinant of the Hessian at (x, y) by boxes of a filter of side 3 · lobe, for areas of
/// one.
class Hessian {
 public:
  explicit Hessian(const Gray& g) : sums_(g) {}

  [[nodiscard]] bool fits(std::int32_t x, std::int32_t y, std::int32_t size) const {
    const std::int32_t r = size / 2 + 1;
    return x >= r && y >= r && x + r < sums_.width() && y + r < sums_.height();
  }
  [[nodiscard]] std::int64_t at(std::int32_t x, std::int32_t y, std::int32_t size) const {
    std::int64_t out = 0;
    line(x, y, size, 1, 1, &out);
    return out;
  }
  /// The same for `count` places, `step` apart from x on; all of them fit.
  void line(std::int32_t x, std::int32_t y, std::int32_t size, std::int32_t step, std::size_t count,
            std::int64_t* out) const {
    const std::int32_t lobe = size / 3;
    const std::int32_t r = size / 2;
    const std::int32_t half = lobe / 2;
    const std::int32_t wide = lobe - 1;  // the lobes are 2 lobe - 1 wide across
    const auto row = [&](std::int32_t dy) { return sums_.row(y + dy) + x; };
    // yy: a box over both sides of which the middle third counts three times.
    const std::uint32_t *const yy0 = row(-r), *const yy1 = row(-half), *const yy2 = row(half + 1),
                               *const yy3 = row(r + 1);
    const std::uint32_t *const xx0 = row(-wide), *const xx1 = row(wide + 1);
    const std::uint32_t *const xy0 = row(-lobe), *const xy1 = row(0), *const xy2 = row(1),
                               *const xy3 = row(lobe + 1);
    const double area = static_cast<double>(size) * static_cast<double>(size);
    // Whole numbers far below 2^53: the quotient, cut, is that of whole numbers.
    const auto per_area = [area](std::uint32_t sum) {
      return static_cast<std::int32_t>(static_cast<double>(static_cast<std::int32_t>(sum)) *
                                       4096.0 / area);
    };
    for (std::size_t i = 0; i < count; ++i) {
      const std::ptrdiff_t o = static_cast<std::ptrdiff_t>(i) * step;
      const auto across = [&](const std::uint32_t* p, std::int32_t to, std::int32_t from) {
        return p[o + to] - p[o + from];
      };
      const auto tall = [&](const std::uint32_t* p) { return across(p, wide + 1, -wide); };
      const auto flat = [&](const std::uint32_t* p) {
        return across(p, r + 1, -r) - 3 * across(p, half + 1, -half);
      };
      const auto cross = [&](const std::uint32_t* p) {
        return across(p, lobe + 1, 1) - across(p, 0, -lobe);
      };
      const std::int64_t ny = per_area(tall(yy3) - tall(yy0) - 3 * (tall(yy2) - tall(yy1)));
      const std::int64_t nx = per_area(flat(xx1) - flat(xx0));
      const std::int64_t nxy = per_area(cross(xy1) - cross(xy0) - cross(xy3) + cross(xy2));
      out[i] = nx * ny - nxy * nxy * 53 / 64;  // 0.91^2
    }
  }
  [[nodiscard]] const Integral& sums() const { return sums_; }

 private:
  Integral sums_;
};

struct Candidate {
  std::int64_t strength = 0;
  std::int32_t x = 0;
  std::int32_t y = 0;
  std::int32_t size = 0;
};

constexpr std::int64_t kStrengthMin = 60'000'000;

/// Responses of one octave on a coarse grid and their maxima in place and scale, of the middle two
/// of four sizes. The outer sizes are reckoned only where a middle one may be a maximum.
void search_octave(const Hessian& hessian, std::int32_t step,
                   const std::array<std::int32_t, 4>& sizes, std::vector<Candidate>& out) {
  const std::int32_t w = hessian.sums().width() / step;
  const std::int32_t h = hessian.sums().height() / step;
  if (w < 3 || h < 3) return;
  const auto row = static_cast<std::size_t>(w);
  std::array<std::vector<std::int64_t>, 2> layers;
  for (std::size_t s = 0; s < 2; ++s) {
    const std::int32_t size = sizes[s + 1];
    layers[s].resize(row * static_cast<std::size_t>(h));
    const std::int32_t first = (size / 2 + step) / step;
    const std::int32_t room = hessian.sums().width() - size / 2 - 2;  // the last x that fits
    const std::int32_t end = room < 0 ? 0 : room / step + 1;
    for (std::int32_t y = 0; y < h && first < end; ++y) {
      if (!hessian.fits(first * step, y * step, size)) continue;
      hessian.line(first * step, y * step, size, step, static_cast<std::size_t>(end - first),
                   &layers[s][static_cast<std::size_t>(y) * row + static_cast<std::size_t>(first)]);
    }
  }
  // Whether one of the nine around (x, y) reaches v; `itself`: of the eight.
  const auto reached = [&](const auto& value, std::int32_t x, std::int32_t y, std::int64_t v,
                           bool itself) {
    for (std::int32_t dy = -1; dy <= 1; ++dy) {
      for (std::int32_t dx = -1; dx <= 1; ++dx) {
        if (itself && dx == 0 && dy == 0) continue;
        if (value(x + dx, y + dy) >= v) return true;
      }
    }
    return false;
  };
  for (std::size_t s = 0; s < 2; ++s) {
    const auto of_layer = [&](std::size_t k) {
      return [&, k](std::int32_t x, std::int32_t y) {
        return layers[k][static_cast<std::size_t>(y) * row + static_cast<std::size_t>(x)];
      };
    };
    const std::int32_t outer = sizes[s == 0 ? 0 : 3];
    const auto of_outer = [&](std::int32_t x, std::int32_t y) {
      return hessian.fits(x * step, y * step, outer) ? hessian.at(x * step, y * step, outer) : 0;
    };
    for (std::int32_t y = 1; y + 1 < h; ++y) {
      for (std::int32_t x = 1; x + 1 < w; ++x) {
        const std::int64_t v = of_layer(s)(x, y);
        if (v < kStrengthMin || reached(of_layer(s), x, y, v, true) ||
            reached(of_layer(1 - s), x, y, v, false) || reached(of_outer, x, y, v, false))
          continue;
        out.push_back({v, x * step, y * step, sizes[s + 1]});
      }
    }
  }
}

/// Climbs to the best pixel near a coarse maximum.
void refine(const Hessian& hessian, Candidate& c, std::int32_t step) {
  for (std::int32_t reach = step / 2; reach > 0; reach /= 2) {
    Candidate best = c;
    for (std::int32_t dy = -reach; dy <= reach; dy += reach) {
      for (std::int32_t dx = -reach; dx <= reach; dx += reach) {
        if (!hessian.fits(c.x + dx, c.y + dy, c.size)) continue;
        const std::int64_t v = hessian.at(c.x + dx, c.y + dy, c.size);
        if (v > best.strength) best = {v, c.x + dx, c.y + dy, c.size};
      }
    }
    c = best;
  }
}

bool stronger(const Candidate& a, const Candidate& b) {
  return std::tuple(-a.strength, a.y, a.x, a.size) < std::tuple(-b.strength, b.y, b.x, b.size);
}

std::vector<Candidate> candidates(const Hessian& hessian) {
  struct Octave {
    std::int32_t step;
    std::array<std::int32_t, 4> sizes;
  };
  constexpr std::array<Octave, 3> kOctaves{Octave{2, {9, 15, 21, 27}}, Octave{4, {15, 27, 39, 51}},
                                           Octave{8, {27, 51, 75, 99}}};
  std::vector<Candidate> all;
  for (const Octave& o : kOctaves) {
    const std::size_t from = all.size();
    search_octave(hessian, o.step, o.sizes, all);
    for (std::size_t i = from; i < all.size(); ++i) refine(hessian, all[i], o.step);
  }
  std::sort(all.begin(), all.end(), stronger);
  return all;
}

/// The strongest, but no more than a share of each of 8 x 8 parts before all parts had theirs.
std::vector<Candidate> spread(const std::vector<Candidate>& all, const Gray& g) {
  constexpr std::size_t kParts = 8;
  constexpr std::size_t kShare = 4;
  std::array<std::size_t, kParts * kParts> taken{};
  std::vector<Candidate> chosen;
  std::vector<Candidate> rest;
  for (const Candidate& c : all) {
    const auto px = static_cast<std::size_t>(c.x) * kParts / g.width;
    const auto py = static_cast<std::size_t>(c.y) * kParts / g.height;
    std::size_t& n = taken[py * kParts + px];
    (n < kShare ? chosen : rest).push_back(c);
    ++n;
  }
  if (chosen.size() > kKeypointsMax) chosen.resize(kKeypointsMax);
  for (const Candidate& c : rest) {
    if (chosen.size() >= kKeypointsMax) break;
    chosen.push_back(c);
  }
  std::sort(chosen.begin(), chosen.end(), stronger);
  return chosen;
}

/// A box's mean times 16 around (x, y), cut at the borders.
std::int32_t mean16(const Integral& sums, std::int32_t x, std::int32_t y, std::int32_t half) {
  const std::int32_t x0 = std::clamp(x - half, 0, sums.width() - 1);
  const std::int32_t y0 = std::clamp(y - half, 0, sums.height() - 1);
  const std::int32_t x1 = std::clamp(x + half + 1, x0 + 1, sums.width());
  const std::int32_t y1 = std::clamp(y + half + 1, y0 + 1, sums.height());
  // Far below 2^53: cut, the quotient of whole numbers.
  return static_cast<std::int32_t>(sums.sum(x0, y0, x1, y1) * 16.0 / ((x1 - x0) * (y1 - y0)));
}

/// The direction in which it gets brighter around the place: the window of a sixth of a turn with
/// the longest sum.
std::uint8_t direction_at(const Integral& sums, const Candidate& c) {
  struct Bin {
    std::int64_t x = 0;
    std::int64_t y = 0;
  };
  std::array<Bin, 64> bins{};
  const std::int32_t half = std::max(1, c.size / 9);  // about 1.2 sigma
  for (std::int32_t j = -6; j <= 6; ++j) {
    for (std::int32_t i = -6; i <= 6; ++i) {
      const std::int32_t r2 = i * i + j * j;
      if (r2 > 36) continue;
      const std::int32_t x = c.x + i * c.size * 2 / 15;
      const std::int32_t y = c.y + j * c.size * 2 / 15;
      const std::int32_t dx = mean16(sums, x + half, y, half) - mean16(sums, x - half, y, half);
      const std::int32_t dy = mean16(sums, x, y + half, half) - mean16(sums, x, y - half, half);
      Bin& b = bins[angle_of(dx, dy) / 4U];
      const std::int32_t weight = 64 - r2;  // a bell, roughly
      b.x += dx * weight;
      b.y += dy * weight;
    }
  }
  Bin best;
  std::int64_t longest = -1;
  for (std::size_t s = 0; s < bins.size(); ++s) {
    Bin sum;
    for (std::size_t k = 0; k < 11; ++k) {
      sum.x += bins[(s + k) % bins.size()].x;
      sum.y += bins[(s + k) % bins.size()].y;
    }
    const std::int64_t length = sum.x * sum.x + sum.y * sum.y;
    if (length > longest) {
      longest = length;
      best = sum;
    }
  }
  return angle_of(best.x, best.y);
}

/// Means of 8 x 8 cells in the place's own frame, compared by the pattern's pairs.
Bits256 describe(const Integral& sums, const Candidate& c, std::uint8_t angle) {
  const Direction d = directions()[angle];
  std::array<std::int32_t, 64> cells{};
  const std::int32_t half = std::max(1, c.size / 8);
  for (std::int32_t v = 0; v < 8; ++v) {
    for (std::int32_t u = 0; u < 8; ++u) {
      // Cells are a third of the filter's side apart: 2.5 sigma.
      const std::int64_t du = (2 * u - 7) * c.size;
      const std::int64_t dv = (2 * v - 7) * c.size;
      const auto x = static_cast<std::int32_t>((du * d.cos - dv * d.sin + 6 * 8192) / (6 * 16384));
      const auto y = static_cast<std::int32_t>((du * d.sin + dv * d.cos + 6 * 8192) / (6 * 16384));
      cells[static_cast<std::size_t>(v * 8 + u)] = mean16(sums, c.x + x, c.y + y, half);
    }
  }
  Bits256 out{};
  const auto& pairs = keypoint_pairs();
  for (std::size_t i = 0; i < 256; ++i) {
    if (cells[pairs[i].first] > cells[pairs[i].second])
      out[i / 8] |= static_cast<std::uint8_t>(1U << (i % 8));
  }
  return out;
}

}  // namespace

std::vector<Keypoint> find_keypoints(const Gray& g) {
  if (g.width < 32 || g.height < 32) return {};
  const Hessian hessian(g);
  std::vector<Keypoint> out;
  for (const Candidate& c : spread(candidates(hessian), g)) {
    Keypoint k;
    k.x = static_cast<std::uint16_t>(c.x * 16);
    k.y = static_cast<std::uint16_t>(c.y * 16);
    k.size = static_cast<std::uint8_t>(c.size);
    k.angle = direction_at(hessian.sums(), c);
    k.bits = describe(hessian.sums(), c, k.angle);
    out.push_back(k);
  }
  return out;
}

Feature keypoints_feature(const std::vector<Keypoint>& points) {
  Feature f{"keypoints", 1, 320, Bytes(points.size() * 40)};
  for (std::size_t i = 0; i < points.size(); ++i) {
    std::uint8_t* p = &f.data[i * 40];
    store_le(p, points[i].x);
    store_le(p + 2, points[i].y);
    p[4] = points[i].size;
    p[5] = points[i].angle;
    store_le(p + 6, points[i].frame);
    std::copy(points[i].bits.begin(), points[i].bits.end(), p + 8);
  }
  return f;
}

std::vector<Keypoint> keypoints_of(const Feature& f, std::size_t count_max) {
  std::vector<Keypoint> out;
  if (f.item_bits != 320) return out;
  for (std::size_t i = 0; i < f.count() && i < count_max; ++i) {
    const ByteView p = f.item(i);
    Keypoint k;
    k.x = load_le<std::uint16_t>(p.data());
    k.y = load_le<std::uint16_t>(p.data() + 2);
    k.size = p[4];
    k.angle = p[5];
    k.frame = load_le<std::uint16_t>(p.data() + 6);
    std::copy(p.begin() + 8, p.end(), k.bits.begin());
    if (k.size >= 9) out.push_back(k);
  }
  return out;
}

}  // namespace cess::fp
