// SPDX-License-Identifier: Apache-2.0
// Pictures: the two hashes in all eight turns, then places that agree. Colours, edges and rings are
// told, and decide nothing.
#include <algorithm>

#include "fingerprint/compare.hpp"
#include "fingerprint/descriptors.hpp"
#include "fingerprint/keypoints.hpp"
#include "fingerprint/pdq.hpp"

namespace cess::fp {
namespace {

constexpr std::uint8_t kQualityMin = 8;
constexpr std::uint32_t kSameBits = 40;
constexpr std::uint32_t kSoftBits = 28;
constexpr std::uint32_t kDerivedBits = 64;
constexpr std::uint32_t kPlacesDerived = 8;
constexpr std::uint32_t kPlacesScale = 64;

struct Hashes {
  std::vector<Bits256> all;
  bool sound = true;   ///< there is enough to see
  bool empty = false;  ///< there is nothing to see
};

Hashes hashes_of(const Content& c) {
  Hashes out;
  for (const std::string_view name : {"pdq", "inside"}) {
    const Feature* f = c.find(name);
    if (f == nullptr || f->version != 1 || f->data.size() != 33) continue;
    Bits256 b{};
    std::copy(f->data.begin(), f->data.begin() + 32, b.begin());
    if (out.all.empty() || b != out.all.front()) out.all.push_back(b);
    out.sound = out.sound && f->data[32] >= kQualityMin;
    out.empty = out.empty || f->data[32] == 0;
  }
  return out;
}

Evidence hash_evidence(const Hashes& a, const Hashes& b) {
  TurnedDistance best;
  for (const Bits256& x : a.all) {
    for (const Bits256& y : b.all) {
      const TurnedDistance d = turned_distance(y, x);
      if (d.distance < best.distance) best = d;
    }
  }
  return {.feature = "pdq",
          .distance = best.distance,
          .scale = 256,
          .same_max = kSameBits,
          .derived_max = kDerivedBits,
          .false_per_billion = 114'000,
          .note = std::string(turn_name(best.turn))};
}

Evidence place_evidence(const KeypointMatch& m) {
  // Fewer agreeing places is farther.
  const auto distance_of = [](std::uint32_t places) {
    return kPlacesScale - std::min(places, kPlacesScale);
  };
  std::string note = std::to_string(m.places) + " places agree";
  if (m.places >= kPlacesDerived) {
    note += ", " + std::to_string(m.scale_percent) + " % of the size, turned by " +
            std::to_string(m.turn) + " degrees" + (m.mirrored ? ", mirrored" : "");
  }
  return {.feature = "keypoints",
          .distance = distance_of(m.places),
          .scale = kPlacesScale,
          .same_max = 0,
          .derived_max = distance_of(kPlacesDerived),
          .false_per_billion = 114'000,
          .note = std::move(note)};
}

void tell(const Content& a, const Content& b, std::string_view name, Comparison& c) {
  const Feature* fa = a.find(name);
  const Feature* fb = b.find(name);
  if (fa == nullptr || fb == nullptr || fa->version != fb->version) return;
  Evidence e;
  e.feature = name;
  e.distance = bytes_apart(*fa, *fb);
  e.scale = 255 * fa->data.size();
  e.note = "told, not judged";
  c.evidence.push_back(std::move(e));
}

}  // namespace

Comparison compare_image(const Content& a, const Content& b) {
  Comparison c;
  const Hashes ha = hashes_of(a);
  const Hashes hb = hashes_of(b);
  bool near = false;
  bool same = false;
  if (!ha.all.empty() && !hb.all.empty()) {
    c.evidence.push_back(hash_evidence(ha, hb));
    const Evidence& e = c.evidence.back();
    near = e.distance <= e.derived_max;
    same = e.distance <= e.same_max && e.note == turn_name(Turn::none);
  }
  const Feature* ka = a.find("keypoints");
  const Feature* kb = b.find("keypoints");
  bool placed = false;
  if (ka != nullptr && kb != nullptr && ka->version == kb->version) {
    c.evidence.push_back(place_evidence(match_keypoints(keypoints_of(*ka), keypoints_of(*kb))));
    placed = c.evidence.back().distance <= c.evidence.back().derived_max;
  }
  tell(a, b, "colour", c);
  // Soft pictures have weak hashes: they count when they are nearer still, and so are the colours.
  const bool alike = !c.evidence.empty() && c.evidence.back().feature == "colour" &&
                     c.evidence.back().distance * 20 <= c.evidence.back().scale;
  const bool soft_same =
      same && alike && !ha.empty && !hb.empty && c.evidence.front().distance <= kSoftBits;
  tell(a, b, "texture", c);
  tell(a, b, "shape", c);
  const bool sound = ha.sound && hb.sound;
  if ((same && (sound || placed)) || soft_same) {
    c.verdict = Verdict::same;
  } else if (placed || (near && sound)) {
    c.verdict = Verdict::derived;
  } else {
    c.verdict = sound ? Verdict::unrelated : Verdict::unknown;
  }
  return c;
}

}  // namespace cess::fp
