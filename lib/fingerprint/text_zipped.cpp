// SPDX-License-Identifier: Apache-2.0
// Documents in a zip, read by libarchive from memory. Parts are bounded before they are parsed.
#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <map>
#include <memory>

#include "fingerprint/text_extract.hpp"
#include "fingerprint/text_markup.hpp"

namespace cess::fp {
namespace {

constexpr std::size_t kZippedPartsMax = 20000;

enum class PartKind : std::uint8_t { none, xml, html };

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> ends) {
  for (const std::string_view e : ends) {
    if (name.ends_with(e)) return true;
  }
  return false;
}

/// Which entries hold what a reader reads. `cells`: of a workbook that shares no strings.
PartKind part_kind(std::string_view type, std::string_view name, bool cells) {
  if (cells) {
    const bool sheet = name.starts_with("xl/worksheets/") && name.ends_with(".xml");
    return sheet ? PartKind::xml : PartKind::none;
  }
  if (type == "application/epub+zip") {
    return ends_with_any(name, {".xhtml", ".html", ".htm"}) ? PartKind::html : PartKind::none;
  }
  if (type.starts_with("application/vnd.oasis.opendocument")) {
    return name == "content.xml" ? PartKind::xml : PartKind::none;
  }
  const bool body = (name.starts_with("word/document") && name.ends_with(".xml")) ||
                    name == "word/footnotes.xml" || name == "word/endnotes.xml" ||
                    name == "xl/sharedStrings.xml" ||
                    (name.starts_with("ppt/slides/slide") && name.ends_with(".xml"));
  return body ? PartKind::xml : PartKind::none;
}

/// "ppt/slides/slide12.xml" after "slide2.xml": numbers by value.
std::string zip_sort_key(std::string_view name) {
  std::string key;
  for (std::size_t i = 0; i < name.size();) {
    std::size_t digits = 0;
    while (i + digits < name.size() && name[i + digits] >= '0' && name[i + digits] <= '9') ++digits;
    if (digits == 0) {
      key += name[i++];
      continue;
    }
    key += std::string(digits < 12 ? 12 - digits : 0, '0');
    key += name.substr(i, digits);
    i += digits;
  }
  return key;
}

struct FreeArchive {
  void operator()(archive* a) const { archive_read_free(a); }
};

/// The content of the current entry, of at most `size_max` bytes.
Result<Bytes> read_zip_entry(archive* a, std::size_t size_max) {
  Bytes out;
  std::array<std::uint8_t, 65536> piece{};
  while (true) {
    const la_ssize_t n = archive_read_data(a, piece.data(), piece.size());
    if (n == 0) return out;
    if (n < 0) return fail(Code::input, "a part of the document is damaged");
    if (out.size() + static_cast<std::size_t>(n) > size_max) {
      return fail(Code::input, "has more text than a document can have");
    }
    append(out, ByteView(piece).first(static_cast<std::size_t>(n)));
  }
}

struct ZippedPart {
  PartKind kind = PartKind::none;
  Bytes content;
};
using ZippedParts = std::map<std::string, ZippedPart>;

Result<ZippedParts> zipped_parts(ByteView file, std::string_view type, bool cells) {
  const std::unique_ptr<archive, FreeArchive> a(archive_read_new());
  if (a == nullptr) return fail(Code::system, "no memory for a reader");
  archive_read_support_format_zip(a.get());
  if (archive_read_open_memory(a.get(), file.data(), file.size()) != ARCHIVE_OK) {
    return fail(Code::input, "is no zip file");
  }
  ZippedParts parts;
  std::size_t left = kTextSizeMax;
  std::size_t seen = 0;
  archive_entry* entry = nullptr;
  int state = ARCHIVE_OK;
  while ((state = archive_read_next_header(a.get(), &entry)) == ARCHIVE_OK ||
         state == ARCHIVE_WARN) {
    if (++seen > kZippedPartsMax) return fail(Code::input, "has too many parts");
    const char* const name = archive_entry_pathname(entry);
    const PartKind kind = name == nullptr ? PartKind::none : part_kind(type, name, cells);
    if (kind == PartKind::none) continue;
    CESS_TRY_ASSIGN(Bytes content, read_zip_entry(a.get(), left));
    left -= content.size();
    parts[zip_sort_key(name)] = {kind, std::move(content)};
  }
  if (state != ARCHIVE_EOF) return fail(Code::input, "is a damaged zip file");
  return parts;
}

}  // namespace

Status append_zipped(ByteView file, std::string_view type, std::string& out) {
  CESS_TRY_ASSIGN(ZippedParts parts, zipped_parts(file, type, false));
  // A workbook of numbers, or one whose writer keeps words in their cells.
  if (parts.empty() && type.ends_with("spreadsheetml.sheet")) {
    CESS_TRY_ASSIGN(parts, zipped_parts(file, type, true));
  }
  // None at all: a document without words, as a scan is.
  for (const auto& [name, part] : parts) {
    CESS_TRY(part.kind == PartKind::html ? append_html(part.content, out)
                                         : append_xml(part.content, out));
    out += '\n';
  }
  return {};
}

}  // namespace cess::fp
