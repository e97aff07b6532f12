// SPDX-License-Identifier: Apache-2.0
// The three features of a set of hashes (sketch.hpp) as features of a content, and what two of them
// show. Shared by text and other.
#pragma once

#include <string>

#include "fingerprint/compare.hpp"
#include "fingerprint/sketch.hpp"

namespace cess::fp {

/// Adds "<prefix>_minhash", "<prefix>_simhash" and "<prefix>_sketch" in this order, and sets
/// certificate and similarity. A set without elements adds nothing.
void add_set_features(Content& content, const std::string& prefix, const Sketch& sketch,
                      const Bits256& minhash);

/// Thresholds in 1/10000, as measured (doc/fingerprints.md).
struct SetThresholds {
  std::uint32_t same_min = 0;           ///< resemblance
  std::uint32_t derived_min = 0;        ///< resemblance
  std::uint32_t contained_min = 0;      ///< share of the smaller that is in the larger
  std::uint32_t contained_few_min = 0;  ///< the same where fewer than common_many are seen in both
  std::uint32_t common_min = 0;         ///< elements seen in both, below which nothing is said
  std::uint32_t common_many = 0;
  std::uint32_t elements_min = 0;  ///< of the smaller set, below which nothing can be told
  bool leave_out_common =
      false;  ///< shingles that texts of different origin share (common_shingles.hpp)
  std::uint64_t false_per_billion = 0;
};

/// Code: unknown verdict if a feature is missing or damaged.
Comparison compare_sets(const Content& a, const Content& b, const std::string& prefix,
                        const SetThresholds& t);

}  // namespace cess::fp
