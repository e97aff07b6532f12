// SPDX-License-Identifier: Apache-2.0
// Where on earth: region codes and polygons, for rules that say where a file may be kept. Points
// are integers, so that every node finds the same: micro-degrees east of the 180th meridian
// (0 … 360,000,000) and north of the south pole (0 … 180,000,000). No projection: an edge is a
// straight line in longitude and latitude and goes the shorter way around the earth.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace cess {

constexpr std::uint32_t kLongitudeMax = 360'000'000;
constexpr std::uint32_t kLatitudeMax = 180'000'000;

struct EarthPoint {
  std::uint32_t longitude = 0;
  std::uint32_t latitude = 0;
};

[[nodiscard]] constexpr bool valid_point(const EarthPoint& p) {
  return p.longitude <= kLongitudeMax && p.latitude <= kLatitudeMax;
}

/// Whether `p` lies in the polygon or on its border (even-odd rule). Fewer than three corners: no.
/// The polygon must not contain a pole; it may cross the 180th meridian.
[[nodiscard]] bool polygon_contains(std::span<const EarthPoint> polygon, const EarthPoint& p);

/// "DE" (ISO 3166-1) or "DE-BY" (ISO 3166-2: one to three letters or digits after the hyphen).
[[nodiscard]] bool valid_region(std::string_view code);
/// Whether a place in `place` is inside `wanted`: the same code, or `wanted` is its country.
[[nodiscard]] bool region_contains(std::string_view wanted, std::string_view place);

}  // namespace cess
