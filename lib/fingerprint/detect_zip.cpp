// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/detect_zip.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/endian.hpp"

namespace cess::fp {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::size_t kZipNamesMax = 20000;
constexpr std::size_t kZipWindow = 64U << 10U;

struct ZipNames {
  bool content_types = false;
  bool word = false;
  bool slides = false;
  bool sheets = false;
  bool word_main = false;
  bool slides_main = false;
  bool sheets_main = false;
  bool manifest = false;
  bool content_xml = false;
  bool container = false;
  bool package = false;

  void take(std::string_view name) {
    content_types |= name == "[Content_Types].xml"sv;
    word |= name.starts_with("word/"sv);
    slides |= name.starts_with("ppt/"sv);
    sheets |= name.starts_with("xl/"sv);
    word_main |= name == "word/document.xml"sv;
    slides_main |= name == "ppt/presentation.xml"sv;
    sheets_main |= name == "xl/workbook.xml"sv;
    manifest |= name == "META-INF/manifest.xml"sv;
    content_xml |= name == "content.xml"sv;
    container |= name == "META-INF/container.xml"sv;
    package |= name.ends_with(".opf"sv);
  }
};

bool signature_at(ByteView f, std::size_t at, std::string_view what) {
  return at + what.size() <= f.size() && as_text(f.subspan(at, what.size())) == what;
}

/// Where the directory begins; nothing for a file without its end.
std::optional<std::size_t> find_directory(ByteView f) {
  constexpr std::size_t kEnd = 22;
  if (f.size() < kEnd) return std::nullopt;
  const std::size_t last = f.size() - kEnd;
  for (std::size_t at = last;; --at) {
    if (signature_at(f, at, "PK\5\6"sv)) {
      const std::size_t size = load_le<std::uint32_t>(&f[at + 12]);
      // By its size: what stands before the first entry moves the offset.
      return size <= at ? std::optional(at - size) : std::nullopt;
    }
    if (at == 0 || last - at > 0xffff) return std::nullopt;
  }
}

/// False if there is no directory.
bool directory_names(ByteView f, ZipNames& names) {
  constexpr std::size_t kHead = 46;
  const auto from = find_directory(f);
  if (!from) return false;
  std::size_t at = *from;
  std::size_t seen = 0;
  for (; seen < kZipNamesMax && signature_at(f, at, "PK\1\2"sv) && at + kHead <= f.size(); ++seen) {
    const std::size_t name = load_le<std::uint16_t>(&f[at + 28]);
    const std::size_t rest =
        std::size_t{load_le<std::uint16_t>(&f[at + 30])} + load_le<std::uint16_t>(&f[at + 32]);
    if (at + kHead + name > f.size()) break;
    names.take(as_text(f.subspan(at + kHead, name)));
    at += kHead + name + rest;
  }
  return seen != 0;
}

void local_names(ByteView f, ZipNames& names) {
  constexpr std::size_t kHead = 30;
  const std::string_view all = as_text(f.first(std::min(f.size(), kZipWindow)));
  for (std::size_t at = 0; (at = all.find("PK\3\4"sv, at)) != std::string_view::npos; at += 4) {
    if (at + kHead > all.size()) return;
    const std::size_t name = load_le<std::uint16_t>(&f[at + 26]);
    names.take(all.substr(at + kHead, name));
  }
}

}  // namespace

Detected detect_zip(ByteView f) {
  ZipNames n;
  if (!directory_names(f, n)) local_names(f, n);
  const auto office = [](std::string_view what) {
    return Detected{Kind::text,
                    "application/vnd.openxmlformats-officedocument." + std::string(what)};
  };
  if (n.word_main || (n.content_types && n.word)) return office("wordprocessingml.document");
  if (n.slides_main || (n.content_types && n.slides)) return office("presentationml.presentation");
  if (n.sheets_main || (n.content_types && n.sheets)) return office("spreadsheetml.sheet");
  if (n.manifest && n.content_xml) return {Kind::text, "application/vnd.oasis.opendocument"};
  if (n.container && n.package) return {Kind::text, "application/epub+zip"};
  return {Kind::other, "application/zip"};
}

}  // namespace cess::fp
