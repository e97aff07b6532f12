// SPDX-License-Identifier: Apache-2.0
#include "crypto/bech32.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "base/secret.hpp"
#include "crypto/detail/constant_time.hpp"

namespace cess {
namespace {

constexpr std::string_view kCharset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t kChecksumSize = 6;

// All-ones when a == b, for values below 256.
std::uint32_t mask_eq(std::uint32_t a, std::uint32_t b) {
  return detail::hide(0U - (((a ^ b) - 1U) >> 31U));
}

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

// Every entry is looked at, so that the time does not tell which one it was.
std::uint8_t value_of(std::uint8_t lower) {
  std::uint32_t v = 0xff;
  for (std::uint32_t i = 0; i < kCharset.size(); ++i) {
    const std::uint32_t hit = mask_eq(lower, static_cast<std::uint8_t>(kCharset[i]));
    v = (v & ~hit) | (i & hit);
  }
  return static_cast<std::uint8_t>(v);
}

char char_of(std::uint8_t value, bool upper) {
  std::uint32_t c = 0;
  for (std::uint32_t i = 0; i < kCharset.size(); ++i) {
    const char entry = upper ? to_upper(kCharset[i]) : kCharset[i];
    c |= mask_eq(value, i) & static_cast<std::uint8_t>(entry);
  }
  return static_cast<char>(c);
}

// One step of the BCH code of BIP-173.
std::uint32_t polymod_step(std::uint32_t chk, std::uint8_t value) {
  constexpr std::array<std::uint32_t, 5> kGen = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                                 0x2a1462b3};
  const std::uint32_t top = chk >> 25U;
  chk = ((chk & 0x1ffffffU) << 5U) ^ value;
  for (std::uint32_t i = 0; i < kGen.size(); ++i)
    chk ^= detail::hide(0U - ((top >> i) & 1U)) & kGen[i];
  return chk;
}

std::uint32_t polymod_prefix(std::string_view prefix) {
  std::uint32_t chk = 1;
  for (char c : prefix) chk = polymod_step(chk, static_cast<std::uint8_t>(c) >> 5U);
  chk = polymod_step(chk, 0);
  for (char c : prefix) chk = polymod_step(chk, static_cast<std::uint8_t>(c) & 31U);
  return chk;
}

tl::unexpected<Error> refuse(std::string_view what, std::string_view why) {
  return fail(Code::input, std::string(what) + ": " + std::string(why));
}

// Case is judged without branching on single characters of the data part: a 1 for each kind seen.
struct Cases {
  std::uint32_t lower = 0;
  std::uint32_t upper = 0;
  std::uint32_t bad = 0;
};
Cases cases_of(std::string_view text) {
  Cases seen;
  for (char c : text) {
    const std::uint32_t u = static_cast<std::uint8_t>(c);
    // (x - a) >> 31 is 1 exactly when x < a, for values below 256.
    seen.lower |= ((u - 'z' - 1U) >> 31U) & (('a' - 1U - u) >> 31U);
    seen.upper |= ((u - 'Z' - 1U) >> 31U) & (('A' - 1U - u) >> 31U);
    seen.bad |= ((u - 33U) >> 31U) | ((126U - u) >> 31U);
  }
  return seen;
}

// `mark` is where the '1' stands that ends the prefix.
Result<Bech32> parse_at(std::string_view text, std::size_t mark, std::string_view what) {
  if (mark == 0) return refuse(what, "no prefix before the '1'");
  const std::string_view data = text.substr(mark + 1);
  if (data.size() < kChecksumSize) return refuse(what, "too short for a checksum");
  const Cases seen = cases_of(text);
  if (detail::verdict(seen.bad)) return refuse(what, "a character that Bech32 does not allow");
  if (detail::verdict(seen.lower & seen.upper)) return refuse(what, "mixed upper and lower case");

  Bech32 out;
  out.upper = detail::verdict(seen.upper);
  for (char c : text.substr(0, mark)) out.prefix += to_lower(c);
  std::uint32_t chk = polymod_prefix(out.prefix);
  std::uint32_t bad = 0;
  out.values.reserve(data.size());
  const std::uint32_t fold = out.upper ? 0x20U : 0U;  // letters differ in this bit; digits have it
  for (char c : data) {
    const std::uint8_t v = value_of(static_cast<std::uint8_t>(static_cast<std::uint8_t>(c) | fold));
    bad |= v & 0xe0U;
    chk = polymod_step(chk, v & 31U);
    out.values.push_back(v & 31U);
  }
  if (detail::verdict(bad)) return refuse(what, "a character that Bech32 does not use");
  if (detail::verdict(chk ^ 1U)) {
    return refuse(what, "the checksum does not fit: mistyped or cut short");
  }
  wipe(MutByteView(out.values).last(kChecksumSize));
  out.values.resize(out.values.size() - kChecksumSize);
  return out;
}

}  // namespace

Bech32::~Bech32() { wipe(values); }

Result<Bech32> parse_bech32(std::string_view text, std::string_view what) {
  if (text.size() > kBech32SizeMax) return refuse(what, "longer than 90 characters");
  const std::size_t mark = text.rfind('1');
  if (mark == std::string_view::npos) return refuse(what, "no '1' after the prefix");
  return parse_at(text, mark, what);
}

Result<Bech32> parse_bech32_secret(std::string_view text, std::string_view prefix, bool upper,
                                   std::string_view what) {
  if (text.size() > kBech32SizeMax) return refuse(what, "longer than 90 characters");
  std::string head(prefix);
  if (upper) std::transform(head.begin(), head.end(), head.begin(), to_upper);
  head += '1';
  if (!text.starts_with(head)) return refuse(what, "does not begin with " + head);
  // A second '1' further on is no Bech32 character, so it is refused with the data.
  return parse_at(text, prefix.size(), what);
}

std::string format_bech32(std::string_view prefix, ByteView values, bool upper) {
  CESS_CHECK(!prefix.empty() &&
             prefix.size() + 1 + values.size() + kChecksumSize <= kBech32SizeMax);
  std::uint32_t chk = polymod_prefix(prefix);
  std::uint32_t bad = 0;
  std::string out;
  out.reserve(kBech32SizeMax);  // grows never: no copy of a secret is left behind
  for (char c : prefix) out += upper ? to_upper(c) : c;
  out += '1';
  for (std::uint8_t v : values) {
    bad |= v & 0xe0U;
    chk = polymod_step(chk, v);
    out += char_of(v, upper);
  }
  CESS_CHECK(!detail::verdict(bad));
  for (std::size_t i = 0; i < kChecksumSize; ++i) chk = polymod_step(chk, 0);
  chk ^= 1;
  for (std::uint32_t i = 0; i < kChecksumSize; ++i) {
    out += char_of(static_cast<std::uint8_t>((chk >> (5U * (5U - i))) & 31U), upper);
  }
  return out;
}

Status bech32_to_bytes(MutByteView out, ByteView values, std::string_view what) {
  if (values.size() != (out.size() * 8 + 4) / 5) {
    return refuse(what, "does not hold " + std::to_string(out.size()) + " bytes");
  }
  std::uint32_t acc = 0;
  std::uint32_t bits = 0;
  std::size_t n = 0;
  for (std::uint8_t v : values) {
    acc = (acc << 5U) | v;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out[n++] = static_cast<std::uint8_t>(acc >> bits);
    }
  }
  if (detail::verdict(acc & ((1U << bits) - 1U))) return refuse(what, "padding is not zero");
  return {};
}

Bytes bech32_from_bytes(ByteView bytes) {
  Bytes out;
  out.reserve((bytes.size() * 8 + 4) / 5);
  std::uint32_t acc = 0;
  std::uint32_t bits = 0;
  for (std::uint8_t b : bytes) {
    acc = (acc << 8U) | b;
    for (bits += 8; bits >= 5;) {
      bits -= 5;
      out.push_back(static_cast<std::uint8_t>((acc >> bits) & 31U));
    }
  }
  if (bits > 0) out.push_back(static_cast<std::uint8_t>((acc << (5 - bits)) & 31U));
  return out;
}

}  // namespace cess
