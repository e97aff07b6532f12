// SPDX-License-Identifier: Apache-2.0
// The features of a text (algorithm text/1): shingles of three words, each weighted by how many
// letters it has, since longer words are rarer. A sketch of them finds copies, edits, excerpts and
// texts that contain this one; MinHash and SimHash of 256 bits are for indexes. See sketch.hpp.
#pragma once

#include <cstdint>
#include <string_view>

#include "fingerprint/sketch.hpp"

namespace cess::fp {

inline constexpr unsigned kShingleWords = 3;

struct TextFeatures {
  std::uint64_t words = 0;
  Sketch sketch;
  Bits256 minhash{};
  Bits256 simhash{};
};

/// Features of plain text in UTF-8. Bytes that are not UTF-8 separate words.
TextFeatures text_features(std::string_view utf8);

}  // namespace cess::fp
