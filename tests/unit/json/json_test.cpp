// SPDX-License-Identifier: Apache-2.0
#include "json/json.hpp"

#include <gtest/gtest.h>

namespace cess {
namespace {

std::string why(std::string_view text, JsonLimits limits = {}) {
  const auto r = parse_json(text, "doc", limits);
  if (r) return "accepted";
  EXPECT_EQ(r.error().code, Code::input);
  return r.error().message;
}

TEST(Json, KeepsOrderAndWritesTheSameBytes) {
  const std::string text = R"({"schema":"cess.x/1","b":[1,-2,2.5,true,null,"ü\n"],"a":{}})";
  EXPECT_EQ(write_json(*parse_json(text, "doc")), text);
  EXPECT_EQ(write_json(*parse_json(" \t{}\r\n", "doc")), "{}");
}

TEST(Json, RefusesWhatIsNotExactlyOneDocument) {
  for (const std::string_view bad : {"",
                                     " ",
                                     "{",
                                     "}",
                                     "[1,]",
                                     "{\"a\":1,}",
                                     "{\"a\" 1}",
                                     "{} {}",
                                     "{}x",
                                     "nul",
                                     "'a'",
                                     "01",
                                     "+1",
                                     "1.",
                                     ".5",
                                     "0x10",
                                     "1e",
                                     "NaN",
                                     "Infinity",
                                     "-Infinity",
                                     "\"\n\"",
                                     "\"\\x\"",
                                     "// c\n{}",
                                     "/* c */{}",
                                     "\"\\ud800\"",
                                     "\"\\udc00\\ud800\"",
                                     "\"\xff\"",
                                     "\"\xc0\xaf\"",
                                     "\"\xed\xa0\x80\"",
                                     "1e999",
                                     "\"open"}) {
    EXPECT_NE(why(bad), "accepted") << bad;
  }
  EXPECT_EQ(why(std::string_view("{}\0x", 4)), "doc: NUL at byte 2");
  EXPECT_EQ(why("\xEF\xBB\xBF{}"), "doc: byte order mark at byte 0");
}

TEST(Json, RefusesDuplicateKeysAtAnyDepth) {
  EXPECT_EQ(why(R"({"a":1,"a":2})"), "doc: duplicate key 'a' at byte 10");
  EXPECT_NE(why(R"([{"x":{"a":1,"b":1,"a":2}}])"), "accepted");
  EXPECT_NE(why(R"({"a":1,"\u0061":2})"), "accepted");
  EXPECT_EQ(why(R"({"a":{"a":1},"b":{"a":1}})"), "accepted");
}

TEST(Json, EveryTruncationIsRefused) {
  const std::string text = R"({"schema":"cess.x/1","n":[1,{"k":"v"}]})";
  for (std::size_t n = 0; n < text.size(); ++n) {
    EXPECT_NE(why(std::string_view(text).substr(0, n)), "accepted") << n;
  }
}

TEST(Json, LimitsHoldOnBothSides) {
  const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  EXPECT_EQ(why(nested(16)), "accepted");
  EXPECT_EQ(why(nested(17)), "doc: nested deeper than 16 at byte 17");
  EXPECT_NE(why(nested(1'000'000)), "accepted");
  EXPECT_EQ(why("[1,2,3]", {.size_max = 7}), "accepted");
  EXPECT_NE(why("[1,2,3]", {.size_max = 6}), "accepted");
  EXPECT_EQ(why("[1,2,3]", {.value_count_max = 4}), "accepted");
  EXPECT_NE(why("[1,2,3]", {.value_count_max = 3}), "accepted");
  EXPECT_EQ(why("9007199254740992"), "accepted");
  EXPECT_NE(why("9007199254740993"), "accepted");
  EXPECT_EQ(why("-9007199254740992"), "accepted");
  EXPECT_NE(why("-9007199254740993"), "accepted");
  EXPECT_NE(why("18446744073709551616"), "accepted");
  EXPECT_NE(why("-18446744073709551616"), "accepted");
}

TEST(Json, ManyKeysAreReadInLinearTime) {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  text.back() = '}';
  EXPECT_EQ(parse_json(text, "doc")->size(), 200'000U);
}

TEST(JsonView, NamesTheFieldThatIsWrong) {
  const Json doc = *parse_json(
      R"({"schema":"cess.x/1","t":"x","n":7,"big":"18446744073709551615","neg":-1,"f":1.5,"z":"007",
          "e":"","hex":"00ff","odd":"0","b":true,"o":{"n":1},"a":[{"n":1},{"n":"x"}]})",
      "doc");
  const JsonView v(doc, "doc");
  EXPECT_TRUE(v.schema("cess.x/1"));
  EXPECT_EQ(v.schema("cess.y/1").error().message, "doc: schema is 'cess.x/1', expected 'cess.y/1'");
  EXPECT_EQ(*v.number("n", 7), 7U);
  EXPECT_EQ(v.number("n", 6).error().message, "doc: 'n' is above 6");
  EXPECT_EQ(*v.number("big", UINT64_MAX), UINT64_MAX);
  for (const char* key : {"neg", "f", "z", "e", "t", "b", "o"}) {
    EXPECT_EQ(v.number(key, UINT64_MAX).error().code, Code::input) << key;
  }
  EXPECT_EQ(v.text("missing").error().message, "doc: 'missing' is missing");
  EXPECT_EQ(v.text("n").error().message, "doc: 'n' is not a string");
  EXPECT_EQ(*v.hex("hex", 2), (Bytes{0, 255}));
  EXPECT_FALSE(v.hex("hex", 1));
  EXPECT_FALSE(v.hex("odd", 9));
  EXPECT_TRUE(*v.boolean("b"));
  EXPECT_FALSE(v.boolean("n"));
  EXPECT_EQ(*v.object("o")->number("n", 1), 1U);
  EXPECT_FALSE(v.object("a"));
  EXPECT_FALSE(v.array("a", 1));
  EXPECT_EQ((*v.array("a", 2))[1].number("n", 9).error().message,
            "doc: a[1]: 'n' is not a whole number");
  EXPECT_FALSE(JsonView(Json(3), "three").has("x"));
  EXPECT_EQ(JsonView(Json(3), "three").text("x").error().message, "three: expected a JSON object");
}

TEST(Json, WritesBadUtf8AsReplacement) {
  EXPECT_EQ(write_json(Json("a\xff")), "\"a\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace cess
