// SPDX-License-Identifier: Apache-2.0
// Two sets of places: nearest descriptors, then how many of the pairs one similarity transform
// explains.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/endian.hpp"
#include "fingerprint/angles.hpp"
#include "fingerprint/keypoint_pattern.hpp"
#include "fingerprint/keypoints.hpp"
#include "fingerprint/wide.hpp"

namespace cess::fp {
namespace {

constexpr unsigned kBitsMax = 72;
constexpr std::int64_t kFitPixels = 4;      ///< a pair may be off by so much, and
constexpr std::int64_t kStretch = 217;      ///< one axis by 1.5 of the other: k + 1/k
constexpr std::int64_t kStretchMost = 250;  ///< by two
constexpr std::int64_t kFitWay = 24;        ///< one part in so many of its way from the centre

struct PlacePair {
  const Keypoint* a;
  Keypoint b;  // mirrored where that is tried
};

unsigned bits_apart(const Bits256& a, const Bits256& b) {
  unsigned n = 0;
  for (std::size_t i = 0; i < 32; i += 8) {
    n += static_cast<unsigned>(
        std::popcount(load_le<std::uint64_t>(&a[i]) ^ load_le<std::uint64_t>(&b[i])));
  }
  return n;
}

/// For each place of `a` the nearest of `b`, where it is near and clearly nearer than the next.
CESS_FP_WIDE std::vector<PlacePair> near_pairs(const std::vector<Keypoint>& a,
                                               const std::vector<Keypoint>& b) {
  std::vector<PlacePair> out;
  for (const Keypoint& k : a) {
    unsigned best = 256;
    unsigned second = 256;
    const Keypoint* found = nullptr;
    for (const Keypoint& other : b) {
      const unsigned d = bits_apart(k.bits, other.bits);
      if (d < best) {
        // A twin at the same place in the next scale is no rival.
        const bool twin = found != nullptr && std::abs(found->x - other.x) < 64 &&
                          std::abs(found->y - other.y) < 64;
        if (!twin) second = best;
        best = d;
        found = &other;
      } else if (d < second &&
                 (std::abs(found->x - other.x) >= 64 || std::abs(found->y - other.y) >= 64)) {
        second = d;
      }
    }
    if (found != nullptr && best <= kBitsMax && best * 8 <= second * 7) out.push_back({&k, *found});
  }
  return out;
}

/// b = scale · rotation · a + shift, from one pair.
struct Similarity {
  std::int64_t scale = 0;  ///< 2^10 times
  Direction turn{};
  std::uint8_t angle = 0;
  std::int64_t x0 = 0, y0 = 0, x1 = 0, y1 = 0;  ///< a's place and b's

  explicit Similarity(const PlacePair& p)
      : scale(std::int64_t{p.b.size} * 1024 / p.a->size),
        angle(static_cast<std::uint8_t>(p.b.angle - p.a->angle)),
        x0(p.a->x),
        y0(p.a->y),
        x1(p.b.x),
        y1(p.b.y) {
    turn = directions()[angle];
  }

  [[nodiscard]] bool explains(const PlacePair& p) const {
    const std::int64_t ratio = std::int64_t{p.b.size} * 1024 / p.a->size;
    if (ratio * 10 > scale * 16 || ratio * 16 < scale * 10) return false;
    const auto apart =
        static_cast<std::int8_t>(static_cast<std::uint8_t>(p.b.angle - p.a->angle - angle));
    if (apart > 18 || apart < -18) return false;  // 25 degrees
    const std::int64_t dx = p.a->x - x0;
    const std::int64_t dy = p.a->y - y0;
    const std::int64_t px = x1 + ((dx * turn.cos - dy * turn.sin) / 1024 * scale) / (16 * 1024);
    const std::int64_t py = y1 + ((dx * turn.sin + dy * turn.cos) / 1024 * scale) / (16 * 1024);
    const std::int64_t off = std::max(std::abs(px - p.b.x), std::abs(py - p.b.y));
    // 8 pixels, and an eighth of the way: direction and size of the one pair are rough.
    const std::int64_t way = std::max(std::abs(px - x1), std::abs(py - y1));
    return off <= 8 * 16 + way / 8;
  }
};

/// Places of b, no two within two pixels counted twice.
std::uint32_t distinct(std::vector<std::pair<std::uint16_t, std::uint16_t>>& places) {
  for (auto& [x, y] : places) {
    x = static_cast<std::uint16_t>(x / 128);
    y = static_cast<std::uint16_t>(y / 128);
  }
  std::sort(places.begin(), places.end());
  return static_cast<std::uint32_t>(std::unique(places.begin(), places.end()) - places.begin());
}

/// The map that fits best on pairs (least squares), b = centre_b + m · (a - centre_a): one that
/// turns and scales, or an affine one that squeezes a little as well.
struct FittedMap {
  Placement to;
  bool valid = false;

  /// `stretch`: the most that one axis may be stretched more than the other, k + 1/k in percent.
  FittedMap(const std::vector<const PlacePair*>& pairs, bool affine,
            std::int64_t stretch = kStretch)
      : stretch_(stretch) {
    const auto n = static_cast<std::int64_t>(pairs.size());
    if (n < (affine ? 4 : 2)) return;
    for (const PlacePair* p : pairs)
      to.ax += p->a->x, to.ay += p->a->y, to.bx += p->b.x, to.by += p->b.y;
    to.ax /= n, to.ay /= n, to.bx /= n, to.by /= n;
    std::int64_t xx = 0, xy = 0, yy = 0, ux = 0, uy = 0, vx = 0, vy = 0;
    for (const PlacePair* p : pairs) {
      // Quarters of a pixel: 256 pairs in 512 pixels stay within 2^30.
      const std::int64_t x = (p->a->x - to.ax) / 4;
      const std::int64_t y = (p->a->y - to.ay) / 4;
      const std::int64_t u = (p->b.x - to.bx) / 4;
      const std::int64_t v = (p->b.y - to.by) / 4;
      xx += x * x, xy += x * y, yy += y * y;
      ux += u * x, uy += u * y, vx += v * x, vy += v * y;
    }
    if (affine) {
      fit_affine({xx / n, xy / n, yy / n}, {ux / n, uy / n, vx / n, vy / n});
    } else if (xx + yy > 0) {
      to.xx = to.yy = (ux + vy) * 1024 / (xx + yy);
      to.yx = (vx - uy) * 1024 / (xx + yy);
      to.xy = -to.yx;
      valid = true;
    }
  }
  [[nodiscard]] bool explains(const PlacePair& p) const {
    const std::int64_t x = p.a->x - to.ax;
    const std::int64_t y = p.a->y - to.ay;
    const std::int64_t dx = (x * to.xx + y * to.xy) / 1024;
    const std::int64_t dy = (x * to.yx + y * to.yy) / 1024;
    const std::int64_t off = std::max(std::abs(to.bx + dx - p.b.x), std::abs(to.by + dy - p.b.y));
    return off <= kFitPixels * 16 + std::max(std::abs(dx), std::abs(dy)) / kFitWay;
  }

 private:
  std::int64_t stretch_;

  void fit_affine(const std::array<std::int64_t, 3>& a, const std::array<std::int64_t, 4>& b) {
    const auto [xx, xy, yy] = a;
    const auto [ux, uy, vx, vy] = b;
    const std::int64_t det = xx * yy - xy * xy;
    // Places on one line say nothing of what is beside it: 1/64 of the spread at least.
    if (det <= 0 || det < (xx + yy) / 64 * ((xx + yy) / 64)) return;
    const std::int64_t unit = std::max<std::int64_t>(1, det / 1024);
    to.xx = (ux * yy - uy * xy) / unit;
    to.xy = (uy * xx - ux * xy) / unit;
    to.yx = (vx * yy - vy * xy) / unit;
    to.yy = (vy * xx - vx * xy) / unit;
    // A thousand times as large is no picture, and squares would not fit.
    const auto far = [](std::int64_t v) { return v > (1 << 20) || v < -(1 << 20); };
    if (far(to.xx) || far(to.xy) || far(to.yx) || far(to.yy)) return;
    const std::int64_t area = to.xx * to.yy - to.xy * to.yx;
    const std::int64_t squares = to.xx * to.xx + to.xy * to.xy + to.yx * to.yx + to.yy * to.yy;
    valid = area > 0 && squares * 100 <= area * stretch_;
  }
};

std::uint32_t count_places(const std::vector<const PlacePair*>& pairs) {
  std::vector<std::pair<std::uint16_t, std::uint16_t>> to;
  std::vector<std::pair<std::uint16_t, std::uint16_t>> from;
  for (const PlacePair* p : pairs) {
    to.emplace_back(p->b.x, p->b.y);
    from.emplace_back(p->a->x, p->a->y);
  }
  return std::min(distinct(to), distinct(from));
}

struct Refined {
  std::uint32_t places = 0;
  Placement to;
};

/// From what a rough pair explains to what the fit on these explains closely.
Refined refined_places(std::vector<const PlacePair*> pairs, bool affine) {
  Refined out;
  for (int round = 0; round < 3; ++round) {
    const FittedMap fit(pairs, affine);
    if (!fit.valid) return {};
    std::erase_if(pairs, [&](const PlacePair* p) { return !fit.explains(*p); });
    out.to = fit.to;
  }
  out.places = count_places(pairs);
  return out;
}

/// From what a match explains to all that an affine map explains, which is fitted anew each time.
void squeeze(const std::vector<PlacePair>& pairs, KeypointMatch& m) {
  FittedMap fit({}, false);
  fit.to = m.placement;
  std::vector<const PlacePair*> explained;
  for (int round = 0; round < 5; ++round) {
    explained.clear();
    for (const PlacePair& p : pairs) {
      if (fit.explains(p)) explained.push_back(&p);
    }
    const std::uint32_t places = count_places(explained);
    if (places <= m.squeezed_places) return;
    m.squeezed_places = places;
    m.squeezed = fit.to;
    m.squeezed.mirrored = m.mirrored;
    fit = FittedMap(explained, true, kStretchMost);
    if (!fit.valid) return;
  }
}

/// Two placements that say nearly the same of the middle of the one.
bool alike(const Placement& a, const Placement& b) {
  const std::int64_t x = a.ax - b.ax;
  const std::int64_t y = a.ay - b.ay;
  const std::int64_t dx = b.bx + (x * b.xx + y * b.xy) / 1024 - a.bx;
  const std::int64_t dy = b.by + (x * b.yx + y * b.yy) / 1024 - a.by;
  const std::int64_t m = std::abs(a.xx - b.xx) + std::abs(a.yx - b.yx);
  return std::max(std::abs(dx), std::abs(dy)) <= 16 * 16 && m <= 200;
}

/// Puts a match in its place, most places first; of alike ones the first with most.
void rank(std::vector<KeypointMatch>& best, const KeypointMatch& m, std::size_t count) {
  const auto twin = std::find_if(best.begin(), best.end(), [&](const KeypointMatch& o) {
    return o.mirrored == m.mirrored && alike(o.placement, m.placement);
  });
  if (twin != best.end()) {
    if (twin->places >= m.places) return;
    best.erase(twin);
  }
  const auto at = std::find_if(best.begin(), best.end(),
                               [&](const KeypointMatch& o) { return o.places < m.places; });
  best.insert(at, m);
  if (best.size() > count) best.pop_back();
}

void agree(const std::vector<PlacePair>& pairs, bool mirrored, std::size_t count,
           std::vector<KeypointMatch>& best) {
  std::vector<const PlacePair*> explained;
  for (const PlacePair& seed : pairs) {
    const Similarity s(seed);
    explained.clear();
    for (const PlacePair& p : pairs) {
      if (s.explains(p)) explained.push_back(&p);
    }
    if (best.size() == count && explained.size() <= best.back().places) continue;
    KeypointMatch m;
    m.mirrored = mirrored;
    m.turn = static_cast<std::int32_t>(s.angle) * 360 / 256;
    m.scale_percent = static_cast<std::uint32_t>(s.scale * 100 / 1024);
    for (const bool affine : {false, true}) {
      const Refined r = refined_places(explained, affine);
      if (r.places <= m.places) continue;
      m.places = r.places;
      m.placement = r.to;
      m.placement.mirrored = mirrored;
    }
    if (m.places != 0) rank(best, m, count);
  }
  for (KeypointMatch& m : best) {
    if (m.mirrored == mirrored) squeeze(pairs, m);
  }
}

}  // namespace

std::vector<KeypointMatch> place_matches(const std::vector<Keypoint>& a,
                                         const std::vector<Keypoint>& b, std::size_t count) {
  std::vector<KeypointMatch> best;
  agree(near_pairs(a, b), false, count, best);
  // Mirrored left to right: x runs backwards, which only shifts it, and so does the angle.
  std::vector<Keypoint> mirrored = b;
  for (Keypoint& k : mirrored) {
    k.x = static_cast<std::uint16_t>(kKeypointSide * 16 -
                                     std::min<unsigned>(k.x, kKeypointSide * 16));
    k.angle = static_cast<std::uint8_t>(128 - k.angle);
    k.bits = mirror_bits(k.bits);
  }
  agree(near_pairs(a, mirrored), true, count, best);
  return best;
}

KeypointMatch match_keypoints(const std::vector<Keypoint>& a, const std::vector<Keypoint>& b) {
  const auto best = place_matches(a, b, 1);
  return best.empty() ? KeypointMatch{} : best.front();
}

}  // namespace cess::fp
