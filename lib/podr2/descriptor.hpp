// SPDX-License-Identifier: Apache-2.0
// The fragment descriptor: what a fragment is, in 142 bytes; its hash names the fragment.
//   off len field                       off len field
//     0   8 magic "CESSFRG1"             50   8 length, LE64, bytes stored
//     8   1 version = 1                  58   4 block count, LE32, blocks of 262,144 bytes
//     9   1 audit suite (1, 2)           62  32 fragment root (merkle/tree.hpp)
//    10  32 file_id                      94  32 tagger_id (zero in suite 2)
//    42   4 segment, LE32               126  16 tagger nonce (zero in suite 2)
//    46   2 fragment index, LE16
//    48   2 replica, LE16
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace cess {

constexpr std::size_t kDescriptorSize = 142;
constexpr std::uint64_t kBlockSize = 262144;  ///< bytes per audited block
enum class AuditSuite : std::uint8_t { sw_kzg = 1, merkle = 2 };

/// Blocks of a fragment of `length` bytes: ceil(length / kBlockSize); length > 0.
constexpr std::uint32_t block_count(std::uint64_t length) {
  return static_cast<std::uint32_t>((length + kBlockSize - 1) / kBlockSize);
}

struct Descriptor {
  AuditSuite suite = AuditSuite::merkle;
  FileId file;
  std::uint32_t segment = 0;
  std::uint16_t fragment = 0;
  std::uint16_t replica = 0;
  std::uint64_t length = 0;
  Hash256 root;
  TaggerId tagger;
  std::array<std::uint8_t, 16> nonce{};

  [[nodiscard]] std::uint32_t blocks() const { return block_count(length); }
  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

std::array<std::uint8_t, kDescriptorSize> encode_descriptor(const Descriptor& d);
/// Strict: magic, version, known suite, blocks fitting length, zero tagger and nonce exactly in suite 2.
Result<Descriptor> parse_descriptor(ByteView bytes);
/// frag_id = H("CESS-FRAG-ID-v1" ‖ descriptor).
FragId frag_id(const Descriptor& d);

}  // namespace cess
