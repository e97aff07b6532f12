// SPDX-License-Identifier: Apache-2.0
// Two sets of places: nearest descriptors, then how many of the pairs one similarity transform
// explains.
#include <algorithm>
#include <bit>
#include <cstring>

#include "base/endian.hpp"
#include "fingerprint/angles.hpp"
#include "fingerprint/keypoint_pattern.hpp"
#include "fingerprint/keypoints.hpp"

namespace cess::fp {
namespace {

constexpr unsigned kBitsMax = 72;
constexpr std::int64_t kFitPixels = 4;  ///< a pair may be off by so much, and
constexpr std::int64_t kFitWay = 24;    ///< one part in so many of its way from the centre

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
std::vector<PlacePair> near_pairs(const std::vector<Keypoint>& a, const std::vector<Keypoint>& b) {
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

/// The similarity that fits best on pairs (least squares): b = centre_b + m · (a - centre_a), where
/// m turns and scales.
struct FittedSimilarity {
  std::int64_t ax = 0, ay = 0, bx = 0, by = 0;  ///< centres
  std::int64_t cos = 0, sin = 0;                ///< 2^10 times
  bool valid = false;

  explicit FittedSimilarity(const std::vector<const PlacePair*>& pairs) {
    const auto n = static_cast<std::int64_t>(pairs.size());
    if (n < 2) return;
    for (const PlacePair* p : pairs) ax += p->a->x, ay += p->a->y, bx += p->b.x, by += p->b.y;
    ax /= n, ay /= n, bx /= n, by /= n;
    std::int64_t along = 0;
    std::int64_t across = 0;
    std::int64_t spread = 0;
    for (const PlacePair* p : pairs) {
      const std::int64_t x = p->a->x - ax;
      const std::int64_t y = p->a->y - ay;
      const std::int64_t u = p->b.x - bx;
      const std::int64_t v = p->b.y - by;
      along += x * u + y * v;
      across += x * v - y * u;
      spread += x * x + y * y;
    }
    valid = spread > 0;
    if (!valid) return;
    cos = along * 1024 / spread;
    sin = across * 1024 / spread;
  }
  [[nodiscard]] bool explains(const PlacePair& p) const {
    const std::int64_t x = p.a->x - ax;
    const std::int64_t y = p.a->y - ay;
    const std::int64_t dx = (x * cos - y * sin) / 1024;
    const std::int64_t dy = (x * sin + y * cos) / 1024;
    const std::int64_t off = std::max(std::abs(bx + dx - p.b.x), std::abs(by + dy - p.b.y));
    return off <= kFitPixels * 16 + std::max(std::abs(dx), std::abs(dy)) / kFitWay;
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

/// From what a rough pair explains to what the fit on these explains closely.
std::uint32_t refined_places(std::vector<const PlacePair*> pairs) {
  for (int round = 0; round < 3; ++round) {
    const FittedSimilarity fit(pairs);
    if (!fit.valid) return 0;
    std::erase_if(pairs, [&](const PlacePair* p) { return !fit.explains(*p); });
  }
  return count_places(pairs);
}

KeypointMatch agree(const std::vector<PlacePair>& pairs) {
  KeypointMatch best;
  std::vector<const PlacePair*> explained;
  for (const PlacePair& seed : pairs) {
    const Similarity s(seed);
    explained.clear();
    for (const PlacePair& p : pairs) {
      if (s.explains(p)) explained.push_back(&p);
    }
    if (explained.size() <= best.places) continue;
    const std::uint32_t n = refined_places(explained);
    if (n > best.places) {
      best.places = n;
      best.turn = static_cast<std::int32_t>(s.angle) * 360 / 256;
      best.scale_percent = static_cast<std::uint32_t>(s.scale * 100 / 1024);
    }
  }
  return best;
}

}  // namespace

KeypointMatch match_keypoints(const std::vector<Keypoint>& a, const std::vector<Keypoint>& b) {
  KeypointMatch straight = agree(near_pairs(a, b));
  // Mirrored left to right: x runs backwards, which only shifts it, and so does the angle.
  std::vector<Keypoint> mirrored = b;
  for (Keypoint& k : mirrored) {
    k.x = static_cast<std::uint16_t>(kKeypointSide * 16 -
                                     std::min<unsigned>(k.x, kKeypointSide * 16));
    k.angle = static_cast<std::uint8_t>(128 - k.angle);
    k.bits = mirror_bits(k.bits);
  }
  KeypointMatch other = agree(near_pairs(a, mirrored));
  other.mirrored = true;
  return other.places > straight.places ? other : straight;
}

}  // namespace cess::fp
