// SPDX-License-Identifier: Apache-2.0
// A sound's features as features of a content: of a sound file, or of a film's sound track.
#pragma once

#include "base/bytes.hpp"
#include "fingerprint/kinds.hpp"
#include "fingerprint/sound.hpp"

namespace cess::fp {

class ChromaprintStream;

/// What a film's track is decoded as.
inline constexpr std::string_view kTrackType = "audio/track";

/// Decodes the sound of `file` and computes its features. Code::input if it has none. Inside the
/// sandbox only. `chromaprint`, if there is one, gets the samples too.
Result<SoundFeatures> sound_features(ByteView file, const OnProgress& progress,
                                     std::uint64_t& duration_ms, ChromaprintStream* chromaprint);

/// Adds "audio_bits" and "audio_peaks"; the caller keeps the names in order.
void add_sound_features(Content& content, const SoundFeatures& sound);

}  // namespace cess::fp
