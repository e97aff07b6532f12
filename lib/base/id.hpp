// SPDX-License-Identifier: Apache-2.0
// 32-byte identifiers as distinct types, so that a file's id cannot be passed for a miner's.
// The byte order of an id is the order in which it is hashed, stored and printed.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>

#include "base/bytes.hpp"

namespace cess {

/// A 32-byte value whose meaning is given by `Tag`. Zero-filled when default-made.
template <class Tag>
struct Id {
  static constexpr std::size_t kSize = 32;
  std::array<std::uint8_t, kSize> bytes{};

  friend auto operator<=>(const Id&, const Id&) = default;
  [[nodiscard]] ByteView view() const { return bytes; }
  [[nodiscard]] MutByteView mut() { return bytes; }
  [[nodiscard]] bool is_zero() const {
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == 0; });
  }
  /// Copies exactly 32 bytes; the caller has checked the size.
  static Id from(ByteView v) {
    Id id;
    std::memcpy(id.bytes.data(), v.data(), kSize);
    return id;
  }
};

using Hash256 = Id<struct HashTag>;      ///< any SHA-256 value without a closer name
using Fid = Id<struct FidTag>;           ///< names a file: root over its manifest (codec/manifest.hpp)
using FileId = Id<struct FileIdTag>;     ///< names an encoding run, known before its end (codec/header.hpp)
using FragId = Id<struct FragIdTag>;     ///< names a fragment: hash of its descriptor (podr2/descriptor.hpp)
using TaggerId = Id<struct TaggerIdTag>; ///< names a tagger's public key (podr2/keys.hpp); zero: untagged
using MinerId = Id<struct MinerIdTag>;   ///< names a miner, and a store on its disk

/// Hash functor for unordered containers. The ids are uniformly random: their first bytes will do,
/// but never use an unordered container where iteration order could reach an output.
struct IdHash {
  template <class Tag>
  std::size_t operator()(const Id<Tag>& id) const {
    std::size_t h = 0;
    std::memcpy(&h, id.bytes.data(), sizeof h);
    return h;
  }
};

}  // namespace cess
