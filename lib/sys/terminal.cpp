// SPDX-License-Identifier: Apache-2.0
#include "sys/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdint>

namespace cess {
namespace {

/// Length of the well-formed UTF-8 sequence (RFC 3629) at `at`, 0 if there is none.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<std::uint8_t>(text[at + i]) : std::uint8_t{0};
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const std::uint8_t b0 = byte(0);
  const std::uint8_t b1 = byte(1);
  if (b0 < 0x80U) return 1;
  if (b0 >= 0xC2U && b0 <= 0xDFU) return tail(1) ? 2 : 0;
  if (b0 >= 0xE0U && b0 <= 0xEFU) {
    if (b0 == 0xE0U && b1 < 0xA0U) return 0;  // overlong
    if (b0 == 0xEDU && b1 > 0x9FU) return 0;  // surrogate
    return tail(1) && tail(2) ? 3 : 0;
  }
  if (b0 >= 0xF0U && b0 <= 0xF4U) {
    if (b0 == 0xF0U && b1 < 0x90U) return 0;  // overlong
    if (b0 == 0xF4U && b1 > 0x8FU) return 0;  // past U+10FFFF
    return tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

void append_hex(std::string& out, std::uint8_t b) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += "\\x";
  out += kDigits[b >> 4U];
  out += kDigits[b & 15U];
}

}  // namespace

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

int terminal_columns(int fd) {
  winsize size{};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

std::string escape_control(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto b = static_cast<std::uint8_t>(text[i]);
    const std::size_t length = utf8_length(text, i);
    const bool c1 = length == 2 && b == 0xC2U && static_cast<std::uint8_t>(text[i + 1]) < 0xA0U;
    if (b == '\n') {
      out += "\\n";
    } else if (b == '\t') {
      out += "\\t";
    } else if (b < 0x20U || b == 0x7FU || length == 0) {
      append_hex(out, b);
    } else if (c1) {
      append_hex(out, b);
      append_hex(out, static_cast<std::uint8_t>(text[i + 1]));
    } else {
      out += text.substr(i, length);
    }
    i += length == 0 ? 1 : length;
  }
  return out;
}

}  // namespace cess
