// SPDX-License-Identifier: Apache-2.0
// What an upload without a bundle keeps beside the manifest, so that after a kill it makes the same
// fragments and the same tags again: the file's keys, where nonces come from, and what the
// plaintext was. Secret; it lies where only its owner reads, for as long as the upload lasts.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "codec/keys.hpp"
#include "codec/manifest.hpp"

namespace cess::transfer {

struct Recipe {
  FileKeys keys;
  Key256 nonces;                 ///< drawn once an encoding
  std::vector<Hash256> digests;  ///< of each segment's plaintext (codec/recoder.hpp)

  /// Of a fragment's descriptor: SHA-256("CESS-NONCE-v1" ‖ nonces ‖ LE32 segment ‖ LE16 index ‖
  /// LE16 replica), its first half. Who has not the seed cannot tell it from a random one.
  [[nodiscard]] std::array<std::uint8_t, 16> nonce(const FragmentPos& pos) const;
};

constexpr std::size_t kRecipeSizeMax = 80U << 20U;

/// JSON "cess.recipe/2"; it ends with `,"check":"…"}`, the SHA-256 of all text before that, so that
/// a damaged one is told before anything is made by it. The caller wipes it.
std::string write_recipe(const FileId& file, const Recipe& recipe);
/// Code::input when it is damaged, or not that of `manifest`.
Result<Recipe> parse_recipe(ByteView text, const Manifest& manifest, std::string_view what);

}  // namespace cess::transfer
