// SPDX-License-Identifier: Apache-2.0
#include "proto/base64.hpp"

namespace cess::proto {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64(ByteView bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    std::uint32_t v = std::uint32_t{bytes[i]} << 16U;
    if (left > 1) v |= std::uint32_t{bytes[i + 1]} << 8U;
    if (left > 2) v |= bytes[i + 2];
    out += kAlphabet[v >> 18U];
    out += kAlphabet[(v >> 12U) & 63U];
    out += left > 1 ? kAlphabet[(v >> 6U) & 63U] : '=';
    out += left > 2 ? kAlphabet[v & 63U] : '=';
  }
  return out;
}

Result<Bytes> parse_base64(std::string_view text, std::string_view what) {
  const auto refuse = [&] {
    return fail(Code::input, std::string(what) + ": not Base64", std::string(what));
  };
  if (text.size() % 4 != 0) return refuse();
  Bytes out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    const std::size_t pad = !last ? 0 : text[i + 2] == '=' ? 2 : text[i + 3] == '=' ? 1 : 0;
    std::uint32_t v = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      std::size_t digit = 0;
      if (k >= 4 - pad) {
        if (text[i + k] != '=') return refuse();
      } else {
        digit = kAlphabet.find(text[i + k]);
        if (digit == std::string_view::npos) return refuse();
      }
      v = v << 6U | static_cast<std::uint32_t>(digit);
    }
    if ((pad == 2 && (v & 0xffffU) != 0) || (pad == 1 && (v & 0xffU) != 0)) return refuse();
    out.push_back(static_cast<std::uint8_t>(v >> 16U));
    if (pad < 2) out.push_back(static_cast<std::uint8_t>(v >> 8U));
    if (pad < 1) out.push_back(static_cast<std::uint8_t>(v));
  }
  return out;
}

}  // namespace cess::proto
