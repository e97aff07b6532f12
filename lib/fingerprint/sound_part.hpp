// SPDX-License-Identifier: Apache-2.0
// A sound made in parts: each part by whoever has a processor for it, joined to what one alone
// would have made. The parts of a sound and their number depend on the file alone, and so does what
// they are joined to. Parts are cut between packets; frames of the features lie where they would
// without cuts, as far as the file's stamps say where that is (of every common format they do, to
// the sample).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "fingerprint/av.hpp"
#include "fingerprint/types.hpp"

namespace cess::fp {

/// What a film's track is decoded as, in one part.
inline constexpr std::string_view kTrackType = "audio/track";

/// Into how many parts a sound of that type and size is cut: 1, 2 or 4.
unsigned sound_parts(std::string_view type, std::uint64_t size_bytes);

/// What one part gives. Its features are no sound's: `bits` and `peaks` of the frames that begin in
/// the part, counted from its first one, `items` of the Chromaprint, and how many `samples` the
/// part has. Reads hostile bytes: in the sandbox only. Code::input for a file without a sound that
/// can be decoded.
Result<Content> fingerprint_sound_part(ByteView file, MediaPart part, const OnProgress& progress);
/// Of all parts in their order the sound, as a content of that type. Believes nothing in them.
/// Code::input if no part has a sample, or a part is none.
Result<Content> join_sound(std::span<const Content> parts, std::string_view type);

}  // namespace cess::fp
