// SPDX-License-Identifier: Apache-2.0
// ISCC units against the values that iscc-core and iscc-lib publish.
#include "fingerprint/iscc.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "base/endian.hpp"
#include "base/hex.hpp"
#include "fingerprint/blake3.hpp"
#include "fingerprint/chunks.hpp"
#include "fingerprint/hash.hpp"

namespace cess::fp {
namespace {

Bytes iscc_data_input(const std::string& text) {
  if (text.rfind("counter:", 0) != 0) return parse_hex(text, "vector").value();
  Bytes out(std::stoul(text.substr(8)) * 4);
  for (std::uint32_t i = 0; i < out.size() / 4; ++i)
    store_le(out.data() + std::size_t{4} * i, i + 1);
  return out;
}

std::vector<std::int32_t> iscc_audio_input(const std::string& text) {
  std::vector<std::int32_t> out;
  std::istringstream in(text);
  for (std::int32_t v = 0; in >> v;) out.push_back(v);
  return out;
}

std::array<std::uint64_t, kFrameElements> iscc_video_sums(const std::string& text) {
  std::array<std::uint64_t, kFrameElements> sums{};
  std::istringstream in(text);
  for (std::string cycle; in >> cycle;) {
    for (std::size_t i = 0; i < sums.size(); ++i)
      sums[i] += cycle == "range" ? i : static_cast<std::uint64_t>(cycle[i % cycle.size()] - '0');
  }
  return sums;
}

std::vector<std::string> iscc_words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

Bits256 iscc_body(const std::string& kind, const std::string& input, unsigned bits) {
  if (kind == "video") return iscc_winners(iscc_video_sums(input));
  if (kind == "mixed") return iscc_mixed_body(iscc_words(input), bits).value();
  if (kind == "instance") {
    Blake3 hash;
    hash.update(iscc_data_input(input));
    return hash.finish();
  }
  if (kind == "audio") return iscc_audio_body(iscc_audio_input(input));
  if (kind == "text") return iscc_text_body(iscc_collapse(input));
  DataHasher hasher;
  hasher.update(iscc_data_input(input));
  return hasher.finish().iscc;
}

TEST(Iscc, PublishedUnits) {
  std::ifstream file(CESS_VECTORS_DIR "/fingerprint/iscc.txt");
  std::size_t seen = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    std::string kind, bits, input, expected, characters;
    for (std::string* f : {&kind, &bits, &input, &expected, &characters})
      std::getline(fields, *f, '\t');
    if (const auto at = input.find("\\n"); at != std::string::npos) input.replace(at, 2, "\n");
    const std::map<std::string, IsccUnit> units = {
        {"text", IsccUnit::text},   {"audio", IsccUnit::audio}, {"video", IsccUnit::video},
        {"mixed", IsccUnit::mixed}, {"data", IsccUnit::data},   {"instance", IsccUnit::instance}};
    const auto size = static_cast<unsigned>(std::stoul(bits));
    EXPECT_EQ(iscc_text(units.at(kind), iscc_body(kind, input, size), size), expected) << line;
    if (kind == "text") {
      const std::string collapsed = iscc_collapse(input);
      const auto count = std::count_if(collapsed.begin(), collapsed.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
      });
      EXPECT_EQ(std::to_string(count), characters) << line;
    }
    ++seen;
  }
  EXPECT_EQ(seen, 22U);
}

// BLAKE3's own test_vectors.json (BLAKE3-team): bytes that count to 250 over and over; block, chunk
// and tree ends.
TEST(Iscc, Blake3) {
  const std::map<std::size_t, std::string> published = {
      {0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"},
      {1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"},
      {1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11"},
      {1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"},
      {1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"},
      {2048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a"},
      {2049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030"},
      {3073, "7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3"},
      {5121, "628bd2cb2004694adaab7bbd778a25df25c47b9d4155a55f8fbd79f2fe154cff"},
      {7169, "a003fc7a51754a9b3c7fae0367ab3d782dccf28855a03d435f8cfe74605e7817"}};
  for (const auto& [size, expected] : published) {
    Bytes input(size);
    for (std::size_t i = 0; i < size; ++i) input[i] = static_cast<std::uint8_t>(i % 251);
    for (const std::size_t piece : {size + 1, std::size_t{64}, std::size_t{999}}) {
      Blake3 hash;
      for (std::size_t at = 0; at < size; at += piece)
        hash.update(ByteView(input).subspan(at, std::min(piece, size - at)));
      EXPECT_EQ(to_hex(hash.finish()), expected) << size << " in pieces of " << piece;
    }
  }
}

Gray drawn_frame(std::uint32_t width, std::uint32_t height, std::uint64_t seed) {
  Gray g{width, height, {}};
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      seed = seed * 16807 % 2147483647;
      g.pixels.push_back(static_cast<std::uint8_t>(x * 7 + y * 13 + x * y % 61 + seed % 40));
    }
  }
  return g;
}

// Many chunks at once, and one after another: the same.
TEST(Iscc, Blake3ByManyChunks) {
  Bytes input(200'001);
  for (std::size_t i = 0; i < input.size(); ++i)
    input[i] = static_cast<std::uint8_t>(i * 2654435761U >> 13U);
  for (const std::size_t size : {8192U, 8193U, 16384U, 16385U, 25'000U, 131'072U, 200'001U}) {
    Blake3 whole;
    whole.update(ByteView(input).first(size));
    Blake3 slow;
    for (std::size_t at = 0; at < size; at += 500)
      slow.update(ByteView(input).subspan(at, std::min<std::size_t>(500, size - at)));
    EXPECT_EQ(to_hex(whole.finish()), to_hex(slow.finish())) << size;
  }
}

TEST(Iscc, FrameSignaturesOfFfmpeg) {
  std::ifstream file(CESS_VECTORS_DIR "/fingerprint/frame_signature.txt");
  std::size_t seen = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::uint64_t seed = 0;
    std::string expected;
    fields >> width >> height >> seed >> expected;
    const auto signature = frame_signature(drawn_frame(width, height, seed));
    ASSERT_TRUE(signature);
    std::string values;
    for (const std::uint8_t v : *signature) values += static_cast<char>('0' + v);
    EXPECT_EQ(values, expected) << width << " x " << height;
    ++seen;
  }
  EXPECT_EQ(seen, 6U);
  EXPECT_FALSE(frame_signature(drawn_frame(31, 64, 1)));
  EXPECT_FALSE(frame_signature(drawn_frame(64, 31, 1)));
}

TEST(Iscc, FramesCountOnceAndInAnyOrder) {
  FrameSignature a{};
  FrameSignature b{};
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<std::uint8_t>(std::string_view("01021")[i % 5] - '0');
    b[i] = static_cast<std::uint8_t>(std::string_view("12102")[i % 5] - '0');
  }
  IsccVideo video;
  EXPECT_TRUE(video.empty());
  for (const FrameSignature* f : {&b, &a, &a, &b, &a}) video.add(*f);
  EXPECT_EQ(iscc_text(IsccUnit::video, video.body(), 128), "ISCC:EMBZEMGSDFIB4AHUEZSLJPJANMAAY");
  // The same of what different() has told, in two halves that share a frame.
  IsccVideo joined;
  ASSERT_EQ(video.different().size(), 2U);
  for (const std::size_t i : {0U, 1U, 1U}) EXPECT_TRUE(joined.add(video.different()[i]));
  EXPECT_EQ(joined.body(), video.body());
  IsccVideo::Packed most;
  most.fill(242);  // five twos
  EXPECT_TRUE(joined.add(most));
  most[75] = 243;
  EXPECT_FALSE(joined.add(most));
  EXPECT_EQ(joined.different().size(), 3U);
}

// The way of texts that are all ASCII beside that of all others, character by character.
TEST(Iscc, CollapsesAsciiAsAnyText) {
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  EXPECT_EQ(iscc_collapse(all) + "e", iscc_collapse(all + "\u00e9"));
  EXPECT_EQ(iscc_collapse("A b\tC.\n$1+^"), "abc$1+^");
}

TEST(Iscc, MixedRefusesWhatIsNoContent) {
  const std::string text = "ISCC:EAASKDNZNYGUUF5A";
  EXPECT_TRUE(iscc_mixed_body(std::vector{text, text}, 64));
  EXPECT_FALSE(iscc_mixed_body(std::vector{text}, 64));
  EXPECT_FALSE(iscc_mixed_body(std::vector{text, text}, 96));
  EXPECT_FALSE(iscc_mixed_body(std::vector<std::string>{text, "ISCC:GAAXL2XYM5BQIAZ3"}, 64));
  EXPECT_FALSE(iscc_mixed_body(std::vector<std::string>{text, "ISCC:EAASKDNZNYGUUF5!"}, 64));
}

// xxHash's own documentation: the empty input; the ASCII of "abc" as other implementations print
// it.
TEST(Iscc, Xxh32) {
  EXPECT_EQ(xxh32({}), 0x02cc5d05U);
  EXPECT_EQ(xxh32(as_bytes("abc")), 0x32d153ffU);
}

// Chunk borders that iscc-core's test_cdc publishes for the counter file.
TEST(Iscc, ChunkBorders) {
  const Bytes counter = iscc_data_input("counter:2048");
  EXPECT_EQ(cut_chunk(ByteView(counter).first(255)), 255U);
  EXPECT_EQ(cut_chunk(ByteView(counter).first(1025)), 1025U);
  EXPECT_EQ(cut_chunk(ByteView(counter).first(1333)), 1332U);
  std::size_t chunks = 0;
  for (ByteView rest = counter; !rest.empty(); ++chunks) rest = rest.subspan(cut_chunk(rest));
  EXPECT_EQ(chunks, 7U);
}

}  // namespace
}  // namespace cess::fp
