// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/text_extract.hpp"

#include <utility>

#include "fingerprint/text_encoding.hpp"
#include "fingerprint/text_markup.hpp"

namespace cess::fp {

void append_utf8(std::string& out, std::uint32_t c) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0U | (c >> 6U)), put(0x80U | (c & 63U));
  } else if (c < 0x10000) {
    put(0xe0U | (c >> 12U)), put(0x80U | ((c >> 6U) & 63U)), put(0x80U | (c & 63U));
  } else {
    put(0xf0U | (c >> 18U)), put(0x80U | ((c >> 12U) & 63U)), put(0x80U | ((c >> 6U) & 63U)),
        put(0x80U | (c & 63U));
  }
}

Result<std::string_view> extract_text(ByteView file, std::string_view type, std::string& store) {
  if (type == "application/pdf") {
    CESS_TRY(append_pdf(file, store));
    return std::string_view(store);
  }
  if (type == "application/epub+zip" || type.starts_with("application/vnd.")) {
    CESS_TRY(append_zipped(file, type, store));
    return std::string_view(store);
  }
  std::string converted;
  if (has_utf16_mark(file)) {
    if (file.size() > kTextSizeMax) return fail(Code::input, "the text is too large");
    converted = from_utf16(file);
    file = as_bytes(converted);
  }
  if (type == "text/html") {
    CESS_TRY(append_html(file, store));
  } else if (type == "text/xml") {
    CESS_TRY(append_xml(file, store));
  } else if (type == "application/rtf") {
    CESS_TRY(append_rtf(file, store));
  } else if (!converted.empty()) {
    store = std::move(converted);
  } else {
    return as_text(file);
  }
  return std::string_view(store);
}

}  // namespace cess::fp
