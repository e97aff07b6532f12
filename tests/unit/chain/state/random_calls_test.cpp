// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy audit pois podr2 crypto merkle json base
// Blocks of random calls of all modules, whatever modules there are. Invariants hold after every
// block, the same blocks give the same roots, and a call that is taken back leaves nothing behind.
#include <cstdlib>

#include "unit/chain/state/random_calls.hpp"

namespace cess {
namespace random_calls_test {

TestChain governed(bool fees) {
  Json spec;
  Json members = Json::array();
  for (const char* n : {"alice", "bob"}) members.push_back(to_ss58(TestChain::id(n)));
  spec["genesis"]["governance"]["members"] = members;
  spec["genesis"]["governance"]["threshold"] = 1;
  spec["params"]["records"]["operators"] = members;
  spec["params"]["system"]["blocks_per_epoch"] = 4;
  for (const std::string& who : kRandomNames) {
    spec["genesis"]["treasury"]["grants"].push_back({{"pool", "contributors"},
                                                     {"to", to_ss58(TestChain::id(who))},
                                                     {"amount", "1000000"},
                                                     {"start", 0},
                                                     {"blocks", 1000}});
  }
  // Two of them sit in the committee for good: too few others ever beat to be elected.
  for (const char* n : {"alice", "bob"}) {
    const Json account = to_ss58(TestChain::id(n));
    spec["genesis"]["staking"]["stakers"].push_back({{"account", account},
                                                     {"bond", to_decimal(1000 * kCess)},
                                                     {"commission", 1000},
                                                     {"targets", nullptr}});
    spec["genesis"]["election"]["validators"].push_back(
        {{"account", account},
         {"keys", to_json_value(keys_for(n))},
         {"bls_possession", to_hex(ByteView(bls_for(n).prove_possession().bytes()))}});
  }
  spec["params"]["probes"]["per_epoch"] = 4;
  // Most audits are missed: that shall cost little, or soon nobody is asked any more.
  spec["params"]["audits"]["exit_failures"] = 1000;
  spec["params"]["audits"]["second_failure"] = 1;
  spec["params"]["audits"]["later_failure"] = 1;
  spec["params"]["election"]["seats"] = 2;
  spec["params"]["election"]["seats_min"] = 2;
  return TestChain({.spec = spec, .fees = fees});
}

// Everybody is a miner and leases space, or chance would hardly ever come to files.
void settle(TestChain& chain) {
  std::size_t i = 0;
  for (const std::string& who : kRandomNames) {
    auto r = registration(who, i++);
    r.stake *= 2;
    chain.must(who, "miners.register", r);
  }
  for (const std::string& who : kRandomNames) {
    chain.must(who, "territory.mint", territory::Mint{"photos", 1, 50, {}});
  }
}

// One block of up to twenty calls; some by hands that are not theirs. The module of each.
std::map<TxnHash, ModuleId> queue_random(TestChain& chain, RandomCalls& random) {
  std::map<TxnHash, ModuleId> out;
  std::map<std::string, std::uint64_t> ahead;
  for (auto n = random.below(20); n > 0; --n) {
    auto made = random.make();
    Txn txn;
    txn.body.genesis = chain.genesis();
    txn.body.sender = TestChain::id(made.who);
    txn.body.nonce = accounts::account(chain.state(), txn.body.sender).nonce + ahead[made.who]++;
    txn.body.valid_until = chain.height() + 10;
    txn.body.tip = random.below(3);
    txn.body.module = made.module;
    txn.body.call = made.call;
    txn.body.args = std::move(made.args);
    TestChain::sign(txn, made.who);
    out[to_read_txn(txn).hash] = made.module;
    chain.queue(std::move(txn));
  }
  return out;
}

using Counts = std::map<std::string, std::pair<int, int>>;  // of each module: tried, well

Counts run_twice(std::uint64_t seed) {
  auto one = governed(true);
  auto two = governed(true);
  settle(one);
  settle(two);
  RandomCalls random_one(one, seed);
  RandomCalls random_two(two, seed);
  Counts done;
  for (const auto& c : all_calls(one.runtime())) done[c.module_name];
  for (int block = 0; block < 300 && !testing::Test::HasFailure(); ++block) {
    const auto modules = queue_random(one, random_one);
    queue_random(two, random_two);
    const auto& a = one.block();
    const auto& b = two.block();
    EXPECT_EQ(a.state_root, b.state_root) << "seed " << seed << " block " << block;
    EXPECT_EQ(a.receipts_root, b.receipts_root) << "seed " << seed << " block " << block;
    for (const auto& r : a.receipts) {
      if (r.txn.is_zero()) continue;
      const auto* module = one.runtime().find(modules.at(r.txn));
      auto& [tried, well] = done[std::string(module->name())];
      ++tried;
      well += r.ok ? 1 : 0;
    }
  }
  return done;
}

class RandomBlocks : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, RandomBlocks, testing::Values(1, 2, 3, 4));

TEST_P(RandomBlocks, KeepInvariantsAndGiveTheSameRoots) {
  int well = 0;
  for (const auto& [name, counts] : run_twice(GetParam())) {
    well += counts.second;
    std::printf("%-12s %4d of %4d\n", name.c_str(), counts.second, counts.first);
    EXPECT_GT(counts.second, 0) << name;
  }
  EXPECT_GT(well, 300);
}

// CESS_STATE_SEEDS=1000: so many further seeds, of which chance may leave out a module.
TEST(RandomCalls, FurtherSeedsIfAskedFor) {
  const char* text = std::getenv("CESS_STATE_SEEDS");
  const std::uint64_t count = text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
  int well = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    for (const auto& [name, counts] : run_twice(1000 + i)) well += counts.second;
    ASSERT_FALSE(HasFailure()) << "seed " << 1000 + i;
    if (i % 100 != 99) continue;
    std::printf("%d seeds, %d calls went well\n", static_cast<int>(i + 1), well);
    std::fflush(stdout);
  }
}

TEST(RandomCalls, AreTakenBackToTheBit) {
  auto chain = governed(false);
  RandomCalls random(chain, 11);
  for (int i = 0; i < 30; ++i) {
    queue_random(chain, random);
    chain.block();
  }
  auto& state = chain.state();
  const auto root = state.root();
  BlockInfo info;
  info.height = chain.height();
  info.time_ms = 1'700'000'000'000 + info.height * 1000;
  Events events;
  for (int i = 0; i < 3000; ++i) {
    const auto& c = random.any();
    Context ctx{state, info, events, {}, chain.genesis(), 0, &chain.runtime()};
    const auto kind = random.below(3) == 0 ? OriginKind::governance : OriginKind::account;
    ctx.origin = {kind, kind == OriginKind::account ? TestChain::id("alice") : AccountId{}};
    const auto mark = state.mark();
    (void)c.call->run(ctx, random.arguments(*c.call, "alice"));
    state.rollback(mark);
  }
  EXPECT_TRUE(state.take_changes().empty());
  EXPECT_EQ(state.root(), root);
}

// What is stored loads into an equal state that goes on alike.
TEST(RandomCalls, AStoredStateGoesOnAlike) {
  auto chain = governed(true);
  RandomCalls random(chain, 13);
  for (int i = 0; i < 40; ++i) {
    queue_random(chain, random);
    chain.block();
  }
  State loaded;
  chain.state().scan({}, {}, [&](std::string_view k, std::string_view v) {
    loaded.load(k, v);
    return true;
  });
  ASSERT_EQ(loaded.root(), chain.state().root());
  BlockInfo info;
  info.height = chain.height() + 1;
  info.time_ms = 1'700'000'000'000 + info.height * 1000;
  info.proposer = TestChain::id("proposer");
  const auto a = chain.runtime().execute(chain.state(), info, std::vector<Txn>{}, chain.genesis());
  const auto b = chain.runtime().execute(loaded, info, std::vector<Txn>{}, chain.genesis());
  EXPECT_EQ(a.state_root, b.state_root);
  EXPECT_EQ(a.receipts_root, b.receipts_root);
  EXPECT_EQ(a.changes, b.changes);
}

}  // namespace random_calls_test
}  // namespace cess
