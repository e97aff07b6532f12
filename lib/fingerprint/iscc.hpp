// SPDX-License-Identifier: Apache-2.0
// Units of ISO 24138:2024 (International Standard Content Code): text, audio, video, mixed, data
// and instance. Codes of 256 bits and their text form, "ISCC:" and base32 of a header of four
// nibbles and the first bits of the code.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "fingerprint/frame_signature.hpp"
#include "fingerprint/sketch.hpp"

namespace cess::fp {

/// MinHash of 32-bit features: 64 permutations, of whose minima the four lowest bits are kept
/// (section 6.4).
class IsccMinHash {
 public:
  IsccMinHash();
  void add(std::span<const std::uint32_t> features);
  void add(std::uint32_t feature) { add({&feature, 1}); }
  [[nodiscard]] Bits256 bits256() const;

 private:
  std::array<std::uint32_t, 64> least_{};
};

/// The value of a feature in one of the 64 permutations.
std::uint32_t iscc_permuted(std::size_t permutation, std::uint32_t feature);

enum class IsccUnit : std::uint8_t { text, image, audio, video, mixed, data, instance };

/// "ISCC:..." of the first `bits` of `body`. In: bits is 32 to 256 in steps of 32.
std::string iscc_text(IsccUnit unit, const Bits256& body, unsigned bits);

/// The text as the standard hashes it: no white space, marks, punctuation or control characters;
/// lower case; NFKC.
std::string iscc_collapse(std::string_view utf8);
/// The same by ICU's functions over the whole, ten times as slow.
std::string iscc_collapse_in_context(std::string_view utf8);
/// Body of the text unit: MinHash of XXH32 over windows of 13 characters of the collapsed text.
Bits256 iscc_text_body(std::string_view collapsed);
/// Body of the audio unit, from a Chromaprint vector (of fpcalc -raw -signed -length 0).
Bits256 iscc_audio_body(std::span<const std::int32_t> chromaprint);
/// Body of the mixed unit, of content units as texts with or without "ISCC:": the majority of each
/// bit over the first byte of their headers and the first bits of their bodies. In: bits is 64 to
/// 256 in steps of 32. Code::input: fewer than two, or what is no content unit of so many bits.
Result<Bits256> iscc_mixed_body(std::span<const std::string> units, unsigned bits);

/// The video unit from frames as they come. 76 bytes for each.
class IsccVideo {
 public:
  using Packed = std::array<std::uint8_t, kFrameElements / 5>;  ///< five digits of base 3 each
  void add(const FrameSignature& frame);
  /// What another's `different` gave; false for bytes that no frame gives.
  [[nodiscard]] bool add(const Packed& frame);
  [[nodiscard]] bool empty() const { return frames_.empty(); }
  /// The frames, ascending; those with the same signature once.
  [[nodiscard]] std::vector<Packed> different() const;
  [[nodiscard]] Bits256 body() const;

 private:
  std::vector<Packed> frames_;
};
/// Of the sums over different frames of each of their 380 values: which of two is greater.
Bits256 iscc_winners(std::span<const std::uint64_t, kFrameElements> sums);

/// The unit's frames: so many a second.
inline constexpr int kIsccFramesPerSecond = 5;

}  // namespace cess::fp
