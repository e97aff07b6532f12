// SPDX-License-Identifier: Apache-2.0
// What a fingerprint is: the exact hash of a file, and beside it what is alike when the content is
// alike. Plain values; the encodings are in encoding.hpp, the meaning of distances in compare.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace cess::fp {

/// The kind of content, found from the bytes and never from a name. The numbers are part of the
/// format.
enum class Kind : std::uint8_t { other = 0, text = 1, image = 2, audio = 3, video = 4 };
std::string_view kind_name(Kind kind);
/// Code::input for a word that names none.
Result<Kind> parse_kind(std::string_view word);

/// 256 bits that are near each other (Hamming) when contents are alike.
using Bits256 = std::array<std::uint8_t, 32>;

/// The output of one algorithm: items of `item_bits` bits (a multiple of 8), back to back. One hash
/// is one item; a sequence over time or a set of sketches is many. `version` counts changes of the
/// algorithm: features of different versions are never compared.
struct Feature {
  std::string name;  ///< 1 to 32 of a-z 0-9 _
  std::uint16_t version = 1;
  std::uint32_t item_bits = 0;
  Bytes data;

  [[nodiscard]] std::size_t item_size() const { return item_bits / 8; }
  [[nodiscard]] std::size_t count() const { return item_bits == 0 ? 0 : data.size() / item_size(); }
  [[nodiscard]] ByteView item(std::size_t i) const {
    return ByteView(data).subspan(i * item_size(), item_size());
  }
  friend bool operator==(const Feature&, const Feature&) = default;
};

/// What the algorithms of one kind say of a content.
struct Content {
  Kind kind = Kind::other;
  std::string type;         ///< media type: "image/jpeg"
  std::uint32_t width = 0;  ///< pixels; 0 where it means nothing
  std::uint32_t height = 0;
  std::uint64_t duration_ms = 0;  ///< 0 where it means nothing
  std::uint64_t certificate = 0;  ///< SimHash over the feature vector: the data certificate id
  Bits256 similarity{};  ///< the hash that an index of the chain is made of; all zero: none
  std::vector<Feature> features;  ///< names ascending, each once
  std::vector<std::string> iscc;  ///< ISCC units (ISO 24138), "ISCC:..."

  /// The feature of that name; nullptr if there is none.
  [[nodiscard]] const Feature* find(std::string_view name) const;
  /// The feature of that name if it is of `like`'s version and items; else `like`.
  [[nodiscard]] Feature find_as(const Feature& like) const;
  friend bool operator==(const Content&, const Content&) = default;
};

struct Fingerprint {
  Hash256 exact;  ///< SHA-256 of the file
  std::uint64_t size_bytes = 0;
  Content content;
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

}  // namespace cess::fp
