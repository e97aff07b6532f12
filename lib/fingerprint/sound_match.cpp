// SPDX-License-Identifier: Apache-2.0
// Alignment of two sounds. Integers only; the work is bounded whatever the features hold.
#include <algorithm>
#include <bit>
#include <map>

#include "base/endian.hpp"
#include "fingerprint/root.hpp"
#include "fingerprint/sound.hpp"
#include "fingerprint/wide.hpp"

namespace cess::fp {
namespace {

constexpr std::size_t kBitsOverlapMin = 64;        ///< frames: 3 s
constexpr std::size_t kBitsOverlapCounted = 4096;  ///< a longer overlap shows nothing more
constexpr std::uint64_t kBitsWorkMax = 60'000'000;

std::uint32_t majority_of(std::span<const std::uint32_t> words) {
  std::array<std::uint32_t, 32> ones{};
  for (const std::uint32_t w : words) {
    for (unsigned b = 0; b < 32; ++b) ones[b] += (w >> b) & 1U;
  }
  std::uint32_t out = 0;
  for (unsigned b = 0; b < 32; ++b) {
    if (2 * std::size_t{ones[b]} >= words.size()) out |= 1U << b;
  }
  return out;
}

struct WrongBits {
  std::uint64_t wrong = 0;
  std::uint64_t frames = 0;  ///< compared
};
/// Of every `step`-th of `size` frames.
CESS_FP_WIDE WrongBits wrong_bits(const std::uint32_t* a, const std::uint32_t* b, std::size_t size,
                                  std::size_t step) {
  WrongBits out;
  for (std::size_t i = 0; i < size; i += step) {
    if (a[i] == 0 && b[i] == 0) continue;  // that both are silent says nothing
    out.wrong += static_cast<std::uint64_t>(std::popcount(a[i] ^ b[i]));
    ++out.frames;
  }
  return out;
}

/// Errors of 10000 where b lies `offset` frames later; every `step`-th frame is compared.
BitsMatch bit_errors_at(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b,
                        std::int64_t offset, std::size_t step) {
  BitsMatch m;
  const std::int64_t from = std::max<std::int64_t>(0, offset);
  const std::int64_t to =
      std::min(static_cast<std::int64_t>(a.size()), static_cast<std::int64_t>(b.size()) + offset);
  WrongBits found;
  if (to > from) {
    found = wrong_bits(a.data() + from, b.data() + (from - offset),
                       static_cast<std::size_t>(to - from), step);
  }
  const auto [wrong, count] = found;
  m.offset = -offset;
  m.frames = static_cast<std::uint32_t>(to > from ? to - from : 0);
  m.errors = count == 0 ? 5000 : static_cast<std::uint32_t>(wrong * 10000 / (32 * count));
  if (m.errors < 5000) {
    m.score = (5000 - m.errors) *
              integer_root(std::min<std::uint64_t>(count * step, kBitsOverlapCounted));
  }
  return m;
}

// ---- peaks

constexpr std::uint32_t kReachMin = 6;   ///< frames from an anchor to its second peak: 0.28 s
constexpr std::uint32_t kReachMax = 44;  ///< 2 s
constexpr std::uint32_t kThirdMin = 4;   ///< from the second to the third
constexpr std::uint32_t kThirdMax = 44;
constexpr std::int32_t kStepBands =
    30;                                 ///< a triple's peaks lie within ten semitones of each other
constexpr std::size_t kPeakFan = 5;     ///< second peaks of an anchor, third peaks of each second
constexpr std::int32_t kShiftMax = 40;  ///< bands: a bit more than an octave
constexpr std::uint32_t kTempoMin = 717;   ///< 0.70, in 1/1024
constexpr std::uint32_t kTempoMax = 1463;  ///< 1.43
constexpr std::size_t kTempoBins = 18;
constexpr std::int64_t kOffsetBin = 32;  ///< frames
constexpr std::size_t kTriplesMax = 200000;
constexpr std::size_t kTripleMatchesMax = 2'000'000;
constexpr std::int64_t kPeakVerifyFrames = 400;  ///< around the votes: 18 s to each side

struct PeakTriple {
  std::uint32_t key = 0;
  std::uint32_t frame = 0;
  std::uint16_t span = 0;
  std::uint8_t band = 0;
};

std::uint32_t triple_key(const Peak& p, const Peak& q, const Peak& r) {
  const auto step = [](const Peak& x, const Peak& y) {
    return static_cast<std::uint32_t>(static_cast<std::int32_t>(y.band) -
                                      static_cast<std::int32_t>(x.band) + kStepBands);
  };
  const std::uint32_t ratio = (q.frame - p.frame) * 16 / (r.frame - p.frame);
  return (step(p, q) << 16U) | (step(q, r) << 8U) | ratio;
}

bool near_in_band(const Peak& x, const Peak& y) {
  const auto d = static_cast<std::int32_t>(x.band) - static_cast<std::int32_t>(y.band);
  return d <= kStepBands && d >= -kStepBands;
}

/// Triples by key, then frame. Of very long sounds the beginning.
std::vector<PeakTriple> triples_of(std::span<const Peak> peaks) {
  std::vector<PeakTriple> out;
  for (std::size_t i = 0; i < peaks.size() && out.size() < kTriplesMax; ++i) {
    const Peak& p = peaks[i];
    std::size_t seconds = 0;
    for (std::size_t j = i + 1;
         j < peaks.size() && seconds < kPeakFan && peaks[j].frame <= p.frame + kReachMax; ++j) {
      const Peak& q = peaks[j];
      if (q.frame < p.frame + kReachMin || !near_in_band(p, q)) continue;
      ++seconds;
      std::size_t thirds = 0;
      for (std::size_t k = j + 1;
           k < peaks.size() && thirds < kPeakFan && peaks[k].frame <= q.frame + kThirdMax; ++k) {
        const Peak& r = peaks[k];
        if (r.frame < q.frame + kThirdMin || !near_in_band(q, r)) continue;
        ++thirds;
        out.push_back({triple_key(p, q, r), p.frame, static_cast<std::uint16_t>(r.frame - p.frame),
                       static_cast<std::uint8_t>(p.band)});
      }
    }
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const PeakTriple& x, const PeakTriple& y) { return x.key < y.key; });
  return out;
}

struct PeakHypothesis {
  std::int32_t shift = 0;
  std::int64_t tempo_sum = 0;  ///< of the votes, in 1/1024
  std::int64_t frame_sum = 0;  ///< of the first sound's frames
  std::int64_t other_sum = 0;  ///< of the second's
  std::uint32_t votes = 0;
};

std::size_t tempo_bin(std::uint32_t tempo) {
  return (tempo - kTempoMin) * kTempoBins / (kTempoMax - kTempoMin + 1);
}

/// One vote of two equal triples; false if they cannot belong together.
struct PeakVote {
  std::uint64_t cell = 0;
  std::uint32_t tempo = 0;
  bool valid = false;
};
PeakVote peak_vote(const PeakTriple& x, const PeakTriple& y) {
  PeakVote v;
  const auto shift = static_cast<std::int32_t>(y.band) - static_cast<std::int32_t>(x.band);
  v.tempo = (std::uint32_t{y.span} * 1024 + x.span / 2) / x.span;
  if (shift > kShiftMax || shift < -kShiftMax || v.tempo < kTempoMin || v.tempo > kTempoMax)
    return v;
  const std::size_t bin = tempo_bin(v.tempo);
  const std::int64_t centre =
      kTempoMin +
      static_cast<std::int64_t>((2 * bin + 1) * (kTempoMax - kTempoMin + 1) / (2 * kTempoBins));
  const std::int64_t offset =
      std::int64_t{y.frame} - std::int64_t{x.frame} * centre / 1024 + (std::int64_t{1} << 24U);
  v.cell = (static_cast<std::uint64_t>(shift + kShiftMax) << 48U) | (std::uint64_t{bin} << 40U) |
           static_cast<std::uint64_t>(offset / kOffsetBin);
  v.valid = true;
  return v;
}

/// Calls `take` for pairs of triples with equal keys.
template <class Take>
void for_equal(const std::vector<PeakTriple>& a, const std::vector<PeakTriple>& b, Take take) {
  std::size_t work = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i].key != b[j].key) {
      a[i].key < b[j].key ? ++i : ++j;
      continue;
    }
    std::size_t ie = i;
    std::size_t je = j;
    while (ie < a.size() && a[ie].key == a[i].key) ++ie;
    while (je < b.size() && b[je].key == b[j].key) ++je;
    for (std::size_t x = i; x < ie && work < kTripleMatchesMax; ++x) {
      for (std::size_t y = j; y < je; ++y, ++work) take(a[x], b[y]);
    }
    i = ie;
    j = je;
  }
}

/// The cells with most votes, each with the sums of its votes.
std::vector<PeakHypothesis> best_cells(const std::vector<PeakTriple>& a,
                                       const std::vector<PeakTriple>& b, std::size_t count) {
  std::vector<std::uint64_t> cells;
  for_equal(a, b, [&](const PeakTriple& x, const PeakTriple& y) {
    if (const PeakVote v = peak_vote(x, y); v.valid) cells.push_back(v.cell);
  });
  std::sort(cells.begin(), cells.end());
  std::vector<std::pair<std::uint32_t, std::uint64_t>> ranked;
  for (std::size_t i = 0; i < cells.size();) {
    std::size_t end = i;
    while (end < cells.size() && cells[end] == cells[i]) ++end;
    if (end - i >= 4) ranked.emplace_back(static_cast<std::uint32_t>(end - i), cells[i]);
    i = end;
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& x, const auto& y) { return x.first > y.first; });
  if (ranked.size() > count) ranked.resize(count);
  std::map<std::uint64_t, PeakHypothesis> sums;
  for (const auto& [votes, cell] : ranked) sums[cell];
  if (!sums.empty()) {
    for_equal(a, b, [&](const PeakTriple& x, const PeakTriple& y) {
      const PeakVote v = peak_vote(x, y);
      if (!v.valid) return;
      const auto at = sums.find(v.cell);
      if (at == sums.end()) return;
      PeakHypothesis& h = at->second;
      h.shift = static_cast<std::int32_t>(y.band) - static_cast<std::int32_t>(x.band);
      h.tempo_sum += v.tempo;
      h.frame_sum += x.frame;
      h.other_sum += y.frame;
      ++h.votes;
    });
  }
  std::vector<PeakHypothesis> out;
  for (const auto& [votes, cell] : ranked) out.push_back(sums[cell]);
  return out;
}

/// Whether `peaks` has one within a frame and a band of there.
bool has_peak(std::span<const Peak> peaks, std::int64_t frame, std::int32_t band) {
  if (band < 0 || band >= static_cast<std::int32_t>(kBands)) return false;
  const auto from =
      std::lower_bound(peaks.begin(), peaks.end(), frame - 1,
                       [](const Peak& p, std::int64_t f) { return std::int64_t{p.frame} < f; });
  for (auto p = from; p != peaks.end() && std::int64_t{p->frame} <= frame + 1; ++p) {
    const auto d = static_cast<std::int32_t>(p->band) - band;
    if (d <= 1 && d >= -1) return true;
  }
  return false;
}

/// Peaks of `a` around the votes that `b` has too, for tempos and offsets near those of the
/// hypothesis.
PeaksMatch verify_peaks(std::span<const Peak> a, std::span<const Peak> b, const PeakHypothesis& h) {
  PeaksMatch best;
  const std::int64_t votes = h.votes;
  const std::int64_t mid = h.frame_sum / votes;
  const std::int64_t other = h.other_sum / votes;
  const std::int64_t tempo = h.tempo_sum / votes;
  const auto first = [](std::span<const Peak> peaks, std::int64_t frame) {
    return std::lower_bound(peaks.begin(), peaks.end(), frame, [](const Peak& p, std::int64_t f) {
      return std::int64_t{p.frame} < f;
    });
  };
  const auto from = first(a, mid - kPeakVerifyFrames);
  const auto to = first(a, mid + kPeakVerifyFrames);
  const std::int64_t reach = kPeakVerifyFrames * tempo / 1024;
  const auto there = static_cast<std::uint64_t>(first(b, other + reach) - first(b, other - reach));
  for (std::int64_t t = tempo - 24; t <= tempo + 24; t += 2) {
    for (std::int64_t o = -3; o <= 3; ++o) {
      std::uint32_t matched = 0;
      std::uint32_t inside = 0;
      for (auto p = from; p != to; ++p) {
        const std::int64_t frame = other + o + (std::int64_t{p->frame} - mid) * t / 1024;
        if (frame < 0 || (!b.empty() && frame > std::int64_t{b.back().frame})) continue;
        ++inside;
        if (has_peak(b, frame, static_cast<std::int32_t>(p->band) + h.shift)) ++matched;
      }
      // Nine places each, among all of the frames and bands there.
      const std::uint64_t places = static_cast<std::uint64_t>(2 * reach + 1) * kBands;
      const auto expected = static_cast<std::uint32_t>(std::uint64_t{inside} * 9 * there / places);
      if (matched <= expected) continue;
      const std::uint32_t score =
          100 * (matched - expected) / std::max(1U, integer_root(std::uint64_t{expected} + 4));
      if (score > best.score) {
        best = {h.votes,
                matched,
                expected,
                h.shift,
                static_cast<std::uint32_t>(t),
                other + o - mid * t / 1024,
                score};
      }
    }
  }
  return best;
}

}  // namespace

Bits256 sound_summary(std::span<const std::uint32_t> bits) {
  Bits256 out{};
  if (bits.empty()) return out;
  const auto part = [](std::span<const std::uint32_t> all, std::size_t i, std::size_t count) {
    return all.subspan(all.size() * i / count,
                       all.size() * (i + 1) / count - all.size() * i / count);
  };
  std::vector<std::uint32_t> words{majority_of(bits)};
  for (std::size_t i = 0; i < 4; ++i) words.push_back(majority_of(part(bits, i, 4)));
  std::vector<std::uint32_t> sorted(bits.begin(), bits.end());
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < 3; ++i) words.push_back(majority_of(part(sorted, i, 3)));
  for (std::size_t i = 0; i < words.size(); ++i) store_le(out.data() + 4 * i, words[i]);
  return out;
}

BitsMatch match_bits(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
  BitsMatch best;
  best.errors = 5000;
  const std::size_t least = std::min({kBitsOverlapMin, a.size(), b.size()});
  if (least == 0) return best;
  // Long pairs are first compared at a part of their frames.
  std::size_t step = 1;
  while (std::uint64_t{a.size()} * b.size() / step > kBitsWorkMax) ++step;
  const auto first = static_cast<std::int64_t>(least) - static_cast<std::int64_t>(b.size());
  const auto last = static_cast<std::int64_t>(a.size() - least);
  for (std::int64_t offset = first; offset <= last; ++offset) {
    const BitsMatch m = bit_errors_at(a, b, offset, step);
    if (m.score > best.score) best = m;
  }
  return step == 1 || best.score == 0 ? best : bit_errors_at(a, b, -best.offset, 1);
}

PeaksMatch match_peaks(std::span<const Peak> a, std::span<const Peak> b) {
  constexpr std::size_t kHypotheses = 6;
  PeaksMatch best;
  for (const PeakHypothesis& h : best_cells(triples_of(a), triples_of(b), kHypotheses)) {
    const PeaksMatch m = verify_peaks(a, b, h);
    if (m.score > best.score) best = m;
  }
  return best;
}

}  // namespace cess::fp
