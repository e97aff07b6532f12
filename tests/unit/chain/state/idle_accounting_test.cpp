// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base pois merkle
// Space of one miner under random events, beside a plain model: a list of live fillers and three
// numbers. CESS_IDLE_EVENTS=1000000 for the long run.
#include <cstdlib>
#include <random>

#include "chain/state/idle/internal.hpp"
#include "chain/state/miners/calls.hpp"
#include "unit/chain/state/test_chain.hpp"

namespace cess::idle_space {
namespace idle_accounting_test {

constexpr std::uint64_t kSize = 16384;

// What crypto's rules say, without any cleverness.
struct Model {
  std::vector<std::uint64_t> live;
  std::uint64_t rear = 0;
  std::uint64_t cap = 0;
  std::uint64_t locked = 0;
  std::uint64_t service = 0;
  bool gave_way = false;

  [[nodiscard]] std::uint64_t used() const { return locked + service; }
  [[nodiscard]] std::uint64_t idle() const { return live.size() * kSize; }
  [[nodiscard]] std::uint64_t room() const { return cap - idle() - used(); }
  void give() {
    gave_way = false;
    while (idle() + used() > cap) {
      live.erase(live.begin());
      gave_way = true;
    }
  }
};

class Accounting : public ::testing::Test {
 protected:
  Accounting() {
    miners::Params rules;
    rules.idle_proofs = true;
    miners::kParams.put(chain.state(), rules);
    Params p;
    p.log2_nodes = 9;
    kParams.put(chain.state(), p);
    miners::Register r;
    r.endpoint = "https://m";
    r.region = "DE";
    r.declared = 1U << 30U;
    r.stake = 2000 * kBaseUnitsPerToken;
    chain.must("alice", "miners.register", r);
  }
  std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : chance() % n; }

  void event(Context& ctx) {
    const auto kind = below(16);
    if (kind < 4) {
      const std::uint64_t room = ((1U << 30U) - m.idle() - m.used()) / kSize;
      const auto count = std::min<std::uint64_t>(1 + below(20), room);
      grow(ctx, id, std::vector<Hash256>(count));
      for (std::uint64_t i = 0; i < count; ++i) m.live.push_back(m.rear++);
      m.cap = std::max(m.cap, m.idle() + m.used());
    } else if (kind < 8) {
      const auto bytes = 1 + below(kind == 4 ? 40 * kSize : 2 * kSize);
      const bool fits = m.idle() + m.room() >= bytes;
      ASSERT_EQ(miners::lock_space(ctx, id, bytes).has_value(), fits);
      if (fits) m.locked += bytes;
    } else if (kind < 10) {
      const auto bytes = below(m.locked + 1);
      ASSERT_TRUE(miners::fill_space(ctx, id, bytes));
      m.locked -= bytes;
      m.service += bytes;
    } else if (kind < 12) {
      const auto bytes = below(m.locked + 1);
      ASSERT_TRUE(miners::unlock_space(ctx, id, bytes));
      m.locked -= bytes;
    } else if (kind < 15) {
      const auto bytes = below(m.service + 1);
      ASSERT_TRUE(miners::free_space(ctx, id, bytes));
      m.service -= bytes;
    } else if (!m.live.empty()) {
      const auto first = m.live[below(m.live.size())];
      const auto end = std::min(first + 1 + below(4), m.rear);
      if (!make_hole(ctx, id, {first, end})) return;  // 64 ranges: nothing may have changed
      const auto gone = std::erase_if(m.live, [&](auto n) { return n >= first && n < end; });
      m.cap -= gone * kSize;
    }
  }

  TestChain chain;
  AccountId id = TestChain::id("alice");
  Model m;
  std::mt19937_64 chance{5};
};

TEST_F(Accounting, RandomEventsLeaveWhatTheRulesSay) {
  const char* text = std::getenv("CESS_IDLE_EVENTS");
  const int count = text != nullptr ? std::atoi(text) : 60'000;
  BlockInfo info;
  info.height = 5;
  std::uint64_t gave = 0;
  for (int i = 0; i < count; ++i) {
    Events events;
    Context ctx{chain.state(), info, events, {}, chain.genesis(), 0, &chain.runtime()};
    event(ctx);
    if (HasFatalFailure()) return;
    give_way(ctx);
    m.give();
    gave += m.gave_way ? 1 : 0;
    const auto space = kSpaces.get_or_default(chain.state(), id);
    const auto record = *miners::kMiners.get(chain.state(), id);
    ASSERT_EQ(space.rear, m.rear);
    ASSERT_EQ(live_of(space).count(), m.live.size()) << "event " << i;
    if (!m.live.empty()) {
      ASSERT_EQ(live_of(space).number(0), m.live.front());
    }
    ASSERT_EQ(record.proven, m.cap);
    ASSERT_EQ(record.idle, m.idle() + m.room());
    const auto room = unfilled_of(kParams.get_or_default(chain.state()),
                                  miners::kParams.get_or_default(chain.state()), record);
    ASSERT_EQ(room.vacant + room.slack, m.room());
    ASSERT_LT(room.slack, kSize);
    if (m.gave_way) {
      ASSERT_EQ(room.vacant, 0U);
    }
    if (i % 1000 == 0) {
      const auto ok = check(chain.state());
      ASSERT_TRUE(ok) << ok.error().message;
    }
  }
  EXPECT_GT(gave, static_cast<std::uint64_t>(count / 20));
}

}  // namespace idle_accounting_test
}  // namespace cess::idle_space
