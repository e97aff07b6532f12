// SPDX-License-Identifier: Apache-2.0
// The kind comes from the bytes. Words that happen to be magic numbers are words; a folder named
// word/ makes no document; two bytes make no sound.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "fingerprint/kinds.hpp"
#include "fingerprint/text_encoding.hpp"

namespace cess::fp {
namespace {

using std::string_literals::operator""s;

std::string type_of(std::string_view file) { return detect(as_bytes(file)).type; }

std::string utf16(std::string_view ascii) {
  std::string out = "\xff\xfe";
  for (const char c : ascii) out += {c, '\0'};
  return out;
}

/// A zip of empty parts with these names, stored.
std::string zip_of(const std::vector<std::string>& names, std::size_t padding = 0) {
  const auto le = [](std::size_t v, int bytes) {
    std::string s;
    for (int i = 0; i < bytes; ++i, v >>= 8U) s += static_cast<char>(v);
    return s;
  };
  std::string file;
  std::string directory;
  for (const std::string& n : names) {
    const std::size_t at = file.size();
    const std::string size = le(padding, 4) + le(padding, 4);
    file += "PK\3\4"s + le(20, 2) + le(0, 12) + size + le(n.size(), 2) + le(0, 2) + n;
    file += std::string(padding, '.');
    directory += "PK\1\2"s + le(20, 2) + le(20, 2) + le(0, 12) + size + le(n.size(), 2) +
                 le(0, 12) + le(at, 4) + n;
  }
  return file + directory + "PK\5\6"s + le(0, 4) + le(names.size(), 2) + le(names.size(), 2) +
         le(directory.size(), 4) + le(file.size(), 4) + le(0, 2);
}

TEST(Detect, words_that_are_magic_numbers_are_words) {
  for (const char* start :
       {"MAC addresses are", "ID3 tags", "GIF89a is a format", "OggS", "qoif", "wvpk", ".snd",
        "#!AMR", "P1 is urgent", "P5\nis not", "the ftyp box", "abcdftyp box of a film",
        "RIFF files are WAVE", "FORM    AIFF", "BM of course", "fLaC", "TTA1", "%PDF- is how"}) {
    EXPECT_EQ(type_of(std::string(start) + " and some words behind it"), "text/plain") << start;
    EXPECT_EQ(type_of(utf16(start)), "text/plain") << start;
  }
  // Each letter as the first of a text in UTF-16: "\xff\xfe" is half of a header of MPEG audio.
  for (char c = '!'; c <= '~'; ++c) {
    if (c == '<') continue;
    EXPECT_EQ(detect(as_bytes(utf16(std::string(1, c) + " word and word again"))).kind, Kind::text);
  }
  EXPECT_EQ(type_of(utf16("<html><body>x")), "text/html");
  EXPECT_EQ(type_of("\xff\xfe\x01\x00\x02\x00"s), "application/octet-stream");
  EXPECT_EQ(type_of("\xff\xfe\x41\x00\x00\xdc"s), "application/octet-stream");
}

// Wherever it stands among letters: eight of them are looked at together.
TEST(Detect, a_byte_that_no_text_has_is_found_anywhere) {
  for (int byte = 0; byte < 128; ++byte) {
    const bool fine = !no_text_byte(static_cast<std::uint8_t>(byte));
    EXPECT_EQ(fine, byte != 0x7f && (byte >= 0x20 || "\t\n\r\f\a\b\x1a\x1b"s.find(static_cast<char>(
                                                         byte)) != std::string::npos));
    for (std::size_t at = 0; at < 19; ++at) {
      std::string text = "~ nineteen letters ~";
      text[at] = static_cast<char>(byte);
      EXPECT_EQ(type_of(text) == "text/plain", fine) << byte << " at " << at;
    }
  }
  EXPECT_EQ(type_of("seven l\x80tters and more"), "application/octet-stream");
  EXPECT_EQ(type_of("seven l\xc3\xa9tters and more"), "text/plain");
}

TEST(Detect, markup_is_what_begins_as_markup) {
  EXPECT_EQ(type_of("about <html> and <script>, words"), "text/plain");
  EXPECT_EQ(type_of("<!-- " + std::string(3000, 'x') + " -->\n<HTML lang=en><p>x"), "text/html");
  EXPECT_EQ(type_of("<?xml version='1.0'?>\n<!DOCTYPE html><html>"), "text/html");
  EXPECT_EQ(type_of("\xef\xbb\xbf<?xml version='1.0'?><r>x</r>"), "text/xml");
  EXPECT_EQ(type_of("<svg xmlns='http://www.w3.org/2000/svg'><text>x</text></svg>"), "text/xml");
  EXPECT_EQ(type_of("<b>x</b> where xmlns is told"), "text/plain");
  EXPECT_EQ(type_of("<!-- no end"), "text/plain");
}

TEST(Detect, zips_are_what_their_directory_says) {
  const std::string word =
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
  EXPECT_EQ(type_of(zip_of({"[Content_Types].xml", "word/document.xml"})), word);
  // A large part first, and a main part of another name.
  EXPECT_EQ(type_of(zip_of({"[Content_Types].xml", "a.jpg", "word/document2.xml"}, 70000)), word);
  EXPECT_EQ(type_of(zip_of({"word/readme.txt"})), "application/zip");
  EXPECT_EQ(type_of(zip_of({"password/a.txt", "axl/b", "ppt/c"})), "application/zip");
  EXPECT_EQ(type_of(zip_of({"META-INF/manifest.xml", "content.xml"})),
            "application/vnd.oasis.opendocument");
  EXPECT_EQ(type_of(zip_of({"META-INF/container.xml", "a/b.opf"})), "application/epub+zip");
  // Cut off before its directory.
  const std::string whole = zip_of({"xl/workbook.xml", "xl/sharedStrings.xml"}, 500);
  EXPECT_EQ(type_of(whole.substr(0, 700)),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
  // Wherever it is cut, and whatever a byte of it says, there is an answer.
  for (std::size_t n = 0; n <= whole.size(); ++n) (void)type_of(whole.substr(0, n));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string bad = whole;
    bad[i] = '\xff';
    (void)type_of(bad);
  }
}

TEST(Detect, a_frame_of_mpeg_audio_has_another_behind_it) {
  // Heads and sizes of frames: MPEG-1 layer III 128 kbit/s 44.1 kHz; layer II 192, 48; layer I 384,
  // 44.1 padded; MPEG-2 layer III 64, 22.05; MPEG-2.5 layer III 32, 8; ADTS of 300.
  const std::array<std::pair<std::string, std::size_t>, 6> frames{
      {{"\xff\xfb\x90\x64"s, 417},
       {"\xff\xfd\xa4\x04"s, 576},
       {"\xff\xff\xc2\x04"s, 420},
       {"\xff\xf3\x80\x64"s, 208},
       {"\xff\xe3\x48\x64"s, 288},
       {"\xff\xf1\x50\x80\x25\x9f\xfc"s, 300}}};
  for (const auto& [head, size] : frames) {
    const std::string frame = head + std::string(size - head.size(), '\0');
    EXPECT_EQ(type_of(frame + head + std::string(16, '\0')), "audio/mpeg") << size;
    EXPECT_EQ(type_of(frame + std::string(500, '\1')), "application/octet-stream") << size;
    EXPECT_EQ(type_of(frame + "\1" + head + std::string(16, '\0')), "application/octet-stream")
        << size;
  }
}

TEST(Detect, older_encodings_are_told_from_bytes_that_are_no_text) {
  // Latin-1: quotation marks of Windows make it Windows-1252, which has all of it.
  std::string german;
  for (int i = 0; i < 20; ++i)
    german +=
        "F\xfcr alle \xdc"
        "bungen gr\xf6\xdf"
        "erer St\xe4"
        "dte. ";
  EXPECT_EQ(older_encoding(as_bytes(german)), "windows-1252");
  EXPECT_EQ(older_encoding(as_bytes("plain words")), "");
  EXPECT_EQ(older_encoding(as_bytes(german + '\0')), "");
  // Its first such letter far behind.
  EXPECT_EQ(older_encoding(as_bytes(std::string(30000, 'a') + " " + german)), "windows-1252");
  EXPECT_EQ(*from_encoding(as_bytes("F\xfcr"), "windows-1252"), "F\xc3\xbcr");
  EXPECT_FALSE(from_encoding(as_bytes("F\xfcr"), "no-such-page"));
  // Random bytes without control characters, of many lengths.
  std::uint64_t x = 9;
  for (std::size_t n = 16; n < 5000; n += n / 3 + 1) {
    std::string random;
    while (random.size() < n) {
      x = x * 6364136223846793005U + 1442695040888963407U;
      const auto b = static_cast<std::uint8_t>(x >> 56U);
      if (!no_text_byte(b)) random += static_cast<char>(b);
    }
    EXPECT_EQ(older_encoding(as_bytes(random)), "") << n;
  }
}

}  // namespace
}  // namespace cess::fp
