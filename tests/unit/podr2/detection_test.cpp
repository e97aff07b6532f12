// SPDX-License-Identifier: Apache-2.0
// links: merkle
#include "podr2/detection.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "podr2/challenge.hpp"

namespace cess {
namespace {

TEST(Detection, PublishedTable) {
  // Ateniese et al., PDP (CCS 2007), section 4.2: at 1 % deleted, 460 blocks give 99 %, 300 give 95
  // %.
  EXPECT_NEAR(detection_probability(0.01, 460), 0.99, 0.0005);
  EXPECT_NEAR(detection_probability(0.01, 300), 0.95, 0.001);
  EXPECT_NEAR(detection_probability(0.01, 512), 0.9942, 0.0001);
  EXPECT_NEAR(detection_probability(0.001, 512), 0.401, 0.001);
  EXPECT_NEAR(detection_probability(0.0001, 1024), 0.097, 0.001);
}

TEST(Detection, Edges) {
  EXPECT_EQ(detection_probability(0.0, 1000), 0.0);
  EXPECT_EQ(detection_probability(1.0, 1), 1.0);
  EXPECT_EQ(detection_probability(0.5, 0), 0.0);
  // Where 1 - eps rounds to 1 the naive formula says zero.
  EXPECT_NEAR(detection_probability(1e-18, 1000000), 1e-12, 1e-18);
}

TEST(Detection, RequiredCountIsTheLeast) {
  EXPECT_EQ(required_challenge_count(0.01, 0.999), 688U);
  EXPECT_EQ(required_challenge_count(0.01, 0.99), 459U);
  EXPECT_EQ(required_challenge_count(0.5, 0.5), 1U);
  EXPECT_EQ(required_challenge_count(0.5, 0.75), 2U);
  EXPECT_EQ(required_challenge_count(1.0, 0.999999), 1U);
  EXPECT_EQ(required_challenge_count(0.3, 0.0), 0U);
  for (const double eps : {0.5, 0.05, 0.01, 0.001, 1e-5}) {
    for (const double p : {0.1, 0.5, 0.9, 0.99, 0.999999}) {
      const auto c = required_challenge_count(eps, p);
      EXPECT_GE(detection_probability(eps, c), p);
      if (c > 1) {
        EXPECT_LT(detection_probability(eps, c - 1), p);
      }
    }
  }
  EXPECT_EQ(required_challenge_count(1e-300, 0.999), std::uint64_t{1} << 63U);
}

TEST(Detection, DefaultCount) {
  EXPECT_EQ(default_challenge_count(0), 512U);
  EXPECT_EQ(default_challenge_count(1), 513U);
  EXPECT_EQ(default_challenge_count(256), 513U);
  EXPECT_EQ(default_challenge_count(257), 514U);
  EXPECT_EQ(default_challenge_count(1'000'000), 4419U);
  EXPECT_EQ(default_challenge_count(256 * 7680), 8192U);
  EXPECT_EQ(default_challenge_count(256 * 7680 - 256), 8191U);
  EXPECT_EQ(default_challenge_count(~std::uint64_t{0}), 8192U);
}

/// A miner that lost a share of its blocks is caught when a challenge asks for one of them: over
/// many epochs, real challenges catch it as often as the formula says, within three standard
/// errors.
TEST(Detection, CheatingMinersAreCaughtAsOftenAsPromised) {
  constexpr std::uint64_t kBlocks = 20000;
  constexpr int kEpochs = 10000;
  struct Case {
    std::uint64_t lost;
    std::uint32_t count;
  };
  for (const Case& t : {Case{1000, 30}, Case{200, 128}, Case{20, 512}}) {
    std::vector<bool> lost(kBlocks);
    std::mt19937_64 rng(t.lost);
    for (std::uint64_t n = 0; n < t.lost;) {
      const auto b = rng() % kBlocks;
      n += lost[b] ? 0U : 1U;
      lost[b] = true;
    }
    Challenge c;
    c.blocks = kBlocks;
    c.fragments = kBlocks / 32;
    c.count = t.count;
    int caught = 0;
    for (int e = 0; e < kEpochs; ++e) {
      c.epoch = static_cast<std::uint32_t>(e);
      const Hash256 seed = challenge_seed(c);
      for (std::uint32_t k = 0; k < c.count; ++k) {
        if (lost[draw(seed, k, kBlocks).block]) {
          ++caught;
          break;
        }
      }
    }
    const double p = detection_probability(static_cast<double>(t.lost) / kBlocks, t.count);
    const double error = std::sqrt(p * (1 - p) / kEpochs);
    EXPECT_NEAR(static_cast<double>(caught) / kEpochs, p, 3 * error) << t.lost;
    RecordProperty("caught_of_10000_at_" + std::to_string(t.lost), caught);
  }
}

}  // namespace
}  // namespace cess
