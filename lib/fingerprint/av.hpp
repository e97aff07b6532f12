// SPDX-License-Identifier: Apache-2.0
// Sound and moving pictures from any container that FFmpeg's libraries read. Their headers stay in
// av_*.cpp. Single-threaded and, where results could depend on it (sound), with those instructions
// only that every processor of the family has, so that the samples are the same on every machine
// with the same library. Call inside the sandbox only.
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

/// One of the `count` parts of a medium, about equally long: of a film each from a key frame on, of
/// a sound from a packet on.
struct MediaPart {
  unsigned index = 0;
  unsigned count = 1;
};

/// Takes the samples of a part of a sound: mono, 16 bits signed, in order, in pieces of any size,
/// some from before it and after it with them.
struct SoundWants {
  /// First of all: which sample of the whole sound comes first, and which is the part's first. Not
  /// called where the part has none.
  std::function<void(std::uint64_t first, std::uint64_t begin)> start;
  /// False: no more are wanted.
  std::function<bool(std::span<const std::int16_t>)> samples;
  /// The part ends before that sample. Not called where it ends with the sound.
  std::function<void(std::uint64_t end)> end;
};

/// Decodes a part of the best sound track, mixed down to one channel and resampled to `rate_hz`,
/// from two seconds before it on (less where these are more than 16 MiB or 1,024 packets), until no
/// more is wanted. Damaged packets are skipped. The parts' samples after one another are those of
/// the one part that is all, but for where a file's stamps are not of its samples: there a part
/// believes that it begins elsewhere. Code::input if the file has no sound track that can be
/// decoded.
Status decode_sound(ByteView file, MediaPart part, unsigned rate_hz, const SoundWants& wants,
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
Result<FilmInfo> decode_film(ByteView file, MediaPart part, const FilmWants& wants,
                             const OnProgress& progress);

}  // namespace cess::fp
