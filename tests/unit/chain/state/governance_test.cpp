// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
#include "chain/state/governance/governance.hpp"

#include "chain/state/treasury/treasury.hpp"
#include "unit/chain/state/test_chain.hpp"

namespace cess {
namespace governance_test {

constexpr Amount kToken = kBaseUnitsPerToken;

// Alice, Bob and Carol; two of them carry.
TestChain board_of_three() {
  const auto id = [](const char* n) { return to_ss58(TestChain::id(n)); };
  Json spec;
  spec["params"]["governance"]["proposal_blocks"] = 5;
  spec["genesis"]["governance"]["members"] = {id("alice"), id("bob"), id("carol")};
  spec["genesis"]["governance"]["threshold"] = 2;
  return TestChain({.spec = spec});
}

template <Record A>
governance::Propose propose(const TestChain& chain, std::string_view call, const A& args) {
  const auto found = chain.runtime().find_call(call);
  return {"because", found->first, found->second->index, encode_scale(args)};
}

TEST(Governance, TheBoardSetsParameters) {
  auto chain = board_of_three();
  const auto before = *accounts::kParams.get(chain.state());
  const governance::SetParams set{"accounts", R"({"author_share":3000,"base_weight":7})"};
  chain.must("alice", "governance.propose", propose(chain, "governance.set_params", set));
  EXPECT_EQ(accounts::kParams.get(chain.state())->author_share, before.author_share);
  chain.must_fail("alice", "governance.approve", governance::Approve{0}, "approved already");
  chain.must_fail("mallory", "governance.approve", governance::Approve{0}, "only a member");
  const auto r = chain.must("bob", "governance.approve", governance::Approve{0});
  const auto done = chain.events<governance::Executed>(r, governance::kModule, 2);
  ASSERT_EQ(done.size(), 1U);
  EXPECT_TRUE(done[0].ok) << done[0].error;
  const auto after = *accounts::kParams.get(chain.state());
  EXPECT_EQ(after.author_share, 3000);
  EXPECT_EQ(after.base_weight, 7U);
  EXPECT_TRUE(after.existential == before.existential) << "the others stay";
  chain.must_fail("carol", "governance.approve", governance::Approve{0}, "no open proposal");
}

TEST(Governance, WhatFailsIsGoneAndSaysWhy) {
  auto chain = board_of_three();
  const auto try_params = [&](const char* params) {
    const governance::SetParams set{"accounts", params};
    chain.must("alice", "governance.propose", propose(chain, "governance.set_params", set));
    const auto id = *governance::kProposalCount.get(chain.state()) - 1;
    const auto r = chain.must("bob", "governance.approve", governance::Approve{id});
    const auto done = chain.events<governance::Executed>(r, governance::kModule, 2);
    ASSERT_EQ(done.size(), 1U);
    EXPECT_FALSE(done[0].ok);
    EXPECT_FALSE(done[0].error.empty());
  };
  const auto root = encode_scale(*accounts::kParams.get(chain.state()));
  try_params(R"({"author_share":10001})");
  try_params(R"({"author_sharf":1})");
  try_params("[]");
  try_params("{");
  EXPECT_EQ(encode_scale(*accounts::kParams.get(chain.state())), root);
  EXPECT_TRUE(governance::kProposals.keys(chain.state(), 10).empty());
}

TEST(Governance, ProposalsExpire) {
  auto chain = board_of_three();
  const treasury::Spend spend{"community", chain.id("alice"), kToken};
  chain.must("alice", "governance.propose", propose(chain, "treasury.spend", spend));
  chain.advance(4);
  EXPECT_TRUE(governance::kProposals.has(chain.state(), 0));
  chain.advance(1);
  EXPECT_FALSE(governance::kProposals.has(chain.state(), 0));
  chain.must_fail("bob", "governance.approve", governance::Approve{0}, "no open proposal");
}

TEST(Governance, StrangersAndUnknownCallsAreRefused) {
  auto chain = board_of_three();
  const treasury::Spend spend{"community", chain.id("mallory"), kToken};
  chain.must_fail("mallory", "governance.propose", propose(chain, "treasury.spend", spend),
                  "only a member");
  chain.must_fail("alice", "governance.propose", governance::Propose{"", 99, 0, {}},
                  "no such call");
  chain.must_fail("alice", "governance.set_params", governance::SetParams{"accounts", "{}"},
                  "only governance");
  chain.must_fail("alice", "governance.set_board", governance::SetBoard{{}, 0}, "only governance");
}

TEST(Governance, ABoardThatChangesKeepsOnlyItsMembersVotes) {
  auto chain = board_of_three();
  const treasury::Spend spend{"community", chain.id("dave"), kToken};
  chain.must("alice", "governance.propose", propose(chain, "treasury.spend", spend));
  const std::vector<AccountId> rest{chain.id("bob"), chain.id("carol"), chain.id("dave")};
  EXPECT_TRUE(chain.govern("governance.set_board", governance::SetBoard{rest, 2}));
  chain.must("bob", "governance.approve", governance::Approve{0});
  EXPECT_TRUE(chain.balance("dave") == 1'000'000 * kToken) << "Alice's vote still counted";
  chain.must("carol", "governance.approve", governance::Approve{0});
  EXPECT_TRUE(chain.balance("dave") == 1'000'001 * kToken);
  for (const auto& bad :
       {governance::SetBoard{rest, 0}, governance::SetBoard{rest, 4}, governance::SetBoard{{}, 1},
        governance::SetBoard{{chain.id("bob"), chain.id("bob")}, 1}}) {
    EXPECT_FALSE(chain.govern("governance.set_board", bad));
  }
}

TEST(Governance, WithoutABoardNobodyGoverns) {
  TestChain chain;
  const treasury::Spend spend{"community", chain.id("alice"), kToken};
  chain.must_fail("alice", "governance.propose", propose(chain, "treasury.spend", spend),
                  "only a member");
}

}  // namespace governance_test
}  // namespace cess
