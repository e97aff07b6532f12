// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/text_encoding.hpp"

#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>

#include <algorithm>
#include <memory>
#include <new>

#include "base/endian.hpp"
#include "fingerprint/text_extract.hpp"

namespace cess::fp {
namespace {

constexpr std::size_t kEncodingWindow = 64U << 10U;
/// Random bytes without control characters come to 15, the texts of text_encoding_test.cpp to 30.
constexpr int kConfidenceMin = 20;
/// Of fewer bytes nothing can be told: ten random ones look like some language's.
constexpr std::size_t kEncodedMin = 24;
/// ICU looks at 8000 bytes: they begin this much before the first that is not ASCII.
constexpr std::size_t kLeadIn = 512;

struct CloseDetector {
  void operator()(UCharsetDetector* d) const { ucsdet_close(d); }
};
struct CloseConverter {
  void operator()(UConverter* c) const { ucnv_close(c); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

std::uint32_t utf16_unit(ByteView in, std::size_t i) {
  return in[0] == 0xff ? load_le<std::uint16_t>(&in[i]) : load_be<std::uint16_t>(&in[i]);
}

Converter open_converter(const std::string& encoding) {
  UErrorCode error = U_ZERO_ERROR;
  Converter c(ucnv_open(encoding.c_str(), &error));
  return U_SUCCESS(error) != 0 ? std::move(c) : nullptr;
}

/// Whether every byte of a text means something in an encoding, the last character aside, which
/// the window may have cut, and none a control character.
bool fits_encoding(ByteView window, const std::string& encoding) {
  const Converter c = open_converter(encoding);
  if (c == nullptr) return false;
  UErrorCode error = U_ZERO_ERROR;
  ucnv_setToUCallBack(c.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  const char* from = reinterpret_cast<const char*>(window.data());
  const char* const end = from + window.size();
  std::u16string out(window.size() + 16, u'\0');
  char16_t* to = out.data();
  ucnv_toUnicode(c.get(), &to, out.data() + out.size(), &from, end, nullptr, 0, &error);
  if (U_FAILURE(error) != 0) return false;
  return std::none_of(out.data(), to, [](char16_t u) { return u >= 0x80 && u < 0xa0; });
}

}  // namespace

bool no_text_byte(std::uint8_t byte) {
  if (byte >= 0x20) return byte == 0x7f;
  constexpr std::string_view kFine = "\t\n\r\f\a\b\x1a\x1b";
  return kFine.find(static_cast<char>(byte)) == std::string_view::npos;
}

bool has_utf16_mark(ByteView file) {
  return file.size() >= 2 &&
         ((file[0] == 0xff && file[1] == 0xfe) || (file[0] == 0xfe && file[1] == 0xff));
}

bool utf16_text(ByteView window) {
  if (!has_utf16_mark(window)) return false;
  for (std::size_t i = 2; i + 2 <= window.size(); i += 2) {
    const std::uint32_t c = utf16_unit(window, i);
    if (c < 0x80 && no_text_byte(static_cast<std::uint8_t>(c))) return false;
    if (c == 0xffff || c == 0xfffe || (c & 0xfc00U) == 0xdc00U) return false;
    if ((c & 0xfc00U) != 0xd800U) continue;
    i += 2;
    if (i + 2 <= window.size() && (utf16_unit(window, i) & 0xfc00U) != 0xdc00U) return false;
  }
  return true;
}

std::string from_utf16(ByteView in) {
  std::string out;
  out.reserve(in.size());
  for (std::size_t i = 2; i + 2 <= in.size(); i += 2) {
    const std::uint32_t c = utf16_unit(in, i);
    if ((c & 0xf800U) != 0xd800U) {
      append_utf8(out, c);
      continue;
    }
    const std::uint32_t next = i + 4 <= in.size() ? utf16_unit(in, i + 2) : 0;
    if (c < 0xdc00 && (next & 0xfc00U) == 0xdc00U) {
      append_utf8(out, 0x10000U + ((c & 0x3ffU) << 10U) + (next & 0x3ffU));
      i += 2;
    } else {
      out += ' ';
    }
  }
  return out;
}

std::string older_encoding(ByteView file) {
  const ByteView window = file.first(std::min(file.size(), kEncodingWindow));
  if (window.size() < kEncodedMin) return {};
  if (std::any_of(window.begin(), window.end(), no_text_byte)) return {};
  const auto high =
      std::find_if(window.begin(), window.end(), [](std::uint8_t b) { return b >= 0x80; });
  if (high == window.end()) return {};
  const auto first = static_cast<std::size_t>(high - window.begin());
  const ByteView sample = window.subspan(first > kLeadIn ? first - kLeadIn : 0);
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UCharsetDetector, CloseDetector> d(ucsdet_open(&error));
  if (U_FAILURE(error) != 0) return {};
  ucsdet_setText(d.get(), reinterpret_cast<const char*>(sample.data()),
                 static_cast<std::int32_t>(sample.size()), &error);
  std::int32_t count = 0;
  const UCharsetMatch** const matches = ucsdet_detectAll(d.get(), &count, &error);
  if (error == U_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();  // and no "other"
  if (U_FAILURE(error) != 0 || matches == nullptr) return {};
  for (std::int32_t i = 0; i < count; ++i) {
    if (ucsdet_getConfidence(matches[i], &error) < kConfidenceMin) break;
    std::string name = ucsdet_getName(matches[i], &error);
    // UTF has been looked for already, and nobody's file is in EBCDIC.
    if (name.starts_with("UTF-") || name.starts_with("IBM4")) continue;
    // Windows' page has all of it, and quotation marks, where Latin-1 has control characters.
    if (name == "ISO-8859-1") name = "windows-1252";
    if (fits_encoding(window, name)) return name;
  }
  return {};
}

Result<std::string> from_encoding(ByteView text, const std::string& encoding) {
  const Converter from = open_converter(encoding);
  const Converter to = open_converter("UTF-8");
  if (from == nullptr || to == nullptr) return fail(Code::input, "a text in an unknown encoding");
  std::string out;
  std::u16string pivot(std::min<std::size_t>(text.size() + 16, 4096), u'\0');
  std::string piece(std::min<std::size_t>(3 * text.size() + 16, 64U << 10U), '\0');
  char16_t* pivot_from = pivot.data();
  char16_t* pivot_to = pivot.data();
  const char* in = reinterpret_cast<const char*>(text.data());
  const char* const end = in + text.size();
  while (true) {
    UErrorCode error = U_ZERO_ERROR;
    char* at = piece.data();
    ucnv_convertEx(to.get(), from.get(), &at, piece.data() + piece.size(), &in, end, pivot.data(),
                   &pivot_from, &pivot_to, pivot.data() + pivot.size(), 0, 1, &error);
    out.append(piece.data(), at);
    if (out.size() > kTextSizeMax) return fail(Code::input, "the text is too large");
    if (error == U_BUFFER_OVERFLOW_ERROR) continue;
    if (U_FAILURE(error) != 0) return fail(Code::input, "a text that cannot be converted");
    return out;
  }
}

}  // namespace cess::fp
