// SPDX-License-Identifier: Apache-2.0
#include "podr2/detection.hpp"

#include <cmath>

#include "base/check.hpp"

namespace cess {

double detection_probability(double bad_fraction, std::uint64_t count) {
  CESS_CHECK(bad_fraction >= 0.0 && bad_fraction <= 1.0);
  if (count == 0 || bad_fraction == 0.0) return 0.0;
  if (bad_fraction == 1.0) return 1.0;
  return -std::expm1(static_cast<double>(count) * std::log1p(-bad_fraction));
}

std::uint64_t required_challenge_count(double bad_fraction, double probability) {
  CESS_CHECK(bad_fraction > 0.0 && bad_fraction <= 1.0);
  CESS_CHECK(probability >= 0.0 && probability < 1.0);
  if (probability == 0.0) return 0;
  if (bad_fraction == 1.0) return 1;
  const double exact = std::log1p(-probability) / std::log1p(-bad_fraction);
  constexpr double kMost = 9223372036854775808.0;
  if (!(exact < kMost)) return std::uint64_t{1} << 63U;
  // Rounding may put `exact` just above an integer that already suffices, or just below one that
  // does not.
  auto count = static_cast<std::uint64_t>(std::ceil(exact));
  if (count > 1 && detection_probability(bad_fraction, count - 1) >= probability) --count;
  if (detection_probability(bad_fraction, count) < probability) ++count;
  return count;
}

}  // namespace cess
