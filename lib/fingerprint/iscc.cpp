// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/iscc.hpp"

#include <algorithm>
#include <vector>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "fingerprint/iscc_tables.hpp"

namespace cess::fp {
namespace {

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr unsigned kIsccContent = 2;  ///< main type

/// Majority of each bit over 32-bit features; a tie is one (section 6.5).
std::uint32_t iscc_majority(std::span<const std::int32_t> features) {
  std::array<std::uint32_t, 32> ones{};
  for (const std::int32_t f : features) {
    for (unsigned bit = 0; bit < 32; ++bit)
      ones[bit] += (static_cast<std::uint32_t>(f) >> bit) & 1U;
  }
  std::uint32_t out = 0;
  for (unsigned bit = 0; bit < 32; ++bit) {
    if (2 * std::size_t{ones[bit]} >= features.size()) out |= 1U << bit;
  }
  return features.empty() ? 0 : out;
}

/// Part `i` of `count` nearly equal parts, the first ones longer.
std::span<const std::int32_t> iscc_part(std::span<const std::int32_t> all, std::size_t i,
                                        std::size_t count) {
  const std::size_t base = all.size() / count;
  const std::size_t longer = all.size() % count;
  return all.subspan(i * base + std::min(i, longer), base + (i < longer ? 1 : 0));
}

}  // namespace

std::string iscc_text(IsccUnit unit, const Bits256& body, unsigned bits) {
  CESS_CHECK(bits >= 32 && bits <= 256 && bits % 32 == 0);
  constexpr unsigned kData = 3;
  constexpr unsigned kInstance = 4;
  unsigned header = kIsccContent << 4U | static_cast<unsigned>(unit);
  if (unit == IsccUnit::data) header = kData << 4U;
  if (unit == IsccUnit::instance) header = kInstance << 4U;
  Bytes raw;
  raw.push_back(static_cast<std::uint8_t>(header));
  raw.push_back(static_cast<std::uint8_t>(bits / 32 - 1));
  append(raw, ByteView(body).first(bits / 8));
  std::string out = "ISCC:";
  std::uint32_t buffer = 0;
  unsigned filled = 0;
  for (const std::uint8_t byte : raw) {
    buffer = (buffer << 8U) | byte;
    for (filled += 8; filled >= 5; filled -= 5) out += kBase32[(buffer >> (filled - 5)) & 31U];
  }
  if (filled != 0) out += kBase32[(buffer << (5 - filled)) & 31U];
  return out;
}

Bits256 iscc_audio_body(std::span<const std::int32_t> chromaprint) {
  Bits256 out{};
  if (chromaprint.empty()) return out;
  std::vector<std::uint32_t> words{iscc_majority(chromaprint)};
  for (std::size_t i = 0; i < 4; ++i) words.push_back(iscc_majority(iscc_part(chromaprint, i, 4)));
  std::vector<std::int32_t> sorted(chromaprint.begin(), chromaprint.end());
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < 3; ++i) words.push_back(iscc_majority(iscc_part(sorted, i, 3)));
  for (std::size_t i = 0; i < words.size(); ++i) store_be(out.data() + 4 * i, words[i]);
  return out;
}

}  // namespace cess::fp
