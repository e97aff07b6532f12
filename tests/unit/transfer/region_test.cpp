// SPDX-License-Identifier: Apache-2.0
// Areas as map programs write them.
#include <gtest/gtest.h>

#include "economy/region.hpp"
#include "transfer/region.hpp"

namespace cess::transfer {
namespace {

// RFC 7946, appendix A.3: a polygon with no holes.
const std::string kRfcPolygon = R"({"type":"Polygon","coordinates":[
  [[100.0,0.0],[101.0,0.0],[101.0,1.0],[100.0,1.0],[100.0,0.0]]]})";

TEST(GeoJson, ThePolygonOfTheRfc) {
  const auto p = parse_geojson_polygon(kRfcPolygon, "rfc");
  ASSERT_TRUE(p) << p.error().message;
  ASSERT_EQ(p->size(), 4U);
  EXPECT_EQ((*p)[0].longitude, 280'000'000U);
  EXPECT_EQ((*p)[0].latitude, 90'000'000U);
  EXPECT_EQ((*p)[2].longitude, 281'000'000U);
  EXPECT_EQ((*p)[2].latitude, 91'000'000U);
  std::vector<EarthPoint> corners;
  for (const auto& c : *p) corners.push_back({c.longitude, c.latitude});
  EXPECT_TRUE(polygon_contains(corners, {280'500'000, 90'500'000}));
  EXPECT_FALSE(polygon_contains(corners, {279'500'000, 90'500'000}));
}

TEST(GeoJson, FeaturesAndCollectionsOfOne) {
  const std::string feature =
      R"({"type":"Feature","properties":{},"geometry":)" + kRfcPolygon + "}";
  const std::string all = R"({"type":"FeatureCollection","features":[)" + feature + "]}";
  EXPECT_TRUE(parse_geojson_polygon(feature, "f"));
  EXPECT_TRUE(parse_geojson_polygon(all, "c"));
  const std::string two =
      R"({"type":"FeatureCollection","features":[)" + feature + "," + feature + "]}";
  EXPECT_FALSE(parse_geojson_polygon(two, "c"));
}

TEST(GeoJson, TheWholeEarthAndItsLimits) {
  EXPECT_TRUE(parse_geojson_polygon(
      R"({"type":"Polygon","coordinates":[[[-180,-90],[180,-90],[180,90],[-180,-90]]]})", "e"));
  const auto ring = [](std::size_t corners) {
    std::string out = R"({"type":"Polygon","coordinates":[[)";
    for (std::size_t i = 0; i < corners; ++i) {
      out += "[" + std::to_string(i) + "," + std::to_string(i % 7) + "],";
    }
    return out + "[0,0]]]}";
  };
  EXPECT_FALSE(parse_geojson_polygon(ring(2), "r"));
  EXPECT_TRUE(parse_geojson_polygon(ring(3), "r"));
  EXPECT_TRUE(parse_geojson_polygon(ring(kPolygonCornersMax), "r"));
  EXPECT_FALSE(parse_geojson_polygon(ring(kPolygonCornersMax + 1), "r"));
}

TEST(GeoJson, WhatIsNoPolygonIsRefused) {
  for (const char* text :
       {"", "[]", "7", "{}", R"({"type":"Point","coordinates":[1,2]})", R"({"type":"Polygon"})",
        R"({"type":"Polygon","coordinates":[]})", R"({"type":"Polygon","coordinates":[7]})",
        R"({"type":7,"coordinates":[]})", R"({"type":"Feature"})",
        R"({"type":"Feature","geometry":null})", R"({"type":"FeatureCollection","features":7})",
        // not closed
        R"({"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]})",
        // a hole
        R"({"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,0]],[[1,1],[2,1],[2,2],[1,1]]]})",
        // latitude first, words, too few, too many
        R"({"type":"Polygon","coordinates":[[[0,100],[1,0],[1,1],[0,100]]]})",
        R"({"type":"Polygon","coordinates":[[["0",0],[1,0],[1,1],["0",0]]]})",
        R"({"type":"Polygon","coordinates":[[[0],[1,0],[1,1],[0]]]})",
        R"({"type":"Polygon","coordinates":[[[0,0,0,0],[1,0],[1,1],[0,0,0,0]]]})"}) {
    const auto p = parse_geojson_polygon(text, "x");
    ASSERT_FALSE(p) << text;
    EXPECT_EQ(p.error().code, Code::input) << text;
  }
}

}  // namespace
}  // namespace cess::transfer
