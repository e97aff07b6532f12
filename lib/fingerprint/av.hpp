// SPDX-License-Identifier: Apache-2.0
// Sound and moving pictures from any container that FFmpeg's libraries read. Their headers stay in
// av.cpp. Single-threaded and without processor-specific code where results could depend on it
// (sound), so that the samples are the same on every machine with the same library. Call inside the
// sandbox only.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "fingerprint/kinds.hpp"

namespace cess::fp {

/// Takes mono samples, 16 bits signed, in order, in pieces of any size.
using OnSamples = std::function<void(std::span<const std::int16_t>)>;

struct SoundInfo {
  std::uint64_t duration_ms = 0;  ///< of the samples that came out
  unsigned rate_hz = 0;
};

/// Decodes the best sound track, mixed down to one channel and resampled to `rate_hz`. Damaged
/// packets are skipped. Code::input if the file has no sound that can be decoded.
Result<SoundInfo> decode_sound(ByteView file, unsigned rate_hz, const OnSamples& samples,
                               const OnProgress& progress);

}  // namespace cess::fp
