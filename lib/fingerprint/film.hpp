// SPDX-License-Identifier: Apache-2.0
// What the making and the comparing of films share.
#pragma once

#include <cstdint>

#include "fingerprint/types.hpp"

namespace cess::fp {

inline constexpr std::uint64_t kFrameIntervalMs = 500;
inline constexpr std::uint8_t kFrameQualityMin =
    15;  ///< darker or flatter frames count for nothing

/// Nothing but the ISCC video unit of a film's pictures; without it where they are too small or
/// none can be decoded. Decodes them anew and in full: call beside the film's features.
Result<Content> film_unit(ByteView file);
/// Gives a film its ISCC units: of its pictures and, if its track has one, of the sound and of
/// both (mixed).
void add_units(Content& film, const Content& pictures, const Content& sound);
/// Adds the features of a film's sound track.
void add_sound(Content& film, const Content& sound);

}  // namespace cess::fp
