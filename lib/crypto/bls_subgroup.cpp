// SPDX-License-Identifier: Apache-2.0
// Whether many points lie in the subgroup, for the price of a sum: of 128 sums over random halves
// of them, one leaves the subgroup as soon as one point does, but for a chance of 2^-128.
#include <array>

#include "base/check.hpp"
#include "blst_shim.h"
#include "crypto/detail/blst_types.hpp"

namespace cess::bls {
namespace {

constexpr std::size_t kBuckets = 256;  // one for each value of a byte
constexpr std::size_t kWindows = std::tuple_size_v<Exponent128>;
/// Below this many points a check of each costs less than 128 of sums.
constexpr std::size_t kTogetherMin = 256;

using Buckets = std::array<G1, kBuckets>;

void add_to(G1& sum, const G1& p) {
  if (p.is_identity()) return;
  blst_p1_add_or_double(detail::out(sum), detail::in(sum), detail::in(p));
}

/// The sums over each bit of the byte, the lowest first. Halves the buckets from bit to bit, so
/// they are used up.
std::array<G1, 8> sums_of_bits(Buckets& buckets) {
  std::array<G1, 8> sums;
  for (std::size_t bit = sums.size(); bit-- > 0;) {
    const std::size_t half = std::size_t{1} << bit;
    for (std::size_t i = 0; i < half; ++i) {
      add_to(sums[bit], buckets[half + i]);
      add_to(buckets[i], buckets[half + i]);
    }
  }
  return sums;
}

}  // namespace

std::optional<G1> subgroup_sum_vartime(std::span<const G1Affine> points,
                                       std::span<const Exponent128> random) {
  CESS_CHECK(points.size() == random.size());
  if (points.size() < kTogetherMin) {
    if (first_outside_subgroup(points)) return std::nullopt;
    return msm_vartime(points, random);
  }
  G1 sum;
  for (std::size_t w = kWindows; w-- > 0;) {
    Buckets buckets;
    for (std::size_t i = 0; i < points.size(); ++i) {
      G1& to = buckets[random[i][w]];
      blst_p1_add_or_double_affine(detail::out(to), detail::in(to), detail::in(points[i]));
    }
    const auto bits = sums_of_bits(buckets);
    for (std::size_t bit = bits.size(); bit-- > 0;) {
      if (!bits[bit].in_subgroup()) return std::nullopt;
      add_to(sum, sum);
      add_to(sum, bits[bit]);
    }
  }
  return sum;
}

}  // namespace cess::bls
