// SPDX-License-Identifier: Apache-2.0
// Local features: places in a picture that are found again after cropping, turning, scaling,
// mirroring, or inside of another picture. Found by box-filtered Hessians over integral images
// (Bay, Tuytelaars, Van Gool, SURF, 2006), described by 256 comparisons of means around the place,
// in its own direction and scale (Calonder et al., BRIEF, 2010, steered). Pairs of places that
// agree on one similarity transform are evidence. Whole numbers only.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fingerprint/gray.hpp"
#include "fingerprint/placement.hpp"
#include "fingerprint/types.hpp"

namespace cess::fp {

inline constexpr std::uint32_t kKeypointSide = 512;  ///< the picture is reduced to this first
inline constexpr std::size_t kKeypointsMax = 256;
inline constexpr std::size_t kKeypointSize = 40;  ///< of an item of the feature, in bytes

struct Keypoint {
  std::uint16_t x = 0;  ///< 1/16 pixel of the reduced picture
  std::uint16_t y = 0;
  std::uint8_t size = 0;    ///< side of the filter, in pixels: its scale
  std::uint8_t angle = 0;   ///< 1/256 of a turn
  std::uint16_t frame = 0;  ///< number of the key frame, in a film
  Bits256 bits{};
};

/// At most kKeypointsMax, strongest first, spread over the picture. `g` is no longer than
/// kKeypointSide.
std::vector<Keypoint> find_keypoints(const Gray& g);

/// Feature items of kKeypointSize bytes: LE16 x, LE16 y, size, angle, LE16 frame, bits.
Feature keypoints_feature(const std::vector<Keypoint>& points);
/// The reverse; items that no picture gives are left out.
std::vector<Keypoint> keypoints_of(const Feature& f, std::size_t count_max = kKeypointsMax);

struct KeypointMatch {
  std::uint32_t places = 0;  ///< pairs that agree on one transform
  bool mirrored = false;
  std::int32_t turn = 0;  ///< degrees
  std::uint32_t scale_percent = 100;
  Placement placement;  ///< where a lies in b
  std::uint32_t squeezed_places =
      0;               ///< pairs that a map which may squeeze explains: no evidence alone
  Placement squeezed;  ///< that map
};
KeypointMatch match_keypoints(const std::vector<Keypoint>& a, const std::vector<Keypoint>& b);
/// The best few placements, most places first, upright and mirrored.
std::vector<KeypointMatch> place_matches(const std::vector<Keypoint>& a,
                                         const std::vector<Keypoint>& b, std::size_t count);

}  // namespace cess::fp
