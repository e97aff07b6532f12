// SPDX-License-Identifier: Apache-2.0
// Words of plain ASCII, which is nearly all of most texts: many at once, where text_scan.hpp goes
// character by character. The same words.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "fingerprint/word.hpp"

namespace cess::fp {

/// What a letter or digit of ASCII is folded to; 0: a border.
constexpr std::uint8_t fold_ascii(std::uint8_t c) {
  const auto lower = static_cast<std::uint8_t>(c | 0x20U);
  const bool letter = static_cast<std::uint8_t>(lower - 'a') < 26;
  const bool digit = static_cast<std::uint8_t>(c - '0') < 10;
  return letter ? lower : digit ? c : std::uint8_t{0};
}

/// Not for use by two threads at once.
class AsciiWords {
 public:
  /// Appends the words of the beginning of `text`, which follows a border, and returns the bytes
  /// taken: some KiB at most, the last of them a border. It ends early before what is not ASCII,
  /// before a hyphen at a line's end, and before the text's last bytes; it may take none.
  std::size_t scan(std::string_view text, std::vector<Word>& out);

 private:
  static constexpr std::size_t kSize = 4096;
  static constexpr std::size_t kWordsMax = kSize / 2;
  static constexpr std::size_t kLanes = 16;

  std::size_t find(std::string_view text);
  void hash(std::size_t first, Word* out) const;

  std::size_t count_ = 0;                         ///< words
  std::array<std::uint8_t, kSize + 8> folded_{};  ///< 0: border
  std::array<std::uint16_t, kWordsMax> starts_{};
  std::array<std::uint16_t, kWordsMax> ends_{};
};

}  // namespace cess::fp
