// SPDX-License-Identifier: Apache-2.0
// The Chromaprint of a sound, which ISO 24138's audio unit is made of. Its library takes its
// Fourier transform from FFmpeg: made where FFmpeg is kept to the instructions that every processor
// has, it is the same on every machine.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cess::fp {

/// One channel of 16 bits at `rate_hz`, in parts of any size.
class ChromaprintStream {
 public:
  /// To be called where the samples come, inside of decode_sound.
  void feed(std::span<const std::int16_t> samples, unsigned rate_hz);
  /// The items; none for a sound of less than about three seconds. Last.
  std::vector<std::int32_t> finish();

  ChromaprintStream() = default;
  ChromaprintStream(const ChromaprintStream&) = delete;
  ChromaprintStream& operator=(const ChromaprintStream&) = delete;
  ~ChromaprintStream();

 private:
  void* context_ = nullptr;
  bool failed_ = false;
};

}  // namespace cess::fp
