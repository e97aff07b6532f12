// SPDX-License-Identifier: Apache-2.0
#include "crypto/age_key.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "crypto/bech32.hpp"
#include "unit/crypto/vectors.hpp"

namespace cess {
namespace {

// Undoes the \xNN of the vector file.
std::string unescape(std::string_view in) {
  std::string out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in.substr(i, 2) == "\\x") {
      out += static_cast<char>(std::stoul(std::string(in.substr(i + 2, 2)), nullptr, 16));
      i += 3;
    } else {
      out += in[i];
    }
  }
  return out;
}

TEST(Bech32, Bip173) {
  std::ifstream in(std::string(CESS_VECTORS_DIR) + "/crypto/bech32.txt");
  int valid = 0;
  int invalid = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("valid = ")) {
      const std::string text = line.substr(8);
      const auto b = parse_bech32(text, "text");
      ASSERT_TRUE(b) << text;
      EXPECT_EQ(format_bech32(b->prefix, b->values, b->upper), text);
      ++valid;
    } else if (line.starts_with("invalid = ")) {
      const auto b = parse_bech32(unescape(line.substr(10)), "text");
      EXPECT_FALSE(b) << line;
      ++invalid;
    }
  }
  EXPECT_EQ(valid, 7);
  EXPECT_EQ(invalid, 12);
}

// BIP-173: the code finds every change of one character (and of up to four).
TEST(Bech32, EverySingleChangedCharacterIsRefused) {
  const std::string good = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (int c = 1; c < 256; ++c) {
      std::string bad = good;
      bad[i] = static_cast<char>(c);
      if (bad != good) {
        EXPECT_FALSE(parse_age_recipient(bad)) << bad;
      }
    }
  }
  for (std::size_t n = 0; n < good.size(); ++n)
    EXPECT_FALSE(parse_age_recipient(good.substr(0, n)));
  EXPECT_FALSE(parse_age_recipient(good + "q"));
}

TEST(AgeKey, MadeByAge) {
  const auto all = read_vectors("age_key.txt");
  EXPECT_EQ(all.size(), 3U);
  for (const Record& v : all) {
    const auto identity = parse_age_identity(v.text("identity"));
    const auto recipient = parse_age_recipient(v.text("recipient"));
    ASSERT_TRUE(identity && recipient);
    EXPECT_EQ(x25519_public(*identity), *recipient);
    EXPECT_EQ(format_age_identity(*identity), v.text("identity"));
    EXPECT_EQ(format_age_recipient(*recipient), v.text("recipient"));
    if (v.has("secret")) {
      EXPECT_EQ(to_hex(identity->view()), v.text("secret"));
    }
  }
}

TEST(AgeKey, RefusesWrongKindCaseSizeAndPadding) {
  const Key256 key(Bytes(32, 0x42));
  const std::string identity = format_age_identity(key);
  const std::string recipient = format_age_recipient(x25519_public(key));
  EXPECT_FALSE(parse_age_recipient(identity));
  EXPECT_FALSE(parse_age_identity(recipient));
  std::string upper = recipient;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  ASSERT_TRUE(parse_bech32(upper, "x"));
  EXPECT_FALSE(parse_age_recipient(upper));
  std::string lower = identity;
  for (char& c : lower) c = static_cast<char>(std::tolower(c));
  ASSERT_TRUE(parse_bech32(lower, "x"));
  EXPECT_FALSE(parse_age_identity(lower));
  for (const std::size_t size : {0U, 16U, 31U, 33U, 48U}) {
    const std::string odd = format_bech32("age", bech32_from_bytes(Bytes(size, 1)), false);
    EXPECT_FALSE(parse_age_recipient(odd)) << size;
  }
  Bytes values = bech32_from_bytes(key.view());
  values.back() |= 1U;  // one of the four padding bits
  EXPECT_FALSE(parse_age_recipient(format_bech32("age", values, false)));
  EXPECT_FALSE(parse_age_recipient(" " + recipient));
  EXPECT_FALSE(parse_age_recipient(recipient + "\n"));
}

TEST(AgeKey, ErrorsNeverRepeatTheSecret) {
  std::string identity = format_age_identity(Key256(Bytes(32, 0x42)));
  identity[30] = identity[30] == 'Q' ? 'P' : 'Q';
  const auto bad = parse_age_identity_file("# x\n" + identity + "\n", "alice.key");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Code::input);
  EXPECT_EQ(bad.error().message,
            "alice.key: line 2: age identity: the checksum does not fit: mistyped or cut short");
}

TEST(AgeKey, FilesWithCommentsAndBlankLines) {
  const std::string one = format_age_identity(Key256(Bytes(32, 1)));
  const std::string two = format_age_identity(Key256(Bytes(32, 2)));
  const auto keys = parse_age_identity_file("# created\n\n" + one + "\r\n#\n" + two, "f");
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ((*keys)[1].view()[0], 2);
  EXPECT_FALSE(parse_age_identity_file("", "f"));
  EXPECT_FALSE(parse_age_identity_file("# only\n\n", "f"));
  EXPECT_FALSE(parse_age_identity_file(one + " \n", "f"));
  EXPECT_FALSE(parse_age_identity_file(one + "\nrubbish\n", "f"));
}

TEST(AgeKey, BothSidesOfTheFileLimits) {
  const std::string line = format_age_recipient(x25519_public(Key256(Bytes(32, 1)))) + "\n";
  std::string text;
  for (std::size_t i = 0; i < kAgeKeyCountMax; ++i) text += line;
  ASSERT_TRUE(parse_age_recipient_file(text, "f"));
  EXPECT_EQ(parse_age_recipient_file(text, "f")->size(), kAgeKeyCountMax);
  const auto over = parse_age_recipient_file(text + line, "f");
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().message, "f: line 65: more than 64 keys");
  std::string big = line + "#";
  big.resize(kAgeKeyFileSizeMax, 'x');
  EXPECT_TRUE(parse_age_recipient_file(big, "f"));
  EXPECT_FALSE(parse_age_recipient_file(big + "x", "f"));
}

}  // namespace
}  // namespace cess
