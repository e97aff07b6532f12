// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/keypoints.hpp"

#include <algorithm>
#include <tuple>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "fingerprint/angles.hpp"
#include "fingerprint/hessian.hpp"
#include "fingerprint/keypoint_pattern.hpp"

namespace cess::fp {
namespace {

struct Candidate {
  std::int64_t strength = 0;
  std::int32_t x = 0;
  std::int32_t y = 0;
  std::int32_t size = 0;
};

constexpr std::int64_t kStrengthMin = 60'000'000;

/// Whether one of the nine around p, in rows of w, reaches v; `itself`: of the eight.
bool reached(const Response* p, std::ptrdiff_t w, std::int64_t v, bool itself) {
  const auto below = static_cast<double>(v - 1);  // rounded up, what is above it is v or more
  for (std::ptrdiff_t at = -w; at <= w; at += w) {
    if (p[at - 1] > below || p[at + 1] > below || ((at != 0 || !itself) && p[at] > below))
      return true;
  }
  return false;
}

/// Responses of one octave on a coarse grid and their maxima in place and scale, of the middle two
/// of four sizes. The outer sizes are reckoned only where a middle one may be a maximum.
void search_octave(const Hessian& hessian, std::int32_t step,
                   const std::array<std::int32_t, 4>& sizes, std::vector<Candidate>& out) {
  const std::int32_t w = hessian.sums().width() / step;
  const std::int32_t h = hessian.sums().height() / step;
  if (w < 3 || h < 3) return;
  const auto row = static_cast<std::size_t>(w);
  const Combed combed(hessian.sums(), step);
  std::array<std::vector<Response>, 2> layers;
  for (std::size_t s = 0; s < 2; ++s) {
    const std::int32_t size = sizes[s + 1];
    layers[s].resize(row * static_cast<std::size_t>(h));
    const std::int32_t first = (size / 2 + step) / step;
    const std::int32_t room = hessian.sums().width() - size / 2 - 2;  // the last x that fits
    const std::int32_t end = room < 0 ? 0 : room / step + 1;
    for (std::int32_t y = 0; y < h && first < end; ++y) {
      if (!hessian.fits(first * step, y * step, size)) continue;
      combed.line(first * step, y * step, size, static_cast<std::size_t>(end - first),
                  &layers[s][static_cast<std::size_t>(y) * row + static_cast<std::size_t>(first)]);
    }
  }
  for (std::size_t s = 0; s < 2; ++s) {
    const std::int32_t outer = sizes[s == 0 ? 0 : 3];
    const auto outer_reaches = [&](std::int32_t x, std::int32_t y, std::int64_t v) {
      for (std::int32_t dy = -1; dy <= 1; ++dy) {
        for (std::int32_t dx = -1; dx <= 1; ++dx) {
          const std::int32_t px = (x + dx) * step;
          const std::int32_t py = (y + dy) * step;
          if (hessian.fits(px, py, outer) && strength_of(hessian.at(px, py, outer)) >= v)
            return true;
        }
      }
      return false;
    };
    for (std::int32_t y = 1; y + 1 < h; ++y) {
      const Response* const own = &layers[s][static_cast<std::size_t>(y) * row];
      const Response* const other = &layers[1 - s][static_cast<std::size_t>(y) * row];
      for (std::int32_t x = 1; x + 1 < w; ++x) {
        if (own[x] <= static_cast<double>(kStrengthMin - 1)) continue;
        const std::int64_t v = strength_of(own[x]);
        if (reached(own + x, w, v, true) || reached(other + x, w, v, false) ||
            outer_reaches(x, y, v))
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
        const std::int64_t v = strength_of(hessian.at(c.x + dx, c.y + dy, c.size));
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
  constexpr std::size_t kSquares = 8;
  constexpr std::size_t kShare = 4;
  std::array<std::size_t, kSquares * kSquares> taken{};
  std::vector<Candidate> chosen;
  std::vector<Candidate> rest;
  for (const Candidate& c : all) {
    const auto px = static_cast<std::size_t>(c.x) * kSquares / g.width;
    const auto py = static_cast<std::size_t>(c.y) * kSquares / g.height;
    std::size_t& n = taken[py * kSquares + px];
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

/// Means of boxes of side 2 · half + 1, times 16, cut at the picture's borders.
class BoxMeans {
 public:
  BoxMeans(const Integral& sums, std::int32_t half)
      : sums_(sums),
        half_(half),
        side_(2 * half + 1),
        // A sum of at most 255 · 16 · area, area at most 361, divides by multiplying: cut, the
        // quotient of whole numbers.
        inverse_((std::uint64_t{1} << 32U) / static_cast<std::uint64_t>(side_ * side_) + 1) {
    CESS_CHECK(side_ <= 19);
  }
  /// Whether every box whose middle is at most `reach` away lies inside.
  [[nodiscard]] bool inside(std::int32_t x, std::int32_t y, std::int32_t reach) const {
    const std::int32_t r = reach + half_ + 1;
    return x >= r && y >= r && x + r < sums_.width() && y + r < sums_.height();
  }
  [[nodiscard]] std::int32_t whole(std::int32_t x, std::int32_t y) const {
    const std::uint32_t* const top = sums_.row(y - half_) + (x - half_);
    const std::uint32_t* const bottom = sums_.row(y + half_ + 1) + (x - half_);
    const std::uint32_t sum = bottom[side_] - bottom[0] - top[side_] + top[0];
    return static_cast<std::int32_t>((std::uint64_t{sum} * 16 * inverse_) >> 32U);
  }
  [[nodiscard]] std::int32_t cut(std::int32_t x, std::int32_t y) const {
    const std::int32_t x0 = std::clamp(x - half_, 0, sums_.width() - 1);
    const std::int32_t y0 = std::clamp(y - half_, 0, sums_.height() - 1);
    const std::int32_t x1 = std::clamp(x + half_ + 1, x0 + 1, sums_.width());
    const std::int32_t y1 = std::clamp(y + half_ + 1, y0 + 1, sums_.height());
    return sums_.sum(x0, y0, x1, y1) * 16 / ((x1 - x0) * (y1 - y0));
  }

 private:
  const Integral& sums_;
  std::int32_t half_;
  std::int32_t side_;
  std::uint64_t inverse_;
};

struct Bin {
  std::int64_t x = 0;
  std::int64_t y = 0;
};

template <class Mean>
void fill_bins(const Candidate& c, std::int32_t half, const Mean& mean, std::array<Bin, 64>& bins) {
  for (std::int32_t j = -6; j <= 6; ++j) {
    for (std::int32_t i = -6; i <= 6; ++i) {
      const std::int32_t r2 = i * i + j * j;
      if (r2 > 36) continue;
      const std::int32_t x = c.x + i * c.size * 2 / 15;
      const std::int32_t y = c.y + j * c.size * 2 / 15;
      const std::int32_t dx = mean(x + half, y) - mean(x - half, y);
      const std::int32_t dy = mean(x, y + half) - mean(x, y - half);
      Bin& b = bins[angle_of(dx, dy) / 4U];
      const std::int32_t weight = 64 - r2;  // a bell, roughly
      b.x += dx * weight;
      b.y += dy * weight;
    }
  }
}

/// The direction in which it gets brighter around the place: the window of a sixth of a turn with
/// the longest sum.
std::uint8_t direction_at(const Integral& sums, const Candidate& c) {
  constexpr std::size_t kWindow = 11;
  std::array<Bin, 64> bins{};
  const std::int32_t half = std::max(1, c.size / 9);  // about 1.2 sigma
  const BoxMeans means(sums, half);
  if (means.inside(c.x, c.y, 12 * c.size / 15 + half)) {
    fill_bins(
        c, half, [&](std::int32_t x, std::int32_t y) { return means.whole(x, y); }, bins);
  } else {
    fill_bins(
        c, half, [&](std::int32_t x, std::int32_t y) { return means.cut(x, y); }, bins);
  }
  Bin sum;
  for (std::size_t k = 0; k + 1 < kWindow; ++k) sum.x += bins[k].x, sum.y += bins[k].y;
  Bin best;
  std::int64_t longest = -1;
  for (std::size_t s = 0; s < bins.size(); ++s) {
    const Bin& in = bins[(s + kWindow - 1) % bins.size()];
    sum.x += in.x;
    sum.y += in.y;
    const std::int64_t length = sum.x * sum.x + sum.y * sum.y;
    if (length > longest) {
      longest = length;
      best = sum;
    }
    sum.x -= bins[s].x;
    sum.y -= bins[s].y;
  }
  return angle_of(best.x, best.y);
}

/// Means of 8 x 8 cells in the place's own frame, compared by the pattern's pairs.
Bits256 describe(const Integral& sums, const Candidate& c, std::uint8_t angle) {
  const Direction d = directions()[angle];
  std::array<std::int32_t, 64> cells{};
  const BoxMeans means(sums, std::max(1, c.size / 8));
  // Corners are 7 / 6 · sqrt(2) sides away.
  const bool inside = means.inside(c.x, c.y, 5 * c.size / 3 + 1);
  for (std::int32_t v = 0; v < 8; ++v) {
    for (std::int32_t u = 0; u < 8; ++u) {
      // Cells are a third of the filter's side apart: 2.5 sigma.
      const std::int64_t du = (2 * u - 7) * c.size;
      const std::int64_t dv = (2 * v - 7) * c.size;
      const auto x = static_cast<std::int32_t>((du * d.cos - dv * d.sin + 6 * 8192) / (6 * 16384));
      const auto y = static_cast<std::int32_t>((du * d.sin + dv * d.cos + 6 * 8192) / (6 * 16384));
      cells[static_cast<std::size_t>(v * 8 + u)] =
          inside ? means.whole(c.x + x, c.y + y) : means.cut(c.x + x, c.y + y);
    }
  }
  Bits256 out{};
  const auto& pairs = keypoint_pairs();
  for (std::size_t i = 0; i < out.size(); ++i) {
    unsigned byte = 0;  // without a branch: half of these would be guessed wrong
    for (std::size_t k = 0; k < 8; ++k) {
      const auto& pair = pairs[8 * i + k];
      byte |= (cells[pair.first] > cells[pair.second] ? 1U : 0U) << k;
    }
    out[i] = static_cast<std::uint8_t>(byte);
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
  Feature f{"keypoints", 1, 320, Bytes(points.size() * kKeypointSize)};
  for (std::size_t i = 0; i < points.size(); ++i) {
    std::uint8_t* p = &f.data[i * kKeypointSize];
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
