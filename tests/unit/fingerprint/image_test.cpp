// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>
#include <sstream>

#include "base/hex.hpp"
#include "fingerprint/angles.hpp"
#include "fingerprint/compare.hpp"
#include "fingerprint/descriptors.hpp"
#include "fingerprint/iscc.hpp"
#include "fingerprint/keypoint_pattern.hpp"
#include "fingerprint/keypoints.hpp"
#include "fingerprint/pdq.hpp"
#include "fingerprint/picture.hpp"
#include "fingerprint/simhash.hpp"

namespace cess::fp {
namespace {

/// Soft blobs at places drawn from a seed: enough for every feature to hold on to.
Gray blobs_picture(std::uint32_t width, std::uint32_t height, std::uint64_t seed) {
  Gray g{width, height, Bytes(std::size_t{width} * height)};
  std::vector<double> sum(g.pixels.size(), 128.0);
  std::uint64_t state = seed;
  const auto draw = [&](std::uint32_t n) {
    state += 0x9e3779b97f4a7c15U;
    return static_cast<double>(mix64(state) % n);
  };
  for (int k = 0; k < 120; ++k) {
    const double cx = draw(width);
    const double cy = draw(height);
    const double r = 4.0 + draw(30);
    const double v = draw(160) - 80.0;
    for (std::size_t y = 0; y < height; ++y) {
      for (std::size_t x = 0; x < width; ++x) {
        const double dx = (static_cast<double>(x) - cx) / r;
        const double dy = (static_cast<double>(y) - cy) / (1.5 * r);
        if (dx * dx + dy * dy < 9) sum[y * width + x] += v * std::exp(-dx * dx - dy * dy);
      }
    }
  }
  for (std::size_t i = 0; i < sum.size(); ++i) {
    g.pixels[i] = static_cast<std::uint8_t>(std::clamp(sum[i], 0.0, 255.0));
  }
  return g;
}

Gray turned_by_90(const Gray& g) {  // as `convert -rotate 90`: clockwise
  Gray out{g.height, g.width, Bytes(g.pixels.size())};
  for (std::size_t y = 0; y < g.height; ++y) {
    for (std::size_t x = 0; x < g.width; ++x)
      out.pixels[x * out.width + (g.height - 1 - y)] = g.at(x, y);
  }
  return out;
}

Gray mirrored_picture(const Gray& g) {
  Gray out = g;
  for (std::size_t y = 0; y < g.height; ++y) {
    for (std::size_t x = 0; x < g.width; ++x)
      out.pixels[y * g.width + x] = g.at(g.width - 1 - x, y);
  }
  return out;
}

/// PDQ as the paper describes it, slowly and in floating point: whole picture filtered, then
/// sampled.
Bits256 plain_pdq(int w, int h, std::vector<double> a) {
  const auto box = [&](int length, int lines, int along, int across) {
    const int window = (length + 127) / 128;
    std::vector<double> out(a.size());
    for (int l = 0; l < lines; ++l) {
      for (int i = 0; i < length; ++i) {
        const int from = std::max(0, i - (window - 1) / 2);
        const int to = std::min(length - 1, i + window / 2);
        double sum = 0;
        for (int k = from; k <= to; ++k) sum += a[static_cast<std::size_t>(l * across + k * along)];
        out[static_cast<std::size_t>(l * across + i * along)] = sum / (to - from + 1);
      }
    }
    a = out;
  };
  for (int pass = 0; pass < 2; ++pass) {
    box(w, h, 1, w);
    box(h, w, w, 1);
  }
  std::vector<double> spectrum;
  for (int u = 1; u <= 16; ++u) {
    for (int v = 1; v <= 16; ++v) {
      double sum = 0;
      for (int i = 0; i < 64; ++i) {
        for (int j = 0; j < 64; ++j) {
          const int y = static_cast<int>((i + 0.5) * h / 64);
          const int x = static_cast<int>((j + 0.5) * w / 64);
          sum += a[static_cast<std::size_t>(y * w + x)] * std::cos(M_PI / 128 * u * (2 * i + 1)) *
                 std::cos(M_PI / 128 * v * (2 * j + 1));
        }
      }
      spectrum.push_back(sum);
    }
  }
  std::vector<double> sorted = spectrum;
  std::sort(sorted.begin(), sorted.end());
  Bits256 out{};
  for (std::size_t i = 0; i < 256; ++i) {
    if (spectrum[i] > sorted[127]) out[31 - i / 8] |= static_cast<std::uint8_t>(1U << (i % 8));
  }
  return out;
}
Bits256 plain_pdq(const Gray& g) {
  return plain_pdq(static_cast<int>(g.width), static_cast<int>(g.height),
                   std::vector<double>(g.pixels.begin(), g.pixels.end()));
}

// The hash that PDQ's authors publish: the plain algorithm gives it bit by bit from luma that is
// not rounded; ours, from luma in 8 bits, is two bits away on this picture of 26 x 28.
TEST(PdqTest, MeetsThePublishedHash) {
  std::ifstream in(CESS_VECTORS_DIR "/fingerprint/pdq_published.txt");
  std::string want;
  std::string hex;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("hash ")) {
      want = line.substr(5);
    } else if (!line.starts_with("#")) {
      hex += line;
    }
  }
  Picture p;
  p.width = 26;
  p.height = 28;
  p.rgb = parse_hex(hex, "pixels").value();
  ASSERT_EQ(p.rgb.size(), 26U * 28 * 3);
  std::vector<double> luma;
  for (std::size_t i = 0; i < p.rgb.size(); i += 3)
    luma.push_back(0.299 * p.rgb[i] + 0.587 * p.rgb[i + 1] + 0.114 * p.rgb[i + 2]);
  EXPECT_EQ(to_hex(plain_pdq(26, 28, luma)), want);
  Bits256 published{};
  const Bytes bytes = parse_hex(want, "hash").value();
  std::copy(bytes.begin(), bytes.end(), published.begin());
  EXPECT_LE(hamming(pdq_of(luma_of(p)).bits, published), 2U);
}

TEST(PdqTest, MeetsThePlainAlgorithm) {
  for (const auto& [w, h] :
       {std::pair{300U, 200U}, {64U, 64U}, {640U, 511U}, {129U, 1000U}, {40U, 9U}}) {
    const Gray g = blobs_picture(w, h, w);
    EXPECT_LE(hamming(pdq_of(g).bits, plain_pdq(g)), 2U) << w;
  }
}

TEST(PdqTest, FlatAndTinyPicturesSayNothing) {
  EXPECT_EQ(pdq_of(Gray{4, 4, Bytes(16, 9)}).bits, Bits256{});
  const Gray flat{100, 100, Bytes(10'000, 77)};
  EXPECT_EQ(pdq_of(flat).quality, 0);
  EXPECT_GT(pdq_of(blobs_picture(300, 200, 1)).quality, 20);
}

TEST(PdqTest, TurnedHashesAreHashesOfTurnedPictures) {
  const Gray g = blobs_picture(320, 240, 5);
  const Bits256 h = pdq_of(g).bits;
  const Gray r90 = turned_by_90(g);
  const std::array<std::pair<Gray, Turn>, 5> all{std::pair{r90, Turn::by90},
                                                 {turned_by_90(r90), Turn::by180},
                                                 {turned_by_90(turned_by_90(r90)), Turn::by270},
                                                 {mirrored_picture(g), Turn::mirror},
                                                 {mirrored_picture(r90), Turn::transpose}};
  for (const auto& [picture, turn] : all) {
    const TurnedDistance d = turned_distance(pdq_of(picture).bits, h);
    EXPECT_LE(d.distance, 32U) << turn_name(turn);
    EXPECT_EQ(d.turn, turn) << turn_name(d.turn);
  }
}

// Hashes of one picture in all eight turns, published: ours of the first, turned, is near each (18
// bits of 256 at most; implementations of the same may differ by 16), and in its own turn. They
// turn against the clock, and name an axis where we name what happens.
TEST(PdqTest, TurnsThePublishedHashes) {
  std::ifstream in(CESS_VECTORS_DIR "/fingerprint/pdq_turns.txt");
  std::map<std::string, Bits256> published;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    const auto space = line.find(' ');
    const auto bytes = parse_hex(line.substr(space + 1), "hash");
    ASSERT_TRUE(bytes && bytes->size() == 32) << line;
    std::copy(bytes->begin(), bytes->end(), published[line.substr(0, space)].begin());
  }
  ASSERT_EQ(published.size(), kTurns);
  const std::map<std::string, Turn> turns{{"original", Turn::none},
                                          {"rotate-90", Turn::by270},
                                          {"rotate-180", Turn::by180},
                                          {"rotate-270", Turn::by90},
                                          {"flipx", Turn::flip},
                                          {"flipy", Turn::mirror},
                                          {"flip-plus-1", Turn::transpose},
                                          {"flip-minus-1", Turn::antitranspose}};
  for (const auto& [name, turn] : turns) {
    const TurnedDistance d = turned_distance(published[name], published["original"]);
    EXPECT_LE(d.distance, 18U) << name;
    EXPECT_EQ(d.turn, turn) << name << ": " << turn_name(d.turn);
  }
}

TEST(CompareImage, WithoutFeaturesNothingCanBeTold) {
  Content none;
  none.kind = Kind::image;
  EXPECT_NE(compare_image(none, none).verdict, Verdict::same);
}

TEST(IsccImage, ConformanceVector) {
  std::ifstream in(CESS_VECTORS_DIR "/iscc_image.txt");
  std::string unit;
  while (std::getline(in, unit) && unit.starts_with('#')) {
  }
  Gray g{32, 32, {}};
  for (unsigned v = 0; in >> v;) g.pixels.push_back(static_cast<std::uint8_t>(v));
  ASSERT_EQ(g.pixels.size(), 1024U);
  EXPECT_EQ(iscc_text(IsccUnit::image, iscc_image_body(g), 256), unit);
  // test_0000_all_black_64 and test_0001_all_white_128 of the same file.
  EXPECT_EQ(iscc_text(IsccUnit::image, iscc_image_body({32, 32, Bytes(1024, 0)}), 64),
            "ISCC:EEAQAAAAAAAAAAAA");
  EXPECT_EQ(iscc_text(IsccUnit::image, iscc_image_body({32, 32, Bytes(1024, 255)}), 128),
            "ISCC:EEBYAAAAAAAAAAAAAAAAAAAAAAAAA");
}

TEST(Orientation, EightWaysToStandUpright) {
  // EXIF 2.32, tag 274: where row 0 and column 0 of the stored picture are to be seen.
  const std::array<std::string_view, 9> seen{"",     "ABCD", "BADC", "DCBA", "CDAB",
                                             "ACBD", "CADB", "DBCA", "BDAC"};
  for (unsigned o = 1; o <= 8; ++o) {
    Picture p;
    p.width = p.full_width = p.height = p.full_height = 2;
    for (const char c : {'A', 'B', 'C', 'D'})
      p.rgb.insert(p.rgb.end(), 3, static_cast<std::uint8_t>(c));
    orient(p, o);
    std::string out;
    for (std::size_t i = 0; i < 4; ++i) out += static_cast<char>(p.rgb[3 * i]);
    EXPECT_EQ(out, seen[o]) << o;
  }
  Picture wide;
  wide.width = wide.full_width = 3;
  wide.height = wide.full_height = 1;
  wide.rgb = Bytes(9);
  orient(wide, 6);
  EXPECT_EQ(wide.width, 1U);
  EXPECT_EQ(wide.full_height, 3U);
}

TEST(Angles, AreThoseOfAtan2) {
  for (int i = 0; i < 256; ++i) {
    const double a = M_PI / 128 * i;
    EXPECT_EQ(angle_of(std::lround(1e6 * std::cos(a)), std::lround(1e6 * std::sin(a))), i);
  }
  EXPECT_EQ(angle_of(0, 0), 0);
}

TEST(Borders, AreFoundAndLeftAlone) {
  const Gray inner = blobs_picture(200, 120, 3);
  Gray framed{260, 200, Bytes(260 * 200, 10)};
  for (std::size_t y = 0; y < 120; ++y) {
    std::copy_n(inner.pixels.begin() + static_cast<std::ptrdiff_t>(y * 200), 200,
                framed.pixels.begin() + static_cast<std::ptrdiff_t>((y + 30) * 260 + 40));
  }
  EXPECT_EQ(content_of(framed), (Rect{40, 30, 200, 120}));
  EXPECT_EQ(content_of(inner), (Rect{0, 0, 200, 120}));
  const Gray flat{100, 100, Bytes(10'000, 7)};
  EXPECT_EQ(content_of(flat), (Rect{0, 0, 100, 100}));
  // A stamp on a page: less than a quarter of its width is the page's, not the stamp's.
  for (const std::uint32_t width : {800U, 802U}) {
    Gray page{width, 400, Bytes(std::size_t{width} * 400, 250)};
    for (std::size_t y = 0; y < 120; ++y) {
      std::copy_n(inner.pixels.begin() + static_cast<std::ptrdiff_t>(y * 200), 200,
                  page.pixels.begin() + static_cast<std::ptrdiff_t>((y + 100) * width + 300));
    }
    EXPECT_EQ(content_of(page),
              width == 800 ? (Rect{300, 100, 200, 120}) : (Rect{0, 0, width, 400}));
  }
}

TEST(Keypoints, FindThePlaceInAPartATurnAMirrorAndAScale) {
  const Gray g = blobs_picture(500, 400, 11);
  const auto whole = find_keypoints(g);
  ASSERT_GT(whole.size(), 60U);
  EXPECT_LE(whole.size(), kKeypointsMax);
  const auto places = [&](const Gray& other) {
    return match_keypoints(whole, find_keypoints(other));
  };
  EXPECT_GT(places(crop(g, {100, 50, 250, 250})).places, 7U);
  const KeypointMatch turned = places(turned_by_90(g));
  EXPECT_GT(turned.places, 30U);
  EXPECT_NEAR(turned.turn, 90, 6);
  const KeypointMatch mirrored = places(mirrored_picture(g));
  EXPECT_GT(mirrored.places, 30U);
  EXPECT_TRUE(mirrored.mirrored);
  EXPECT_GT(places(reduce(g, 300, 240)).places, 20U);
  EXPECT_LT(places(blobs_picture(500, 400, 12)).places, 8U);
}

TEST(Keypoints, FeatureGivesThemBack) {
  const auto points = find_keypoints(blobs_picture(300, 300, 4));
  const auto again = keypoints_of(keypoints_feature(points));
  ASSERT_EQ(again.size(), points.size());
  for (std::size_t i = 0; i < points.size(); ++i) EXPECT_EQ(again[i].bits, points[i].bits);
}

TEST(Keypoints, PairsAreMirrorImages) {
  const auto& p = keypoint_pairs();
  for (std::size_t i = 0; i < 128; ++i) {
    EXPECT_EQ(p[i].first % 8, p[i + 128].first % 8);
    EXPECT_EQ(p[i].first / 8 + p[i + 128].first / 8, 7);
  }
}

}  // namespace
}  // namespace cess::fp
