// SPDX-License-Identifier: Apache-2.0
#include "economy/region.hpp"

#include <algorithm>

namespace cess {
namespace {

constexpr std::int64_t kTurn = kLongitudeMax;

// The difference b - a of two longitudes the shorter way round: within half a turn.
std::int64_t shorter_way(std::int64_t a, std::int64_t b) {
  std::int64_t d = b - a;
  if (d > kTurn / 2) d -= kTurn;
  if (d < -kTurn / 2) d += kTurn;
  return d;
}

struct Flat {
  std::int64_t x = 0;
  std::int64_t y = 0;
};

// Twice the signed area of (a, b, p). Coordinates stay below 2^31, products below 2^62.
std::int64_t side(const Flat& a, const Flat& b, const Flat& p) {
  return (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);
}

bool on_edge(const Flat& a, const Flat& b, const Flat& p) {
  return side(a, b, p) == 0 && std::min(a.x, b.x) <= p.x && p.x <= std::max(a.x, b.x) &&
         std::min(a.y, b.y) <= p.y && p.y <= std::max(a.y, b.y);
}

bool upper(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace

bool polygon_contains(std::span<const EarthPoint> polygon, const EarthPoint& p) {
  if (polygon.size() < 3) return false;
  // All corners and the point as seen from the first corner: no wrap is left.
  const auto base = static_cast<std::int64_t>(polygon[0].longitude);
  bool inside = false;
  // A wide polygon may be reached from either side; try the point in both places.
  for (const std::int64_t turn : {std::int64_t{0}, kTurn, -kTurn}) {
    const Flat at{shorter_way(base, p.longitude) + turn, p.latitude};
    Flat a{0, polygon[0].latitude};
    bool odd = false;
    for (std::size_t i = 0; i < polygon.size(); ++i) {
      const auto& next = polygon[(i + 1) % polygon.size()];
      const Flat b{a.x + shorter_way(polygon[i].longitude, next.longitude), next.latitude};
      if (on_edge(a, b, at)) return true;
      if ((a.y > at.y) != (b.y > at.y)) {
        const std::int64_t s = side(a, b, at);
        if ((b.y > a.y) == (s > 0)) odd = !odd;
      }
      a = b;
    }
    inside = inside || odd;
  }
  return inside;
}

bool valid_region(std::string_view code) {
  if (code.size() < 2 || !upper(code[0]) || !upper(code[1])) return false;
  if (code.size() == 2) return true;
  return code[2] == '-' && code.size() >= 4 && code.size() <= 6 &&
         std::all_of(code.begin() + 3, code.end(),
                     [](char c) { return upper(c) || (c >= '0' && c <= '9'); });
}

bool region_contains(std::string_view wanted, std::string_view place) {
  return wanted == place || (wanted.size() == 2 && place.substr(0, 2) == wanted);
}

}  // namespace cess
