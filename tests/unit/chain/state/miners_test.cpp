// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
#include "chain/state/miners/weights.hpp"
#include "chain/state/treasury/treasury.hpp"
#include "market_fixture.hpp"

namespace cess {
namespace miners_test {

using namespace miners;
constexpr Amount kToken = kBaseUnitsPerToken;
constexpr std::uint64_t kTib = std::uint64_t{1} << 40U;

// Runs a function of other modules inside a block's rules.
template <class F>
void inside(TestChain& chain, F f) {
  BlockInfo info;
  info.height = chain.height();
  Events events;
  Context ctx{chain.state(), info, events, {}, chain.genesis(), 0, &chain.runtime()};
  f(ctx);
  const auto ok = chain.runtime().check_invariants(chain.state());
  EXPECT_TRUE(ok.has_value()) << ok.error().message;
}

TEST(Miners, RegistrationNeedsStakePerStartedTib) {
  TestChain chain(market_options(3));
  auto r = registration("miner0", 0, kTib + 1);
  chain.must_fail("miner0", "miners.register", r, "stake must be at least 4000");
  r.stake = 4000 * kToken;
  chain.must("miner0", "miners.register", r);
  const auto m = miner_of(chain, "miner0");
  EXPECT_EQ(m.state, MinerState::positive);
  EXPECT_EQ(m.idle, kTib + 1);
  EXPECT_EQ(chain.balance("miner0"), 996'000 * kToken);
  chain.must_fail("miner0", "miners.register", r, "already registered");
  r = registration("miner1", 1, kTib);
  chain.must("miner1", "miners.register", r);  // exactly one TiB: 2000
  EXPECT_EQ(total_weight(chain.state(), kEverywhere), (2 * kTib + 1) >> 10U);
}

TEST(Miners, RegistrationRefusesWhatIsNotAPlaceOrAnEndpoint) {
  TestChain chain(market_options(1));
  auto r = registration("miner0", 0);
  r.region = "Germany";
  chain.must_fail("miner0", "miners.register", r, "region");
  r = registration("miner0", 0);
  r.endpoint = "http://a b";
  chain.must_fail("miner0", "miners.register", r, "endpoint");
  r = registration("miner0", 0);
  r.place = Place{kLongitudeMax + 1, 0};
  chain.must_fail("miner0", "miners.register", r, "earth");
  r = registration("miner0", 0);
  r.declared = 1000;
  chain.must_fail("miner0", "miners.register", r, "declared");
  r = registration("miner0", 0);
  r.operator_id = TestChain::id("alice");
  chain.must_fail("miner0", "miners.register", r, "adopted");
  chain.must("alice", "miners.adopt", Adopt{TestChain::id("miner0")});
  chain.must("miner0", "miners.register", r);
}

TEST(Miners, FinesFreezeBecomeDebtAndAreToppedUpDebtFirst) {
  TestChain chain(market_options(1));
  add_miners(chain, 1);
  const auto id = TestChain::id("miner0");
  const Amount before = accounts::pool(chain.state(), treasury::kTreasury);
  inside(chain, [&](Context& ctx) { EXPECT_EQ(punish(ctx, id, 500), 100 * kToken); });
  EXPECT_EQ(miner_of(chain, "miner0").state, MinerState::frozen);
  EXPECT_EQ(miner_of(chain, "miner0").stake, 1900 * kToken);
  EXPECT_EQ(total_weight(chain.state(), kEverywhere), 0U);
  inside(chain, [&](Context& ctx) { EXPECT_EQ(fine(ctx, id, 2500 * kToken), 1900 * kToken); });
  EXPECT_EQ(miner_of(chain, "miner0").debt, 600 * kToken);
  EXPECT_EQ(accounts::pool(chain.state(), treasury::kTreasury), before + 2000 * kToken);
  chain.must("miner0", "miners.top_up", TopUp{700 * kToken});
  EXPECT_EQ(miner_of(chain, "miner0").debt, 0U);
  EXPECT_EQ(miner_of(chain, "miner0").stake, 100 * kToken);
  EXPECT_EQ(miner_of(chain, "miner0").state, MinerState::frozen);
  chain.must("miner0", "miners.top_up", TopUp{1900 * kToken});
  EXPECT_EQ(miner_of(chain, "miner0").state, MinerState::positive);
  EXPECT_EQ(accounts::pool(chain.state(), treasury::kTreasury), before + 2600 * kToken);
}

TEST(Miners, DeclaredSpaceGrowsWithStakeAndShrinksToWhatIsInUse) {
  TestChain chain(market_options(1));
  add_miners(chain, 1, kTib);
  const auto id = TestChain::id("miner0");
  chain.must_fail("miner0", "miners.declare", Declare{2 * kTib, 1999 * kToken}, "4000");
  chain.must("miner0", "miners.declare", Declare{2 * kTib, 2000 * kToken});
  chain.must_fail("miner0", "miners.unstake", Unstake{1}, "only 0 can be taken back");
  inside(chain, [&](Context& ctx) {
    EXPECT_TRUE(lock_space(ctx, id, kTestGib).has_value());
    EXPECT_TRUE(lock_space(ctx, id, kTestGib).has_value());
    EXPECT_TRUE(fill_space(ctx, id, kTestGib).has_value());
    EXPECT_FALSE(lock_space(ctx, id, 2 * kTib).has_value());
    EXPECT_FALSE(fill_space(ctx, id, kTestGib + 1).has_value());
    EXPECT_FALSE(free_space(ctx, id, kTestGib + 1).has_value());
  });
  chain.must_fail("miner0", "miners.declare", Declare{2 * kTestGib - 1, 0}, "in use");
  chain.must("miner0", "miners.declare", Declare{2 * kTestGib, 0});
  EXPECT_EQ(miner_of(chain, "miner0").idle, 0U);
  chain.must("miner0", "miners.unstake", Unstake{2000 * kToken});
}

TEST(Miners, ExitLocksEmptiesCoolsAndPaysBack) {
  TestChain chain(market_options(2));
  add_miners(chain, 2);
  chain.must("miner0", "miners.exit", Exit{});
  chain.must_fail("miner0", "miners.exit", Exit{}, "leaving");
  EXPECT_EQ(miner_of(chain, "miner0").state, MinerState::locked);
  chain.advance(57);
  chain.must_fail("miner0", "miners.withdraw", Withdraw{}, "announce");
  chain.advance();
  EXPECT_EQ(miner_of(chain, "miner0").state, MinerState::exit);
  EXPECT_EQ(kTotals.get_or_default(chain.state()).idle, 100 * kTestGib);
  EXPECT_NE(miner_of(chain, "miner0").until, 0U);
  chain.must_fail("miner0", "miners.withdraw", Withdraw{}, "cooling");
  chain.advance(7);
  chain.must_fail("miner0", "miners.withdraw", Withdraw{}, "cooling");
  chain.must("miner0", "miners.withdraw", Withdraw{});
  EXPECT_EQ(chain.balance("miner0"), 1'000'000 * kToken);
  EXPECT_EQ(miner_of(chain, "miner0").state, MinerState::withdrawn);
  // It may come back; the other one has taken its place in the lists meanwhile.
  EXPECT_EQ(miner_of(chain, "miner1").member, 0U);
  chain.must("miner0", "miners.register", registration("miner0", 0));
}

TEST(Miners, ForcedOutWithDebtPaysItAndComesBackWithTheRest) {
  TestChain chain(market_options(1));
  add_miners(chain, 1);
  const auto id = TestChain::id("miner0");
  inside(chain, [&](Context& ctx) {
    fine(ctx, id, 2300 * kToken);
    force_exit(ctx, id);
    force_exit(ctx, id);
  });
  EXPECT_EQ(miner_of(chain, "miner0").state, MinerState::offline);
  chain.advance(13);
  chain.must("miner0", "miners.withdraw", Withdraw{});
  auto r = registration("miner0", 0);
  chain.must_fail("miner0", "miners.register", r, "2300");
  r.stake = 2300 * kToken;
  chain.must("miner0", "miners.register", r);
  EXPECT_EQ(miner_of(chain, "miner0").stake, 2000 * kToken);
  EXPECT_EQ(miner_of(chain, "miner0").state, MinerState::positive);
}

TEST(Miners, WithIdleProofsSpaceCountsOnceShown) {
  TestChain chain(market_options(1, {{"params", {{"miners", {{"idle_proofs", true}}}}}}));
  add_miners(chain, 1);
  const auto id = TestChain::id("miner0");
  EXPECT_EQ(miner_of(chain, "miner0").state, MinerState::not_ready);
  inside(chain, [&](Context& ctx) { set_shown(ctx, id, {10 * kTestGib, 0, 0}); });
  EXPECT_EQ(miner_of(chain, "miner0").state, MinerState::positive);
  EXPECT_EQ(miner_of(chain, "miner0").idle, 10 * kTestGib);
  inside(chain, [&](Context& ctx) {
    EXPECT_TRUE(lock_space(ctx, id, 4 * kTestGib).has_value());
    EXPECT_TRUE(fill_space(ctx, id, 4 * kTestGib).has_value());
    EXPECT_FALSE(lock_space(ctx, id, 7 * kTestGib).has_value());
    EXPECT_TRUE(lock_space(ctx, id, 6 * kTestGib).has_value());
  });
  EXPECT_EQ(miner_of(chain, "miner0").idle, 0U);
}

TEST(Miners, MovesToAnotherCountry) {
  TestChain chain(market_options(2));
  add_miners(chain, 2);
  Update u;
  u.region = "FR-75";
  u.endpoint = "https://m.example";
  u.beneficiary = TestChain::id("alice");
  chain.must("miner0", "miners.update", u);
  EXPECT_EQ(member_at(chain.state(), country_scope("FR"), 0), TestChain::id("miner0"));
  EXPECT_EQ(total_weight(chain.state(), country_scope("DE")), 100 * kTestGib >> 10U);
  EXPECT_EQ(miner_of(chain, "miner0").beneficiary, TestChain::id("alice"));
}

TEST(Miners, SubnetsAre24Of4And48Of6) {
  IpAddress a = test_ip(1);
  IpAddress b = a;
  b[15] = 99;
  EXPECT_EQ(subnet_of(a), subnet_of(b));
  b[14] ^= 1U;
  EXPECT_NE(subnet_of(a), subnet_of(b));
  IpAddress six{0x20, 1, 0xd, 0xb8, 0, 1, 5};
  IpAddress near = six;
  near[6] = 6;
  EXPECT_EQ(subnet_of(six), subnet_of(near));
  near[5] = 2;
  EXPECT_NE(subnet_of(six), subnet_of(near));
}

TEST(Weights, DrawFallsByWeightAndListsStayDense) {
  State state;
  std::vector<AccountId> ids;
  for (std::uint32_t i = 0; i < 300; ++i) {
    ids.push_back(TestChain::id("w" + std::to_string(i)));
    EXPECT_EQ(add_member(state, 7, ids.back()), i);
    set_weight(state, 7, i, i);
  }
  EXPECT_EQ(total_weight(state, 7), 300U * 299 / 2);
  std::uint64_t at = 0;
  for (std::uint32_t i = 0; i < 300; at += i++) {
    if (i == 0) continue;
    EXPECT_EQ(member_at(state, 7, at), ids[i]);
    EXPECT_EQ(member_at(state, 7, at + i - 1), ids[i]);
  }
  EXPECT_EQ(remove_member(state, 7, 10), ids[299]);
  EXPECT_EQ(remove_member(state, 7, 298), std::nullopt);
  EXPECT_EQ(total_weight(state, 7), 300U * 299 / 2 - 10 - 298);
  for (std::uint32_t i = 298; i > 0; --i) remove_member(state, 7, i - 1);
  EXPECT_EQ(total_weight(state, 7), 0U);
  EXPECT_EQ(state.size(), 0U);
}

}  // namespace miners_test
}  // namespace cess
