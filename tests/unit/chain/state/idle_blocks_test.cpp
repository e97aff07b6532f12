// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base pois merkle
// Idle and service space of forty miners under random events: each a transaction of a block that
// the state machine executes, with the hooks of its modules, all invariants of the loaded modules
// checked after every block, and each miner compared with a plain model. `make space` runs 10^6.
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <random>

#include "chain/state/idle/internal.hpp"
#include "chain/state/miners/calls.hpp"
#include "unit/chain/state/test_chain.hpp"

namespace cess {

std::unique_ptr<Module> make_system_module();
std::unique_ptr<Module> make_accounts_module();
std::unique_ptr<Module> make_treasury_module();
std::unique_ptr<Module> make_territory_module();
std::unique_ptr<Module> make_miners_module();
std::unique_ptr<Module> make_idle_module();

namespace idle_space {
namespace idle_blocks_test {

constexpr std::uint64_t kFillerBytes = 16384;
constexpr std::uint64_t kDeclared = 1U << 22U;  // 256 fillers: often full
constexpr std::size_t kMinerCount = 40;
constexpr ModuleId kEventModule = 200;

enum class What : std::uint8_t { commit, lock, fill, unlock, free, hole };

// What a batch's last verdict, an order, a report, an order's end or a file's end does to the
// space of the sender.
struct SpaceEvent {
  std::uint8_t what = 0;
  std::uint64_t amount = 0;  // fillers or bytes; of a hole the first
  std::uint64_t end = 0;
  CESS_RECORD(what, amount, end)
};

Status run_event(Context& ctx, const SpaceEvent& e) {
  const AccountId& id = ctx.origin.account;
  switch (static_cast<What>(e.what)) {
    case What::commit:
      grow(ctx, id, std::vector<Hash256>(e.amount));
      return {};
    case What::lock:
      return miners::lock_space(ctx, id, e.amount);
    case What::fill:
      return miners::fill_space(ctx, id, e.amount);
    case What::unlock:
      return miners::unlock_space(ctx, id, e.amount);
    case What::free:
      return miners::free_space(ctx, id, e.amount);
    case What::hole:
      return make_hole(ctx, id, {e.amount, e.end});
  }
  return fail(Code::input, "no such event");
}

class EventModule final : public Module {
 public:
  [[nodiscard]] ModuleId id() const override { return kEventModule; }
  [[nodiscard]] std::string name() const override { return "events"; }
  [[nodiscard]] std::vector<CallInfo> calls() const override {
    return {make_call<SpaceEvent>(0, "event", 1, run_event)};
  }
};

// What the rules say, without any cleverness.
struct PlainSpace {
  std::vector<std::uint64_t> live;
  std::uint64_t rear = 0;
  std::uint64_t cap = 0;
  std::uint64_t locked = 0;
  std::uint64_t service = 0;
  std::uint64_t gave = 0;  // times that fillers gave way

  [[nodiscard]] std::uint64_t used() const { return locked + service; }
  [[nodiscard]] std::uint64_t idle() const { return live.size() * kFillerBytes; }
  void end_block() {
    const std::size_t before = live.size();
    while (idle() + used() > cap) live.erase(live.begin());
    if (live.size() != before) ++gave;
  }
};

TestChain::Options options() {
  TestChain::Options o;
  o.modules.push_back(make_system_module());
  o.modules.push_back(make_accounts_module());
  o.modules.push_back(make_treasury_module());
  o.modules.push_back(make_territory_module());
  o.modules.push_back(make_miners_module());
  o.modules.push_back(make_idle_module());
  o.modules.push_back(std::make_unique<EventModule>());
  o.spec["params"]["miners"]["idle_proofs"] = true;
  o.spec["params"]["idle"]["log2_nodes"] = 9;
  o.spec["params"]["system"]["blocks_per_epoch"] = 1'000'000;  // no epoch asks for proofs
  o.names.clear();
  for (std::size_t i = 0; i < kMinerCount; ++i) o.names.push_back("m" + std::to_string(i));
  return o;
}

class Blocks {
 public:
  Blocks() : chain_(options()), plain_(kMinerCount) {
    for (const std::string& name : options().names) {
      miners::Register r;
      r.endpoint = "https://m";
      r.region = "DE";
      r.declared = kDeclared;
      r.stake = miners::requirement(chain_.state(), r.declared);
      chain_.must(name, "miners.register", r);
      ids_.push_back(TestChain::id(name));
    }
  }
  // A block of one event of each miner; how many there were.
  void block() {
    std::vector<std::optional<bool>> wanted;
    for (std::size_t i = 0; i < kMinerCount; ++i) queue(i, wanted);
    const BlockResult& result = chain_.block();
    ASSERT_EQ(result.receipts.size(), wanted.size() + 1);
    for (std::size_t i = 0; i < kMinerCount; ++i) {
      const Receipt& r = result.receipts[i + 1];
      if (wanted[i]) {
        ASSERT_EQ(r.ok, *wanted[i]) << r.error;
      }
      if (r.ok && hole_[i]) dig(i);
      plain_[i].end_block();
      compare(i);
    }
  }
  [[nodiscard]] std::uint64_t gave() const {
    std::uint64_t out = 0;
    for (const PlainSpace& p : plain_) out += p.gave;
    return out;
  }

 private:
  std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : chance_() % n; }

  // An event of miner i; whether it must succeed, if that is known.
  SpaceEvent draw(PlainSpace& m, std::optional<Hole>& hole, std::optional<bool>& wanted) {
    const auto kind = below(16);
    wanted = true;
    if (kind < 4) {
      const std::uint64_t most = (kDeclared - m.idle() - m.used()) / kFillerBytes;
      const auto count = std::min<std::uint64_t>(1 + below(20), most);
      for (std::uint64_t k = 0; k < count; ++k) m.live.push_back(m.rear++);
      m.cap = std::max(m.cap, m.idle() + m.used());
      return {static_cast<std::uint8_t>(What::commit), count, 0};
    }
    if (kind < 8) {
      const auto bytes = 1 + below(kind == 4 ? 40 * kFillerBytes : 2 * kFillerBytes);
      wanted = m.cap - m.used() >= bytes;
      if (*wanted) m.locked += bytes;
      return {static_cast<std::uint8_t>(What::lock), bytes, 0};
    }
    if (kind < 12) {
      const auto bytes = below(m.locked + 1);
      m.locked -= bytes;
      if (kind < 10) m.service += bytes;
      return {static_cast<std::uint8_t>(kind < 10 ? What::fill : What::unlock), bytes, 0};
    }
    if (kind < 15 || m.live.empty()) {
      const auto bytes = below(m.service + 1);
      m.service -= bytes;
      return {static_cast<std::uint8_t>(What::free), bytes, 0};
    }
    const auto first = m.live[below(m.live.size())];
    hole = Hole{first, std::min(first + 1 + below(4), m.rear)};
    wanted.reset();  // not where there are 64 ranges already
    return {static_cast<std::uint8_t>(What::hole), hole->first, hole->end};
  }
  void queue(std::size_t i, std::vector<std::optional<bool>>& wanted) {
    hole_[i].reset();
    wanted.emplace_back();
    Txn txn;
    txn.body.genesis = chain_.genesis();
    txn.body.sender = ids_[i];
    txn.body.nonce = accounts::account(chain_.state(), ids_[i]).nonce;
    txn.body.valid_until = chain_.height() + 100;
    txn.body.module = kEventModule;
    txn.body.args = encode_scale(draw(plain_[i], hole_[i], wanted.back()));
    chain_.queue(std::move(txn));  // execution does not look at signatures
  }
  void dig(std::size_t i) {
    PlainSpace& m = plain_[i];
    const Hole h = *hole_[i];
    m.cap -= kFillerBytes *
             std::erase_if(m.live, [&](std::uint64_t n) { return n >= h.first && n < h.end; });
  }
  void compare(std::size_t i) {
    const PlainSpace& m = plain_[i];
    const auto record = *miners::kMiners.get(chain_.state(), ids_[i]);
    const auto space = kSpaces.get_or_default(chain_.state(), ids_[i]);
    ASSERT_EQ(record.proven, m.cap);
    ASSERT_EQ(record.fillers, m.idle());
    ASSERT_EQ(record.locked, m.locked);
    ASSERT_EQ(record.service, m.service);
    ASSERT_EQ(record.idle + record.locked + record.service, m.cap);
    ASSERT_EQ(space.rear, m.rear);
    ASSERT_EQ(live_of(space).count(), m.live.size());
    if (!m.live.empty()) {
      ASSERT_EQ(live_of(space).number(0), m.live.front());
    }
    const auto room = unfilled_of(kParams.get_or_default(chain_.state()),
                                  miners::kParams.get_or_default(chain_.state()), record);
    ASSERT_EQ(m.idle() + m.used() + room.vacant + room.slack, m.cap);
    ASSERT_LT(room.slack, kFillerBytes);
  }

  TestChain chain_;
  std::vector<AccountId> ids_;
  std::vector<PlainSpace> plain_;
  std::array<std::optional<Hole>, kMinerCount> hole_;
  std::mt19937_64 chance_{11};
};

TEST(IdleBlocks, RandomEventsOfManyMinersAddUp) {
  const char* text = std::getenv("CESS_IDLE_EVENTS");
  const std::uint64_t count = text != nullptr ? std::strtoull(text, nullptr, 10) : 20'000;
  const std::clock_t start = std::clock();
  Blocks blocks;
  std::uint64_t done = 0;
  for (; done < count && !testing::Test::HasFailure(); done += kMinerCount) blocks.block();
  EXPECT_GT(blocks.gave(), count / 50);
  if (text != nullptr) {
    std::cout << "space: " << done << " events of " << kMinerCount << " miners in "
              << done / kMinerCount << " blocks, fillers gave way " << blocks.gave() << " times, "
              << static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC << " s of CPU\n";
  }
}

}  // namespace idle_blocks_test
}  // namespace idle_space
}  // namespace cess
