// SPDX-License-Identifier: Apache-2.0
// Where verdicts change: both sides of each threshold, on features made for it. The thresholds were
// measured (doc/fingerprints.md); who moves one has to measure again, and change this.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/endian.hpp"
#include "fingerprint/compare.hpp"
#include "fingerprint/keypoints.hpp"
#include "fingerprint/pdq.hpp"
#include "fingerprint/set_features.hpp"
#include "fingerprint/sketch.hpp"
#include "fingerprint/sound.hpp"
#include "hash_of_seed.hpp"

namespace cess::fp {
namespace thresholds_test {
namespace {

Content picture(unsigned flipped, std::uint8_t quality, std::vector<Keypoint> points = {},
                std::uint64_t seed = 7) {
  Content c;
  c.kind = Kind::image;
  c.features = {{"colour", 1, 8, Bytes(59, 100)},
                keypoints_feature(points),
                {"pdq", 1, 264, hash_of_seed(seed, flipped, quality)}};
  return c;
}

Verdict verdict_of(const Content& a, const Content& b) { return compare_image(a, b).verdict; }

TEST(Thresholds, BitsOfAPicture) {
  EXPECT_EQ(verdict_of(picture(0, 90), picture(40, 90)), Verdict::same);
  EXPECT_EQ(verdict_of(picture(0, 90), picture(41, 90)), Verdict::derived);
  EXPECT_EQ(verdict_of(picture(0, 90), picture(64, 90)), Verdict::derived);
  EXPECT_EQ(verdict_of(picture(0, 90), picture(65, 90)), Verdict::unrelated);
}

TEST(Thresholds, SoftPicturesMustBeNearerStill) {
  EXPECT_EQ(verdict_of(picture(0, 8), picture(40, 8)), Verdict::same);
  EXPECT_EQ(verdict_of(picture(0, 7), picture(40, 90)), Verdict::unknown);
  EXPECT_EQ(verdict_of(picture(0, 7), picture(28, 7)), Verdict::same);
  EXPECT_EQ(verdict_of(picture(0, 7), picture(29, 7)), Verdict::unknown);
  Content red = picture(0, 7);
  std::fill(red.features[0].data.begin(), red.features[0].data.end(), std::uint8_t{130});
  EXPECT_EQ(verdict_of(red, picture(0, 7)), Verdict::unknown);
}

TEST(Thresholds, APictureWithNothingInItIsNotTheSameAsAnother) {
  EXPECT_EQ(verdict_of(picture(0, 0), picture(0, 0)), Verdict::unknown);
}

/// `agree` places moved by one step, and others that are not found again.
std::vector<Keypoint> places(std::size_t agree, std::uint64_t others, std::uint16_t shift) {
  std::vector<Keypoint> out;
  for (std::size_t i = 0; i < agree + 20; ++i) {
    const std::uint64_t id = i < agree ? i : i + others;
    Keypoint k;
    k.x = static_cast<std::uint16_t>(400 + (mix64(id) % 200) * 16 + shift);
    k.y = static_cast<std::uint16_t>(400 + (i * 13 % 200) * 16 + shift);
    k.size = 20;
    for (std::size_t w = 0; w < 4; ++w) store_le(k.bits.data() + 8 * w, mix64(id * 4 + w + 99));
    out.push_back(k);
  }
  return out;
}

TEST(Thresholds, EightPlacesThatAgree) {
  const auto verdict = [](std::size_t agree) {
    return verdict_of(picture(0, 90, places(agree, 1000, 0)),
                      picture(0, 90, places(agree, 2000, 480), 8));
  };
  EXPECT_EQ(verdict(7), Verdict::unrelated);
  EXPECT_EQ(verdict(8), Verdict::derived);
}

TEST(Thresholds, PlacesMustAgreeClosely) {
  std::vector<Keypoint> moved = places(12, 2000, 480);
  const auto found = [&] { return match_keypoints(places(12, 1000, 0), moved).places; };
  EXPECT_EQ(found(), 12U);
  // Two of them ten pixels off: what the rough transform of one pair lets pass and the fit does
  // not.
  moved[3].x = static_cast<std::uint16_t>(moved[3].x + 320);
  moved[7].y = static_cast<std::uint16_t>(moved[7].y + 320);
  EXPECT_EQ(found(), 10U);
}

/// Fifteen places in three columns that are 13 pixels apart, each by `percent` of that.
std::vector<Keypoint> columns(std::int32_t percent) {
  std::vector<Keypoint> out;
  for (std::uint64_t i = 0; i < 15; ++i) {
    const auto column = static_cast<std::int32_t>(i % 3) - 1;
    Keypoint k;
    k.x = static_cast<std::uint16_t>((256 * 100 + 13 * column * percent) * 16 / 100);
    k.y = static_cast<std::uint16_t>((176 + 40 * (i / 3)) * 16);
    k.size = 20;
    for (std::size_t w = 0; w < 4; ++w) store_le(k.bits.data() + 8 * w, mix64(i * 4 + w + 99));
    out.push_back(k);
  }
  return out;
}

TEST(Thresholds, OneAxisIsStretchedByHalfAtMost) {
  const auto found = [](std::int32_t percent) {
    return match_keypoints(columns(100), columns(percent)).places;
  };
  EXPECT_EQ(found(100), 15U);
  EXPECT_EQ(found(140), 15U);
  EXPECT_LT(found(170), 15U);
}

Content film(std::size_t frames, std::size_t shared, std::uint64_t seed) {
  Content c;
  c.kind = Kind::video;
  Feature f{"frames", 1, 264, {}};
  for (std::size_t i = 0; i < frames; ++i) {
    const Bytes one = hash_of_seed(i < shared ? 100 + i : seed + i, 0, 90);
    f.data.insert(f.data.end(), one.begin(), one.end());
  }
  c.features = {f};
  return c;
}

TEST(Thresholds, ScenesOfFilms) {
  const auto verdict = [](std::size_t agree) {
    Content a = film(20, 0, 5000);
    Content b = film(20, 0, 9000);
    a.features.push_back(keypoints_feature(places(agree, 1000, 0)));
    b.features.push_back(keypoints_feature(places(agree, 2000, 480)));
    a.features.back().name = b.features.back().name = "scenes";
    return compare_video(a, b).verdict;
  };
  EXPECT_EQ(verdict(7), Verdict::unrelated);
  EXPECT_EQ(verdict(8), Verdict::derived);
}

TEST(Thresholds, MirroredFilmsAreDerived) {
  const Content a = film(20, 20, 0);
  Content b = a;
  Feature& frames = b.features[0];
  for (std::size_t i = 0; i < frames.count(); ++i) {
    const auto at = frames.data.begin() + static_cast<std::ptrdiff_t>(33 * i);
    Bits256 bits{};
    std::copy_n(at, bits.size(), bits.begin());
    bits = turn_pdq(bits, Turn::mirror);
    std::copy(bits.begin(), bits.end(), at);
  }
  EXPECT_EQ(compare_video(a, a).verdict, Verdict::same);
  EXPECT_EQ(compare_video(a, b).verdict, Verdict::derived);
}

Content sound(std::size_t wrong_in_32, std::uint64_t seed) {
  Content c;
  c.kind = Kind::audio;
  Feature bits{"audio_bits", 1, 32, Bytes(std::size_t{4} * 400)};
  for (std::size_t i = 0; i < 400; ++i) {
    std::uint32_t v = static_cast<std::uint32_t>(mix64(1000 + i));
    for (std::size_t b = 0; b < wrong_in_32; ++b) v ^= 1U << (mix64(i) + b * 11) % 32;
    store_le(bits.data.data() + 4 * i, v);
  }
  std::vector<Peak> peaks;  // too far apart to make triples
  for (std::uint32_t i = 0; i < 10; ++i)
    peaks.push_back({i * 100, static_cast<std::uint32_t>(mix64(seed + i) % 160)});
  c.features = {bits, {"audio_peaks", 1, 32, encode_peaks(peaks)}};
  return c;
}

TEST(Thresholds, BitsOfASound) {
  const auto verdict = [](std::size_t wrong) {
    return compare_audio(sound(0, 1), sound(wrong, 2)).verdict;
  };
  EXPECT_EQ(verdict(10), Verdict::same);  // 31 % of the bits
  EXPECT_EQ(verdict(11),
            Verdict::derived);  // 34 %: more than a new encoding, score (5000 - 3437) * 20
  EXPECT_EQ(verdict(14), Verdict::derived);    // score 12500
  EXPECT_EQ(verdict(15), Verdict::unrelated);  // score 6260
}

TEST(Thresholds, SilenceSaysNothing) {
  std::vector<std::uint32_t> a(400);
  std::vector<std::uint32_t> b(400);
  for (std::size_t i = 0; i < 300; ++i) {  // a ends in silence, b begins with it
    a[i] = static_cast<std::uint32_t>(mix64(i));
    b[100 + i] = static_cast<std::uint32_t>(mix64(5000 + i));
  }
  EXPECT_GT(match_bits(a, b).errors, 3500U);
  EXPECT_GT(match_bits(std::vector<std::uint32_t>(400), b).errors, 3500U);
  EXPECT_EQ(match_bits(a, a).errors, 0U);
}

/// One peak in each of 700 frames; `shared` of them are the same for every seed.
Content peaks_sound(std::uint64_t seed, std::uint32_t shared) {
  Content c = sound(0, seed);
  for (std::size_t i = 0; i < 400; ++i)
    store_le(c.features[0].data.data() + 4 * i, static_cast<std::uint32_t>(mix64(seed * 977 + i)));
  std::vector<Peak> peaks;
  for (std::uint32_t i = 0; i < 700; ++i) {
    const bool common = i >= 200 && i < 200 + shared;
    peaks.push_back({i, static_cast<std::uint32_t>(mix64(common ? i : i + seed * 7919) % kBands)});
  }
  c.features[1].data = encode_peaks(peaks);
  return c;
}

TEST(Thresholds, PeaksOfASound) {
  const auto told = [](std::uint32_t shared) {
    return compare_audio(peaks_sound(1, shared), peaks_sound(2, shared));
  };
  const auto score = [&](std::uint32_t shared) {
    const Evidence e = told(shared).evidence.at(1);
    EXPECT_EQ(e.feature, "audio_peaks");
    return e.scale - e.distance;
  };
  // Some more shared frames at a time, until they are enough.
  std::uint32_t shared = 20;
  while (shared < 500 && score(shared) < 2600) ++shared;
  ASSERT_LT(shared, 500U);
  EXPECT_LT(score(shared), 2660U);  // the steps are small: another threshold would show
  EXPECT_EQ(told(shared).verdict, Verdict::derived);
  ASSERT_LT(score(shared - 1), 2600U);
  EXPECT_GE(score(shared - 1), 2500U);
  EXPECT_EQ(told(shared - 1).verdict, Verdict::unrelated);
}

/// The elements `from` to `from + count`, as the features of a text or of another file.
Content set_of(const std::string& prefix, std::uint64_t from, std::uint64_t count) {
  SketchBuilder builder;
  for (std::uint64_t i = from; i < from + count; ++i) builder.add(mix64(i));
  Content c;
  c.kind = prefix == "text" ? Kind::text : Kind::other;
  add_set_features(c, prefix, builder.sketch(), builder.minhash());
  return c;
}

/// `smaller` and `larger` elements of which `common` are in both.
Comparison sets(const std::string& prefix, std::uint64_t smaller, std::uint64_t larger,
                std::uint64_t common) {
  constexpr std::uint64_t kFirst = 1'000'000;
  const Content a = set_of(prefix, kFirst, smaller);
  const Content b = set_of(prefix, kFirst + smaller - common, larger);
  return prefix == "text" ? compare_text(a, b) : compare_other(a, b);
}

TEST(Thresholds, ShinglesOfTexts) {
  const auto verdict = [](std::uint64_t smaller, std::uint64_t larger, std::uint64_t common) {
    return sets("text", smaller, larger, common).verdict;
  };
  EXPECT_EQ(verdict(200, 200, 158), Verdict::same);  // 65.3 % of both
  EXPECT_EQ(verdict(200, 200, 157), Verdict::derived);
  EXPECT_EQ(verdict(200, 200, 62), Verdict::derived);  // 18.3 % of both
  EXPECT_EQ(verdict(200, 200, 61), Verdict::unrelated);
  EXPECT_EQ(verdict(100, 200, 40), Verdict::derived);  // 40 % of the smaller
  EXPECT_EQ(verdict(100, 200, 39), Verdict::unrelated);
  EXPECT_EQ(verdict(15, 200, 9), Verdict::derived);  // 60 %, where few agree
  EXPECT_EQ(verdict(15, 200, 8), Verdict::unrelated);
  EXPECT_EQ(verdict(11, 200, 0), Verdict::unknown);  // fewer than 12 tell nothing
}

TEST(Thresholds, ChunksOfOtherFiles) {
  const auto verdict = [](std::uint64_t smaller, std::uint64_t larger, std::uint64_t common) {
    return sets("data", smaller, larger, common).verdict;
  };
  EXPECT_EQ(verdict(200, 200, 134), Verdict::same);  // 50.4 % of both
  EXPECT_EQ(verdict(200, 200, 133), Verdict::derived);
  EXPECT_EQ(verdict(100, 200, 15), Verdict::derived);  // 5.3 % of both
  EXPECT_EQ(verdict(100, 200, 14), Verdict::unrelated);
  EXPECT_EQ(verdict(20, 200, 4), Verdict::derived);  // 20 % of the smaller
  EXPECT_EQ(verdict(20, 200, 3), Verdict::unrelated);
  EXPECT_EQ(verdict(10, 200, 2), Verdict::unrelated);  // two chunks are a chance
  EXPECT_EQ(verdict(3, 200, 0), Verdict::unknown);
}

/// Told from 100 on, and never less where more agrees. `c` in order of rising agreement.
void expect_rising(const std::vector<Comparison>& c) {
  for (std::size_t i = 0; i < c.size(); ++i) {
    const bool told = c[i].verdict == Verdict::same || c[i].verdict == Verdict::derived;
    EXPECT_EQ(c[i].strength >= kStrengthTold, told) << i;
    EXPECT_LE(i == 0 ? 0 : c[i - 1].strength, c[i].strength) << i;
  }
  ASSERT_FALSE(c.empty());
  EXPECT_LT(c.front().strength, kStrengthTold);
  EXPECT_GT(c.back().strength, c.front().strength + kStrengthTold);
}

TEST(Strength, RisesWithTheEvidence) {
  std::vector<Comparison> hashes, points, films, sounds, texts, others;
  for (unsigned wrong = 100; wrong-- > 0;)
    hashes.push_back(compare_image(picture(0, 90), picture(wrong, 90)));
  expect_rising(hashes);
  for (std::size_t n = 0; n < 64; ++n)
    points.push_back(
        compare_image(picture(0, 90, places(n, 1000, 0)), picture(0, 90, places(n, 2000, 480), 8)));
  EXPECT_LT(points[4].strength, points[8].strength);
  EXPECT_LT(points[8].strength, kStrengthTold + 10);
  EXPECT_GT(points[63].strength, points[12].strength);
  for (std::size_t n = 0; n <= 100; n += 4)
    films.push_back(compare_video(film(100, n, 5000), film(100, n, 9000)));
  expect_rising(films);
  for (std::size_t wrong = 16; wrong-- > 0;)
    sounds.push_back(compare_audio(sound(0, 1), sound(wrong, 2)));
  expect_rising(sounds);
  for (std::uint64_t n = 0; n <= 200; n += 2) {
    texts.push_back(sets("text", 200, 200, n));
    others.push_back(sets("data", 200, 200, n));
  }
  expect_rising(texts);
  expect_rising(others);
}

TEST(Strength, EqualBytesAreTheMost) {
  Fingerprint a;
  a.content.kind = Kind::other;
  Fingerprint b = a;
  EXPECT_EQ(compare(a, b).strength, kStrengthMax);
  b.size_bytes = 1;
  EXPECT_EQ(compare(a, b).strength, 0U);
  // However much else agrees, as in a film that is cut out of another.
  EXPECT_LT(strength_of(Verdict::derived, 5 * kStrengthMax), kStrengthMax);
  EXPECT_LT(strength_of(Verdict::same, kStrengthMax), kStrengthMax);
}

TEST(Thresholds, BitsOfAMinHashStandInTheirOrder) {
  // Written by the first version: another value is another algorithm, and old certificates are not
  // found any more.
  SketchBuilder builder;
  for (std::uint64_t i = 0; i < 1000; ++i) builder.add(mix64(i));
  const Bits256 first = builder.minhash();
  EXPECT_EQ(load_le<std::uint64_t>(first.data()), 7158753628758710530U);
}

}  // namespace
}  // namespace thresholds_test
}  // namespace cess::fp
