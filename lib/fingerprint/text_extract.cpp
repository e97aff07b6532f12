// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/text_extract.hpp"

#include "base/endian.hpp"
#include "fingerprint/text_markup.hpp"

namespace cess::fp {
namespace {

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

/// UTF-16 with a byte order mark. A lone surrogate becomes a space.
std::string from_utf16(ByteView in) {
  const bool little = in[0] == 0xff;
  const auto unit = [&](std::size_t i) -> std::uint32_t {
    return little ? load_le<std::uint16_t>(&in[i]) : load_be<std::uint16_t>(&in[i]);
  };
  std::string out;
  out.reserve(in.size());
  for (std::size_t i = 2; i + 2 <= in.size(); i += 2) {
    const std::uint32_t c = unit(i);
    if ((c & 0xf800U) != 0xd800U) {
      append_utf8(out, c);
      continue;
    }
    const std::uint32_t next = i + 4 <= in.size() ? unit(i + 2) : 0;
    if (c < 0xdc00 && (next & 0xfc00U) == 0xdc00U) {
      append_utf8(out, 0x10000U + ((c & 0x3ffU) << 10U) + (next & 0x3ffU));
      i += 2;
    } else {
      out += ' ';
    }
  }
  return out;
}

}  // namespace

Result<std::string_view> extract_text(ByteView file, std::string_view type, std::string& store) {
  if (type == "application/pdf") {
    CESS_TRY(append_pdf(file, store));
    return std::string_view(store);
  }
  if (type == "application/epub+zip" || type.starts_with("application/vnd.")) {
    CESS_TRY(append_zipped(file, type, store));
    return std::string_view(store);
  }
  const bool utf16 = file.size() >= 2 &&
                     ((file[0] == 0xff && file[1] == 0xfe) || (file[0] == 0xfe && file[1] == 0xff));
  if (utf16) {
    if (file.size() > kTextSizeMax) return fail(Code::input, "the text is too large");
    store = from_utf16(file);
    return std::string_view(store);
  }
  if (type == "text/html") {
    CESS_TRY(append_html(file, store));
  } else if (type == "text/xml") {
    CESS_TRY(append_xml(file, store));
  } else {
    return as_text(file);
  }
  return std::string_view(store);
}

}  // namespace cess::fp
