// SPDX-License-Identifier: Apache-2.0
// One picture laid on another: known placements are worth more than others, rough ones are settled,
// turns are turns, and what rasters say changes verdicts on both sides of its thresholds.
#include "fingerprint/raster.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/endian.hpp"
#include "fingerprint/compare.hpp"
#include "fingerprint/keypoint_pattern.hpp"
#include "fingerprint/keypoints.hpp"
#include "fingerprint/simhash.hpp"
#include "raster_pictures.hpp"

namespace cess::fp {
namespace raster_test {
namespace {

TEST(Raster, FeatureGivesItBack) {
  const Raster r = *raster_of(spots(480, 320, 1));
  const auto again = parse_raster(raster_feature(r));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->cells, r.cells);
  EXPECT_EQ(again->width, 480U);
  Feature f = raster_feature(r);
  f.data.pop_back();
  EXPECT_FALSE(parse_raster(f));
  f = raster_feature(r);
  f.version = 2;
  EXPECT_FALSE(parse_raster(f));
  EXPECT_FALSE(raster_of(Gray{47, 100, Bytes(4700)}));
  EXPECT_TRUE(raster_of(Gray{48, 48, Bytes(2304)}));
}

TEST(Raster, APartIsFoundWhereItLies) {
  const Gray whole = spots(480, 320, 2);
  const Raster a = *raster_of(whole);
  const Raster part = *raster_of(crop(whole, {120, 80, 240, 160}));
  const RasterPair pair(a, part);
  const Overlay there = pair.at(moved(-120, -80));
  EXPECT_GE(there.fine, 80);
  EXPECT_GE(there.likeness, 90);
  EXPECT_GE(there.samples, 500U);  // of the part, all
  EXPECT_LE(pair.at(moved(-60, -120)).fine, 50);
  // The other way round, and a rough placement settled.
  const RasterPair back(part, a);
  EXPECT_GE(back.at(moved(120, 80)).fine, 80);
  const Placement rough = moved(-108, -88);
  EXPECT_LT(pair.at(rough).fine, 60);
  EXPECT_GE(pair.at(pair.settle(rough)).fine, 70);
  // Scaled to half in the other.
  Placement half = moved(10, 20);
  half.xx = half.yy = 512;
  const Gray page = pasted(whole, {480, 320, Bytes(std::size_t{480} * 320, 200)});
  EXPECT_GE(RasterPair(a, *raster_of(page)).at(half).fine, 80);
}

TEST(Raster, TurnsAreThoseOfTheHash) {
  const Gray g = spots(320, 320, 3);
  Gray mirrored = g;
  Gray turned = g;  // clockwise by 90 degrees
  for (std::size_t y = 0; y < 320; ++y) {
    for (std::size_t x = 0; x < 320; ++x) {
      mirrored.pixels[y * 320 + x] = g.at(319 - x, y);
      turned.pixels[x * 320 + (319 - y)] = g.at(x, y);
    }
  }
  const Raster a = *raster_of(g);
  for (std::size_t t = 0; t < kTurns; ++t) {
    const auto turn = static_cast<Turn>(t);
    EXPECT_EQ(RasterPair(a, *raster_of(mirrored)).whole(turn).fine >= 95, turn == Turn::mirror);
    EXPECT_EQ(RasterPair(a, *raster_of(turned)).whole(turn).fine >= 95, turn == Turn::by90);
    EXPECT_EQ(RasterPair(a, a).whole(turn).fine >= 95, turn == Turn::none);
  }
}

TEST(Raster, AnEvenColourAgreesWithNothing) {
  const Raster flat = *raster_of(Gray{100, 100, Bytes(10'000, 80)});
  EXPECT_EQ(RasterPair(flat, flat).whole(Turn::none).fine, 0);
  EXPECT_EQ(RasterPair(flat, flat).whole(Turn::none).likeness, 0);
}

TEST(Raster, OutlinesAloneShowLittle) {
  const Overlay o = RasterPair(*raster_of(disk(1)), *raster_of(disk(2))).whole(Turn::none);
  EXPECT_GE(o.likeness, 90);
  EXPECT_LT(o.fine, 70);
  EXPECT_GE(RasterPair(*raster_of(disk(1)), *raster_of(disk(1))).whole(Turn::none).fine, 99);
}

TEST(Raster, DecidesOnFewPlaces) {
  const Gray g = spots(480, 320, 4);
  const Gray other = spots(480, 320, 5);
  const auto verdict = [&](const Gray& b, std::size_t places) {
    return compare_image(print_of(g, 1, places), print_of(b, 2, places)).verdict;
  };
  // Whole on whole, without any hash or place.
  EXPECT_EQ(verdict(g, 0), Verdict::same);
  EXPECT_EQ(verdict(other, 0), Verdict::unrelated);
  // The same structure under another light is no longer the same.
  Gray lit = g;
  for (std::size_t i = 0; i < lit.pixels.size(); ++i)
    lit.pixels[i] = static_cast<std::uint8_t>(lit.pixels[i] / 4 + i % 480 * 180 / 480);
  EXPECT_EQ(verdict(lit, 0), Verdict::derived);
  // Nine places and other cells are a chance; ten are not.
  EXPECT_EQ(verdict(other, 9), Verdict::unrelated);
  EXPECT_EQ(verdict(other, 10), Verdict::derived);
}

TEST(Raster, AMirroredPartIsLaidMirrored) {
  const Gray g = spots(480, 320, 8);
  Gray part{320, 320, Bytes(std::size_t{320} * 320)};  // the left two thirds, mirrored
  for (std::size_t y = 0; y < 320; ++y) {
    for (std::size_t x = 0; x < 320; ++x) part.pixels[y * 320 + x] = g.at(319 - x, y);
  }
  Content a = print_of(g, 1, 0);
  Content b = print_of(part, 2, 0);
  EXPECT_EQ(compare_image(a, b).verdict, Verdict::unrelated);
  std::vector<Keypoint> in_a = keypoints_of(a.features[0]);
  std::vector<Keypoint> in_b = keypoints_of(b.features[0]);
  for (std::uint64_t i = 0; i < 7; ++i) {
    Keypoint k;
    k.x = static_cast<std::uint16_t>((30 + mix64(i) % 260) * 16);
    k.y = static_cast<std::uint16_t>((30 + i * 40) * 16);
    k.size = 20;
    for (std::size_t w = 0; w < 4; ++w) store_le(k.bits.data() + 8 * w, mix64(i * 4 + w + 99));
    in_a.push_back(k);
    k.x = static_cast<std::uint16_t>(320 * 16 - k.x);
    k.angle = static_cast<std::uint8_t>(128 - k.angle);
    k.bits = mirror_bits(k.bits);
    in_b.push_back(k);
  }
  a.features[0] = keypoints_feature(in_a);
  b.features[0] = keypoints_feature(in_b);
  EXPECT_EQ(compare_image(a, b).verdict, Verdict::derived);
}

/// What a pair of pictures shares where the one lies on the other whole.
std::int32_t irregular_of(const Gray& a, const Gray& b, Overlay& o) {
  LaidCells cells;
  o = RasterPair(*raster_of(a), *raster_of(b)).whole(Turn::none, &cells);
  return irregular_percent(cells);
}

TEST(Raster, RingsAndLinesAreNoEvidence) {
  Overlay o;
  // Round things on white: their cells agree, what is on them does not.
  EXPECT_LT(irregular_of(disk(1, 128), disk(2, 128), o), 30);
  EXPECT_GE(o.fine, 60);
  // The same thing: what is on it agrees too.
  EXPECT_GE(irregular_of(disk(1, 128), disk(1, 128), o), 99);
  // Stripes, rows or columns, of one width, each with its own faint spots.
  const auto striped = [](std::uint64_t seed, bool rows, std::uint8_t faint) {
    Gray g = spots(480, 320, seed);
    for (std::size_t i = 0; i < g.pixels.size(); ++i) {
      const bool dark = (rows ? i / 480 : i % 480) / 40 % 2 == 0;
      g.pixels[i] = static_cast<std::uint8_t>((dark ? 20 : 120) + g.pixels[i] / faint);
    }
    return g;
  };
  for (const bool rows : {true, false}) {
    EXPECT_LT(irregular_of(striped(1, rows, 8), striped(2, rows, 8), o), 30);
    EXPECT_GE(o.fine, 75);
    EXPECT_GE(irregular_of(striped(1, rows, 2), striped(1, rows, 2), o), 99);
  }
  // Nothing lies on anything.
  EXPECT_EQ(irregular_percent({}), 0);
  LaidCells even;
  even.in.fill(true);
  EXPECT_EQ(irregular_percent(even), 0);
}

TEST(Raster, ARoundThingIsNotAnother) {
  // Seven places that agree by chance, as they do along a rim.
  const auto verdict = [](const Gray& a, const Gray& b) {
    return compare_image(print_of(a, 1, 7), print_of(b, 2, 7)).verdict;
  };
  EXPECT_EQ(verdict(disk(1, 128), disk(2, 128)), Verdict::unrelated);
  EXPECT_NE(verdict(disk(1, 128), disk(1, 128)), Verdict::unrelated);
  // Nor do hashes that are near, though not nearest, make it so.
  Content a = print_of(disk(1, 128), 1, 0);
  Content b = print_of(disk(2, 128), 2, 0);
  b.features[1] = a.features[1];
  for (std::size_t i = 0; i < 60; ++i)
    b.features[1].data[i / 8] ^= static_cast<std::uint8_t>(1U << (i % 8));
  const Comparison c = compare_image(a, b);
  EXPECT_EQ(c.verdict, Verdict::unrelated);
  // It says why.
  const auto said = std::find_if(c.evidence.begin(), c.evidence.end(),
                                 [](const Evidence& e) { return e.feature == "irregular"; });
  ASSERT_NE(said, c.evidence.end());
  EXPECT_GT(said->distance, said->derived_max);
}

TEST(Raster, HashesThatAreNearAskTheCells) {
  const Gray g = spots(480, 320, 6);
  Content a = print_of(g, 1, 0);
  Content b = print_of(spots(480, 320, 7), 2, 0);
  b.features[1] = a.features[1];
  // 50 bits apart: derived without cells, unrelated with other cells.
  for (std::size_t i = 0; i < 50; ++i)
    b.features[1].data[i / 8] ^= static_cast<std::uint8_t>(1U << (i % 8));
  EXPECT_EQ(compare_image(a, b).verdict, Verdict::unrelated);
  a.features.pop_back();
  EXPECT_EQ(compare_image(a, b).verdict, Verdict::derived);
}

}  // namespace
}  // namespace raster_test
}  // namespace cess::fp
