// SPDX-License-Identifier: Apache-2.0
// What the making and the comparing of films share, and a film made in parts: each part by whoever
// has a processor for it, joined to what one alone would have made. The parts of a film and their
// number depend on the file alone, and so does what they are joined to.
#pragma once

#include <cstdint>
#include <span>

#include "fingerprint/av.hpp"
#include "fingerprint/types.hpp"

namespace cess::fp {

inline constexpr std::uint64_t kFrameIntervalMs = 500;
inline constexpr std::uint8_t kFrameQualityMin =
    15;  ///< darker or flatter frames count for nothing

/// Into how many parts a film of that size is cut: 1 to 8.
unsigned film_parts(std::uint64_t size_bytes);

/// What one part gives. Its features are no film's: `slots` (LE32 number of the half second, PDQ,
/// quality), `scenes` (places of frames that may be the middle of one), and `signatures`, the
/// different frames of the ISCC unit; the unit itself instead where the part is the whole film.
/// Reads hostile bytes: in the sandbox only. Code::input if nothing can be decoded.
Result<Content> fingerprint_film_part(ByteView file, std::string_view type, MediaPart part,
                                      const OnProgress& progress);
/// Of all parts in their order the film, without its sound. Believes nothing in them. Code::input
/// if no part has a frame, or a part is none.
Result<Content> join_film(std::span<const Content> parts);

/// Gives a film the units of its sound and of both (mixed). Code::input for what is no unit.
Status add_sound_units(Content& film, const Content& sound);
/// Adds the features of a film's sound track.
void add_sound(Content& film, const Content& sound);

}  // namespace cess::fp
