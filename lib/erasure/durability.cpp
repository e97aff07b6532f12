// SPDX-License-Identifier: Apache-2.0
// The durability model: sums of positive terms only, so that the smallest results keep their
// digits.
#include "erasure/durability.hpp"

#include <cmath>
#include <vector>

namespace cess {
namespace {

constexpr double kHoursPerYear = 24 * 365.25;
constexpr unsigned kModelFragmentsMax = 255;

// Mean time in years until more than m of n parts are lost, each failing at `failure_rate`, one
// repaired at a time at `repair_rate`. T_i, the mean time from i lost to i + 1 lost, is
// 1/b_i + (d_i/b_i) T_(i-1) with b_i = (n - i) failure_rate and d_i = repair_rate (none at i = 0).
double mean_years_to_loss(unsigned n, unsigned m, double failure_rate, double repair_rate) {
  double total = 0;
  double step = 0;
  for (unsigned i = 0; i <= m; ++i) {
    const double up = (n - i) * failure_rate;
    step = 1 / up + (i == 0 ? 0 : repair_rate / up * step);
    total += step;
  }
  return total;
}

// Probability that fewer than k of n are up, each with probability `up`.
double too_few_up(unsigned k, unsigned n, double up) {
  std::vector<double> count(n + 1, 0.0);  // count[i]: probability of i up among those seen so far
  count[0] = 1;
  for (unsigned seen = 0; seen < n; ++seen) {
    for (unsigned i = seen + 1; i > 0; --i) count[i] = count[i] * (1 - up) + count[i - 1] * up;
    count[0] *= 1 - up;
  }
  double sum = 0;
  for (unsigned i = 0; i < k; ++i) sum += count[i];
  return sum;
}

}  // namespace

Result<Durability> durability(unsigned k, unsigned m, unsigned copies,
                              const DurabilityModel& model) {
  if (k == 0 || k > kModelFragmentsMax || m > kModelFragmentsMax - k || copies == 0) {
    return fail(Code::usage, "durability needs 1 <= K, K + M <= 255 and at least one copy");
  }
  if (!(model.failures_per_year > 0) || !std::isfinite(model.failures_per_year)) {
    return fail(Code::usage, "failures per year must be a positive number");
  }
  if (!(model.repair_hours > 0) || !std::isfinite(model.repair_hours)) {
    return fail(Code::usage, "repair time must be a positive number of hours");
  }
  if (!(model.node_up >= 0 && model.node_up <= 1)) {
    return fail(Code::usage, "share of time in which a node is up must lie between 0 and 1");
  }
  const unsigned n = k + m;
  const double repair_rate = kHoursPerYear / model.repair_hours;
  // The replicas of one fragment are a chain of their own; its loss is one failure in the next.
  const double fragment_rate =
      1 / mean_years_to_loss(copies, copies - 1, model.failures_per_year, repair_rate);
  Durability out;
  out.overhead = static_cast<double>(n) * copies / k;
  out.annual_loss = -std::expm1(-1 / mean_years_to_loss(n, m, fragment_rate, repair_rate));
  out.unavailable = too_few_up(k, n, 1 - std::pow(1 - model.node_up, copies));
  return out;
}

}  // namespace cess
