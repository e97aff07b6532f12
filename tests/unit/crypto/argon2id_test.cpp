// SPDX-License-Identifier: Apache-2.0
#include "crypto/argon2id.hpp"

#include <gtest/gtest.h>

#include "unit/crypto/vectors.hpp"

namespace cess {
namespace {

TEST(Argon2id, LibsodiumVectors) {
  const auto all = read_vectors("argon2id.txt");
  EXPECT_EQ(all.size(), 3U);
  for (const Record& v : all) {
    Bytes out(v.text("out").size() / 2);
    ASSERT_TRUE(argon2id(out, v.hex("passphrase"), v.array<16>("salt"),
                         {v.number("memory_kib"), v.number("passes")}));
    EXPECT_EQ(to_hex(out), v.text("out"));
  }
}

TEST(Argon2id, BothSidesOfTheLimits) {
  Bytes out(32);
  EXPECT_TRUE(argon2id(out, {}, {}, {8, 1}));
  for (const Argon2Params bad : {Argon2Params{7, 1}, Argon2Params{8, 0}, Argon2Params{0, 0}}) {
    const auto status = argon2id(out, as_bytes("x"), {}, bad);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::input);
  }
}

TEST(Argon2id, EveryInputCounts) {
  Bytes a(32), b(32);
  ASSERT_TRUE(argon2id(a, as_bytes("x"), {}, {16, 1}));
  ASSERT_TRUE(argon2id(b, as_bytes("y"), {}, {16, 1}));
  EXPECT_NE(a, b);
  ASSERT_TRUE(argon2id(b, as_bytes("x"), {1}, {16, 1}));
  EXPECT_NE(a, b);
  ASSERT_TRUE(argon2id(b, as_bytes("x"), {}, {17, 1}));
  EXPECT_NE(a, b);
  ASSERT_TRUE(argon2id(b, as_bytes("x"), {}, {16, 2}));
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace cess
