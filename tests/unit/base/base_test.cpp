// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>
#include <type_traits>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/endian.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace cess {
namespace {

Result<int> positive(int v) {
  if (v < 0) return fail(Code::input, "negative", "v", "make it positive");
  return v;
}

Result<int> doubled(int v) {
  CESS_TRY_ASSIGN(const int p, positive(v));
  return 2 * p;
}

Status both(int a, int b) {
  CESS_TRY(positive(a));
  CESS_TRY(positive(b));
  return {};
}

TEST(Result, TryPassesTheWholeErrorOn) {
  EXPECT_EQ(*doubled(4), 8);
  const auto bad = doubled(-1);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Code::input);
  EXPECT_EQ(bad.error().message, "negative");
  EXPECT_EQ(bad.error().subject, "v");
  EXPECT_EQ(bad.error().hint, "make it positive");
  EXPECT_TRUE(both(1, 2));
  EXPECT_FALSE(both(-1, 2));
  EXPECT_FALSE(both(1, -2));
}

TEST(Result, CodesAreExitCodes) {
  EXPECT_EQ(static_cast<int>(Code::no), 1);
  EXPECT_EQ(static_cast<int>(Code::usage), 2);
  EXPECT_EQ(static_cast<int>(Code::input), 3);
  EXPECT_EQ(static_cast<int>(Code::system), 4);
  EXPECT_EQ(static_cast<int>(Code::peer), 5);
  EXPECT_EQ(static_cast<int>(Code::busy), 6);
}

TEST(CheckDeathTest, ABrokenInvariantEndsTheProcess) {
  EXPECT_DEATH(CESS_CHECK(1 + 1 == 3), "broken invariant: 1 \\+ 1 == 3");
}

TEST(Endian, BothOrders) {
  const std::uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_EQ(load_le<std::uint32_t>(bytes), 0x04030201U);
  EXPECT_EQ(load_be<std::uint32_t>(bytes), 0x01020304U);
  EXPECT_EQ(load_be<std::uint64_t>(bytes), 0x0102030405060708U);
  std::uint8_t out[8] = {};
  store_be<std::uint16_t>(out, 0xABCDU);
  EXPECT_EQ(out[0], 0xAB);
  EXPECT_EQ(out[1], 0xCD);
  store_le<std::uint16_t>(out, 0xABCDU);
  EXPECT_EQ(out[0], 0xCD);
  EXPECT_EQ(out[1], 0xAB);
}

TEST(Id, OrderIsThatOfTheBytes) {
  Fid low;
  Fid high;
  low.bytes[31] = 255;
  high.bytes[0] = 1;
  EXPECT_LT(low, high);
  EXPECT_FALSE(low.is_zero());
  EXPECT_TRUE(Fid{}.is_zero());
  EXPECT_EQ(Fid::from(low.view()), low);
  // One kind of id does not pass for another.
  static_assert(!std::is_convertible_v<Fid, MinerId>);
  static_assert(!std::is_convertible_v<Hash256, Fid>);
}

TEST(Secret, MovesByWipingAndCopiesOnlyOutLoud) {
  static_assert(!std::is_copy_constructible_v<Key256>);
  static_assert(!std::is_copy_assignable_v<Key256>);
  Key256 a(Bytes(32, 7));
  Key256 b(std::move(a));
  EXPECT_EQ(a.view()[0], 0);  // NOLINT(bugprone-use-after-move): that is the promise
  EXPECT_EQ(b.view()[31], 7);
  a = std::move(b);
  EXPECT_EQ(b.view()[31], 0);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(a.view()[31], 7);
  Key256& same = a;
  a = std::move(same);
  EXPECT_EQ(a.view()[31], 7);
  EXPECT_EQ(a.clone().view()[5], 7);
}

TEST(Secret, IsGoneAfterItsLife) {
  alignas(Key256) unsigned char place[sizeof(Key256)];
  auto* key = new (place) Key256(Bytes(32, 9));
  key->~Key256();
  for (const unsigned char byte : place) EXPECT_EQ(byte, 0);
  wipe({});
}

TEST(Bytes, TextAndBack) {
  EXPECT_EQ(as_text(as_bytes("abc")), "abc");
  Bytes out;
  append(out, "ab");
  append(out, Bytes{'c'});
  append(out, ByteView{});
  EXPECT_EQ(as_text(out), "abc");
}

}  // namespace
}  // namespace cess
