// SPDX-License-Identifier: Apache-2.0
// links: base
#include "erasure/durability.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace cess {
namespace {

const DurabilityModel kGood = {0.20, 24, 0.95};
const DurabilityModel kBad = {0.50, 72, 0.95};

// A row of the table in doc/decisions/0302-durability-model.md, computed beforehand by another
// program (Python, the recursion written anew), two digits.
struct ModelRow {
  unsigned k, m;
  double overhead, loss, loss_bad, unavailable;
};
const ModelRow kRows[] = {
    {1, 2, 3.0, 3.6e-7, 5.0e-5, 1.3e-4},    {3, 2, 1.67, 3.6e-6, 4.9e-4, 1.2e-3},
    {4, 8, 3.0, 1.3e-19, 3.0e-12, 3.7e-10}, {4, 4, 2.0, 1.2e-10, 9.1e-7, 1.5e-5},
    {8, 4, 1.5, 1.7e-9, 1.2e-5, 1.8e-4},    {10, 6, 1.6, 3.1e-13, 1.2e-7, 6.0e-6},
    {16, 8, 1.5, 7.5e-16, 1.6e-8, 1.3e-6},
};

TEST(Durability, TableOfTheProfiles) {
  for (const ModelRow& row : kRows) {
    const auto good = durability(row.k, row.m, 1, kGood);
    const auto bad = durability(row.k, row.m, 1, kBad);
    ASSERT_TRUE(good && bad);
    const std::string name = std::to_string(row.k) + "+" + std::to_string(row.m);
    EXPECT_NEAR(good->overhead, row.overhead, 0.005) << name;
    EXPECT_NEAR(good->annual_loss / row.loss, 1, 0.05) << name;
    EXPECT_NEAR(bad->annual_loss / row.loss_bad, 1, 0.05) << name;
    EXPECT_NEAR(good->unavailable / row.unavailable, 1, 0.05) << name;
  }
}

// The numbers of the published design table, one digit. Two entries of it are no rounding of the
// model (4+8 and 16+8, see the decision page); they hold within a factor of two.
TEST(Durability, DesignTableWithinItsRounding) {
  struct Published {
    unsigned k, m;
    double loss, loss_bad, factor;
  };
  const Published rows[] = {{1, 2, 4e-7, 5e-5, 1.15},   {3, 2, 4e-6, 5e-4, 1.15},
                            {4, 4, 1e-10, 9e-7, 1.3},   {8, 4, 2e-9, 1e-5, 1.25},
                            {10, 6, 3e-13, 1e-7, 1.25}, {16, 8, 1e-15, 1e-8, 2.0}};
  for (const auto& row : rows) {
    const double loss = durability(row.k, row.m, 1, kGood)->annual_loss;
    const double loss_bad = durability(row.k, row.m, 1, kBad)->annual_loss;
    EXPECT_LT(std::abs(std::log(loss / row.loss)), std::log(row.factor)) << row.k;
    EXPECT_LT(std::abs(std::log(loss_bad / row.loss_bad)), std::log(row.factor)) << row.k;
  }
  EXPECT_LT(durability(4, 8, 1, kGood)->annual_loss, 1e-15);
  EXPECT_NEAR(durability(4, 8, 1, kBad)->annual_loss, 2e-12, 1.1e-12);
}

// The same chain as differential equations, integrated step by step over a year: no mean times.
double loss_by_integration(unsigned n, unsigned m, const DurabilityModel& model) {
  const double repair = 24 * 365.25 / model.repair_hours;
  std::vector<double> state(m + 2, 0.0);
  state[0] = 1;
  constexpr unsigned kSteps = 100000;
  for (unsigned step = 0; step < kSteps; ++step) {
    std::vector<double> next = state;
    for (unsigned i = 0; i <= m; ++i) {
      const double lost = state[i] * (n - i) * model.failures_per_year / kSteps;
      const double back = i == 0 ? 0 : state[i] * repair / kSteps;
      next[i] -= lost + back;
      next[i + 1] += lost;
      if (i > 0) next[i - 1] += back;
    }
    state = next;
  }
  return state[m + 1];
}

TEST(Durability, AgreesWithTheEquationsIntegrated) {
  const std::pair<unsigned, unsigned> shapes[] = {{1, 2}, {3, 2}, {8, 4}, {10, 6}};
  for (const auto& [k, m] : shapes) {
    const double expected = loss_by_integration(k + m, m, kBad);
    // Starting whole, the first days of the year are safer than the average: a few percent.
    EXPECT_NEAR(durability(k, m, 1, kBad)->annual_loss / expected, 1, 0.06) << k << "+" << m;
  }
}

TEST(Durability, SimpleCasesByHand) {
  const DurabilityModel model = {0.2, 24, 0.9};
  const auto single = durability(1, 0, 1, model);
  EXPECT_NEAR(single->annual_loss, 1 - std::exp(-0.2), 1e-12);
  EXPECT_NEAR(single->unavailable, 0.1, 1e-12);
  EXPECT_NEAR(durability(5, 0, 1, model)->unavailable, 1 - std::pow(0.9, 5), 1e-12);
  EXPECT_NEAR(durability(1, 2, 1, model)->unavailable, 1e-3, 1e-12);
  // Three copies of one fragment are the code 1+2.
  const auto copies = durability(1, 0, 3, model);
  const auto code = durability(1, 2, 1, model);
  EXPECT_NEAR(copies->annual_loss / code->annual_loss, 1, 1e-9);
  EXPECT_NEAR(copies->unavailable, code->unavailable, 1e-12);
  EXPECT_EQ(copies->overhead, code->overhead);
  EXPECT_NEAR(durability(3, 2, 3, model)->overhead, 5, 1e-12);
  EXPECT_LT(durability(3, 2, 3, model)->annual_loss, durability(3, 2, 1, model)->annual_loss);
}

TEST(Durability, ExtremesStayProbabilities) {
  for (const DurabilityModel& model :
       {DurabilityModel{1e-9, 1e-6, 1}, DurabilityModel{1e9, 1e9, 0}, kGood, kBad}) {
    for (const auto& [k, m] : {std::pair{1U, 254U}, std::pair{255U, 0U}, std::pair{100U, 155U}}) {
      for (const unsigned copies : {1U, 3U, 255U}) {
        const auto d = durability(k, m, copies, model);
        ASSERT_TRUE(d);
        EXPECT_TRUE(d->annual_loss >= 0 && d->annual_loss <= 1) << d->annual_loss;
        EXPECT_TRUE(d->unavailable >= 0 && d->unavailable <= 1 + 1e-12) << d->unavailable;
      }
    }
  }
}

TEST(Durability, RefusesNonsense) {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(durability(0, 3).error().code, Code::usage);
  EXPECT_FALSE(durability(256, 0));
  EXPECT_FALSE(durability(255, 1));
  EXPECT_FALSE(durability(4, 8, 0));
  for (const double bad : {0.0, -1.0, inf, nan}) {
    EXPECT_FALSE(durability(4, 8, 1, {bad, 24, 0.95})) << bad;
    EXPECT_FALSE(durability(4, 8, 1, {0.2, bad, 0.95})) << bad;
  }
  for (const double bad : {-0.1, 1.1, inf, nan}) {
    EXPECT_FALSE(durability(4, 8, 1, {0.2, 24, bad})) << bad;
  }
}

}  // namespace
}  // namespace cess
