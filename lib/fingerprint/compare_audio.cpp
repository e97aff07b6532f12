// SPDX-License-Identifier: Apache-2.0
// Two sounds: the bits aligned, then the peaks under another pitch and tempo. Thresholds:
// doc/fingerprints.md.
#include <algorithm>

#include "base/endian.hpp"
#include "fingerprint/compare.hpp"
#include "fingerprint/sound.hpp"

namespace cess::fp {
namespace {

// Measured: doc/fingerprints.md.
constexpr std::uint32_t kBitsDerived = 9500;     ///< score
constexpr std::uint32_t kBitsSameErrors = 3300;  ///< of 10000
constexpr std::uint32_t kPeaksDerived = 2600;    ///< score
constexpr std::uint64_t kSoundFalsePerBillion = 79000;
constexpr std::size_t kSoundFramesMin = 64;  ///< 3 s: shorter sounds show nothing

std::vector<std::uint32_t> sound_bits_of(const Feature& f) {
  std::vector<std::uint32_t> out(f.count());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = load_le<std::uint32_t>(f.item(i).data());
  return out;
}

std::string frames_seconds(std::int64_t frames) {
  const std::int64_t tenths = frames * static_cast<std::int64_t>(kFrameHop) * 10 / kSoundRateHz;
  const std::int64_t whole = tenths < 0 ? -tenths : tenths;
  return (tenths < 0 ? "-" : "") + std::to_string(whole / 10) + "." + std::to_string(whole % 10) +
         " s";
}

std::string peaks_note(const PeaksMatch& m) {
  // A band is a third of a semitone.
  const std::int32_t cents = m.shift * 1200 / static_cast<std::int32_t>(kBandsPerOctave);
  return std::to_string(m.matched) + " peaks where chance gives " + std::to_string(m.expected) +
         ": pitch " + std::to_string(cents) + " cents, tempo " +
         std::to_string(102400 / std::max(1U, m.tempo)) + " %, offset " + frames_seconds(m.offset);
}

}  // namespace

Comparison compare_audio(const Content& a, const Content& b) {
  Comparison out;
  const Feature* const ba = a.find("audio_bits");
  const Feature* const bb = b.find("audio_bits");
  const Feature* const pa = a.find("audio_peaks");
  const Feature* const pb = b.find("audio_peaks");
  for (const Feature* f : {ba, bb, pa, pb}) {
    if (f == nullptr || f->version != 1 || f->item_bits != 32) return out;
  }
  const auto peaks_a = parse_peaks(pa->data);
  const auto peaks_b = parse_peaks(pb->data);
  if (!peaks_a || !peaks_b || std::max(ba->count(), bb->count()) > kSoundFramesMax) return out;
  const BitsMatch bits = match_bits(sound_bits_of(*ba), sound_bits_of(*bb));
  const PeaksMatch peaks = match_peaks(*peaks_a, *peaks_b);
  // Scores grow with likeness and are capped; distances shrink.
  constexpr std::uint32_t kBitsScale = 100000;
  constexpr std::uint32_t kPeaksScale = 10000;
  out.evidence.push_back({.feature = "audio_bits",
                          .distance = kBitsScale - std::min(bits.score, kBitsScale),
                          .scale = kBitsScale,
                          .same_max = 0,
                          .derived_max = kBitsScale - kBitsDerived,
                          .false_per_billion = kSoundFalsePerBillion,
                          .note = std::to_string(bits.errors / 100) + " % of bits differ over " +
                                  frames_seconds(bits.frames) + ", offset " +
                                  frames_seconds(bits.offset)});
  out.evidence.push_back({.feature = "audio_peaks",
                          .distance = kPeaksScale - std::min(peaks.score, kPeaksScale),
                          .scale = kPeaksScale,
                          .same_max = 0,
                          .derived_max = kPeaksScale - kPeaksDerived,
                          .false_per_billion = kSoundFalsePerBillion,
                          .note = peaks.votes == 0 ? "no common pattern" : peaks_note(peaks)});
  const std::size_t shorter = std::min(ba->count(), bb->count());
  const std::size_t longer = std::max(ba->count(), bb->count());
  if (shorter < kSoundFramesMin || peaks_a->size() < 8 || peaks_b->size() < 8) return out;
  if (bits.score >= kBitsDerived && bits.errors <= kBitsSameErrors &&
      10 * std::size_t{bits.frames} >= 9 * longer) {
    out.verdict = Verdict::same;
  } else if (bits.score >= kBitsDerived || peaks.score >= kPeaksDerived) {
    out.verdict = Verdict::derived;
  } else {
    out.verdict = Verdict::unrelated;
  }
  out.strength =
      strength_of(out.verdict, std::max(std::uint64_t{100} * bits.score / kBitsDerived,
                                        std::uint64_t{100} * peaks.score / kPeaksDerived));
  return out;
}

}  // namespace cess::fp
