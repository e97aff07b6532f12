// SPDX-License-Identifier: Apache-2.0
// An area drawn by somebody's map program, as the chain's region rule wants it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "chain/state/miners/miners.hpp"

namespace cess::transfer {

constexpr std::size_t kGeoJsonSizeMax = 1U << 20U;
constexpr std::size_t kPolygonCornersMax = 64;  ///< of a rule (chain/state/files)

/// The outer ring of a GeoJSON polygon (RFC 7946, 3.1.6): a geometry, a feature, or a collection of
/// one feature. Positions are degrees, longitude first; a height is passed over. The ring is closed
/// and has at least 3 corners beside; holes are refused, since a rule has none. Code::input.
Result<std::vector<miners::Place>> parse_geojson_polygon(std::string_view text,
                                                         std::string_view what);

}  // namespace cess::transfer
