// SPDX-License-Identifier: Apache-2.0
#include "crypto/sha256.hpp"

#include <gtest/gtest.h>

#include "unit/crypto/vectors.hpp"

namespace cess {
namespace {

TEST(Sha256, NistVectors) {
  const auto all = read_vectors("sha256.txt");
  EXPECT_EQ(all.size(), 15U);
  for (const Record& v : all) {
    const Bytes unit = v.hex("message");
    const std::uint32_t repeat = v.has("repeat") ? v.number("repeat") : 1;
    Bytes message;
    for (std::uint32_t i = 0; i < repeat; ++i) append(message, unit);
    EXPECT_EQ(to_hex(sha256(message)), v.text("digest"));
    Sha256 stream;
    for (int round = 0; round < 2; ++round) {  // finish() leaves it as new
      for (std::size_t at = 0; at < message.size(); at += 113) {
        stream.update(
            ByteView(message).subspan(at, std::min<std::size_t>(113, message.size() - at)));
      }
      EXPECT_EQ(to_hex(stream.finish()), v.text("digest"));
    }
    // As a batch of one whose first byte is the prefix.
    if (!message.empty()) {
      Hash256 out;
      const std::uint8_t* rest = message.data() + 1;
      sha256_many({&out, 1}, message[0], {&rest, 1}, message.size() - 1);
      EXPECT_EQ(to_hex(out), v.text("digest"));
    }
  }
}

TEST(Sha256, MovedObjectsWork) {
  Sha256 a;
  a.update(as_bytes("a"));
  Sha256 b(std::move(a));
  b.update(as_bytes("bc"));
  Sha256 c;
  c = std::move(b);
  EXPECT_EQ(c.finish(), sha256(as_bytes("abc")));
}

}  // namespace
}  // namespace cess
