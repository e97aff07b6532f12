// SPDX-License-Identifier: Apache-2.0
#include "base/hex.hpp"

namespace cess {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (std::uint8_t b : bytes) {
    out += kDigits[b >> 4U];
    out += kDigits[b & 15U];
  }
  return out;
}

Status parse_hex_into(MutByteView out, std::string_view text, std::string_view what) {
  if (text.size() != out.size() * 2) {
    return fail(Code::input, std::string(what) + ": expected " + std::to_string(out.size() * 2) +
                                 " hex digits, got " + std::to_string(text.size()));
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int d = digit(text[i]);
    if (d < 0) {
      return fail(Code::input, std::string(what) + ": not a lower-case hex digit at position " +
                                   std::to_string(i));
    }
    auto& byte = out[i / 2];
    byte = static_cast<std::uint8_t>((i % 2 == 0) ? d << 4 : byte | d);
  }
  return {};
}

Result<Bytes> parse_hex(std::string_view text, std::string_view what) {
  if (text.size() % 2 != 0) {
    return fail(Code::input, std::string(what) + ": odd number of hex digits");
  }
  Bytes out(text.size() / 2);
  CESS_TRY(parse_hex_into(out, text, what));
  return out;
}

}  // namespace cess
