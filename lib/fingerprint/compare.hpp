// SPDX-License-Identifier: Apache-2.0
// Two fingerprints to a verdict that explains itself: which feature, what distance, how often
// unrelated contents come that close. The thresholds are those of doc/fingerprints.md, which says
// what they were tuned on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fingerprint/types.hpp"
#include "json/json.hpp"

namespace cess::fp {

enum class Verdict : std::uint8_t {
  unrelated,  ///< no feature is close
  derived,    ///< one was made from the other, or both from a third: cropped, turned, mixed,
              ///< excerpted
  same,  ///< a reader or viewer would call it the same work: re-encoded, resized, slightly altered
  unknown,  ///< cannot tell: different kinds, or too little content for the features to say
            ///< anything
};
std::string_view verdict_name(Verdict v);

/// One comparison of one feature.
struct Evidence {
  std::string feature;
  std::uint64_t distance = 0;  ///< in the feature's own measure: smaller is closer
  std::uint64_t scale = 0;     ///< what `distance` would be for contents that share nothing at most
  std::uint64_t same_max = 0;  ///< up to here it speaks for `same`
  std::uint64_t derived_max = 0;  ///< up to here it speaks for `derived`
  /// Pairs of different origin that are told same or derived, per 10^9 pairs: at most so many with
  /// 95 % certainty, all pairs counted, of contents on which no threshold was chosen; other files
  /// have no such set (doc/fingerprints.md).
  std::uint64_t false_per_billion = 0;
  std::string note;  ///< "turned by 90 degrees", "offset 12.4 s"
};

struct Comparison {
  Verdict verdict = Verdict::unknown;
  bool identical = false;                  ///< the bytes are equal: the SHA-256 is
  std::uint64_t certificate_distance = 0;  ///< 0 to 64
  /// All evidence in one number, comparable between pairs of one kind: 100 and more where the
  /// verdict is same or derived, below 100 elsewhere. Who wants fewer false alarms asks for more.
  std::uint32_t strength = 0;
  std::vector<Evidence> evidence;
};

constexpr std::uint32_t kStrengthTold = 100;
constexpr std::uint32_t kStrengthMax = 1000;  ///< of equal bytes alone

/// `sum` within what the verdict allows.
std::uint32_t strength_of(Verdict v, std::uint64_t sum);

Comparison compare(const Fingerprint& a, const Fingerprint& b);

/// The parts by kind: evidence and verdict from the features alone.
Comparison compare_text(const Content& a, const Content& b);
Comparison compare_image(const Content& a, const Content& b);
Comparison compare_audio(const Content& a, const Content& b);
Comparison compare_video(const Content& a, const Content& b);
Comparison compare_other(const Content& a, const Content& b);

/// cess.fingerprint_comparison/1
Json comparison_json(const Comparison& c);

}  // namespace cess::fp
