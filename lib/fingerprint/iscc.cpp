// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/iscc.hpp"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <vector>

#include "base/check.hpp"
#include "fingerprint/hash.hpp"
#include "fingerprint/iscc_tables.hpp"
#include "fingerprint/wide.hpp"

namespace cess::fp {
namespace {

constexpr std::size_t kIsccWindow = 13;  ///< characters
constexpr std::uint64_t kMersenne61 = (std::uint64_t{1} << 61U) - 1;
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

std::u16string iscc_normal_form(const UNormalizer2* form, const std::u16string& in) {
  std::u16string out(in.size() * 4 + 32, u'\0');
  for (;;) {
    UErrorCode error = U_ZERO_ERROR;
    const int32_t size = unorm2_normalize(form, in.data(), static_cast<int32_t>(in.size()),
                                          out.data(), static_cast<int32_t>(out.size()), &error);
    if (error == U_BUFFER_OVERFLOW_ERROR) {
      out.resize(static_cast<std::size_t>(size));
      continue;
    }
    CESS_CHECK(U_SUCCESS(error) != 0);
    out.resize(static_cast<std::size_t>(size));
    return out;
  }
}

std::u16string iscc_lower_case(const std::u16string& in) {
  std::u16string out(in.size() * 3 + 8, u'\0');
  UErrorCode error = U_ZERO_ERROR;
  const int32_t size = u_strToLower(out.data(), static_cast<int32_t>(out.size()), in.data(),
                                    static_cast<int32_t>(in.size()), "", &error);
  CESS_CHECK(U_SUCCESS(error) != 0);  // no character becomes more than three units
  out.resize(static_cast<std::size_t>(size));
  return out;
}

bool is_collapsed_away(UChar32 c) {
  constexpr std::uint32_t kDropped = U_GC_C_MASK | U_GC_M_MASK | U_GC_P_MASK | U_GC_Z_MASK;
  return (U_GET_GC_MASK(c) & kDropped) != 0;
}

/// Offsets of the characters of `utf8`, and its size.
std::vector<std::size_t> character_offsets(std::string_view utf8) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    if ((static_cast<std::uint8_t>(utf8[i]) & 0xc0U) != 0x80U) out.push_back(i);
  }
  out.push_back(utf8.size());
  return out;
}

/// The least of each of the 64 permutations, one feature later. A third of a short text's time.
CESS_FP_WIDER void lessen(std::uint32_t* least, std::uint64_t feature) {
  for (std::size_t i = 0; i < kIsccMinHashA.size(); ++i) {
    std::uint64_t v = kIsccMinHashA[i] * feature + kIsccMinHashB[i];
    v = (v & kMersenne61) + (v >> 61U);  // modulo 2^61 - 1, in two steps
    if (v >= kMersenne61) v -= kMersenne61;
    least[i] = std::min(least[i], static_cast<std::uint32_t>(v));
  }
}

/// The collapsed text of one that is all ASCII, whose normal forms are itself: a tenth of the time.
std::string collapse_ascii(std::string_view text) {
  std::array<char, 128> kept{};  // 0: left out, as NUL itself is
  for (std::size_t c = 0; c < kept.size(); ++c) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (!is_collapsed_away(static_cast<UChar32>(c)))
      kept[c] = static_cast<char>(upper ? c - 'A' + 'a' : c);
  }
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (const char k = kept[static_cast<std::uint8_t>(c)]; k != 0) out.push_back(k);
  }
  return out;
}

}  // namespace

IsccMinHash::IsccMinHash() { least_.fill(~std::uint32_t{0}); }

void IsccMinHash::add(std::uint32_t feature) { lessen(least_.data(), feature); }

Bits256 IsccMinHash::bits256() const {
  Bits256 out{};
  std::size_t at = 0;
  for (unsigned bit = 0; bit < 4; ++bit) {
    for (const std::uint32_t v : least_) {
      if (((v >> bit) & 1U) != 0)
        out[at / 8] = static_cast<std::uint8_t>(out[at / 8] | (0x80U >> (at % 8)));
      ++at;
    }
  }
  return out;
}

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

std::string iscc_collapse(std::string_view utf8) {
  // Half of what a 32-bit length can count: normal forms grow.
  constexpr std::size_t kSizeMax = 64U << 20U;
  utf8 = utf8.substr(0, kSizeMax);
  if (std::all_of(utf8.begin(), utf8.end(), [](char c) { return (c & 0x80) == 0; }))
    return collapse_ascii(utf8);
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2* const nfd = unorm2_getNFDInstance(&error);
  const UNormalizer2* const nfkc = unorm2_getNFKCInstance(&error);
  std::u16string wide(utf8.size() + 1, u'\0');
  int32_t size = 0;
  u_strFromUTF8WithSub(wide.data(), static_cast<int32_t>(wide.size()), &size, utf8.data(),
                       static_cast<int32_t>(utf8.size()), 0xfffd, nullptr, &error);
  CESS_CHECK(U_SUCCESS(error) != 0);
  wide.resize(static_cast<std::size_t>(size));
  wide = iscc_lower_case(iscc_normal_form(nfd, wide));
  std::u16string kept;
  for (std::size_t i = 0; i < wide.size(); ++i) {
    UChar32 c = wide[i];
    const bool pair = (wide[i] & 0xfc00U) == 0xd800U && i + 1 < wide.size();
    if (pair)
      c = static_cast<UChar32>(0x10000U + ((wide[i] & 0x3ffU) << 10U) + (wide[i + 1] & 0x3ffU));
    if (!is_collapsed_away(c)) kept.append(wide, i, pair ? 2 : 1);
    if (pair) ++i;
  }
  kept = iscc_normal_form(nfkc, kept);
  std::string out(kept.size() * 3 + 1, '\0');
  u_strToUTF8(out.data(), static_cast<int32_t>(out.size()), &size, kept.data(),
              static_cast<int32_t>(kept.size()), &error);
  CESS_CHECK(U_SUCCESS(error) != 0);
  out.resize(static_cast<std::size_t>(size));
  return out;
}

Bits256 iscc_text_body(std::string_view collapsed) {
  const auto at = character_offsets(collapsed);
  const std::size_t characters = at.size() - 1;
  const std::size_t window = std::min(kIsccWindow, characters);
  IsccMinHash hash;
  for (std::size_t i = 0; i + window <= characters; ++i) {
    hash.add(xxh32(as_bytes(collapsed.substr(at[i], at[i + window] - at[i]))));
  }
  return hash.bits256();
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
