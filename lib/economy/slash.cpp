// SPDX-License-Identifier: Apache-2.0
#include "economy/slash.hpp"

#include "base/check.hpp"

namespace cess {

Amount equivocation_slash(Amount stake, std::uint32_t offenders, std::uint32_t validators) {
  CESS_CHECK(validators > 0 && offenders <= validators);
  const std::uint64_t three_x = 3ULL * offenders;
  if (three_x >= validators) return stake;
  return mul_div(stake, Amount{three_x} * three_x, Amount{validators} * validators);
}

Amount absence_slash(Amount base, std::uint32_t share_ppm, std::uint32_t offenders,
                     std::uint32_t validators) {
  CESS_CHECK(validators > 0 && offenders <= validators && share_ppm <= kMillion);
  const std::uint64_t free = validators / 10 + 1;
  if (offenders <= free) return 0;
  const std::uint64_t over = 3 * (offenders - free);
  const Amount most = mul_div(base, share_ppm, kMillion);
  return over >= validators ? most : mul_div(most, over, validators);
}

}  // namespace cess
