// SPDX-License-Identifier: Apache-2.0
// What a file is, from its bytes. A table of our own instead of libmagic's: its database changes
// with the system, and the kind decides which algorithm runs (doc/decisions/1640-decoders.md).
#include <algorithm>
#include <array>
#include <string_view>

#include "base/endian.hpp"
#include "fingerprint/kinds.hpp"

namespace cess::fp {
namespace {

using std::string_view_literals::operator""sv;

struct Magic {
  std::size_t offset;
  std::string_view bytes;
  Kind kind;
  std::string_view type;
};

// First match wins.
constexpr Magic kMagics[] = {
    {0, "\xff\xd8\xff"sv, Kind::image, "image/jpeg"},
    {0, "\x89PNG\r\n\x1a\n"sv, Kind::image, "image/png"},
    {0, "GIF87a"sv, Kind::image, "image/gif"},
    {0, "GIF89a"sv, Kind::image, "image/gif"},
    {0, "II*\0"sv, Kind::image, "image/tiff"},
    {0, "MM\0*"sv, Kind::image, "image/tiff"},
    {0, "\0\0\0\x0cjP  \r\n\x87\n"sv, Kind::image, "image/jp2"},
    {0, "\xff\x0a"sv, Kind::image, "image/jxl"},
    {0, "\0\0\0\x0cJXL \r\n\x87\n"sv, Kind::image, "image/jxl"},
    {0, "qoif"sv, Kind::image, "image/qoi"},
    {0, "fLaC"sv, Kind::audio, "audio/flac"},
    {0, "ID3"sv, Kind::audio, "audio/mpeg"},
    {0, "wvpk"sv, Kind::audio, "audio/x-wavpack"},
    {0, "MAC "sv, Kind::audio, "audio/x-ape"},
    {0, ".snd"sv, Kind::audio, "audio/basic"},
    {0, "#!AMR"sv, Kind::audio, "audio/amr"},
    {0, "FLV\x01"sv, Kind::video, "video/x-flv"},
    {0, "\0\0\x01\xba"sv, Kind::video, "video/mpeg"},
    {0, "\0\0\x01\xb3"sv, Kind::video, "video/mpeg"},
    {0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11"sv, Kind::video, "video/x-ms-asf"},
    {0, "%PDF-"sv, Kind::text, "application/pdf"},
    {0, "{\\rtf"sv, Kind::text, "application/rtf"},
    {30, "mimetypeapplication/vnd.oasis.opendocument"sv, Kind::text,
     "application/vnd.oasis.opendocument"},
    {30, "mimetypeapplication/epub+zip"sv, Kind::text, "application/epub+zip"},
};

std::string_view text_at(ByteView f, std::size_t at, std::size_t n) {
  return at >= f.size() ? std::string_view() : as_text(f.subspan(at, std::min(n, f.size() - at)));
}

bool has(ByteView f, std::string_view needle, std::size_t within) {
  return text_at(f, 0, within).find(needle) != std::string_view::npos;
}

/// ISO base media: the major brand says what it is.
Detected iso_media(ByteView f) {
  const std::string_view brand = text_at(f, 8, 4);
  if (brand == "avif" || brand == "avis") return {Kind::image, "image/avif"};
  if (brand == "heic" || brand == "heix" || brand == "mif1" || brand == "msf1" || brand == "hevc") {
    return {Kind::image, has(f, "avif", 64) ? "image/avif" : "image/heic"};
  }
  if (brand == "M4A " || brand == "M4B ") return {Kind::audio, "audio/mp4"};
  if (brand == "qt  ") return {Kind::video, "video/quicktime"};
  return {Kind::video, "video/mp4"};
}

Detected ogg(ByteView f) {
  // The first page holds the beginning of the first stream.
  const std::string_view page = text_at(f, 0, 256);
  if (page.find("\x80theora") != std::string_view::npos) return {Kind::video, "video/ogg"};
  return {Kind::audio, "audio/ogg"};
}

Detected riff(ByteView f) {
  const std::string_view form = text_at(f, 8, 4);
  if (form == "WEBP") return {Kind::image, "image/webp"};
  if (form == "WAVE") return {Kind::audio, "audio/wav"};
  if (form == "AVI ") return {Kind::video, "video/x-msvideo"};
  return {Kind::other, "application/octet-stream"};
}

Detected zip(ByteView f) {
  // An office document names its parts in local headers; the first few are near the beginning.
  if (has(f, "word/", 8192)) {
    return {Kind::text, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"};
  }
  if (has(f, "ppt/", 8192)) {
    return {Kind::text,
            "application/vnd.openxmlformats-officedocument.presentationml.presentation"};
  }
  if (has(f, "xl/", 8192)) {
    return {Kind::text, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"};
  }
  return {Kind::other, "application/zip"};
}

/// Frame headers of MPEG audio (layer III, II) and ADTS: the sync word, no reserved field, and a
/// second header.
bool mpeg_audio(ByteView f) {
  if (f.size() < 8 || f[0] != 0xff || (f[1] & 0xe0U) != 0xe0) return false;
  const unsigned layer = (f[1] >> 1U) & 3U;
  if (layer == 0) return (f[1] & 0xf6U) == 0xf0;  // ADTS
  return ((f[1] >> 3U) & 3U) != 1 && (f[2] >> 4U) != 15 && (f[2] >> 4U) != 0 &&
         ((f[2] >> 2U) & 3U) != 3;
}

bool bmp(ByteView f) {
  if (f.size() < 26 || as_text(f.first(2)) != "BM") return false;
  const std::uint32_t header = load_le<std::uint32_t>(&f[14]);
  return header == 12 || (header >= 40 && header <= 124);
}

bool netpbm(ByteView f) {
  return f.size() > 8 && f[0] == 'P' && f[1] >= '1' && f[1] <= '6' && (f[2] == '\n' || f[2] == ' ');
}

bool mpeg_ts(ByteView f) {
  if (f.size() < 3 * 188) return false;
  return f[0] == 0x47 && f[188] == 0x47 && f[376] == 0x47;
}

/// Valid UTF-8 (a sequence cut by the window's end is fine), no control characters but white space.
bool utf8_text(ByteView f) {
  std::size_t i = 0;
  while (i < f.size()) {
    const std::uint8_t c = f[i];
    if (c < 0x80) {
      if (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b) return false;
      if (c == 0x7f) return false;
      ++i;
      continue;
    }
    const std::size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    if (c < 0xc2 || c > 0xf4) return false;
    for (std::size_t k = 1; k < n; ++k) {
      if (i + k >= f.size()) return true;
      if ((f[i + k] & 0xc0U) != 0x80) return false;
    }
    i += n;
  }
  return true;
}

Detected text_or_other(ByteView f) {
  constexpr std::size_t kWindow = 64U << 10U;
  const ByteView window = f.first(std::min(f.size(), kWindow));
  if (f.empty()) return {Kind::other, "application/octet-stream"};
  if (f.size() >= 2 && ((f[0] == 0xff && f[1] == 0xfe) || (f[0] == 0xfe && f[1] == 0xff))) {
    return {Kind::text, "text/plain"};  // UTF-16 with its mark
  }
  if (!utf8_text(window)) return {Kind::other, "application/octet-stream"};
  std::string head(as_text(window.first(std::min<std::size_t>(window.size(), 1024))));
  std::transform(head.begin(), head.end(), head.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const std::string_view mark : {"<!doctype html"sv, "<html"sv, "<head"sv, "<body"sv}) {
    if (head.find(mark) != std::string::npos) return {Kind::text, "text/html"};
  }
  if (head.starts_with("<?xml")) return {Kind::text, "text/xml"};
  return {Kind::text, "text/plain"};
}

}  // namespace

Detected detect(ByteView f) {
  for (const Magic& m : kMagics) {
    if (text_at(f, m.offset, m.bytes.size()) == m.bytes) return {m.kind, std::string(m.type)};
  }
  const std::string_view first = text_at(f, 0, 4);
  if (text_at(f, 4, 4) == "ftyp") return iso_media(f);
  if (first == "OggS") return ogg(f);
  if (first == "RIFF" && f.size() >= 12) return riff(f);
  if (first == "FORM" && text_at(f, 8, 3) == "AIF") return {Kind::audio, "audio/aiff"};
  if (first == "\x1a\x45\xdf\xa3") {
    return has(f, "webm", 64) ? Detected{Kind::video, "video/webm"}
                              : Detected{Kind::video, "video/x-matroska"};
  }
  if (first == "PK\x03\x04") return zip(f);
  if (bmp(f)) return {Kind::image, "image/bmp"};
  if (netpbm(f)) return {Kind::image, "image/x-portable-anymap"};
  if (mpeg_audio(f)) return {Kind::audio, "audio/mpeg"};
  if (mpeg_ts(f)) return {Kind::video, "video/mp2t"};
  return text_or_other(f);
}

Result<Content> fingerprint_bytes(ByteView file, const OnProgress& progress) {
  const Detected d = detect(file);
  switch (d.kind) {
    case Kind::text:
      return fingerprint_text(file, d.type, progress);
    case Kind::image:
      return fingerprint_image(file, d.type);
    case Kind::audio:
      return fingerprint_audio(file, d.type, progress);
    case Kind::video:
      return fingerprint_video(file, d.type, progress);
    case Kind::other:
      break;
  }
  return fingerprint_other(file, d.type, progress);
}

}  // namespace cess::fp
