// SPDX-License-Identifier: Apache-2.0
// The features of a sound (algorithm audio/1), two sequences over time:
//   bits    32 for each frame of 46 ms: whether a band's level grew more than its neighbour's
//   (Haitsma and Kalker 2002,
//           on levels, over four frames). Survive encoding, filters, loudness, noise; found by
//           alignment.
//   peaks   points of the spectrogram that stand out around them (Wang 2003), on an axis of
//   logarithmic frequency:
//           another pitch moves all by one distance, another tempo stretches time by one factor
//           (Six and Leman 2014). Survive pitch, tempo, and other sound on top.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "fingerprint/spectrum.hpp"
#include "fingerprint/types.hpp"

namespace cess::fp {

/// Six hours; what follows is left out.
inline constexpr std::size_t kSoundFramesMax = 465000;
inline constexpr std::size_t kPeaksPerFrameMax = 3;

struct Peak {
  std::uint32_t frame = 0;
  std::uint32_t band = 0;
  friend bool operator==(const Peak&, const Peak&) = default;
};

struct SoundFeatures {
  std::vector<std::uint32_t> bits;  ///< one for each frame
  std::vector<Peak> peaks;          ///< by frame, then band
};

/// Takes the samples of a sound in parts of any size (kSoundRateHz, one channel).
class SoundHasher {
 public:
  SoundHasher();
  ~SoundHasher();
  SoundHasher(const SoundHasher&) = delete;
  SoundHasher& operator=(const SoundHasher&) = delete;
  void feed(std::span<const std::int16_t> samples);
  SoundFeatures finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// 256 bits of the whole: majorities of the bits over all frames, over each quarter and over three
/// sorted thirds, as ISO 24138 sums up a Chromaprint. For indexes and the certificate id.
Bits256 sound_summary(std::span<const std::uint32_t> bits);

/// How well one sound fits on another.
struct BitsMatch {
  std::uint32_t errors = 0;  ///< of 10000 bits, at the best offset; 5000 is chance
  std::uint32_t frames = 0;  ///< compared there
  std::int64_t offset = 0;   ///< frames by which the second lies later
  /// (5000 - errors) · sqrt(frames): what chance rarely gives.
  std::uint32_t score = 0;
};
BitsMatch match_bits(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b);

struct PeaksMatch {
  std::uint32_t votes = 0;  ///< triples of peaks that agree on one pitch, tempo and place
  std::uint32_t matched =
      0;  ///< peaks of the first that have one of the second where that says, around there
  std::uint32_t expected = 0;  ///< how many chance would give
  std::int32_t shift = 0;      ///< in bands of 1/36 octave
  std::uint32_t tempo = 0;     ///< of the second against the first, in 1/1024
  std::int64_t offset = 0;     ///< frames
  std::uint32_t score = 0;     ///< 100 · (matched - expected) / sqrt(expected + 1)
};
PeaksMatch match_peaks(std::span<const Peak> a, std::span<const Peak> b);

Bytes encode_peaks(std::span<const Peak> peaks);
/// Code::input for peaks out of order or range.
Result<std::vector<Peak>> parse_peaks(ByteView in);

}  // namespace cess::fp
