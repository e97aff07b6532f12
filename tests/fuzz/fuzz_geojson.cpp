// SPDX-License-Identifier: Apache-2.0
// links: transfer economy base
// Polygons of region rules: what is read is a rule that the chain takes.
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "economy/region.hpp"
#include "transfer/region.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto ring = cess::transfer::parse_geojson_polygon(cess::as_text({data, size}), "fuzz");
  if (!ring) return 0;
  CESS_CHECK(ring->size() >= 3 && ring->size() <= cess::transfer::kPolygonCornersMax);
  for (const auto& c : *ring) CESS_CHECK(cess::valid_point({c.longitude, c.latitude}));
  return 0;
}
