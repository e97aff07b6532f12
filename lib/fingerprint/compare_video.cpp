// SPDX-License-Identifier: Apache-2.0
// Films: frames that are near at one offset in time, onward or backwards, those that are near in
// any order, scenes whose places agree, and the sound.
#include <algorithm>
#include <array>
#include <bit>
#include <map>

#include "base/endian.hpp"
#include "fingerprint/compare.hpp"
#include "fingerprint/film.hpp"
#include "fingerprint/keypoints.hpp"
#include "fingerprint/pdq.hpp"
#include "fingerprint/simhash.hpp"
#include "fingerprint/wide.hpp"

namespace cess::fp {
namespace {

constexpr unsigned kFrameBits = 48;  // frames nearer than this vote
constexpr unsigned kMovedBits =
    20;  // a frame counts when it has moved on from the last that counted
constexpr std::uint32_t kPercentSame = 60;
constexpr std::uint32_t kPercentDerived = 12;
constexpr std::uint32_t kMovesDerived = 4;
constexpr std::uint32_t kScenePlaces = 8;
// In any order many more frames meet than at one offset: these must be nearer.
constexpr std::size_t kAnyOrderBits = 31;
// More than these add nothing to the strength.
constexpr std::uint32_t kMovesCounted = 8;
constexpr std::uint32_t kScenePlacesCounted = 32;

using FrameWords = std::array<std::uint64_t, 4>;

struct Frames {
  std::vector<Bits256> bits;
  std::vector<FrameWords> words;  ///< the same
  std::vector<bool> good;
  std::uint32_t good_count = 0;
};

FrameWords words_of(const Bits256& b) {
  FrameWords out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = load_le<std::uint64_t>(b.data() + 8 * i);
  return out;
}

Frames frames_of(const Content& c) {
  Frames out;
  const Feature* f = c.find("frames");
  if (f == nullptr || f->version != 1 || f->item_bits != 264) return out;
  for (std::size_t i = 0; i < f->count(); ++i) {
    const ByteView item = f->item(i);
    Bits256 b{};
    std::copy(item.begin(), item.begin() + 32, b.begin());
    out.bits.push_back(b);
    out.words.push_back(words_of(b));
    out.good.push_back(item[32] >= kFrameQualityMin);
    out.good_count += out.good.back() ? 1U : 0U;
  }
  return out;
}

enum class Way : std::uint8_t { onward, backwards };

struct Alignment {
  std::uint32_t frames = 0;  ///< that are near at this offset
  std::uint32_t moves = 0;   ///< of these, how many differ from one another
  std::int64_t offset = 0;   ///< slots b is late by; backwards: where in b the first of a lies
  Way way = Way::onward;
};

std::int64_t slot_in_b(std::int64_t slot_in_a, std::int64_t offset, Way way) {
  return way == Way::onward ? offset + slot_in_a : offset - slot_in_a;
}

/// Frames at one offset, one slot to either side allowed.
Alignment count_at(const Frames& a, const Frames& b, std::int64_t offset, Way way) {
  Alignment out;
  out.offset = offset;
  out.way = way;
  Bits256 last{};
  const auto size = static_cast<std::int64_t>(b.bits.size());
  for (std::size_t i = 0; i < a.bits.size(); ++i) {
    if (!a.good[i]) continue;
    bool hit = false;
    const std::int64_t at = slot_in_b(static_cast<std::int64_t>(i), offset, way);
    for (std::int64_t j = at - 1; j <= at + 1; ++j) {
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

/// What a look at every pair of frames gives.
struct NearFrames {
  std::vector<std::uint32_t> onward;     ///< near pairs by slot in b - slot in a + frames of a - 1
  std::vector<std::uint32_t> backwards;  ///< near pairs by slot in b + slot in a
  std::vector<bool> in_a, in_b;          ///< frames that a frame of the other is near to, anywhere
};

/// How many bits each of `size` frames is from one. All pairs of two films of two hours are 2·10^8.
CESS_FP_WIDE void frame_distances(const FrameWords& one, const FrameWords* others, std::size_t size,
                                  std::uint16_t* out) {
  for (std::size_t j = 0; j < size; ++j) {
    int bits = 0;
    for (std::size_t w = 0; w < 4; ++w) bits += std::popcount(one[w] ^ others[j][w]);
    out[j] = static_cast<std::uint16_t>(bits);
  }
}

NearFrames near_frames(const Frames& a, const Frames& b) {
  const std::size_t na = a.bits.size();
  const std::size_t nb = b.bits.size();
  NearFrames out;
  out.onward.resize(na + nb);
  out.backwards.resize(na + nb);
  out.in_a.resize(na);
  out.in_b.resize(nb);
  std::vector<std::uint16_t> distances(nb);
  for (std::size_t i = 0; i < na; ++i) {
    if (!a.good[i]) continue;
    frame_distances(a.words[i], b.words.data(), nb, distances.data());
    for (std::size_t j = 0; j < nb; ++j) {
      const std::size_t bits = distances[j];
      if (bits > kFrameBits || !b.good[j]) continue;
      ++out.onward[j + na - 1 - i];
      ++out.backwards[j + i];
      if (bits <= kAnyOrderBits) out.in_a[i] = out.in_b[j] = true;
    }
  }
  return out;
}

/// The best of the eight offsets that most pairs vote for.
Alignment align(const Frames& a, const Frames& b, const NearFrames& near, Way way) {
  const std::vector<std::uint32_t>& votes = way == Way::onward ? near.onward : near.backwards;
  const std::int64_t zero =
      way == Way::onward ? static_cast<std::int64_t>(a.bits.size()) - 1 : std::int64_t{0};
  std::vector<std::pair<std::uint32_t, std::int64_t>> best;
  for (std::size_t i = 0; i < votes.size(); ++i)
    if (votes[i] != 0) best.emplace_back(votes[i], static_cast<std::int64_t>(i) - zero);
  std::sort(best.begin(), best.end(), [](const auto& x, const auto& y) {
    if (x.first != y.first) return x.first > y.first;
    const auto ax = std::abs(x.second);
    const auto ay = std::abs(y.second);
    return ax != ay ? ax < ay : x.second < y.second;
  });
  if (best.size() > 8) best.resize(8);
  Alignment out;
  out.way = way;
  for (const auto& [n, offset] : best) {
    const Alignment one = count_at(a, b, offset, way);
    if (one.moves > out.moves || (one.moves == out.moves && one.frames > out.frames)) out = one;
  }
  return out;
}

/// Frames that are near in any order, for films that were cut anew.
struct AnyOrder {
  std::uint32_t frames = 0;   ///< of the shorter film; of equally long ones the fewer
  std::uint32_t moments = 0;  ///< of either film as many differ from one another, counted up to
                              ///< kMovesCounted
};

/// Of the frames `near` how many differ from all the others, counted up to kMovesCounted.
std::uint32_t moments_of(const Frames& f, const std::vector<bool>& near) {
  std::vector<Bits256> seen;
  for (std::size_t i = 0; i < near.size() && seen.size() < kMovesCounted; ++i) {
    if (near[i] && std::none_of(seen.begin(), seen.end(), [&](const Bits256& s) {
          return hamming(s, f.bits[i]) <= kMovedBits;
        }))
      seen.push_back(f.bits[i]);
  }
  return static_cast<std::uint32_t>(seen.size());
}

AnyOrder in_any_order(const Frames& a, const Frames& b, const NearFrames& near) {
  const auto count = [](const std::vector<bool>& v) {
    return static_cast<std::uint32_t>(std::count(v.begin(), v.end(), true));
  };
  AnyOrder out;
  out.moments = std::min(moments_of(a, near.in_a), moments_of(b, near.in_b));
  out.frames = a.good_count < b.good_count   ? count(near.in_a)
               : b.good_count < a.good_count ? count(near.in_b)
                                             : std::min(count(near.in_a), count(near.in_b));
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
  std::transform(out.bits.begin(), out.bits.end(), out.words.begin(), words_of);
  return out;
}

/// What the frames say; adds their evidence and strength.
struct FramesSay {
  bool same = false;
  bool derived = false;
  std::uint64_t strength = 0;
};

std::string note_of(const Alignment& found, bool is_mirrored) {
  const std::int64_t ms = found.offset * static_cast<std::int64_t>(kFrameIntervalMs);
  return std::to_string(found.frames) + " frames near, " +
         (found.way == Way::onward ? "offset " : "backwards from ") + std::to_string(ms) + " ms" +
         (is_mirrored ? ", mirrored" : "");
}

FramesSay compare_frames(const Frames& a, const Frames& b, std::vector<Evidence>& evidence) {
  const NearFrames near = near_frames(a, b);
  Alignment found = align(a, b, near, Way::onward);
  const Alignment backwards = align(a, b, near, Way::backwards);
  if (backwards.moves > found.moves + 2) found = backwards;
  const Frames mirror = mirrored_frames(b);
  const Alignment mirrored = align(a, mirror, near_frames(a, mirror), Way::onward);
  const bool is_mirrored = mirrored.moves > found.moves + 2;
  if (is_mirrored) found = mirrored;
  const std::uint32_t fewer = std::min(a.good_count, b.good_count);
  const std::uint32_t more = std::max(a.good_count, b.good_count);
  const auto percent = [](std::uint32_t frames, std::uint32_t of) {
    return std::min(100U, frames * 100 / of);
  };
  const std::uint32_t shorter = percent(found.frames, fewer);
  const AnyOrder any = in_any_order(a, b, near);
  const std::uint32_t any_order = percent(any.frames, fewer);
  FramesSay out;
  out.same =
      percent(found.frames, more) >= kPercentSame && !is_mirrored && found.way == Way::onward;
  out.derived = shorter >= kPercentSame ||
                (shorter >= kPercentDerived && found.moves >= kMovesDerived) ||
                (any_order >= kPercentDerived && any.moments >= kMovesDerived);
  out.strength = std::uint64_t{100} * shorter / kPercentSame +
                 std::uint64_t{100} * std::min(found.moves, kMovesCounted) / kMovesDerived +
                 std::uint64_t{100} * any.moments / kMovesDerived;
  evidence.push_back({.feature = "frames",
                      .distance = 100 - shorter,
                      .scale = 100,
                      .same_max = 100 - kPercentSame,
                      .derived_max = 100 - kPercentDerived,
                      .false_per_billion = 940'000,
                      .note = note_of(found, is_mirrored)});
  evidence.push_back({.feature = "moments",
                      .distance = 100 - any_order,
                      .scale = 100,
                      .same_max = 0,
                      .derived_max = 100 - kPercentDerived,
                      .false_per_billion = 940'000,
                      .note = std::to_string(any.frames) + " frames near in any order, " +
                              std::to_string(any.moments) +
                              (any.moments < kMovesCounted ? "" : " or more") +
                              " of them different"});
  return out;
}

}  // namespace

Comparison compare_video(const Content& a, const Content& b) {
  Comparison c;
  const Frames fa = frames_of(a);
  const Frames fb = frames_of(b);
  FramesSay frames;
  if (fa.good_count > 0 && fb.good_count > 0) frames = compare_frames(fa, fb, c.evidence);
  bool derived = frames.derived;
  std::uint64_t strength = frames.strength;
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
  c.verdict = frames.same ? Verdict::same
              : derived   ? Verdict::derived
              : told      ? Verdict::unrelated
                          : Verdict::unknown;
  c.strength = strength_of(c.verdict, strength);
  return c;
}

}  // namespace cess::fp
