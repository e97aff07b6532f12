// SPDX-License-Identifier: Apache-2.0
// links: chain_types crypto base
// Addresses of the text of EIP-55; a signature as wallets write it.
#include "chain/types/ethereum.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"

namespace cess {
namespace {

// "Test Cases" of EIP-55, all of them: all large, all small, and those with a checksum.
constexpr std::string_view kPublished[] = {
    "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"};

TEST(Ethereum, PublishedAddressesAreReadAndWritten) {
  for (const auto text : kPublished) {
    const auto address = parse_ethereum_address(text, "a");
    ASSERT_TRUE(address.has_value()) << text;
    EXPECT_EQ(write_ethereum_address(*address), text);
    EXPECT_EQ(parse_ethereum_address(text.substr(2), "a").value(), *address);
  }
}

TEST(Ethereum, ALetterOfTheWrongSizeIsNoticed) {
  const std::string good(kPublished[4]);
  std::size_t letters = 0;
  for (std::size_t i = 2; i < good.size(); ++i) {
    std::string text = good;
    if (text[i] <= '9') continue;
    text[i] = static_cast<char>(text[i] ^ 0x20);
    EXPECT_FALSE(parse_ethereum_address(text, "a").has_value()) << text;
    ++letters;
  }
  EXPECT_GT(letters, 15U);
  for (const std::string_view text :
       {"", "0x", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAedd", "0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0xgaaeb6053f3e94c9b9a09f33669435e7ef1beaed"}) {
    EXPECT_FALSE(is_ethereum_address(text)) << text;
    EXPECT_FALSE(parse_ethereum_address(text, "a").has_value()) << text;
  }
}

// The example of web3.js for eth.accounts.sign.
TEST(Ethereum, AMessageIsSignedAsWeb3SignsIt) {
  const auto digest = personal_digest("Some data");
  EXPECT_EQ(to_hex(digest), "1da44b586eb0729ff70a73c326926f6ed5a25f5b056e7f47fbc6e58d86871655");
  const auto signature = parse_wallet_signature(
      "0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd"
      "6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c",
      "signature");
  ASSERT_TRUE(signature.has_value());
  const auto key = secp256k1_recover(digest, *signature);
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(write_ethereum_address(ethereum_address(*key).value()),
            "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23");
}

TEST(Ethereum, ASignatureEndsAsWalletsWriteItOrInItsRecoveryId) {
  const std::string body(128, 'A');
  const std::pair<const char*, int> ends[] = {
      {"00", 0}, {"01", 1}, {"03", 3}, {"1b", 0}, {"1C", 1}};
  for (const auto& [end, id] : ends) {
    const auto s = parse_wallet_signature("0x" + body + end, "s");
    ASSERT_TRUE(s.has_value()) << end;
    EXPECT_EQ(s->back(), id) << end;
    EXPECT_EQ(s->front(), 0xaa);
  }
  for (const char* end : {"04", "1a", "1f", "ff", "", "0", "0000", "zz"})
    EXPECT_FALSE(parse_wallet_signature(body + end, "s").has_value()) << end;
}

}  // namespace
}  // namespace cess
