// SPDX-License-Identifier: Apache-2.0
// Sound to frames of log-frequency levels. Single precision with nothing but additions,
// subtractions and multiplications in a fixed order, tables made the same way, no library function,
// no contraction (this file is compiled with -ffp-contract=off): IEEE 754 then gives the same bits
// on every machine. Levels are rounded to 1/256 of a doubling.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace cess::fp {

inline constexpr unsigned kSoundRateHz = 11025;
inline constexpr std::size_t kFrameSize = 2048;  ///< samples: 186 ms
inline constexpr std::size_t kFrameHop = 512;    ///< samples: 46.4 ms
inline constexpr unsigned kBandsPerOctave = 36;
inline constexpr std::size_t kBands = 162;  ///< four octaves and a half from 200 Hz
/// 256 · log2 of the power in each band.
using Levels = std::array<std::int32_t, kBands>;

/// Cuts samples (kSoundRateHz, one channel) into frames and calls `frame` for each, in order.
class SoundSpectrum {
 public:
  explicit SoundSpectrum(std::function<void(const Levels&)> frame);
  ~SoundSpectrum();
  SoundSpectrum(const SoundSpectrum&) = delete;
  SoundSpectrum& operator=(const SoundSpectrum&) = delete;
  void feed(std::span<const std::int16_t> samples);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cess::fp
