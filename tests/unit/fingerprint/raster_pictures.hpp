// SPDX-License-Identifier: Apache-2.0
// Pictures for the tests of rasters and overlaps, and fingerprints of them with places of their
// own.
#pragma once

#include <algorithm>

#include "base/endian.hpp"
#include "fingerprint/keypoints.hpp"
#include "fingerprint/raster.hpp"
#include "fingerprint/simhash.hpp"

namespace cess::fp::raster_test {

/// Spots of 16 pixels of a seed's own brightness, softened.
inline Gray spots(std::uint32_t width, std::uint32_t height, std::uint64_t seed) {
  Gray g{width, height, Bytes(std::size_t{width} * height)};
  const auto spot = [&](std::uint32_t x, std::uint32_t y) {
    return static_cast<std::uint32_t>(mix64(seed * 7919 + x * 131 + y) % 256);
  };
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      const std::uint32_t u = x % 16;
      const std::uint32_t v = y % 16;
      const std::uint32_t sum =
          spot(x / 16, y / 16) * (16 - u) * (16 - v) + spot(x / 16 + 1, y / 16) * u * (16 - v) +
          spot(x / 16, y / 16 + 1) * (16 - u) * v + spot(x / 16 + 1, y / 16 + 1) * u * v;
      g.pixels[std::size_t{y} * width + x] = static_cast<std::uint8_t>(sum / 256);
    }
  }
  return g;
}

inline Placement moved(std::int64_t x, std::int64_t y) {
  Placement p;
  p.bx = x * 16;
  p.by = y * 16;
  return p;
}

/// The picture at half its size in another, at (10, 20).
inline Gray pasted(const Gray& g, Gray page) {
  const Gray small = reduce(g, g.width / 2, g.height / 2);
  for (std::size_t y = 0; y < small.height; ++y) {
    std::copy_n(&small.pixels[y * small.width], small.width,
                &page.pixels[(y + 20) * page.width + 10]);
  }
  return page;
}

/// A round thing on white, of a seed's own surface.
inline Gray disk(std::uint64_t seed, std::uint8_t faint = 8) {
  Gray g = spots(320, 320, seed);
  for (std::int64_t y = 0; y < 320; ++y) {
    for (std::int64_t x = 0; x < 320; ++x) {
      const bool inside = (x - 160) * (x - 160) + (y - 160) * (y - 160) < 140 * 140;
      std::uint8_t& v = g.pixels[static_cast<std::size_t>(y * 320 + x)];
      v = inside ? static_cast<std::uint8_t>(80 + v / faint) : std::uint8_t{255};
    }
  }
  return g;
}

/// `places` of its places are the same whatever the seed is, 20 are its own, and so is its hash.
inline Content print_of(const Gray& g, std::uint64_t seed, std::size_t places) {
  Content c;
  c.kind = Kind::image;
  std::vector<Keypoint> points;
  for (std::size_t i = 0; i < places + 20; ++i) {
    const std::uint64_t id = i < places ? i : i + seed * 1000;
    Keypoint k;
    k.x = static_cast<std::uint16_t>((40 + mix64(i) % 400) * 16);
    k.y = static_cast<std::uint16_t>((40 + mix64(i + 500) % 240) * 16);
    k.size = 20;
    for (std::size_t w = 0; w < 4; ++w) store_le(k.bits.data() + 8 * w, mix64(id * 4 + w + 99));
    points.push_back(k);
  }
  Feature pdq{"pdq", 1, 264, Bytes(33, 90)};
  for (std::size_t w = 0; w < 4; ++w) store_le(pdq.data.data() + 8 * w, mix64(seed * 4 + w));
  c.features = {keypoints_feature(points), pdq, raster_feature(*raster_of(g))};
  return c;
}

}  // namespace cess::fp::raster_test
