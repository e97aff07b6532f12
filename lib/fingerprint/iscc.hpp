// SPDX-License-Identifier: Apache-2.0
// Units of ISO 24138:2024 (International Standard Content Code): text, audio and data. Similarity
// codes of 256 bits and their text form, "ISCC:" and base32 of a header of four nibbles and the
// first bits of the code.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "fingerprint/sketch.hpp"

namespace cess::fp {

/// MinHash of 32-bit features: 64 permutations, of whose minima the four lowest bits are kept
/// (section 6.4).
class IsccMinHash {
 public:
  IsccMinHash();
  void add(std::uint32_t feature);
  [[nodiscard]] Bits256 bits256() const;

 private:
  std::array<std::uint32_t, 64> least_{};
};

enum class IsccUnit : std::uint8_t { text, image, audio, video, data };

/// "ISCC:..." of the first `bits` of `body`. In: bits is 32 to 256 in steps of 32.
std::string iscc_text(IsccUnit unit, const Bits256& body, unsigned bits);

/// The text as the standard hashes it: no white space, marks, punctuation or control characters;
/// lower case; NFKC.
std::string iscc_collapse(std::string_view utf8);
/// Body of the text unit: MinHash of XXH32 over windows of 13 characters of the collapsed text.
/// About 60 ns for each character: a tenth of the speed of text_features.
Bits256 iscc_text_body(std::string_view collapsed);
/// Body of the audio unit, from a Chromaprint vector (of fpcalc -raw -signed -length 0).
Bits256 iscc_audio_body(std::span<const std::int32_t> chromaprint);

}  // namespace cess::fp
