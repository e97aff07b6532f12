// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/set_features.hpp"

#include <algorithm>

#include "fingerprint/common_shingles.hpp"

namespace cess::fp {
namespace {

constexpr std::uint32_t kSetWhole = 10000;
constexpr std::uint16_t kSetVersion = 1;

Bytes bits_bytes(const Bits256& b) { return {b.begin(), b.end()}; }

/// "24 % of the smaller is in the other (31 of 129 samples)"
std::string containment_note(const Overlap& o) {
  return std::to_string(o.containment() / 100) + " % of the smaller is in the other (" +
         std::to_string(o.common) + " of " + std::to_string(std::min(o.in_a, o.in_b)) + " samples)";
}

/// Few samples show something only where most of the smaller is in the other.
bool shows_copying(const Overlap& o, const SetThresholds& t) {
  if (o.common < t.common_min) return false;
  if (o.containment() >= t.contained_few_min) return true;
  return o.common >= t.common_many &&
         (o.resemblance() >= t.derived_min || o.containment() >= t.contained_min);
}

}  // namespace

void add_set_features(Content& content, const std::string& prefix, const Sketch& sketch,
                      const Bits256& minhash) {
  if (sketch.smallest.empty()) return;
  const Bits256 simhash = sketch_simhash(sketch);
  content.features.push_back({prefix + "_minhash", kSetVersion, 256, bits_bytes(minhash)});
  content.features.push_back({prefix + "_simhash", kSetVersion, 256, bits_bytes(simhash)});
  content.features.push_back({prefix + "_sketch", kSetVersion, 8, encode_sketch(sketch)});
  content.certificate = sketch_certificate(sketch);
  content.similarity = minhash;
}

Comparison compare_sets(const Content& a, const Content& b, const std::string& prefix,
                        const SetThresholds& t) {
  Comparison out;
  const Feature* const fa = a.find(prefix + "_sketch");
  const Feature* const fb = b.find(prefix + "_sketch");
  if (fa == nullptr || fb == nullptr || fa->version != kSetVersion || fb->version != kSetVersion)
    return out;
  auto sa = parse_sketch(fa->data);
  auto sb = parse_sketch(fb->data);
  if (!sa || !sb) return out;
  const bool equal = *sa == *sb;
  if (t.leave_out_common) {
    sa = without_common(*sa);
    sb = without_common(*sb);
  }
  const Overlap o = overlap(*sa, *sb);
  out.evidence.push_back({.feature = prefix + "_sketch",
                          .distance = kSetWhole - o.resemblance(),
                          .scale = kSetWhole,
                          .same_max = kSetWhole - t.same_min,
                          .derived_max = kSetWhole - t.derived_min,
                          .false_per_billion = t.false_per_billion,
                          .note = "share of both that is not common"});
  out.evidence.push_back({.feature = prefix + "_containment",
                          .distance = kSetWhole - o.containment(),
                          .scale = kSetWhole,
                          .same_max = 0,
                          .derived_max = kSetWhole - t.contained_min,
                          .false_per_billion = t.false_per_billion,
                          .note = containment_note(o)});
  if (std::min(sa->smallest.size(), sb->smallest.size()) < t.elements_min) {
    out.verdict = equal && !fa->data.empty() ? Verdict::same : Verdict::unknown;
  } else if (o.resemblance() >= t.same_min) {
    out.verdict = Verdict::same;
  } else if (shows_copying(o, t)) {
    out.verdict = Verdict::derived;
  } else {
    out.verdict = Verdict::unrelated;
  }
  const std::uint32_t contained = o.common >= t.common_many ? t.contained_min : t.contained_few_min;
  out.strength =
      strength_of(out.verdict, std::max(std::uint64_t{100} * o.resemblance() / t.derived_min,
                                        std::uint64_t{100} * o.containment() / contained));
  return out;
}

}  // namespace cess::fp
