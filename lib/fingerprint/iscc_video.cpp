// SPDX-License-Identifier: Apache-2.0
// The units of ISO 24138 that are made of frames (video) and of other units (mixed).
#include <algorithm>

#include "fingerprint/iscc.hpp"
#include "fingerprint/iscc_tables.hpp"

namespace cess::fp {
namespace {

constexpr unsigned kHeaderSize = 2;  // bytes: main type and subtype, version and length

void set_first_bit(Bits256& bits, std::size_t i) {
  bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | (0x80U >> (i % 8)));
}

/// Header and body of a unit's text; bits that do not fill a byte are left out.
Result<Bytes> iscc_raw(std::string_view text) {
  const std::string_view all = text;
  if (text.starts_with("ISCC:")) text.remove_prefix(5);
  Bytes out;
  std::uint32_t buffer = 0;
  unsigned filled = 0;
  for (const char c : text) {
    const bool letter = c >= 'A' && c <= 'Z';
    if (!letter && (c < '2' || c > '7'))
      return fail(Code::input, "'" + std::string(all) + "' is no ISCC unit");
    buffer = buffer << 5U | static_cast<std::uint32_t>(letter ? c - 'A' : c - '2' + 26);
    filled += 5;
    if (filled < 8) continue;
    filled -= 8;
    out.push_back(static_cast<std::uint8_t>(buffer >> filled));
  }
  return out;
}

}  // namespace

Result<Bits256> iscc_mixed_body(std::span<const std::string> units, unsigned bits) {
  constexpr unsigned kContentType = 2;
  if (units.size() < 2) return fail(Code::input, "a mixed unit wants two units or more");
  std::array<std::size_t, 256> ones{};
  for (const std::string& unit : units) {
    CESS_TRY_ASSIGN(Bytes raw, iscc_raw(unit));
    if (raw.size() < kHeaderSize + bits / 8 || raw[0] >> 4U != kContentType)
      return fail(Code::input,
                  "'" + unit + "' is no content unit of " + std::to_string(bits) + " bits");
    raw.erase(raw.begin() + 1);  // of the header only what it is a unit of
    for (std::size_t i = 0; i < bits; ++i) ones[i] += (raw[i / 8] >> (7 - i % 8)) & 1U;
  }
  Bits256 out{};
  for (std::size_t i = 0; i < bits; ++i) {
    if (2 * ones[i] >= units.size()) set_first_bit(out, i);
  }
  return out;
}

void IsccVideo::add(const FrameSignature& frame) {
  Packed packed{};
  for (std::size_t i = 0; i < frame.size(); ++i)
    packed[i / 5] = static_cast<std::uint8_t>(packed[i / 5] * 3 + frame[i]);
  // A still fills a film with one frame.
  if (frames_.empty() || frames_.back() != packed) frames_.push_back(packed);
}

bool IsccVideo::add(const Packed& frame) {
  constexpr std::uint8_t kDigitsEnd = 3 * 3 * 3 * 3 * 3;
  if (std::any_of(frame.begin(), frame.end(), [](std::uint8_t v) { return v >= kDigitsEnd; }))
    return false;
  frames_.push_back(frame);
  return true;
}

std::vector<IsccVideo::Packed> IsccVideo::different() const {
  std::vector<Packed> out = frames_;
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Bits256 IsccVideo::body() const {
  std::array<std::uint64_t, kFrameElements> sums{};
  for (const Packed& packed : different()) {
    for (std::size_t i = 0; i < packed.size(); ++i) {
      unsigned digits = packed[i];
      for (std::size_t k = 5; k-- > 0; digits /= 3) sums[5 * i + k] += digits % 3;
    }
  }
  return iscc_winners(sums);
}

Bits256 iscc_winners(std::span<const std::uint64_t, kFrameElements> sums) {
  Bits256 out{};
  for (std::size_t i = 0; i < kIsccWinners.size(); ++i) {
    if (sums[kIsccWinners[i].second] > sums[kIsccWinners[i].first]) set_first_bit(out, i);
  }
  return out;
}

}  // namespace cess::fp
