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

KeypointMatch agree(const std::vector<PlacePair>& pairs) {
  KeypointMatch best;
  std::vector<std::pair<std::uint16_t, std::uint16_t>> to;
  std::vector<std::pair<std::uint16_t, std::uint16_t>> from;
  for (const PlacePair& seed : pairs) {
    const Similarity s(seed);
    to.clear();
    from.clear();
    for (const PlacePair& p : pairs) {
      if (!s.explains(p)) continue;
      to.emplace_back(p.b.x, p.b.y);
      from.emplace_back(p.a->x, p.a->y);
    }
    if (to.size() <= best.places) continue;
    const std::uint32_t n = std::min(distinct(to), distinct(from));
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
