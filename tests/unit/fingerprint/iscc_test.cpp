// SPDX-License-Identifier: Apache-2.0
// ISCC units against the values that iscc-core and iscc-lib publish.
#include "fingerprint/iscc.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/endian.hpp"
#include "base/hex.hpp"
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

Bits256 iscc_body(const std::string& kind, const std::string& input) {
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
    const IsccUnit unit =
        kind == "text" ? IsccUnit::text : (kind == "audio" ? IsccUnit::audio : IsccUnit::data);
    EXPECT_EQ(iscc_text(unit, iscc_body(kind, input), static_cast<unsigned>(std::stoul(bits))),
              expected)
        << line;
    if (kind == "text") {
      const std::string collapsed = iscc_collapse(input);
      const auto count = std::count_if(collapsed.begin(), collapsed.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
      });
      EXPECT_EQ(std::to_string(count), characters) << line;
    }
    ++seen;
  }
  EXPECT_EQ(seen, 10U);
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
