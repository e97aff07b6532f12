// SPDX-License-Identifier: Apache-2.0
// Sounds of made-up melodies: the same bits everywhere, found again under noise, another pitch,
// another tempo, a cut, and another melody on top; not taken for each other.
#include "fingerprint/sound.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "fingerprint/simhash.hpp"

namespace cess::fp {
namespace {

/// Three voices of triangle waves whose notes change every few hundred milliseconds. `pitch` and
/// `tempo` in 1/1000.
std::vector<std::int16_t> melody(std::uint64_t seed, unsigned seconds, unsigned pitch = 1000,
                                 unsigned tempo = 1000) {
  std::vector<std::int16_t> out(std::size_t{kSoundRateHz} * seconds);
  for (std::uint64_t voice = 0; voice < 3; ++voice) {
    std::uint32_t phase = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::uint64_t at = i * tempo / 1000;
      const std::uint64_t note = at / (2800 + 700 * voice);
      const std::uint64_t hz = 220 + mix64(seed * 1000003 + voice * 7919 + note) % 1400;
      phase += static_cast<std::uint32_t>((hz * pitch / 1000 << 32U) / kSoundRateHz);
      const auto ramp = static_cast<std::int32_t>(phase >> 19U);  // 0 to 8191
      out[i] = static_cast<std::int16_t>(out[i] + (ramp < 4096 ? ramp : 8191 - ramp) - 2048);
    }
  }
  return out;
}
SoundFeatures hash_sound(std::span<const std::int16_t> samples, std::size_t part = 5000) {
  SoundHasher hasher;
  for (std::size_t at = 0; at < samples.size(); at += part) {
    hasher.feed(samples.subspan(at, std::min(part, samples.size() - at)));
  }
  return hasher.finish();
}

TEST(Sound, TheSameBitsEverywhere) {
  const auto samples = melody(1, 8);
  const SoundFeatures one = hash_sound(samples);
  const SoundFeatures other = hash_sound(samples, 77);
  EXPECT_EQ(one.bits, other.bits);
  EXPECT_EQ(one.peaks, other.peaks);
  EXPECT_EQ(one.bits.size(), (samples.size() - kFrameSize) / kFrameHop + 1);
  // Written by the first version of audio/1: another value on any machine is another algorithm.
  const Bits256 summary = sound_summary(one.bits);
  EXPECT_EQ(to_hex(ByteView(summary)),
            "0e054087a65110024f97af264037c7cd1b2149b703492416401fe497bc675be5");
  EXPECT_EQ(to_hex(sha256(encode_peaks(one.peaks))),
            "3d01ca7fb3b5cfebf4efac62a6ead2288e74ea68bbd5ae9d146991ca3e55d42e");
}

TEST(Sound, FoundAgain) {
  const auto samples = melody(1, 40);
  const SoundFeatures original = hash_sound(samples);
  auto noisy = samples;
  for (std::size_t i = 0; i < noisy.size(); ++i) {
    noisy[i] =
        static_cast<std::int16_t>(noisy[i] / 2 + static_cast<std::int32_t>(mix64(i) % 1000) - 500);
  }
  const SoundFeatures noise = hash_sound(noisy);
  const SoundFeatures cut =
      hash_sound(std::span<const std::int16_t>(samples).subspan(150000, 170000));
  const BitsMatch by_noise = match_bits(original.bits, noise.bits);
  EXPECT_LT(by_noise.errors, 3600U);
  EXPECT_EQ(by_noise.offset, 0);
  const BitsMatch by_cut = match_bits(original.bits, cut.bits);
  EXPECT_GT(by_cut.score, 30000U);
  EXPECT_NEAR(static_cast<double>(by_cut.offset), -150000.0 / kFrameHop, 2);

  const PeaksMatch higher =
      match_peaks(original.peaks, hash_sound(melody(1, 40, 1122, 1000)).peaks);
  EXPECT_GT(higher.score, 3000U);
  EXPECT_NEAR(higher.shift, 6, 1);  // two semitones
  const PeaksMatch faster =
      match_peaks(original.peaks, hash_sound(melody(1, 36, 1000, 1100)).peaks);
  EXPECT_GT(faster.score, 3000U);
  EXPECT_NEAR(static_cast<double>(faster.tempo), 1024 / 1.1, 12);
  auto mixed = samples;
  const auto over = melody(5, 40);
  for (std::size_t i = 0; i < mixed.size(); ++i)
    mixed[i] = static_cast<std::int16_t>(mixed[i] + over[i]);
  EXPECT_GT(match_peaks(original.peaks, hash_sound(mixed).peaks).score, 3000U);
}

TEST(Sound, OthersAreNot) {
  const SoundFeatures a = hash_sound(melody(1, 40));
  const SoundFeatures b = hash_sound(melody(2, 40));
  EXPECT_LT(match_bits(a.bits, b.bits).score, 9000U);
  EXPECT_LT(match_peaks(a.peaks, b.peaks).score, 2400U);
  const std::vector<std::int16_t> silence(std::size_t{kSoundRateHz} * 20);
  const SoundFeatures nothing = hash_sound(silence);
  EXPECT_TRUE(nothing.peaks.empty());
  EXPECT_EQ(match_peaks(a.peaks, nothing.peaks).score, 0U);
  EXPECT_EQ(match_bits({}, a.bits).score, 0U);
}

TEST(Sound, PeaksAreReadStrictly) {
  const SoundFeatures a = hash_sound(melody(3, 6));
  ASSERT_FALSE(a.peaks.empty());
  Bytes bytes = encode_peaks(a.peaks);
  EXPECT_EQ(parse_peaks(bytes).value(), a.peaks);
  EXPECT_FALSE(parse_peaks(ByteView(bytes).first(bytes.size() - 1)));
  append(bytes, Bytes(bytes.begin(), bytes.begin() + 4));
  EXPECT_FALSE(parse_peaks(bytes));
  EXPECT_FALSE(parse_peaks(Bytes{kBands, 0, 0, 0}));
  EXPECT_TRUE(parse_peaks(Bytes{kBands - 1, 0, 0, 0}));
}

}  // namespace
}  // namespace cess::fp
