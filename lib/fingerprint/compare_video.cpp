// SPDX-License-Identifier: Apache-2.0
// Films: frames that are near at one offset in time, scenes whose places agree, and the sound.
#include <algorithm>
#include <map>

#include "fingerprint/compare.hpp"
#include "fingerprint/film.hpp"
#include "fingerprint/keypoints.hpp"
#include "fingerprint/pdq.hpp"
#include "fingerprint/simhash.hpp"

namespace cess::fp {
namespace {

constexpr unsigned kFrameBits = 48;  // frames nearer than this vote
constexpr unsigned kMovedBits =
    20;  // a frame counts when it has moved on from the last that counted
constexpr std::uint32_t kPercentSame = 60;
constexpr std::uint32_t kPercentDerived = 12;
constexpr std::uint32_t kMovesDerived = 4;
constexpr std::uint32_t kScenePlaces = 8;
// More than these add nothing to the strength.
constexpr std::uint32_t kMovesCounted = 8;
constexpr std::uint32_t kScenePlacesCounted = 32;

struct Frames {
  std::vector<Bits256> bits;
  std::vector<bool> good;
  std::uint32_t good_count = 0;
};

Frames frames_of(const Content& c) {
  Frames out;
  const Feature* f = c.find("frames");
  if (f == nullptr || f->version != 1 || f->item_bits != 264) return out;
  for (std::size_t i = 0; i < f->count(); ++i) {
    const ByteView item = f->item(i);
    Bits256 b{};
    std::copy(item.begin(), item.begin() + 32, b.begin());
    out.bits.push_back(b);
    out.good.push_back(item[32] >= kFrameQualityMin);
    out.good_count += out.good.back() ? 1U : 0U;
  }
  return out;
}

struct Alignment {
  std::uint32_t frames = 0;  ///< that are near at this offset
  std::uint32_t moves = 0;   ///< of these, how many differ from one another
  std::int64_t offset = 0;   ///< slots b is late by
};

/// Frames at one offset, one slot to either side allowed.
Alignment count_at(const Frames& a, const Frames& b, std::int64_t offset) {
  Alignment out;
  out.offset = offset;
  Bits256 last{};
  const auto size = static_cast<std::int64_t>(b.bits.size());
  for (std::size_t i = 0; i < a.bits.size(); ++i) {
    if (!a.good[i]) continue;
    bool hit = false;
    for (std::int64_t j = static_cast<std::int64_t>(i) + offset - 1;
         j <= static_cast<std::int64_t>(i) + offset + 1; ++j) {
      if (j < 0 || j >= size || !b.good[static_cast<std::size_t>(j)]) continue;
      hit = hit || hamming(a.bits[i], b.bits[static_cast<std::size_t>(j)]) <= kFrameBits;
    }
    if (!hit) continue;
    ++out.frames;
    if (out.moves == 0 || hamming(a.bits[i], last) > kMovedBits) {
      ++out.moves;
      last = a.bits[i];
    }
  }
  return out;
}

Alignment align(const Frames& a, const Frames& b) {
  std::map<std::int64_t, std::uint32_t> votes;
  for (std::size_t i = 0; i < a.bits.size(); ++i) {
    if (!a.good[i]) continue;
    for (std::size_t j = 0; j < b.bits.size(); ++j) {
      if (b.good[j] && hamming(a.bits[i], b.bits[j]) <= kFrameBits) {
        ++votes[static_cast<std::int64_t>(j) - static_cast<std::int64_t>(i)];
      }
    }
  }
  std::vector<std::pair<std::uint32_t, std::int64_t>> best;
  for (const auto& [offset, n] : votes) best.emplace_back(n, offset);
  std::sort(best.begin(), best.end(), [](const auto& x, const auto& y) {
    return x.first != y.first ? x.first > y.first : std::abs(x.second) < std::abs(y.second);
  });
  if (best.size() > 8) best.resize(8);
  Alignment out;
  for (const auto& [n, offset] : best) {
    const Alignment one = count_at(a, b, offset);
    if (one.moves > out.moves || (one.moves == out.moves && one.frames > out.frames)) out = one;
  }
  return out;
}

std::map<std::uint16_t, std::vector<Keypoint>> scenes_of(const Content& c) {
  std::map<std::uint16_t, std::vector<Keypoint>> out;
  const Feature* f = c.find("scenes");
  if (f == nullptr || f->version != 1) return out;
  for (const Keypoint& k : keypoints_of(*f, 4096)) out[k.frame].push_back(k);
  return out;
}

/// Scenes of a that are found in b.
std::uint32_t shared_scenes(const Content& a, const Content& b, std::uint32_t& places) {
  const auto sa = scenes_of(a);
  const auto sb = scenes_of(b);
  std::uint32_t n = 0;
  for (const auto& [frame, points] : sa) {
    std::uint32_t best = 0;
    for (const auto& [other, theirs] : sb)
      best = std::max(best, match_keypoints(points, theirs).places);
    places = std::max(places, best);
    n += best >= kScenePlaces ? 1U : 0U;
  }
  return n;
}

Frames mirrored_frames(const Frames& f) {
  Frames out = f;
  for (Bits256& b : out.bits) b = turn_pdq(b, Turn::mirror);
  return out;
}

}  // namespace

Comparison compare_video(const Content& a, const Content& b) {
  Comparison c;
  const Frames fa = frames_of(a);
  const Frames fb = frames_of(b);
  bool same = false;
  bool derived = false;
  std::uint64_t strength = 0;
  if (fa.good_count > 0 && fb.good_count > 0) {
    Alignment found = align(fa, fb);
    const Alignment mirrored = align(fa, mirrored_frames(fb));
    const bool is_mirrored = mirrored.moves > found.moves + 2;
    if (is_mirrored) found = mirrored;
    const auto percent = [&](std::uint32_t of) { return std::min(100U, found.frames * 100 / of); };
    const std::uint32_t shorter = percent(std::min(fa.good_count, fb.good_count));
    const std::uint32_t longer = percent(std::max(fa.good_count, fb.good_count));
    same = longer >= kPercentSame && !is_mirrored;
    derived =
        shorter >= kPercentSame || (shorter >= kPercentDerived && found.moves >= kMovesDerived);
    strength += std::uint64_t{100} * shorter / kPercentSame +
                std::uint64_t{100} * std::min(found.moves, kMovesCounted) / kMovesDerived;
    const std::int64_t ms = found.offset * static_cast<std::int64_t>(kFrameIntervalMs);
    c.evidence.push_back({.feature = "frames",
                          .distance = 100 - shorter,
                          .scale = 100,
                          .same_max = 100 - kPercentSame,
                          .derived_max = 100 - kPercentDerived,
                          .false_per_billion = 940'000,
                          .note = std::to_string(found.frames) + " frames near, offset " +
                                  std::to_string(ms) + " ms" + (is_mirrored ? ", mirrored" : "")});
  }
  std::uint32_t places = 0;
  const std::uint32_t scenes = shared_scenes(a, b, places);
  derived = derived || scenes >= 1;
  strength += std::uint64_t{100} * std::min(places, kScenePlacesCounted) / kScenePlaces;
  c.evidence.push_back({.feature = "scenes",
                        .distance = 64 - std::min(64U, places),
                        .scale = 64,
                        .same_max = 0,
                        .derived_max = 64 - kScenePlaces,
                        .false_per_billion = 940'000,
                        .note = std::to_string(scenes) + " scenes shared, " +
                                std::to_string(places) + " places agree in the best"});
  Comparison sound = compare_audio(a, b);
  derived = derived || sound.verdict == Verdict::same || sound.verdict == Verdict::derived;
  strength += sound.strength;
  for (Evidence& e : sound.evidence) c.evidence.push_back(std::move(e));
  const bool told = fa.good_count > 0 && fb.good_count > 0;
  c.verdict = same      ? Verdict::same
              : derived ? Verdict::derived
              : told    ? Verdict::unrelated
                        : Verdict::unknown;
  c.strength = strength_of(c.verdict, strength);
  return c;
}

}  // namespace cess::fp
