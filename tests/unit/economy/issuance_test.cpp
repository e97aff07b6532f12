// SPDX-License-Identifier: Apache-2.0
// Issuance against published figures: the white paper's section 7.4 (55 % of 10 bn, halving every
// four years; 30 / 15 / 5 / 5) and the token page of the existing network (715.5 M in the first
// year, 0.841 a year, 30 years sum to about 4,475 M; first year's pools per era 326,488.7 storage
// and 163,244.4 consensus).
#include "economy/issuance.hpp"

#include <gtest/gtest.h>

namespace cess {
namespace {

constexpr Amount kToken = kBaseUnitsPerToken;
constexpr Amount kMillionTokens = Amount{1'000'000} * kToken;
const Issuance kHalving{IssuanceCurve::halving, 5500 * kMillionTokens, 0, 1461};
const Issuance kYearly{IssuanceCurve::yearly, 0, 7155 * kMillionTokens / 10, 1461};

TEST(Issuance, HalvesEveryFourYears) {
  const Amount first = Amount{6875} * kMillionTokens / 10;  // 2,750 M / 4
  for (std::uint64_t y = 0; y < 40; ++y) {
    EXPECT_EQ(issued_in_year(kHalving, y), first >> (y / 4)) << y;
  }
  EXPECT_EQ(issued_before(kHalving, 4 * 1461), 2750 * kMillionTokens);
  EXPECT_EQ(issued_before(kHalving, 8 * 1461), 4125 * kMillionTokens);
  // In the end all of it, never more.
  EXPECT_EQ(issued_before(kHalving, 600 * 1461), kHalving.total);
  EXPECT_EQ(issue(kHalving, 600 * 1461), 0U);
}

TEST(Issuance, DecaysYearlyAsTheExistingNetwork) {
  EXPECT_EQ(issued_in_year(kYearly, 0), 7155 * kMillionTokens / 10);
  EXPECT_EQ(issued_in_year(kYearly, 1), mul_div(7155 * kMillionTokens / 10, 841, 1000));
  const Amount thirty = issued_before(kYearly, 30 * 1461);
  EXPECT_EQ(thirty / kMillionTokens, 4475U);
  EXPECT_EQ(issued_in_year(kYearly, 29), issued_in_year(kYearly, 30));
  EXPECT_EQ(issued_in_year(kYearly, 100) / (kMillionTokens / 1000), 4717U);  // for ever
  const auto pools = split_issue(issue(kYearly, 0), {30, 15, 0, 0});
  EXPECT_EQ(pools.storage / (kToken / 10), 3'264'887U);
  EXPECT_EQ(pools.consensus / (kToken / 10), 1'632'443U);
  EXPECT_EQ(issued_before(kYearly, ~std::uint64_t{0}) > thirty, true);  // saturates or grows
}

TEST(Issuance, ErasSumToTheCurve) {
  for (const auto& spec : {kHalving, kYearly}) {
    Amount sum = 0;
    for (std::uint64_t era = 0; era < 10'000; ++era) {
      ASSERT_EQ(issued_before(spec, era), sum);
      sum += issue(spec, era);
    }
  }
}

TEST(Issuance, SharesMoveInTenSteps) {
  const ShareSchedule s{{15, 30, 5, 5}, {30, 15, 5, 5}, 12'614'400, 432'000};
  const auto at = [&](std::uint64_t height) { return shares_at(s, height); };
  EXPECT_EQ(at(0).consensus, 300U);
  EXPECT_EQ(at(12'614'399).consensus, 300U);
  EXPECT_EQ(at(12'614'399).storage, 150U);
  EXPECT_EQ(at(12'614'400).consensus, 285U);
  EXPECT_EQ(at(12'614'400).storage, 165U);
  EXPECT_EQ(at(12'614'400 + 432'000 - 1).consensus, 285U);
  EXPECT_EQ(at(12'614'400 + 432'000).consensus, 270U);
  EXPECT_EQ(at(12'614'400 + 9 * 432'000).consensus, 150U);
  EXPECT_EQ(at(~std::uint64_t{0}).consensus, 150U);
  EXPECT_EQ(at(~std::uint64_t{0}).storage, 300U);
  for (std::uint64_t m = 0; m < 12; ++m) {
    const auto p = at(12'614'400 + m * 432'000);
    EXPECT_EQ(p.storage + p.consensus + p.retrieval + p.cache, 550U);
    EXPECT_EQ(p.retrieval, 50U);
  }
}

TEST(Issuance, SplitsWithoutRemainder) {
  for (Amount amount : {Amount{0}, Amount{1}, Amount{7}, Amount{54}, 489'733 * kToken + 1}) {
    const auto p = split_issue(amount, {30, 15, 5, 5});
    EXPECT_EQ(p.storage + p.consensus + p.retrieval + p.cache, amount);
    EXPECT_GE(p.storage, p.consensus);
  }
  EXPECT_EQ(split_issue(100, {0, 1, 0, 0}).consensus, 100U);
  EXPECT_EQ(split_issue(100, {0, 1, 0, 0}).storage, 0U);
}

}  // namespace
}  // namespace cess
