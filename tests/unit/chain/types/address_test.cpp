// SPDX-License-Identifier: Apache-2.0
// links: chain_types economy crypto json base
// Addresses against a public implementation (tests/vectors/chain/ss58.txt); the keys are those
// everybody knows as Alice, Bob and Charlie.
#include "chain/types/address.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/hex.hpp"

namespace cess {
namespace {

constexpr std::string_view kAlice = "cXjmuHdBk4J3Zyt2oGodwGegNFaTFPcfC48PZ9NMmcUFzF6cc";
constexpr std::string_view kAliceHex =
    "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";

TEST(Address, IsThatOfOthers) {
  std::ifstream in(CESS_VECTORS_DIR "/chain/ss58.txt");
  std::string line;
  int count = 0;
  while (std::getline(in, line)) {
    if (line.starts_with("#")) continue;
    std::istringstream row(line);
    std::uint16_t prefix = 0;
    std::string account, address;
    row >> prefix >> account >> address;
    const auto id = parse_id<AccountId>(account, "vector").value();
    EXPECT_EQ(to_ss58(id, prefix), address);
    const auto back = parse_ss58(address, "vector");
    ASSERT_TRUE(back.has_value()) << line << back.error().message;
    EXPECT_EQ(back->first, prefix);
    EXPECT_EQ(back->second, id);
    ++count;
  }
  EXPECT_EQ(count, 50);
}

TEST(Address, EveryFormOfAnAccountIsRead) {
  const auto id = parse_id<AccountId>(kAliceHex, "alice").value();
  EXPECT_EQ(parse_account(kAlice, "a").value(), id);
  EXPECT_EQ(parse_account(kAliceHex, "a").value(), id);
  EXPECT_EQ(parse_account("0x" + std::string(kAliceHex), "a").value(), id);
}

TEST(Address, AWrongLetterIsNoticed) {
  for (std::size_t i = 0; i < kAlice.size(); ++i) {
    std::string text(kAlice);
    text[i] = text[i] == '2' ? '3' : '2';
    EXPECT_FALSE(parse_account(text, "a").has_value()) << text;
  }
  for (std::size_t n = 0; n < kAlice.size(); ++n)
    EXPECT_FALSE(parse_account(kAlice.substr(0, n), "a").has_value());
  EXPECT_FALSE(parse_account(std::string(kAlice) + "1", "a").has_value());
  EXPECT_FALSE(parse_account("1" + std::string(kAlice), "a").has_value());
  const std::string_view hex = kAliceHex;
  EXPECT_FALSE(parse_account(hex.substr(1), "a").has_value());
  EXPECT_FALSE(parse_account("0x" + std::string(hex.substr(2)), "a").has_value());
  EXPECT_FALSE(parse_account(std::string(1'000'000, 'c'), "a").has_value());
  // The other address form that people paste has a way to its account.
  const auto ethereum = parse_account("0x" + std::string(40, 'a'), "--to");
  ASSERT_FALSE(ethereum.has_value());
  EXPECT_NE(ethereum.error().hint.find("cess-chain show 0xaaaa"), std::string::npos);
}

TEST(Address, AnotherNetworksAddressSaysSo) {
  const auto r = parse_account("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY", "recipient");
  ASSERT_FALSE(r.has_value());
  EXPECT_NE(r.error().message.find("prefix 42, want 11330"), std::string::npos);
}

}  // namespace
}  // namespace cess
