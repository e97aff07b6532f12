// SPDX-License-Identifier: Apache-2.0
// What a file is, from its bytes. A table of our own instead of libmagic's: its database changes
// with the system, and the kind decides which algorithm runs (doc/decisions/1640-decoders.md).
#include <algorithm>
#include <array>
#include <string_view>

#include "base/endian.hpp"
#include "fingerprint/detect_zip.hpp"
#include "fingerprint/kinds.hpp"
#include "fingerprint/text_encoding.hpp"
#include "fingerprint/text_extract.hpp"

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
    {0, "TTA1"sv, Kind::audio, "audio/x-tta"},
    {0, "caff\0\x01"sv, Kind::audio, "audio/x-caf"},
    {0, "riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb"sv, Kind::audio, "audio/x-w64"},
    {0, "wvpk"sv, Kind::audio, "audio/x-wavpack"},
    {0, "MAC "sv, Kind::audio, "audio/x-ape"},
    {0, ".snd"sv, Kind::audio, "audio/basic"},
    {0, "#!AMR"sv, Kind::audio, "audio/amr"},
    {0, "FLV\x01"sv, Kind::video, "video/x-flv"},
    {0, "\0\0\x01\xba"sv, Kind::video, "video/mpeg"},
    {0, "\0\0\x01\xb3"sv, Kind::video, "video/mpeg"},
    {0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11"sv, Kind::video, "video/x-ms-asf"},
    {0, "%PDF-1"sv, Kind::text, "application/pdf"},
    {0, "%PDF-2"sv, Kind::text, "application/pdf"},
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

/// MPEG audio (layers I to III) and ADTS: bytes of a frame, 0 for what is no frame's header.
std::size_t mpeg_frame_size(ByteView f, std::size_t at) {
  if (at + 7 > f.size() || f[at] != 0xff || (f[at + 1] & 0xe0U) != 0xe0) return 0;
  const unsigned layer = (f[at + 1] >> 1U) & 3U;
  if (layer == 0) {
    if ((f[at + 1] & 0xf6U) != 0xf0 || ((f[at + 2] >> 2U) & 15U) > 12) return 0;
    const std::size_t size =
        ((f[at + 3] & 3U) << 11U) | (unsigned{f[at + 4]} << 3U) | (f[at + 5] >> 5U);
    return size < 7 ? 0 : size;
  }
  const unsigned version = (f[at + 1] >> 3U) & 3U;  // 3: 1, 2: 2, 0: 2.5
  const unsigned rate = f[at + 2] >> 4U;
  const unsigned frequency = (f[at + 2] >> 2U) & 3U;
  if (version == 1 || rate == 0 || rate == 15 || frequency == 3) return 0;
  // In kbit/s; the layers of MPEG-1, then layer I of MPEG-2, then its others.
  constexpr std::array<std::array<std::uint16_t, 15>, 5> kRates{
      {{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
       {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
       {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
       {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
       {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}}};
  constexpr std::array<std::uint32_t, 3> kFrequencies{44100, 48000, 32000};
  const bool first = version == 3;
  const std::size_t row = first ? 3 - layer : layer == 3 ? 3 : 4;
  const std::uint32_t bits = kRates[row][rate] * 1000U;
  const std::uint32_t hertz = kFrequencies[frequency] / (first ? 1 : version == 2 ? 2 : 4);
  const std::uint32_t padding = (f[at + 2] >> 1U) & 1U;
  if (layer == 3) return (12 * bits / hertz + padding) * 4;
  return (layer == 1 && !first ? 72 : 144) * bits / hertz + padding;
}

/// A frame, and the header of another behind it: two bytes alone begin any file.
bool mpeg_audio(ByteView f) {
  const std::size_t size = mpeg_frame_size(f, 0);
  return size != 0 && mpeg_frame_size(f, size) != 0;
}

bool bmp(ByteView f) {
  if (f.size() < 26 || as_text(f.first(2)) != "BM") return false;
  const std::uint32_t header = load_le<std::uint32_t>(&f[14]);
  return header == 12 || (header >= 40 && header <= 124);
}

/// The letter and number, and the width (or a remark) behind it.
bool netpbm(ByteView f) {
  if (f.size() <= 8 || f[0] != 'P' || f[1] < '1' || f[1] > '6') return false;
  if (f[2] != '\n' && f[2] != ' ' && f[2] != '\r' && f[2] != '\t') return false;
  return (f[3] >= '0' && f[3] <= '9') || f[3] == '#';
}

/// Packets of 188 bytes, or of 192 with a time before each, as Blu-ray discs have them.
bool mpeg_ts(ByteView f, std::size_t first, std::size_t packet) {
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t at = first + i * packet;
    if (at >= f.size() || f[at] != 0x47) return false;
  }
  return true;
}

/// Whether eight bytes are all from 0x20 to 0x7e. (Of bytes below 0x80 no sum carries over.)
bool printable_ascii(std::uint64_t eight) {
  constexpr std::uint64_t kEach = 0x0101010101010101U;
  if ((eight & (0x80 * kEach)) != 0) return false;
  return ((eight + 0x60 * kEach) & ~(eight + kEach) & (0x80 * kEach)) == 0x80 * kEach;
}

/// Valid UTF-8 (a sequence cut by the window's end is fine), no bytes that no text has.
bool utf8_text(ByteView f) {
  std::size_t i = 0;
  while (i < f.size()) {
    if (f.size() - i >= 8 && printable_ascii(load_le<std::uint64_t>(&f[i]))) {
      i += 8;
      continue;
    }
    const std::uint8_t c = f[i];
    if (c < 0x80) {
      if (no_text_byte(c)) return false;
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

/// What a page begins with, past white space, remarks and processing instructions.
std::string_view markup_start(std::string_view s) {
  if (s.starts_with("\xef\xbb\xbf")) s.remove_prefix(3);
  while (true) {
    s.remove_prefix(std::min(s.find_first_not_of(" \t\r\n\f"), s.size()));
    const std::string_view end = s.starts_with("<!--") ? "-->" : s.starts_with("<?") ? "?>" : "";
    if (end.empty()) return s;
    const std::size_t at = s.find(end);
    if (at == std::string_view::npos) return {};
    s.remove_prefix(at + end.size());
  }
}

Detected text_type(std::string_view window) {
  const std::string_view start = markup_start(window);
  std::string head(start.substr(0, 256));
  std::transform(head.begin(), head.end(), head.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const std::string_view mark : {"<!doctype html"sv, "<html"sv, "<head"sv, "<body"sv}) {
    if (head.starts_with(mark)) return {Kind::text, "text/html"};
  }
  // The first thing of an XML document is its declaration, or an element that names its space.
  const bool declared = window.substr(0, 16).find("<?xml") != std::string_view::npos;
  const bool spaced = head.starts_with("<") && head.find(" xmlns") < head.find('>');
  if (declared || spaced) return {Kind::text, "text/xml"};
  return {Kind::text, "text/plain"};
}

Detected media(ByteView f) {
  const std::string_view first = text_at(f, 0, 4);
  if (text_at(f, 4, 4) == "ftyp") return iso_media(f);
  if (first == "OggS") return ogg(f);
  if ((first == "RIFF" || first == "RF64" || first == "BW64") && f.size() >= 12) return riff(f);
  if (first == "FORM" && text_at(f, 8, 3) == "AIF") return {Kind::audio, "audio/aiff"};
  if (first == "\x1a\x45\xdf\xa3") {
    return has(f, "webm", 64) ? Detected{Kind::video, "video/webm"}
                              : Detected{Kind::video, "video/x-matroska"};
  }
  if (first == "PK\x03\x04") return detect_zip(f);
  if (bmp(f)) return {Kind::image, "image/bmp"};
  if (mpeg_audio(f)) return {Kind::audio, "audio/mpeg"};
  if (mpeg_ts(f, 0, 188) || mpeg_ts(f, 4, 192)) return {Kind::video, "video/mp2t"};
  return {Kind::other, "application/octet-stream"};
}

}  // namespace

Detected detect(ByteView f) {
  constexpr std::size_t kWindow = 64U << 10U;
  const ByteView window = f.first(std::min(f.size(), kWindow));
  // The letters that pictures and sounds begin with may begin a sentence, too.
  const bool plain = utf8_text(window);
  for (const Magic& m : kMagics) {
    if (plain && m.kind != Kind::text) continue;
    if (text_at(f, m.offset, m.bytes.size()) == m.bytes) return {m.kind, std::string(m.type)};
  }
  if (netpbm(f)) return {Kind::image, "image/x-portable-anymap"};
  if (f.empty()) return {Kind::other, "application/octet-stream"};
  if (plain) return text_type(as_text(window));
  if (utf16_text(window)) return text_type(from_utf16(window));
  return media(f);
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
  if (d.type == "application/octet-stream" && file.size() <= kTextSizeMax) {
    const std::string encoding = older_encoding(file);
    if (!encoding.empty()) {
      CESS_TRY_ASSIGN(const std::string text, from_encoding(file, encoding));
      return fingerprint_text(as_bytes(text), text_type(text).type, progress);
    }
  }
  return fingerprint_other(file, d.type, progress);
}

}  // namespace cess::fp
