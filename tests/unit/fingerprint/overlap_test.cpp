// SPDX-License-Identifier: Apache-2.0
// Two pictures in areas of one size where they overlap: at the true place they agree where cells of
// two sizes do not, rough placements are settled, and two places are then enough for a verdict.
#include "fingerprint/overlap.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "fingerprint/compare.hpp"
#include "raster_pictures.hpp"

namespace cess::fp {
namespace overlap_test {
namespace {

using raster_test::disk;
using raster_test::moved;
using raster_test::pasted;
using raster_test::print_of;
using raster_test::spots;

TEST(Overlap, AreasOfOneSizeAgreeWhereCellsDoNot) {
  const Gray whole = spots(480, 320, 2);
  const Raster a = *raster_of(whole);
  const Raster part = *raster_of(crop(whole, {120, 80, 240, 160}));
  EXPECT_GE(OverlapPair(a, part).at(moved(-120, -80)).fine, 97);
  EXPECT_GE(OverlapPair(part, a).at(moved(120, 80)).fine, 97);
  EXPECT_LE(OverlapPair(a, part).at(moved(-60, -120)).fine, 50);
  // What lies beside a pasted picture does not count.
  Placement half = moved(10, 20);
  half.xx = half.yy = 512;
  const Raster page = *raster_of(pasted(whole, spots(480, 320, 9)));
  EXPECT_GE(OverlapPair(a, page).at(half).fine, 97);
  EXPECT_LT(RasterPair(a, page).at(half).fine, 95);
  EXPECT_EQ(OverlapPair(a, page).at(half).samples, 576U);
  // Beside each other, and turned inside out.
  EXPECT_EQ(OverlapPair(a, a).at(moved(500, 0)).samples, 0U);
  half.yy = -512;
  EXPECT_EQ(OverlapPair(a, page).at(half).samples, 0U);
}

/// Grains of three pixels, far smaller than a cell.
Gray grain(std::uint32_t width, std::uint32_t height) {
  Gray g{width, height, Bytes(std::size_t{width} * height)};
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x)
      g.pixels[std::size_t{y} * width + x] =
          static_cast<std::uint8_t>(mix64(x / 3 + std::uint64_t{y / 3} * 1000));
  }
  return g;
}

TEST(Overlap, GrainsNeedAreasOfOneSize) {
  const Gray whole = grain(480, 480);
  const Raster a = *raster_of(whole);
  const Raster part = *raster_of(crop(whole, {120, 80, 160, 160}));  // 60 by points
  EXPECT_GE(OverlapPair(a, part).at(moved(-120, -80)).fine, 72);
  // Two parts of which two thirds lie on each other: what is beside counts for nothing.
  const Raster left = *raster_of(crop(whole, {0, 0, 320, 320}));
  const Raster right = *raster_of(crop(whole, {100, 0, 320, 320}));
  const Overlay o = OverlapPair(left, right).at(moved(-100, 0));
  EXPECT_GE(o.fine, 97);
  EXPECT_NEAR(o.samples, 576 * 220 / 320, 30);
}

TEST(Overlap, SettlesWhatIsMovedAndLeans) {
  const Gray whole = spots(480, 320, 2);
  const Raster a = *raster_of(whole);
  const Raster part = *raster_of(crop(whole, {120, 80, 240, 160}));
  for (const bool back : {false, true}) {
    const OverlapPair pair = back ? OverlapPair(part, a) : OverlapPair(a, part);
    Placement rough = back ? moved(131, 74) : moved(-109, -86);
    EXPECT_LT(pair.at(rough).fine, 80);
    EXPECT_GE(pair.at(pair.settle(rough)).fine, 97);
    rough.xy = 90;
    rough.yx = 60;
    EXPECT_LT(pair.at(rough).fine, 60);
    EXPECT_GE(pair.at(pair.settle(rough)).fine, 97);
  }
}

/// Adds places that lie in the one where they lie in the other, moved.
void add_places(Content& a, Content& b, std::uint64_t count, std::uint16_t x, std::uint16_t y) {
  std::vector<Keypoint> in_a = keypoints_of(a.features[0]);
  std::vector<Keypoint> in_b = keypoints_of(b.features[0]);
  for (std::uint64_t i = 0; i < count; ++i) {
    Keypoint k;
    k.x = static_cast<std::uint16_t>((x + 20 + i * 150) * 16);
    k.y = static_cast<std::uint16_t>((y + 30 + i * 60) * 16);
    k.size = 20;
    for (std::size_t w = 0; w < 4; ++w) store_le(k.bits.data() + 8 * w, mix64(i * 4 + w + 777));
    in_a.push_back(k);
    k.x = static_cast<std::uint16_t>(k.x - x * 16);
    k.y = static_cast<std::uint16_t>(k.y - y * 16);
    in_b.push_back(k);
  }
  a.features[0] = keypoints_feature(in_a);
  b.features[0] = keypoints_feature(in_b);
}

TEST(Overlap, TwoPlacesAreEnoughWhereAreasAgree) {
  const auto compared = [](const Gray& a, const Gray& of, std::uint64_t places) {
    Content x = print_of(a, 1, 0);
    Content y = print_of(crop(of, {80, 60, 200, 140}), 2, 0);
    add_places(x, y, places, 80, 60);
    return compare_image(x, y);
  };
  const Gray g = spots(480, 320, 4);
  const Comparison c = compared(g, g, 2);
  EXPECT_EQ(c.verdict, Verdict::derived);
  EXPECT_GE(c.strength, kStrengthTold + 8);  // more than asked
  const auto said = std::find_if(c.evidence.begin(), c.evidence.end(),
                                 [](const Evidence& e) { return e.feature == "overlap"; });
  ASSERT_NE(said, c.evidence.end());
  EXPECT_LE(said->distance, said->derived_max);
  EXPECT_EQ(compared(g, g, 1).verdict, Verdict::unrelated);
  EXPECT_EQ(compared(g, spots(480, 320, 5), 2).verdict, Verdict::unrelated);
  // A round thing is not another here either.
  EXPECT_EQ(compared(disk(1, 128), disk(2, 128), 2).verdict, Verdict::unrelated);
}

TEST(Overlap, PlacesOfASqueezedPictureAreGathered) {
  std::vector<Keypoint> a;
  std::vector<Keypoint> b;
  for (std::uint64_t i = 0; i < 24; ++i) {
    Keypoint k;
    k.x = static_cast<std::uint16_t>((20 + i % 6 * 75) * 16);
    k.y = static_cast<std::uint16_t>((20 + i / 6 * 60) * 16);
    k.size = 20;
    for (std::size_t w = 0; w < 4; ++w) store_le(k.bits.data() + 8 * w, mix64(i * 4 + w + 5));
    a.push_back(k);
    k.x = static_cast<std::uint16_t>(k.x * 5 / 8 + 100 * 16);
    k.y = static_cast<std::uint16_t>(k.y * 9 / 10);
    k.size = 14;
    b.push_back(k);
  }
  const auto best = place_matches(a, b, 12);
  ASSERT_FALSE(best.empty());
  const auto most = std::max_element(best.begin(), best.end(), [](const auto& p, const auto& q) {
    return p.squeezed_places < q.squeezed_places;
  });
  EXPECT_LT(best.front().places, 24U);
  EXPECT_EQ(most->squeezed_places, 24U);
  EXPECT_NEAR(static_cast<double>(most->squeezed.xx), 640, 8);
  EXPECT_NEAR(static_cast<double>(most->squeezed.yy), 922, 8);
}

}  // namespace
}  // namespace overlap_test
}  // namespace cess::fp
