// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/compare.hpp"
#include "fingerprint/set_features.hpp"

namespace cess::fp {

Comparison compare_other(const Content& a, const Content& b) {
  constexpr SetThresholds kData{.same_min = 5000,
                                .derived_min = 500,
                                .contained_min = 2000,
                                .contained_few_min = 2000,
                                .common_min = 3,
                                .common_many = 3,
                                .elements_min = 4,
                                .false_per_billion = 69000};
  return compare_sets(a, b, "data", kData);
}

}  // namespace cess::fp
