// SPDX-License-Identifier: Apache-2.0
// The features of films and of their parts, empty, and their limits.
#pragma once

#include <tuple>
#include <vector>

#include "fingerprint/encoding.hpp"
#include "fingerprint/iscc.hpp"
#include "fingerprint/keypoints.hpp"
#include "fingerprint/types.hpp"

namespace cess::fp {

/// 2.8 hours of half seconds; the frames of a longer film are not looked at.
inline constexpr std::size_t kFilmSlotsMax = 20'000;
inline constexpr std::size_t kScenesMax = 16;
inline constexpr unsigned kCutBits = 70;  ///< frames of one scene are nearer, half a second apart
inline constexpr std::size_t kPlacesOfScene = 96;
inline constexpr std::size_t kKeptMax = 32;  ///< frames of a scene that may become its middle
/// Frames of a part that have places: its longest scenes' middles, and what was kept of two scenes.
inline constexpr std::size_t kPlacedMax = kScenesMax + 2 * kKeptMax;
inline constexpr std::size_t kSlotSize = 4 + 33;  ///< LE32 number, PDQ, quality
inline constexpr std::size_t kSignatureSize = std::tuple_size_v<IsccVideo::Packed>;
/// Of one part: 40 minutes of frames that all differ.
inline constexpr std::size_t kSignaturesMax = 12'288;
static_assert(kFilmSlotsMax * kSlotSize + kSignaturesMax * kSignatureSize +
                  kPlacedMax * kPlacesOfScene * kKeypointSize <=
              kContentBytesMax / 2);

inline Feature slots_feature() { return {"slots", 1, 8 * kSlotSize, {}}; }
inline Feature signatures_feature() { return {"signatures", 1, 8 * kSignatureSize, {}}; }
inline Feature scenes_feature(const std::vector<Keypoint>& places) {
  Feature f = keypoints_feature(places);
  f.name = "scenes";
  return f;
}

}  // namespace cess::fp
