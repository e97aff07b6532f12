// SPDX-License-Identifier: Apache-2.0
// How likely random sampling finds a miner that lost or altered a share of its blocks. Planning
// arithmetic in doubles: no consensus rule may depend on it, except the integer
// default_challenge_count.
#pragma once

#include <cstdint>

namespace cess {

/// 1 - (1 - bad_fraction)^count, exact to rounding also for tiny fractions. bad_fraction in [0, 1].
double detection_probability(double bad_fraction, std::uint64_t count);

/// The least count with detection_probability >= probability: ceil(ln(1-P) / ln(1-eps)).
/// bad_fraction in (0, 1], probability in [0, 1); saturates at 2^63.
std::uint64_t required_challenge_count(double bad_fraction, double probability);

/// c = min(8192, 512 + ceil(fragments / 256)): what a challenge asks for unless told otherwise.
constexpr std::uint32_t default_challenge_count(std::uint64_t fragments) {
  const std::uint64_t more = fragments / 256 + (fragments % 256 != 0 ? 1 : 0);
  return more >= 8192 - 512 ? 8192 : static_cast<std::uint32_t>(512 + more);
}

}  // namespace cess
