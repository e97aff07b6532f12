// SPDX-License-Identifier: Apache-2.0
#include "audit/tagger_key.hpp"

#include <gtest/gtest.h>

namespace cess {
namespace {

TaggerSecret some_secret() {
  Bytes random(TaggerSecret::kRandomSize);
  for (std::size_t i = 0; i < random.size(); ++i) random[i] = static_cast<std::uint8_t>(i * 7 + 1);
  return TaggerSecret::make(random);
}

TEST(TaggerKey, ComesBackAsWritten) {
  const std::string text = write_tagger_key(some_secret());
  const auto back = parse_tagger_key(as_bytes(text), "x.key");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(write_tagger_key(*back), text);
}

TEST(TaggerKey, RefusesWhatIsNoneAndKeepsTheSecretOutOfItsWords) {
  const std::string text = write_tagger_key(some_secret());
  const std::string alpha = text.substr(text.find("alpha") + 8, 64);
  for (const std::string& bad :
       {std::string(), std::string("{}"), text.substr(0, text.size() - 3),
        std::string(text).replace(text.find("alpha") + 8, 64, std::string(64, 'f')),
        std::string(text).replace(text.find("\"C\""), 3, "\"D\"")}) {
    const auto refused = parse_tagger_key(as_bytes(bad), "x.key");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::input);
    EXPECT_EQ(refused.error().message.find(alpha), std::string::npos);
    EXPECT_NE(refused.error().message.find("x.key"), std::string::npos);
  }
}

TEST(TaggerKey, ThePublicHalfLiesBeside) {
  EXPECT_EQ(tagger_public_path("a/x.key"), "a/x.pub");
  EXPECT_EQ(tagger_public_path("x"), "x.pub");
  EXPECT_EQ(tagger_public_path(".key"), ".key.pub");
}

}  // namespace
}  // namespace cess
