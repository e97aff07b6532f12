// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/compare.hpp"

#include <algorithm>
#include <bit>

namespace cess::fp {

std::string_view verdict_name(Verdict v) {
  switch (v) {
    case Verdict::same:
      return "same";
    case Verdict::derived:
      return "derived";
    case Verdict::unrelated:
      return "unrelated";
    case Verdict::unknown:
      break;
  }
  return "unknown";
}

std::uint32_t strength_of(Verdict v, std::uint64_t sum) {
  const auto bounded = static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, kStrengthMax - 1));
  return v == Verdict::same || v == Verdict::derived ? std::max(bounded, kStrengthTold)
                                                     : std::min(bounded, kStrengthTold - 1);
}

namespace {

Comparison compare_kind(const Content& a, const Content& b) {
  switch (a.kind) {
    case Kind::text:
      return compare_text(a, b);
    case Kind::image:
      return compare_image(a, b);
    case Kind::audio:
      return compare_audio(a, b);
    case Kind::video:
      return compare_video(a, b);
    case Kind::other:
      break;
  }
  return compare_other(a, b);
}

}  // namespace

Comparison compare(const Fingerprint& a, const Fingerprint& b) {
  Comparison c;
  // A film's sound is comparable with a sound.
  const bool sounds = (a.content.kind == Kind::audio || a.content.kind == Kind::video) &&
                      (b.content.kind == Kind::audio || b.content.kind == Kind::video);
  if (a.content.kind == b.content.kind) {
    c = compare_kind(a.content, b.content);
  } else if (sounds) {
    c = compare_audio(a.content, b.content);
    if (c.verdict == Verdict::same) c.verdict = Verdict::derived;
  }
  c.identical = a.exact == b.exact && a.size_bytes == b.size_bytes;
  if (c.identical) {
    c.verdict = Verdict::same;
    c.strength = kStrengthMax;
  }
  c.certificate_distance =
      static_cast<std::uint64_t>(std::popcount(a.content.certificate ^ b.content.certificate));
  return c;
}

Json comparison_json(const Comparison& c) {
  Json j;
  j["schema"] = "cess.fingerprint_comparison/1";
  j["verdict"] = verdict_name(c.verdict);
  j["identical"] = c.identical;
  j["strength"] = c.strength;
  j["certificate_distance"] = c.certificate_distance;
  Json& list = j["evidence"] = Json::array();
  for (const Evidence& e : c.evidence) {
    Json one;
    one["feature"] = e.feature;
    one["distance"] = e.distance;
    one["scale"] = e.scale;
    one["same_max"] = e.same_max;
    one["derived_max"] = e.derived_max;
    one["false_per_billion"] = e.false_per_billion;
    if (!e.note.empty()) one["note"] = e.note;
    list.push_back(std::move(one));
  }
  return j;
}

}  // namespace cess::fp
