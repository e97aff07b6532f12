// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/compare.hpp"
#include "fingerprint/set_features.hpp"

namespace cess::fp {

Comparison compare_text(const Content& a, const Content& b) {
  constexpr SetThresholds kText{.same_min = 6500,
                                .derived_min = 1800,
                                .contained_min = 4000,
                                .contained_few_min = 6000,
                                .common_min = 4,
                                .common_many = 12,
                                .elements_min = 12,
                                .leave_out_common = true,
                                .false_per_billion = 64000};
  return compare_sets(a, b, "text", kText);
}

}  // namespace cess::fp
