// SPDX-License-Identifier: Apache-2.0
// One fragment's tag file: descriptor (142) ‖ Ed25519 signature of it by the tagger (64, zero in suite 2)
// ‖ in suite 1 one 48-byte compressed G1 tag per block. Self-delimiting, so several may be concatenated.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "podr2/descriptor.hpp"

namespace cess {

constexpr std::size_t kTagSize = 48;

struct TagFile {
  Descriptor descriptor;
  std::array<std::uint8_t, 64> signature{};
  Bytes tags;  ///< blocks() * kTagSize in suite 1, empty in suite 2; points are not checked here
};

Bytes encode_tag_file(const TagFile& t);
/// Parses exactly one tag file.
Result<TagFile> parse_tag_file(ByteView bytes);
/// Parses concatenated tag files; at most `count_max`.
Result<std::vector<TagFile>> parse_tag_files(ByteView bytes, std::size_t count_max);

}  // namespace cess
