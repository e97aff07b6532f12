// SPDX-License-Identifier: Apache-2.0
// What the making and the comparing of films share.
#pragma once

#include <cstdint>

#include "fingerprint/types.hpp"

namespace cess::fp {

inline constexpr std::uint64_t kFrameIntervalMs = 500;
inline constexpr std::uint8_t kFrameQualityMin =
    15;  ///< darker or flatter frames count for nothing

/// Adds the features of a film's sound track.
void add_sound(Content& film, const Content& sound);

}  // namespace cess::fp
