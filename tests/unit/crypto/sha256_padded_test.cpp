// SPDX-License-Identifier: Apache-2.0
// Padded messages against sha256(), which has the vectors of NIST; AES-128 against FIPS 197.
#include "crypto/sha256_padded.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "crypto/aes128.hpp"
#include "crypto/sha256.hpp"
#include "crypto/sha256_chunks.hpp"

namespace cess {
namespace {

TEST(Sha256Padded, EqualsTheOrdinaryHash) {
  for (const std::size_t size : {0U, 1U, 55U, 56U, 64U, 236U, 492U}) {
    const std::size_t blocks = (size + 9 + 63) / 64;
    for (std::size_t count = 1; count <= 37; ++count) {
      std::vector<Bytes> messages(count, Bytes(64 * blocks));
      std::vector<const std::uint8_t*> at;
      for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t j = 0; j < size; ++j) {
          messages[i][j] = static_cast<std::uint8_t>(i * 37 + j * 11);
        }
        pad_sha256(messages[i], size);
        at.push_back(messages[i].data());
      }
      std::vector<Hash256> out(count);
      sha256_padded(out, at, blocks);
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_EQ(out[i], sha256(ByteView(messages[i]).first(size))) << size << " " << count;
      }
    }
  }
}

TEST(Sha256Padded, WidthsRise) {
  const auto widths = sha256_widths();
  ASSERT_FALSE(widths.empty());
  EXPECT_EQ(widths.front(), 1U);
  for (std::size_t i = 1; i < widths.size(); ++i) EXPECT_LT(widths[i - 1], widths[i]);
}

#if defined(__x86_64__)
TEST(Sha256Padded, ChunksAreReadWhereTheyLie) {
  if (!sha256_has_shani()) GTEST_SKIP() << "no SHA instructions";
  std::vector<std::array<Hash256, 3>> rows(14);  // three lanes
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t lane = 0; lane < 3; ++lane) {
      for (std::size_t j = 0; j < 32; ++j) {
        rows[i][lane].bytes[j] = static_cast<std::uint8_t>(i * 41 + lane * 77 + j * 5 + 1);
      }
    }
  }
  std::vector<const Hash256*> chunks;
  for (const auto& row : rows) chunks.push_back(row.data());
  std::vector<Bytes> messages;
  for (std::size_t lane = 0; lane < 3; ++lane) {
    messages.emplace_back(kChunkHead, static_cast<std::uint8_t>(lane + 9));
  }
  const std::array<const std::uint8_t*, 3> heads = {messages[0].data(), messages[1].data(),
                                                    messages[2].data()};
  for (const std::size_t count : {2U, 6U, 14U}) {
    std::array<Hash256, 3> out;
    std::size_t calls = 0;
    const auto between = [&](std::size_t block) { calls += block == calls ? 1 : 1000; };
    shani::hash_two(out.data(), heads.data(), chunks.data(), 0, count, chunk_padding(count),
                    between);
    EXPECT_EQ(calls, count / 2 + 1);
    shani::hash_one(out.data(), heads.data(), chunks.data(), 2, count, chunk_padding(count),
                    [](std::size_t) {});
    for (std::size_t lane = 0; lane < 3; ++lane) {
      Bytes whole = messages[lane];
      for (std::size_t i = 0; i < count; ++i) append(whole, rows[i][lane].view());
      EXPECT_EQ(out[lane], sha256(whole)) << count << " chunks, lane " << lane;
    }
  }
}
#endif

// FIPS 197, appendix C.1.
TEST(Aes128, Fips197) {
  std::array<std::uint8_t, 16> key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  const Aes128Blocks aes(key);
  Bytes blocks = *parse_hex(
      "00112233445566778899aabbccddeeff"
      "00112233445566778899aabbccddeeff",
      "blocks");
  aes.encrypt(blocks);
  EXPECT_EQ(to_hex(blocks), "69c4e0d86a7b0430d8cdb78070b4c55a69c4e0d86a7b0430d8cdb78070b4c55a");
}

}  // namespace
}  // namespace cess
