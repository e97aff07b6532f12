// SPDX-License-Identifier: Apache-2.0
// The features of the parts of sounds, empty, and their limits.
#pragma once

#include "fingerprint/encoding.hpp"
#include "fingerprint/sound.hpp"
#include "fingerprint/types.hpp"

namespace cess::fp {

/// Words of 32 bits that all features of a sound or of a part of one have room for: bits first,
/// then items (without them the sound has no unit), then as many peaks as are left, the earliest
/// first.
inline constexpr std::size_t kSoundWordsMax = kContentBytesMax / 2 / 4 - 2;
static_assert(kSoundFramesMax < kSoundWordsMax);

inline Feature bits_feature() { return {"bits", 1, 32, {}}; }
inline Feature peaks_feature() { return {"peaks", 1, 32, {}}; }
inline Feature items_feature() { return {"items", 1, 32, {}}; }
inline Feature samples_feature() { return {"samples", 1, 64, {}}; }

}  // namespace cess::fp
