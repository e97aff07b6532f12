// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
#include "chain/state/treasury/treasury.hpp"

#include "chain/state/governance/governance.hpp"
#include "unit/chain/state/test_chain.hpp"

namespace cess {
namespace treasury_test {

constexpr Amount kToken = kBaseUnitsPerToken;
constexpr Amount kBillion = 1'000'000'000 * kToken;

// White paper 7.4: 15, 10, 5, 5, 10 and 55 % of ten billion.
TEST(Treasury, SplitsTheSupplyAtGenesis) {
  TestChain chain({.names = {}});
  auto& s = chain.state();
  EXPECT_TRUE(*accounts::kIssued.get(s) == 10 * kBillion);
  EXPECT_TRUE(accounts::pool(s, treasury::kContributors) == 3 * kBillion / 2);
  EXPECT_TRUE(accounts::pool(s, treasury::kCommunity) == kBillion);
  EXPECT_TRUE(accounts::pool(s, treasury::kPartners) == kBillion / 2);
  EXPECT_TRUE(accounts::pool(s, treasury::kReserve) == kBillion / 2);
  EXPECT_TRUE(accounts::pool(s, treasury::kSale) == kBillion);
  EXPECT_TRUE(accounts::pool(s, treasury::kMiners) == 11 * kBillion / 2);
  EXPECT_TRUE(accounts::pool(s, treasury::kTreasury) == 0);
}

TEST(Treasury, GrantsVestLinearly) {
  const treasury::Grant g{{}, 1000, 0, 10, 3};
  EXPECT_TRUE(treasury::vested(g, 9) == 0);
  EXPECT_TRUE(treasury::vested(g, 10) == 0);
  EXPECT_TRUE(treasury::vested(g, 11) == 333);
  EXPECT_TRUE(treasury::vested(g, 12) == 666);
  EXPECT_TRUE(treasury::vested(g, 13) == 1000);
  EXPECT_TRUE(treasury::vested(g, ~Height{0}) == 1000);
}

TEST(Treasury, GrantsOfGenesisArePaidOutOnce) {
  Json grant;
  grant["pool"] = "contributors";
  grant["to"] = to_ss58(TestChain::id("founder"));
  grant["amount"] = to_decimal(10 * kToken);
  grant["start"] = 5;
  grant["blocks"] = 10;
  Json spec;
  spec["genesis"]["treasury"]["grants"] = Json::array({grant});
  TestChain chain({.spec = spec});
  chain.advance(4);
  chain.must_fail("alice", "treasury.claim_grant", treasury::ClaimGrant{0}, "nothing vested yet");
  chain.must("alice", "treasury.claim_grant", treasury::ClaimGrant{0});
  EXPECT_TRUE(chain.balance("founder") == kToken);
  chain.must_fail("alice", "treasury.claim_grant", treasury::ClaimGrant{1}, "no grant 1");
  chain.advance(20);
  chain.must("bob", "treasury.claim_grant", treasury::ClaimGrant{0});
  EXPECT_TRUE(chain.balance("founder") == 10 * kToken);
  chain.must_fail("bob", "treasury.claim_grant", treasury::ClaimGrant{0}, "no grant 0");
  EXPECT_TRUE(accounts::pool(chain.state(), treasury::kGrants) == 0);
}

TEST(Treasury, OnlyGovernanceSpends) {
  TestChain chain;
  const treasury::Spend spend{"community", chain.id("alice"), 7 * kToken};
  chain.must_fail("alice", "treasury.spend", spend, "only governance");
  chain.must_fail("alice", "treasury.burn", treasury::Burn{"reserve", 1}, "only governance");
  chain.must_fail("alice", "treasury.make_grant",
                  treasury::MakeGrant{"reserve", chain.id("alice"), 1, 0, 1}, "only governance");
  EXPECT_TRUE(chain.govern("treasury.spend", spend).has_value());
  EXPECT_TRUE(chain.balance("alice") == 1'000'007 * kToken);
  EXPECT_FALSE(chain.govern("treasury.spend", treasury::Spend{"grants", chain.id("alice"), 1}));
  EXPECT_FALSE(chain.govern("treasury.spend", treasury::Spend{"nothing", chain.id("alice"), 1}));
  EXPECT_TRUE(chain.govern("treasury.burn", treasury::Burn{"reserve", kBillion / 2}));
  EXPECT_FALSE(chain.govern("treasury.burn", treasury::Burn{"reserve", 1}));
  EXPECT_TRUE(*accounts::kIssued.get(chain.state()) == 10 * kBillion - kBillion / 2);
  EXPECT_TRUE(chain.govern("treasury.make_grant",
                           treasury::MakeGrant{"partners", chain.id("bob"), kToken, 0, 100}));
  chain.block();
}

TEST(Treasury, TheSupplyCannotBeSetAgain) {
  TestChain chain;
  EXPECT_FALSE(
      chain.govern("governance.set_params", governance::SetParams{"treasury", "{\"sale\":2000}"}));
  chain.block();
}

}  // namespace treasury_test
}  // namespace cess
