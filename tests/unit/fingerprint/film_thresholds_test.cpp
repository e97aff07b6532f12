// SPDX-License-Identifier: Apache-2.0
// Where verdicts of films change by their frames: both sides of each threshold, on frames made for
// it. Who moves one has to measure again (doc/fingerprints.md), and change this.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "fingerprint/compare.hpp"
#include "hash_of_seed.hpp"

namespace cess::fp {
namespace film_thresholds_test {
namespace {

/// Frames by their seeds, each `flipped` bits away from its seed's.
Content film_of(const std::vector<std::uint64_t>& seeds, unsigned flipped = 0) {
  Content c;
  c.kind = Kind::video;
  Feature f{"frames", 1, 264, {}};
  for (const std::uint64_t seed : seeds) {
    const Bytes one = hash_of_seed(seed, flipped, 90);
    f.data.insert(f.data.end(), one.begin(), one.end());
  }
  c.features = {f};
  return c;
}

/// The first `shared` frames are those of every film, the others are its own.
std::vector<std::uint64_t> film_seeds(std::size_t frames, std::size_t shared, std::uint64_t seed) {
  std::vector<std::uint64_t> out(frames);
  for (std::size_t i = 0; i < frames; ++i) out[i] = i < shared ? 100 + i : seed + i;
  return out;
}

Content film(std::size_t frames, std::size_t shared, std::uint64_t seed, unsigned flipped = 0) {
  return film_of(film_seeds(frames, shared, seed), flipped);
}

Content film_backwards(std::size_t frames, std::size_t shared, std::uint64_t seed,
                       unsigned flipped) {
  auto seeds = film_seeds(frames, shared, seed);
  std::reverse(seeds.begin(), seeds.end());
  return film_of(seeds, flipped);
}

/// The frames in an order that fits no offset, onward or backwards.
Content film_cut_anew(std::vector<std::uint64_t> seeds, unsigned flipped = 0) {
  std::sort(seeds.begin(), seeds.end(),
            [](std::uint64_t x, std::uint64_t y) { return mix64(x) < mix64(y); });
  return film_of(seeds, flipped);
}

/// 100 frames: 48 shared, of `moments` kinds that take turns, and its own.
std::vector<std::uint64_t> few_moments(std::size_t moments, std::uint64_t seed) {
  auto out = film_seeds(100, 0, seed);
  for (std::size_t i = 0; i < 48; ++i) out[2 * i] = 100 + i * moments / 48;
  return out;
}

// 48 bits: too far for frames in any order, which would tell these films as well.
TEST(FilmThresholds, FramesOfFilms) {
  const auto verdict = [](std::size_t shared, unsigned flipped) {
    return compare_video(film(100, shared, 5000), film(100, shared, 9000, flipped)).verdict;
  };
  EXPECT_EQ(verdict(60, 48), Verdict::same);
  EXPECT_EQ(verdict(60, 49), Verdict::unrelated);
  EXPECT_EQ(verdict(59, 48), Verdict::derived);
  EXPECT_EQ(verdict(12, 48), Verdict::derived);
  EXPECT_EQ(verdict(11, 48), Verdict::unrelated);
  EXPECT_EQ(verdict(11, 0), Verdict::unrelated);
}

TEST(FilmThresholds, FilmsPlayedBackwards) {
  const auto compared = [](std::size_t shared, unsigned flipped) {
    return compare_video(film(100, shared, 5000), film_backwards(100, shared, 9000, flipped));
  };
  EXPECT_EQ(compared(100, 48).verdict, Verdict::derived);
  EXPECT_EQ(compared(100, 48).evidence.front().note, "100 frames near, backwards from 49500 ms");
  EXPECT_EQ(compared(100, 49).verdict, Verdict::unrelated);
  EXPECT_EQ(compared(12, 48).verdict, Verdict::derived);
  EXPECT_EQ(compared(11, 48).verdict, Verdict::unrelated);
  // What lies the same way both times is told onward.
  auto there_and_back = film_seeds(100, 100, 0);
  for (std::size_t i = 50; i < 100; ++i) there_and_back[i] = there_and_back[99 - i];
  const Comparison same = compare_video(film_of(there_and_back), film_of(there_and_back, 48));
  EXPECT_EQ(same.verdict, Verdict::same);
  EXPECT_EQ(same.evidence.front().note, "100 frames near, offset 0 ms");
}

TEST(FilmThresholds, FramesInAnyOrder) {
  const auto compared = [](std::size_t shared, unsigned flipped) {
    return compare_video(film_cut_anew(film_seeds(100, shared, 5000)),
                         film(100, shared, 9000, flipped));
  };
  const Comparison all = compared(100, 31);
  EXPECT_EQ(all.verdict, Verdict::derived);
  EXPECT_EQ(all.evidence[1].feature, "moments");
  EXPECT_EQ(all.evidence[1].distance, 0U);
  EXPECT_EQ(all.evidence[1].note, "100 frames near in any order, 8 or more of them different");
  EXPECT_EQ(compared(12, 31).verdict, Verdict::derived);
  EXPECT_EQ(compared(12, 32).verdict, Verdict::unrelated);
  EXPECT_EQ(compared(11, 31).verdict, Verdict::unrelated);
}

TEST(FilmThresholds, FewMomentsInAnyOrderSayNothing) {
  const auto verdict = [](std::size_t moments) {
    return compare_video(film_cut_anew(few_moments(moments, 5000)),
                         film_of(few_moments(moments, 9000)))
        .verdict;
  };
  EXPECT_EQ(verdict(3), Verdict::unrelated);
  EXPECT_EQ(verdict(4), Verdict::derived);
}

// A still is near to many frames that differ: each of both films must show the moments.
TEST(FilmThresholds, AStillIsOneMoment) {
  Content drifting = film(40, 0, 5000);
  for (std::size_t k = 0; k < 12; ++k) {  // 15 bits from the still, 30 from one another
    Bytes one = hash_of_seed(100, 0, 90);
    for (std::size_t bit = 15 * k; bit < 15 * (k + 1); ++bit)
      one[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    std::copy(one.begin(), one.end(),
              drifting.features[0].data.begin() + static_cast<std::ptrdiff_t>(33 * 3 * k));
  }
  auto seeds = film_seeds(40, 0, 9000);
  std::fill_n(seeds.begin() + 20, 6, 100U);
  EXPECT_EQ(compare_video(drifting, film_of(seeds)).verdict, Verdict::unrelated);
  EXPECT_EQ(compare_video(film_of(seeds), drifting).verdict, Verdict::unrelated);
}

// 48 frames of a hundred are near to four of the longer film: those of the shorter count.
TEST(FilmThresholds, FramesInAnyOrderAreThoseOfTheShorterFilm) {
  const Content shorter = film_cut_anew(few_moments(4, 5000));
  auto seeds = film_seeds(200, 0, 9000);
  for (std::size_t i = 0; i < 4; ++i) seeds[20 + 50 * i] = 100 + i;
  EXPECT_EQ(compare_video(shorter, film_of(seeds)).verdict, Verdict::derived);
  EXPECT_EQ(compare_video(film_of(seeds), shorter).verdict, Verdict::derived);
}

// 48 bits: near only at an offset; being near in any order adds to the strength.
TEST(FilmThresholds, MomentsAddToTheStrength) {
  EXPECT_EQ(compare_video(film(100, 12, 5000), film(100, 12, 9000)).strength,
            compare_video(film(100, 12, 5000), film(100, 12, 9000, 48)).strength + 200);
}

}  // namespace
}  // namespace film_thresholds_test
}  // namespace cess::fp
