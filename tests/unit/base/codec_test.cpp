// SPDX-License-Identifier: Apache-2.0
#include "base/codec.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"

namespace cess {
namespace {

TEST(Codec, RoundTripIsExact) {
  Writer w;
  w.raw("MAGIC").le(std::uint8_t{7}).le(std::uint32_t{0x01020304}).sized(as_bytes("abc"));
  EXPECT_EQ(to_hex(w.bytes()),
            "4d4147494307"
            "04030201"
            "03000000"
            "616263");
  Reader r(w.bytes(), "thing");
  EXPECT_EQ(as_text(*r.raw(5, "magic")), "MAGIC");
  EXPECT_EQ(*r.le<std::uint8_t>("a"), 7);
  EXPECT_EQ(*r.le<std::uint32_t>("b"), 0x01020304U);
  EXPECT_EQ(as_text(*r.sized(3, "c")), "abc");
  EXPECT_TRUE(r.end());
}

TEST(Codec, RefusesEveryTruncation) {
  Writer w;
  w.le(std::uint64_t{1}).sized(as_bytes("payload"));
  for (std::size_t n = 0; n < w.bytes().size(); ++n) {
    Reader r(ByteView(w.bytes()).first(n), "thing");
    const bool ok = r.le<std::uint64_t>("a").has_value() && r.sized(100, "b").has_value();
    EXPECT_FALSE(ok) << n;
  }
}

TEST(Codec, RefusesLeftOverAndOverLimit) {
  Writer w;
  w.sized(as_bytes("four"));
  Reader limit(w.bytes(), "thing");
  const auto over = limit.sized(3, "field");
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Code::input);
  EXPECT_EQ(over.error().message, "thing: field has 4 bytes, at most 3 allowed at byte 4");
  Reader rest(w.bytes(), "thing");
  EXPECT_TRUE(rest.le<std::uint32_t>("size"));
  EXPECT_EQ(rest.end().error().message, "thing: 4 bytes left over at byte 4");
}

TEST(Hex, StrictBothWays) {
  EXPECT_EQ(to_hex(Bytes{0x00, 0xab, 0xff}), "00abff");
  EXPECT_EQ(*parse_hex("00abff", "x"), (Bytes{0x00, 0xab, 0xff}));
  EXPECT_FALSE(parse_hex("0", "x"));
  EXPECT_FALSE(parse_hex("0g", "x"));
  EXPECT_FALSE(parse_hex("AB", "x"));
  EXPECT_FALSE(parse_id<Fid>("ab", "fid"));
}

}  // namespace
}  // namespace cess
