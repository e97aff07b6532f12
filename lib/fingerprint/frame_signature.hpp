// SPDX-License-Identifier: Apache-2.0
// The signature of one frame of a film, of MPEG-7's video signature (ISO/IEC 15938-3:2002/Amd
// 4:2010; Paschalakis et al., "The MPEG-7 Video Signature Tools for Content Identification", IEEE
// Trans. Circuits Syst. Video Technol. 22 (7), 2012): 380 means and differences of means of
// rectangles, each said to be low, middling or high. What the ISCC video unit is made of. Exact:
// fractions of one denominator, no rounding. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "fingerprint/gray.hpp"

namespace cess::fp {

inline constexpr std::size_t kFrameElements = 380;
/// Each 0, 1 or 2, in the standard's order.
using FrameSignature = std::array<std::uint8_t, kFrameElements>;

/// None where a side is under 32 pixels: the standard lays 32 × 32 cells over the frame.
std::optional<FrameSignature> frame_signature(const Gray& luma);

}  // namespace cess::fp
