// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
#include "chain/state/treasury/treasury.hpp"
#include "unit/chain/state/test_chain.hpp"

namespace cess {
namespace {

constexpr Amount kToken = kBaseUnitsPerToken;

TEST(Accounts, TransferMovesMoneyAndCounts) {
  TestChain chain;
  const auto r =
      chain.must("alice", "accounts.transfer", accounts::Transfer{chain.id("bob"), 5 * kToken});
  EXPECT_EQ(chain.balance("alice"), 999'995 * kToken);
  EXPECT_EQ(chain.balance("bob"), 1'000'005 * kToken);
  EXPECT_EQ(accounts::account(chain.state(), chain.id("alice")).nonce, 1U);
  const auto events = chain.events<accounts::Transferred>(r, accounts::kModule, 0);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].to, chain.id("bob"));
  EXPECT_TRUE(events[0].amount == 5 * kToken);
}

}  // namespace
}  // namespace cess
