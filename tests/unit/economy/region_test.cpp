// SPDX-License-Identifier: Apache-2.0
#include "economy/region.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace cess {
namespace {

EarthPoint at(double lon, double lat) {
  return {static_cast<std::uint32_t>((lon + 180) * 1e6),
          static_cast<std::uint32_t>((lat + 90) * 1e6)};
}

}  // namespace

TEST(Region, InsideOutsideAndOnTheBorderOfASquare) {
  const std::vector<EarthPoint> square{at(0, 0), at(10, 0), at(10, 10), at(0, 10)};
  EXPECT_TRUE(polygon_contains(square, at(5, 5)));
  EXPECT_TRUE(polygon_contains(square, at(0, 0)));
  EXPECT_TRUE(polygon_contains(square, at(10, 3)));
  EXPECT_TRUE(polygon_contains(square, at(3, 0)));
  EXPECT_FALSE(polygon_contains(square, at(10.000001, 5)));
  EXPECT_FALSE(polygon_contains(square, at(-0.000001, 5)));
  EXPECT_FALSE(polygon_contains(square, at(5, 10.000001)));
}

TEST(Region, AHollowPolygonCornersAtTheHeightOfThePoint) {
  const std::vector<EarthPoint> u{at(0, 0), at(9, 0), at(9, 9), at(6, 9),
                                  at(6, 3), at(3, 3), at(3, 9), at(0, 9)};
  EXPECT_TRUE(polygon_contains(u, at(1, 8)));
  EXPECT_TRUE(polygon_contains(u, at(8, 8)));
  EXPECT_FALSE(polygon_contains(u, at(4.5, 8)));
  EXPECT_TRUE(polygon_contains(u, at(4.5, 3)));
  EXPECT_FALSE(polygon_contains(u, at(4.5, 9)));
}

TEST(Region, AcrossThe180ThMeridian) {
  const std::vector<EarthPoint> fiji{at(176, -20), at(-178, -20), at(-178, -15), at(176, -15)};
  EXPECT_TRUE(polygon_contains(fiji, at(178, -17)));
  EXPECT_TRUE(polygon_contains(fiji, at(-179, -17)));
  EXPECT_TRUE(polygon_contains(fiji, at(180, -17)));
  EXPECT_TRUE(polygon_contains(fiji, at(-180, -17)));
  EXPECT_FALSE(polygon_contains(fiji, at(0, -17)));
  EXPECT_FALSE(polygon_contains(fiji, at(175, -17)));
}

TEST(Region, MoreThanHalfTheWayAroundTheEarth) {
  const std::vector<EarthPoint> wide{at(-170, -10), at(-60, -10), at(60, -10), at(170, -10),
                                     at(170, 10),   at(60, 10),   at(-60, 10), at(-170, 10)};
  EXPECT_TRUE(polygon_contains(wide, at(-165, 0)));
  EXPECT_TRUE(polygon_contains(wide, at(165, 0)));
  EXPECT_TRUE(polygon_contains(wide, at(0, 0)));
  EXPECT_FALSE(polygon_contains(wide, at(175, 0)));
}

TEST(Region, FewerThanThreeCornersHoldNothing) {
  const std::vector<EarthPoint> line{at(0, 0), at(10, 0)};
  EXPECT_FALSE(polygon_contains(line, at(5, 0)));
  EXPECT_FALSE(polygon_contains({}, at(5, 0)));
}

TEST(Region, Codes) {
  for (const char* good : {"DE", "DE-BY", "US-CA", "FR-75", "GB-ENG", "AT-9"})
    EXPECT_TRUE(valid_region(good));
  for (const char* bad :
       {"", "D", "de", "DEU", "DE-", "DE-BAYR", "DE-by", "DE_BY", "D1", "DE-B "}) {
    EXPECT_FALSE(valid_region(bad));
  }
  EXPECT_TRUE(region_contains("DE", "DE-BY"));
  EXPECT_TRUE(region_contains("DE", "DE"));
  EXPECT_TRUE(region_contains("DE-BY", "DE-BY"));
  EXPECT_FALSE(region_contains("DE-BY", "DE"));
  EXPECT_FALSE(region_contains("DE-BY", "DE-BE"));
  EXPECT_FALSE(region_contains("DE", "FR"));
}

}  // namespace cess
