// SPDX-License-Identifier: Apache-2.0
// Sound and moving pictures from any container that FFmpeg's libraries read. Their headers stay in
// av_*.cpp. Single-threaded and without processor-specific code where results could depend on it
// (sound), so that the samples are the same on every machine with the same library. Call inside the
// sandbox only.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "fingerprint/gray.hpp"
#include "fingerprint/kinds.hpp"

namespace cess::fp {

/// Takes mono samples, 16 bits signed, in order, in pieces of any size.
using OnSamples = std::function<void(std::span<const std::int16_t>)>;

struct SoundInfo {
  std::uint64_t duration_ms = 0;  ///< of the samples that came out
  unsigned rate_hz = 0;
};

/// Decodes the best sound track, mixed down to one channel and resampled to `rate_hz`. Damaged
/// packets are skipped. Code::input if the file has no sound that can be decoded.
Result<SoundInfo> decode_sound(ByteView file, unsigned rate_hz, const OnSamples& samples,
                               const OnProgress& progress);

/// What is wanted of a film's frames. Frames come in the order of time, of both kinds mixed.
struct FilmWants {
  /// The first frame of every interval: its moment and its brightness.
  std::uint64_t interval_ms = 0;
  std::function<void(std::uint64_t time_ms, const Gray& luma)> first_of_interval;
  /// The luma of the frames that FFmpeg's filter `fps` lets through at so many a second, upright as
  /// its program turns them, without those that it repeats.
  int per_second = 0;
  std::function<void(const Gray& luma)> at_rate;
};

/// One of the `count` parts of a film, about equally long, each from a key frame on.
struct FilmPart {
  unsigned index = 0;
  unsigned count = 1;
};

struct FilmInfo {
  std::uint32_t width = 0;  ///< 0: no frame could be decoded
  std::uint32_t height = 0;
  std::uint64_t duration_ms =
      0;               ///< to the last frame, or what the container says if that is longer
  bool whole = false;  ///< this part is all of the film: the others are empty
};

/// Decodes a part of the best picture track, in full. Together the parts give each frame that one
/// part alone gives, those at a seam perhaps twice, where key frames depend on nothing before them;
/// a film that cannot be sought in is all in the first. Part boundaries depend on the file alone.
/// Code::input if nothing can be decoded of a film that is whole in this part.
Result<FilmInfo> decode_film(ByteView file, FilmPart part, const FilmWants& wants,
                             const OnProgress& progress);

}  // namespace cess::fp
