// SPDX-License-Identifier: Apache-2.0
// Sound and moving pictures from any container that FFmpeg's libraries read. Their headers stay in
// av.cpp. Single-threaded and without processor-specific code where results could depend on it
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

/// A moment of a film and its brightness.
using OnFrame = std::function<void(std::uint64_t time_ms, const Gray& luma)>;

struct FilmInfo {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint64_t duration_ms =
      0;  ///< to the last frame, or what the container says if that is longer
};

/// Decodes the best picture track and hands on the first frame of every interval. Frames that no
/// other depends on are passed over: nobody can tell, and it is a third of the work.
Result<FilmInfo> decode_film(ByteView file, std::uint64_t interval_ms, const OnFrame& frames,
                             const OnProgress& progress);

/// Decodes the best picture track in full and hands on the luma of the frames that FFmpeg's filter
/// `fps` would let through at `per_second`, upright as its program turns them, and without those
/// that it repeats. Code::input if no frame can be decoded.
Status decode_film_at_rate(ByteView file, int per_second,
                           const std::function<void(const Gray&)>& take);

}  // namespace cess::fp
