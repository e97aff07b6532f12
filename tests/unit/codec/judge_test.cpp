// SPDX-License-Identifier: Apache-2.0
// Which fragments are believed when some of them lie: in ranges, and in streams.
#include <gtest/gtest.h>

#include "codec/decode.hpp"
#include "decode_support.hpp"

namespace cess {
namespace {

using test::Decoded;
using test::encode;
using test::Encoded;
using test::Plan;
using test::random_bytes;
using test::TempDir;

Plan private_plan(const std::string& profile) {
  Plan plan;
  plan.profile = *parse_profile(profile);
  plan.profile.fragment_size = 65536;
  plan.to.in_clear = false;
  plan.to.keys = {x25519_public(Key256(random_bytes(32, 5)))};
  return plan;
}

Decoded decode_folder_range(const std::string& folder, const Encoded& e, std::uint64_t size) {
  Decoded out;
  const auto set = FragmentSet::open({folder}, "");
  EXPECT_TRUE(set);
  out.status =
      decode_range(*set, *e.keys, 0, size, test::collect(out.plain), test::options_for(out, 1));
  return out;
}

void damage(const std::string& folder, const Encoded& e, const FragmentPos& pos) {
  Bytes bytes = e.fragments.at(pos);
  for (std::size_t i = 0; i < bytes.size(); i += 1000) bytes[i] ^= 1;
  test::write_all(test::fragment_path(folder, pos), bytes);
}

// All but the last of the sets of pieces hold a damaged one; the roots tell which.
TEST(Judge, RangeFindsTheLastGoodFragments) {
  for (const char* name : {"10+6", "16+8"}) {
    SCOPED_TRACE(name);
    const TempDir dir;
    const Plan plan = private_plan(name);
    const Bytes plain = random_bytes(plan.profile.segment_size() + 5000, 4);
    const Encoded e = encode(plan, plain);
    test::write_folder(dir / "d", e);
    for (std::uint32_t s = 0; s < 2; ++s) {
      for (std::uint16_t i = 0; i < plan.profile.m; ++i) damage(dir / "d", e, {s, i, 0});
    }
    const Decoded got = decode_folder_range(dir / "d", e, plain.size());
    ASSERT_TRUE(got.ok()) << got.status.error().message;
    EXPECT_EQ(got.plain, plain);
    damage(dir / "d", e, {1, static_cast<std::uint16_t>(plan.profile.m), 0});
    EXPECT_EQ(decode_folder_range(dir / "d", e, plain.size()).status.error().code, Code::no);
  }
}

TEST(Judge, RangeFindsTheGoodReplicas) {
  const TempDir dir;
  const Plan plan = private_plan("8+4x3");
  const Bytes plain = random_bytes(plan.profile.segment_size() - 70'000, 4);
  const Encoded e = encode(plan, plain);
  test::write_folder(dir / "d", e);
  for (std::uint16_t i = 0; i < plan.profile.n(); ++i) {
    for (std::uint16_t r = 0; r < 3; ++r) {
      if (i < 4 || r != i % 3) damage(dir / "d", e, {0, i, r});
    }
  }
  const Decoded got = decode_folder_range(dir / "d", e, plain.size());
  ASSERT_TRUE(got.ok()) << got.status.error().message;
  EXPECT_EQ(got.plain, plain);
}

// With the key in the clear anybody can make another file with the same header, whose fragments
// decrypt.
struct Forgery {
  Plan plan;
  Bytes plain, other;
  Encoded real, forged;
  explicit Forgery(std::size_t size)
      : plain(random_bytes(size, 4)),
        other(random_bytes(size, 5)),
        real(encode(plan, plain)),
        forged(encode(plan, other)) {
    EXPECT_EQ(real.manifest.header, forged.manifest.header);
  }
};

TEST(Judge, RangeOfAPublicFileTakesNoForgedFragment) {
  for (const std::size_t size : {4000U, 250'000U, 262'080U + 70'000U}) {
    SCOPED_TRACE(size);
    const TempDir dir;
    const Forgery f(size);
    test::write_folder(dir / "d", f.real);
    for (const std::uint16_t i : {std::uint16_t{0}, std::uint16_t{3}}) {
      const FragmentPos pos{0, i, 0};
      test::write_all(test::fragment_path(dir / "d", pos), f.forged.fragments.at(pos));
    }
    const Decoded got = decode_folder_range(dir / "d", f.real, size);
    ASSERT_TRUE(got.ok()) << got.status.error().message;
    EXPECT_EQ(got.plain, f.plain);
    EXPECT_FALSE(got.warnings.empty());
    for (const std::uint16_t i : {std::uint16_t{1}, std::uint16_t{2}}) {
      const FragmentPos pos{0, i, 0};
      test::write_all(test::fragment_path(dir / "d", pos), f.forged.fragments.at(pos));
    }
    const Decoded none = decode_folder_range(dir / "d", f.real, size);
    ASSERT_FALSE(none.ok());
    EXPECT_EQ(none.status.error().message, "segment 0: need 4 of 6, have 2");
    EXPECT_TRUE(none.plain.empty());
  }
}

}  // namespace
}  // namespace cess
