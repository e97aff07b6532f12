// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/compare.hpp"
#include "fingerprint/set_features.hpp"

namespace cess::fp {

Comparison compare_text(const Content& a, const Content& b) {
  constexpr SetThresholds kText{.same_min = 6500,
                                .derived_min = 1000,
                                .contained_min = 3000,
                                .common_min = 4,
                                .elements_min = 12,
                                .false_per_billion = 100000};
  return compare_sets(a, b, "text", kText);
}

}  // namespace cess::fp
