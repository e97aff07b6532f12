// SPDX-License-Identifier: Apache-2.0
// Pictures: the two hashes in all eight turns, then places that agree, then the one laid on the
// other as these say. Colours, edges and rings are told, and decide nothing. Thresholds:
// doc/fingerprints.md, decision 1656.
#include <algorithm>
#include <array>
#include <optional>

#include "fingerprint/compare.hpp"
#include "fingerprint/descriptors.hpp"
#include "fingerprint/keypoints.hpp"
#include "fingerprint/overlap.hpp"
#include "fingerprint/pdq.hpp"
#include "fingerprint/raster.hpp"

namespace cess::fp {
namespace {

constexpr std::uint8_t kQualityMin = 8;
constexpr std::uint32_t kSameBits = 40;
constexpr std::uint32_t kSoftBits = 28;
constexpr std::uint32_t kDerivedBits = 64;
constexpr std::uint32_t kPlacesDerived = 8;
constexpr std::uint32_t kPlacesScale = 64;
constexpr std::uint32_t kPlacesLaid = 3;   ///< fewer are no reason to lay one on the other
constexpr std::size_t kPlacementsMax = 6;  ///< that are tried
constexpr std::size_t kOverlapsMax = 12;   ///< that are tried in areas of one size
constexpr std::uint32_t kOverlapPlaces = 2;
constexpr std::int32_t kOverlapFirst = 30;  ///< percent of the fine structure, for two places
constexpr std::int32_t kOverlapNear = 50;   ///< the same once it has settled, and for places that
constexpr std::int32_t kOverlapFar = 25;    ///< unrelated pictures rarely have:
constexpr std::uint32_t kOverlapRare = 5;
constexpr std::int32_t kWholeFine = 75;  ///< percent, whole on whole
constexpr std::int32_t kWholeLikeness = 92;
constexpr std::int32_t kNearFine = 40;      ///< asked of hashes that are near and not nearest
constexpr std::int32_t kIrregular = 46;     ///< of what is neither rings nor lines
constexpr std::int32_t kWholeAlone = 90;    ///< whole on whole: so much may be lines alone
constexpr std::uint32_t kPlacesAlone = 10;  ///< so many need no raster
constexpr std::uint64_t kPictureFalsePerBillion = 350'000;

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
          .false_per_billion = kPictureFalsePerBillion,
          .note = best.distance <= kDerivedBits ? std::string(turn_name(best.turn)) : ""};
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
          .false_per_billion = kPictureFalsePerBillion,
          .note = std::move(note)};
}

/// What the rasters show.
enum class Laid : std::uint8_t { nothing, part, whole };

/// How much of the fine structure must agree where so many places do, percent.
std::int32_t fine_min(std::uint32_t places) {
  constexpr std::array<std::int32_t, 8> kFineMin{101, 101, 101, 82, 80, 68, 58, 55};
  return kFineMin[std::min<std::size_t>(places, kFineMin.size() - 1)];
}

struct BestOverlay {
  Overlay overlay;
  std::int32_t least = 101;
  std::optional<std::int32_t> irregular;  ///< where the cells agree enough to ask, and not alone
  std::string where = "nowhere";
  Laid laid = Laid::nothing;
  bool whole = false;  ///< it is the whole that lies on the whole

  /// Takes it if it is better by what is asked of it, or the first that fits. From `alone` on
  /// `fine` needs no other evidence. `lay_again` gives the cells, which few are asked for.
  template <class LayAgain>
  void offer(const Overlay& o, std::int32_t fine_least, std::int32_t alone, std::string_view at,
             Laid as, const LayAgain& lay_again) {
    const bool nearer = o.fine - fine_least > overlay.fine - least;
    const bool fits = o.fine >= fine_least && laid == Laid::nothing;
    if (o.samples < kSamplesMin || !(nearer || fits)) return;
    std::optional<std::int32_t> left;
    if (o.fine >= kNearFine && o.fine < alone) {
      LaidCells cells;
      lay_again(&cells);
      left = irregular_percent(cells);
    }
    const bool enough = o.fine >= alone || left.value_or(0) >= kIrregular;
    const Laid now = o.fine >= fine_least && enough ? as : Laid::nothing;
    if (now == Laid::nothing && (!nearer || laid != Laid::nothing)) return;
    overlay = o;
    least = fine_least;
    irregular = left;
    where = at;
    laid = now;
    whole = alone <= 100;
  }
  [[nodiscard]] bool bears_out() const {
    return laid != Laid::nothing || irregular.value_or(0) >= kIrregular;
  }
};

struct Rasters {
  Raster a;
  Raster b;
};

std::optional<Rasters> rasters_of(const Content& a, const Content& b) {
  const Feature* fa = a.find("raster");
  const Feature* fb = b.find("raster");
  if (fa == nullptr || fb == nullptr) return std::nullopt;
  const auto ra = parse_raster(*fa);
  const auto rb = parse_raster(*fb);
  if (!ra || !rb) return std::nullopt;
  return Rasters{*ra, *rb};
}

/// The one picture laid on the other: whole on whole in all turns, and where places say.
BestOverlay lay(const RasterPair& pair, const std::vector<KeypointMatch>& matches, Comparison& c) {
  BestOverlay best;
  for (std::size_t t = 0; t < kTurns; ++t) {
    const auto turn = static_cast<Turn>(t);
    const Overlay o = pair.whole(turn);
    const bool alike = turn == Turn::none && o.likeness >= kWholeLikeness;
    best.offer(o, kWholeFine, kWholeAlone, turn_name(turn), alike ? Laid::whole : Laid::part,
               [&](LaidCells* cells) { return pair.whole(turn, cells); });
  }
  for (std::size_t i = 0; i < std::min(matches.size(), kPlacementsMax); ++i) {
    const KeypointMatch& m = matches[i];
    if (m.places < kPlacesLaid || best.laid != Laid::nothing) break;
    const Placement settled = pair.settle(m.placement);
    best.offer(pair.at(settled), fine_min(m.places), 101, "where places agree", Laid::part,
               [&](LaidCells* cells) { return pair.at(settled, cells); });
  }
  const auto apart = [](std::int32_t percent) {
    return static_cast<std::uint64_t>(100 - std::clamp(percent, 0, 100));
  };
  c.evidence.push_back({.feature = "raster",
                        .distance = apart(best.overlay.fine),
                        .scale = 100,
                        .same_max = 0,
                        .derived_max = apart(best.least),
                        .false_per_billion = kPictureFalsePerBillion,
                        .note = std::to_string(best.overlay.samples * 100 / 576) +
                                " % of the smaller lie on the other, " + best.where});
  if (best.irregular) {
    c.evidence.push_back({.feature = "irregular",
                          .distance = apart(*best.irregular),
                          .scale = 100,
                          .same_max = 0,
                          .derived_max = apart(kIrregular),
                          .false_per_billion = kPictureFalsePerBillion,
                          .note = "of these cells, what is neither rings nor rows and columns"});
  }
  return best;
}

/// What is asked of an overlap in areas of one size where so many places agree, percent.
struct OverlapLeast {
  std::int32_t fine;
  std::int32_t irregular;
};
OverlapLeast overlap_least(std::uint32_t places) {
  constexpr std::array<OverlapLeast, 8> kLeast{
      {{101, 101}, {101, 101}, {94, 92}, {94, 92}, {94, 91}, {86, 80}, {80, 70}, {75, 55}}};
  return kLeast[std::min<std::size_t>(places, kLeast.size() - 1)];
}

/// The one laid on the other in areas of one size, from each place where the rasters nearly agree.
/// How much more than asked it agrees, if it does.
std::optional<std::int32_t> overlap(const Rasters& rasters, const RasterPair& pair,
                                    const std::vector<KeypointMatch>& matches, Comparison& c) {
  std::optional<OverlapPair> close;
  std::optional<Evidence> told;
  std::optional<std::int32_t> spare;
  for (const KeypointMatch& m : matches) {
    if (m.places < kOverlapPlaces || spare) break;
    const Placement from = m.squeezed_places > m.places ? m.squeezed : m.placement;
    if (m.places < kPlacesLaid && pair.fine_at(from).fine < kOverlapFirst) continue;
    const Placement rough = pair.settle(from);
    const Overlay seen = pair.fine_at(rough);
    const std::int32_t seen_least = m.places < kOverlapRare ? kOverlapNear : kOverlapFar;
    if (seen.samples < kSamplesMin || seen.fine < seen_least) continue;
    if (!close) close.emplace(rasters.a, rasters.b);
    LaidCells cells;
    const Overlay o = close->at(close->settle(rough), &cells);
    if (o.samples < kSamplesMin) continue;
    const OverlapLeast least = overlap_least(m.places);
    const std::int32_t irregular = o.fine < kNearFine ? 0 : irregular_percent(cells);
    const std::int32_t more = std::min(o.fine - least.fine, irregular - least.irregular);
    if (more >= 0) spare = more;
    const auto apart = [](std::int32_t percent) {
      return static_cast<std::uint64_t>(100 - std::clamp(percent, 0, 100));
    };
    const std::int32_t agreed = std::min(o.fine, irregular + least.fine - least.irregular);
    if (!told || apart(agreed) < told->distance) {
      told = {.feature = "overlap",
              .distance = apart(agreed),
              .scale = 100,
              .same_max = 0,
              .derived_max = apart(least.fine),
              .false_per_billion = kPictureFalsePerBillion,
              .note = std::to_string(m.places) + " places agree; in areas of one size"};
    }
  }
  if (told) c.evidence.push_back(*told);
  return spare;
}

/// The limits above lie near one line: each place speaks for 7 percent of the cells up to ten, as
/// fine_min has it; the whole, which has eight ways to lie, for 25; and 64 bits want 40 percent.
/// So these are added up, with 1 for each further place and 2 for each nearer bit.
std::uint64_t strength_sum(const std::optional<Evidence>& hashes, bool sound, std::uint32_t places,
                           const std::optional<BestOverlay>& best,
                           std::optional<std::int32_t> spare) {
  // Areas of one size agree far better where they do: each percent more than asked weighs four.
  if (spare) return kStrengthTold + 4 * static_cast<std::uint64_t>(*spare);
  std::uint64_t sum = 7 * std::min(places, kPlacesAlone) +
                      (std::clamp(places, kPlacesAlone, kPlacesScale) - kPlacesAlone);
  if (hashes && hashes->distance <= kDerivedBits)
    sum += (sound ? 60U : 36U) + 2 * (kDerivedBits - hashes->distance);
  if (!best) return sum;
  sum += static_cast<std::uint64_t>(std::clamp(best->overlay.fine, 0, 100));
  if (best->whole && best->laid != Laid::nothing) sum += 25;
  return sum;
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
  const auto nearest = ha.all.empty() || hb.all.empty()
                           ? std::optional<Evidence>()
                           : std::optional<Evidence>(hash_evidence(ha, hb));
  if (nearest) c.evidence.push_back(*nearest);
  const Feature* ka = a.find("keypoints");
  const Feature* kb = b.find("keypoints");
  std::vector<KeypointMatch> matches;
  if (ka != nullptr && kb != nullptr && ka->version == kb->version) {
    matches = place_matches(keypoints_of(*ka), keypoints_of(*kb), kOverlapsMax);
    c.evidence.push_back(place_evidence(matches.empty() ? KeypointMatch{} : matches.front()));
  }
  const auto rasters = rasters_of(a, b);
  std::optional<RasterPair> pair;
  std::optional<BestOverlay> best;
  if (rasters) {
    pair.emplace(rasters->a, rasters->b);
    best = lay(*pair, matches, c);
  }
  const Laid laid = best ? best->laid : Laid::nothing;
  const std::uint32_t places = matches.empty() ? 0 : matches.front().places;
  const bool placed = places >= (best ? kPlacesAlone : kPlacesDerived);
  const bool close = nearest && nearest->distance <= nearest->same_max;
  const bool same = close && nearest->note == turn_name(Turn::none);
  const bool near = close || (nearest && nearest->distance <= nearest->derived_max &&
                              (!best || best->bears_out()));
  std::optional<std::int32_t> spare;
  const bool told = placed || laid != Laid::nothing || (near && ha.sound && hb.sound);
  if (pair && !told) spare = overlap(*rasters, *pair, matches, c);
  tell(a, b, "colour", c);
  // Soft pictures have weak hashes: they count when they are nearer still, and so are the colours.
  const bool alike = !c.evidence.empty() && c.evidence.back().feature == "colour" &&
                     c.evidence.back().distance * 20 <= c.evidence.back().scale;
  const bool soft_same = same && alike && !ha.empty && !hb.empty && nearest->distance <= kSoftBits;
  tell(a, b, "texture", c);
  tell(a, b, "shape", c);
  const bool sound = ha.sound && hb.sound;
  if ((same && (sound || placed)) || soft_same || laid == Laid::whole) {
    c.verdict = Verdict::same;
  } else if (placed || laid == Laid::part || spare || (near && sound)) {
    c.verdict = Verdict::derived;
  } else {
    c.verdict = sound ? Verdict::unrelated : Verdict::unknown;
  }
  c.strength = strength_of(c.verdict, strength_sum(nearest, sound, places, best, spare));
  return c;
}

}  // namespace cess::fp
