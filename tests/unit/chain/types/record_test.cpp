// SPDX-License-Identifier: Apache-2.0
// links: chain_types economy crypto json base
#include "chain/types/record.hpp"

#include <gtest/gtest.h>

#include <random>

namespace cess {
namespace {

enum class Colour : std::uint8_t { red, green };
inline constexpr std::array kColourNames = {"red", "green"};
constexpr auto& record_names(Colour) { return kColourNames; }

struct Inner {
  std::uint16_t n = 0;
  std::optional<std::string> note;
  CESS_RECORD(n, note)
  friend bool operator==(const Inner&, const Inner&) = default;
};

struct Everything {
  bool flag = false;
  std::uint8_t a = 0;
  std::uint32_t c = 0;
  std::uint64_t d = 0;
  Amount amount = 0;
  AccountId who;
  Hash256 hash;
  std::array<std::uint8_t, 3> three{};
  Bytes bytes;
  std::string text;
  Colour colour = Colour::red;
  Inner inner;
  std::optional<std::uint64_t> maybe;
  std::vector<Inner> list;
  CESS_RECORD(flag, a, c, d, amount, who, hash, three, bytes, text, colour, inner, maybe, list)
  friend bool operator==(const Everything&, const Everything&) = default;
};

Everything some(std::mt19937_64& chance) {
  Everything e;
  e.flag = chance() % 2 == 0;
  e.a = static_cast<std::uint8_t>(chance());
  e.c = static_cast<std::uint32_t>(chance());
  e.d = chance() >> chance() % 64;
  e.amount = (Amount{chance()} << 64U | chance()) >> chance() % 128;
  for (auto& b : e.who.bytes) b = static_cast<std::uint8_t>(chance());
  for (auto& b : e.hash.bytes) b = static_cast<std::uint8_t>(chance());
  for (auto& b : e.three) b = static_cast<std::uint8_t>(chance());
  e.bytes.resize(chance() % 100, 7);
  e.text.assign(chance() % 20, 'x');
  e.colour = chance() % 2 == 0 ? Colour::red : Colour::green;
  e.inner.n = static_cast<std::uint16_t>(chance());
  if (chance() % 2 == 0) e.inner.note = "note";
  if (chance() % 2 == 0) e.maybe = chance();
  e.list.resize(chance() % 4, Inner{3, std::nullopt});
  return e;
}

TEST(Record, GoesThroughBytesAndJsonAndBack) {
  std::mt19937_64 chance(1);
  for (int i = 0; i < 300; ++i) {
    const auto e = some(chance);
    const Bytes bytes = encode_scale(e);
    const auto back = decode_scale<Everything>(bytes, "record");
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, e);
    // Through text, as a person would pass it on.
    const auto json = parse_json(write_json(to_json_value(e)), "record");
    ASSERT_TRUE(json.has_value());
    Everything read;
    const auto ok = from_json_value(*json, read, "record");
    ASSERT_TRUE(ok.has_value()) << ok.error().message;
    EXPECT_EQ(read, e);
  }
}

TEST(Record, EveryCutAndEveryLeftOverIsRefused) {
  std::mt19937_64 chance(2);
  Bytes bytes = encode_scale(some(chance));
  for (std::size_t n = 0; n < bytes.size(); ++n)
    EXPECT_FALSE(decode_scale<Everything>(ByteView(bytes).first(n), "record").has_value()) << n;
  bytes.push_back(0);
  const auto over = decode_scale<Everything>(bytes, "record");
  ASSERT_FALSE(over.has_value());
  EXPECT_NE(over.error().message.find("1 bytes left over"), std::string::npos);
}

// What decodes encodes to the same bytes: no second spelling of a value.
TEST(Record, WhateverDecodesIsCanonical) {
  std::mt19937_64 chance(3);
  int read = 0;
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes = encode_scale(some(chance));
    bytes[chance() % bytes.size()] = static_cast<std::uint8_t>(chance());
    const auto v = decode_scale<Everything>(bytes, "record");
    if (!v) continue;
    ++read;
    EXPECT_EQ(encode_scale(*v), bytes);
  }
  EXPECT_GT(read, 1000);
}

TEST(Record, JsonIsStrict) {
  const auto refused = [](std::string_view text, std::string_view why) {
    Inner v;
    const auto r = from_json_value(parse_json(text, "test").value(), v, "inner");
    ASSERT_FALSE(r.has_value()) << text;
    EXPECT_NE(r.error().message.find(why), std::string::npos) << r.error().message;
  };
  refused(R"({"n":1,"nota":"x"})", "no unknown key");
  refused(R"({"note":"x"})", "inner.n: want an integer");
  refused(R"({"n":65536})", "at most 65535");
  refused(R"({"n":-1})", "want an integer");
  refused(R"({"n":1.5})", "want an integer");
  refused(R"({"n":"x"})", "decimal");
  refused(R"({"n":1,"note":5})", "want text");
  refused(R"([1])", "want an object");
  Inner v;
  EXPECT_TRUE(from_json_value(parse_json(R"({"n":"7"})", "t").value(), v, "inner").has_value());
  EXPECT_EQ(v.n, 7);
}

TEST(Record, DescribesItself) {
  EXPECT_EQ(type_name<Inner>(), "{n:u16,note:text?}");
  const auto fields = fields_of<Everything>();
  ASSERT_EQ(fields.size(), 14U);
  EXPECT_EQ(fields[4].type, "amount");
  EXPECT_EQ(fields[5].type, "account");
  EXPECT_EQ(fields[7].type, "bytes3");
  EXPECT_EQ(fields[10].type, "red|green");
  EXPECT_EQ(fields[13].type, "{n:u16,note:text?}[]");
}

}  // namespace
}  // namespace cess
