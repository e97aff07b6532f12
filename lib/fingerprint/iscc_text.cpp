// SPDX-License-Identifier: Apache-2.0
// The text unit's windows of 13 characters; those of one-byte characters are hashed many at once.
#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/endian.hpp"
#include "fingerprint/hash.hpp"
#include "fingerprint/iscc.hpp"
#include "fingerprint/wide.hpp"

namespace cess::fp {
namespace {

constexpr std::size_t kIsccWindow = 13;  ///< characters

/// Windows of 13 bytes at `text`, four times `fourth` of them, hashed by XXH32 in an order of its
/// own: that at 4k + r goes to r · fourth + k. In: 4 · fourth + 12 bytes.
CESS_FP_WIDER void hash_windows(const std::uint8_t* text, std::size_t fourth, std::uint32_t* out) {
  for (std::size_t r = 0; r < 4; ++r) {
    const std::uint8_t* const from = text + r;
    std::uint32_t* const to = out + r * fourth;
    for (std::size_t k = 0; k < fourth; ++k) {
      std::uint32_t h = kXxhP5 + static_cast<std::uint32_t>(kIsccWindow);
      h = xxh32_word(h, load_le<std::uint32_t>(from + 4 * k));
      h = xxh32_word(h, load_le<std::uint32_t>(from + 4 * k + 4));
      h = xxh32_word(h, load_le<std::uint32_t>(from + 4 * k + 8));
      h = xxh32_byte(h, from[4 * k + 12]);
      to[k] = xxh32_end(h);
    }
  }
}

/// All windows of 13 bytes.
void add_windows(IsccMinHash& hash, std::string_view text) {
  constexpr std::size_t kBlock = 512;
  std::array<std::uint8_t, kBlock + 16> bytes{};
  std::array<std::uint32_t, kBlock> features{};
  while (text.size() >= kIsccWindow) {
    const std::size_t count = std::min(kBlock, text.size() - (kIsccWindow - 1));
    const std::size_t fourth = (count + 3) / 4;
    std::memcpy(bytes.data(), text.data(), count + kIsccWindow - 1);
    hash_windows(bytes.data(), fourth, features.data());
    // Places behind the last window.
    for (std::size_t i = count; i < 4 * fourth; ++i) features[i % 4 * fourth + i / 4] = features[0];
    hash.add(std::span(features).first(4 * fourth));
    text.remove_prefix(count);
  }
}

std::size_t next_character(std::string_view utf8, std::size_t at) {
  do {
    ++at;
  } while (at < utf8.size() && (static_cast<std::uint8_t>(utf8[at]) & 0xc0U) == 0x80U);
  return at;
}

/// The first byte from `at` on that is not ASCII, or the end.
std::size_t end_of_ascii(std::string_view utf8, std::size_t at) {
  for (; at + 8 <= utf8.size(); at += 8) {
    const auto eight = load_le<std::uint64_t>(as_bytes(utf8).data() + at);
    if ((eight & 0x8080808080808080U) != 0) break;
  }
  while (at < utf8.size() && static_cast<std::uint8_t>(utf8[at]) < 0x80) ++at;
  return at;
}

}  // namespace

Bits256 iscc_text_body(std::string_view collapsed) {
  constexpr std::size_t kOthersMax = 512;
  IsccMinHash hash;
  std::vector<std::uint32_t> others;
  std::size_t from = 0;
  std::size_t to = 0;
  for (std::size_t n = 0; n < kIsccWindow && to < collapsed.size(); ++n)
    to = next_character(collapsed, to);
  while (true) {
    if (to - from == kIsccWindow) {
      to = end_of_ascii(collapsed, to);
      add_windows(hash, collapsed.substr(from, to - from));
      from = to - kIsccWindow;
    } else {
      others.push_back(xxh32(as_bytes(collapsed.substr(from, to - from))));
    }
    if (others.size() >= kOthersMax) {
      hash.add(others);
      others.clear();
    }
    if (to >= collapsed.size()) break;
    from = next_character(collapsed, from);
    to = next_character(collapsed, to);
  }
  hash.add(others);
  return hash.bits256();
}

}  // namespace cess::fp
