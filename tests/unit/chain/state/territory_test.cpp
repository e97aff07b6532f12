// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
#include "market_fixture.hpp"

namespace cess {
namespace territory_test {

using namespace territory;
constexpr Amount kToken = kBaseUnitsPerToken;
constexpr Amount kPrice = 30 * kToken / 1000;  // per GiB and day; a day is 240 blocks in dev

Amount escrow(TestChain& chain) { return accounts::pool(chain.state(), kEscrow); }
Amount income(TestChain& chain) { return accounts::pool(chain.state(), kIncome); }

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

struct Territories : ::testing::Test {
  Territories() : chain(market_options(2)) { add_miners(chain, 2); }
  TestChain chain;
};

TEST_F(Territories, MintPaysIntoEscrowAndFlowsToTheStoragePool) {
  chain.must("alice", "territory.mint", Mint{"photos", 10, 2, std::nullopt});
  EXPECT_EQ(chain.balance("alice"), 1'000'000 * kToken - 20 * kPrice);
  EXPECT_EQ(escrow(chain), 20 * kPrice);
  const auto t = territory_of(chain, "alice", "photos");
  EXPECT_EQ(t.total, 10 * kTestGib);
  EXPECT_EQ(t.deadline, chain.height() + 480);
  chain.advance(480);
  EXPECT_EQ(territory_of(chain, "alice", "photos").state, TerritoryState::frozen);
  chain.advance_eras();
  EXPECT_EQ(escrow(chain), 0U);
  EXPECT_EQ(income(chain), 20 * kPrice);
}

TEST_F(Territories, MintRefusesWhatCanNotBe) {
  const Mint good{"photos", 1, 1, std::nullopt};
  const auto with = [&](auto change) {
    Mint m = good;
    change(m);
    return m;
  };
  chain.must_fail("alice", "territory.mint", with([](Mint& m) { m.name = "ab"; }), "name");
  chain.must_fail("alice", "territory.mint", with([](Mint& m) { m.name = std::string(64, 'a'); }),
                  "name");
  chain.must_fail("alice", "territory.mint", with([](Mint& m) { m.name = "a b"; }), "name");
  chain.must_fail("alice", "territory.mint", with([](Mint& m) { m.gib = 0; }), "1 GiB");
  chain.must_fail("alice", "territory.mint", with([](Mint& m) { m.gib = 201; }), "no more space");
  chain.must_fail("alice", "territory.mint", with([](Mint& m) { m.days = 0; }), "days");
  chain.must_fail("alice", "territory.mint", with([](Mint& m) { m.days = 3651; }), "days");
  chain.must_fail("alice", "territory.mint", with([](Mint& m) { m.price_max = kPrice - 1; }),
                  "above");
  chain.must("alice", "territory.mint", with([](Mint& m) { m.price_max = kPrice, m.gib = 200; }));
  chain.must_fail("alice", "territory.mint", good, "taken");
  chain.must_fail("bob", "territory.mint", good, "no more space");
}

TEST_F(Territories, ExpandAndRenewKeepEveryUnitOfTheLease) {
  chain.must("alice", "territory.mint", Mint{"photos", 1, 1, std::nullopt});
  chain.advance(100);
  chain.must("alice", "territory.expand", Expand{"photos", 2, std::nullopt});
  chain.advance(7);
  chain.must("alice", "territory.renew", Renew{"photos", 3, std::nullopt});
  chain.must_fail("alice", "territory.renew", Renew{"photos", 3650, std::nullopt}, "more than");
  const Amount paid = 1'000'000 * kToken - chain.balance("alice");
  EXPECT_EQ(escrow(chain) + income(chain), paid);
  const auto t = territory_of(chain, "alice", "photos");
  EXPECT_EQ(t.total, 3 * kTestGib);
  chain.advance(t.deadline - chain.height());
  chain.advance_eras();
  EXPECT_EQ(income(chain), paid);
  chain.must_fail("alice", "territory.expand", Expand{"photos", 1, std::nullopt}, "active");
  chain.must_fail("alice", "territory.renew", Renew{"photos", 1, std::nullopt}, "reactivate");
}

TEST_F(Territories, FrozenThenExpiredThenForgottenOrReactivated) {
  chain.must("alice", "territory.mint", Mint{"one", 1, 1, std::nullopt});
  chain.must("alice", "territory.mint", Mint{"two", 1, 1, std::nullopt});
  chain.advance(241);
  EXPECT_EQ(territory_of(chain, "alice", "one").state, TerritoryState::frozen);
  const auto id = *find(chain.state(), TestChain::id("alice"), "one");
  inside(chain, [&](Context& ctx) { EXPECT_FALSE(lock(ctx, id, 1).has_value()); });
  chain.must("alice", "territory.reactivate", Reactivate{"one", 2, std::nullopt});
  EXPECT_EQ(territory_of(chain, "alice", "one").state, TerritoryState::active);
  EXPECT_EQ(territory_of(chain, "alice", "one").deadline, chain.height() + 480);
  chain.advance(7 * 240);
  EXPECT_EQ(territory_of(chain, "alice", "two").state, TerritoryState::expired);
  EXPECT_EQ(kMarket.get_or_default(chain.state()).leased, kTestGib);  // "one" is frozen by now
  chain.must("alice", "territory.reactivate", Reactivate{"two", 1, std::nullopt});
  chain.advance(240 + 7 * 240 + 30 * 240 + 1);
  EXPECT_FALSE(find(chain.state(), TestChain::id("alice"), "two").has_value());
}

TEST_F(Territories, ConsignBuyCancelGrantRename) {
  chain.must("alice", "territory.mint", Mint{"photos", 1, 2, std::nullopt});
  chain.must("alice", "territory.consign", Consign{"photos", 5 * kToken});
  chain.must_fail("alice", "territory.expand", Expand{"photos", 1, std::nullopt}, "active");
  chain.must_fail("bob", "territory.buy",
                  Buy{TestChain::id("alice"), "photos", 4 * kToken, std::nullopt}, "asked price");
  chain.must("bob", "territory.buy", Buy{TestChain::id("alice"), "photos", 5 * kToken, "mine"});
  EXPECT_EQ(chain.balance("bob"), 999'995 * kToken);
  EXPECT_FALSE(find(chain.state(), TestChain::id("alice"), "photos").has_value());
  chain.must("bob", "territory.grant", Grant{"mine", TestChain::id("carol"), std::nullopt});
  chain.must("carol", "territory.rename", Rename{"mine", "better"});
  chain.must_fail("carol", "territory.rename", Rename{"better", "better"}, "taken");
  chain.must("carol", "territory.consign", Consign{"better", 1});
  chain.must("carol", "territory.cancel", Cancel{"better"});
  chain.must_fail("carol", "territory.cancel", Cancel{"better"}, "not for sale");
  const auto id = *find(chain.state(), TestChain::id("carol"), "better");
  inside(chain, [&](Context& ctx) { EXPECT_TRUE(lock(ctx, id, 5).has_value()); });
  chain.must_fail("carol", "territory.consign", Consign{"better", 1}, "not empty");
  chain.must_fail("carol", "territory.grant", Grant{"better", TestChain::id("bob"), std::nullopt},
                  "not empty");
  inside(chain, [&](Context& ctx) { unlock(ctx, id, 5); });
  chain.advance(241);
  chain.must_fail("carol", "territory.consign", Consign{"better", 1}, "days of it are left");
}

TEST_F(Territories, AnOrderIsPaidBySomebodyElseWithinTheHour) {
  chain.must("alice", "territory.order", MakeOrder{OrderKind::mint, "photos", 1, 1});
  chain.must("alice", "territory.order", MakeOrder{OrderKind::mint, "later", 1, 1});
  chain.must("bob", "territory.pay_order", PayOrder{0, std::nullopt});
  EXPECT_EQ(chain.balance("alice"), 1'000'000 * kToken);
  EXPECT_EQ(chain.balance("bob"), 1'000'000 * kToken - kPrice);
  EXPECT_EQ(territory_of(chain, "alice", "photos").owner, TestChain::id("alice"));
  chain.must_fail("bob", "territory.pay_order", PayOrder{0, std::nullopt}, "no open order");
  chain.must("alice", "territory.order", MakeOrder{OrderKind::renew, "photos", 0, 2});
  chain.must("bob", "territory.pay_order", PayOrder{2, std::nullopt});
  chain.must("alice", "territory.order", MakeOrder{OrderKind::expand, "photos", 2, 0});
  chain.must_fail("bob", "territory.pay_order", PayOrder{3, kPrice / 2}, "above");
  chain.must("bob", "territory.pay_order", PayOrder{3, std::nullopt});
  EXPECT_EQ(territory_of(chain, "alice", "photos").total, 3 * kTestGib);
  chain.advance(60);
  chain.must_fail("bob", "territory.pay_order", PayOrder{1, std::nullopt}, "no open order");
  EXPECT_FALSE(kOrders.has(chain.state(), 1));
}

TEST_F(Territories, PriceMovesWithUtilisationOnceAnEra) {
  chain.must("alice", "territory.mint", Mint{"photos", 200, 1, std::nullopt});
  const auto id = *find(chain.state(), TestChain::id("alice"), "photos");
  chain.advance_eras();
  const Amount low = kPrice - kPrice / 8;  // nothing used: the full step down
  EXPECT_EQ(kMarket.get_or_default(chain.state()).price, low);
  inside(chain, [&](Context& ctx) { EXPECT_TRUE(lock(ctx, id, 100 * kTestGib).has_value()); });
  chain.advance_eras();
  EXPECT_EQ(kMarket.get_or_default(chain.state()).price, low);  // one half: no step
  inside(chain, [&](Context& ctx) { use(ctx, id, 50 * kTestGib); });
  inside(chain, [&](Context& ctx) { EXPECT_TRUE(lock(ctx, id, 100 * kTestGib).has_value()); });
  chain.advance_eras();
  EXPECT_EQ(kMarket.get_or_default(chain.state()).price, low + low / 8);
}

TEST_F(Territories, ALostFileGivesBackTheCurrentEraAndAllAhead) {
  chain.must("alice", "territory.mint", Mint{"photos", 10, 2, std::nullopt});
  const auto id = *find(chain.state(), TestChain::id("alice"), "photos");
  inside(chain, [&](Context& ctx) {
    EXPECT_TRUE(lock(ctx, id, 5 * kTestGib).has_value());
    use(ctx, id, 5 * kTestGib);
  });
  chain.advance_eras();
  chain.advance(10);
  const auto t = territory_of(chain, "alice", "photos");
  const Height era_from = kMarket.get_or_default(chain.state()).era_from;
  const Amount before = chain.balance("alice");
  Amount back = 0;
  inside(chain, [&](Context& ctx) { back = compensate(ctx, id, 5 * kTestGib); });
  EXPECT_EQ(back, t.rate / 2 * (t.deadline - era_from));
  EXPECT_EQ(chain.balance("alice"), before + back);
  EXPECT_EQ(territory_of(chain, "alice", "photos").total, 5 * kTestGib);
  chain.advance(t.deadline + 120 - chain.height());
  EXPECT_EQ(escrow(chain), 0U);
}

TEST(TerritoryLoad, ManyDeadlinesAtOnceAreWorkedOffWithoutLosingAUnit) {
  TestChain chain(market_options(2, {{"params", {{"territory", {{"timers_per_block", 3U}}}}}}));
  add_miners(chain, 2);
  for (int i = 0; i < 20; ++i) {
    chain.queue("alice", "territory.mint", Mint{"t" + std::to_string(100 + i), 1, 1, std::nullopt});
  }
  chain.block();
  const Amount paid = 1'000'000 * kToken - chain.balance("alice");
  chain.advance(241);
  EXPECT_EQ(territory_of(chain, "alice", "t119").state, TerritoryState::active);
  chain.advance(10);
  EXPECT_EQ(territory_of(chain, "alice", "t119").state, TerritoryState::frozen);
  chain.advance_eras();
  EXPECT_EQ(income(chain), paid);
}

}  // namespace territory_test
}  // namespace cess
