// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto merkle podr2 json base
// Thousands of random acts of users and miners, sensible and not, with all invariants checked after
// every block. What is random comes from one number, printed when something fails.
#include <random>

#include "files_fixture.hpp"

namespace cess {
namespace storage_random_test {

using namespace files;
namespace tr = territory;

constexpr std::size_t kMinerCount = 14;
const std::vector<std::string> kUsers{"alice", "bob", "carol"};
const std::vector<std::string> kPlaces{"photos", "second"};

Json short_times() {
  return {
      {"params",
       {{"territory",
         {{"day_ms", 15'000U}, {"frozen_days", 2U}, {"expired_days", 2U}, {"order_ms", 9'000U}}},
        {"files",
         {{"deal_blocks", 6U},
          {"redraws_max", 2U},
          {"claim_blocks", 8U},
          {"proof_blocks", 6U},
          {"offer_blocks", 8U},
          {"kept_blocks", 12U},
          {"purges_per_block", 5U},
          {"timers_per_block", 4U},
          {"possession_leaves", 2U},
          {"restoral_leaves", 2U}}},
        {"miners", {{"exit_lock_ms", 12'000U}, {"cooling_per_tib_ms", 4'000U}}}}}};
}

class RandomChain {
 public:
  explicit RandomChain(std::uint64_t seed) : rng_(seed), c_(kMinerCount, short_times()) {
    const std::vector<Profile> profiles{test_profile(1, 1), test_profile(2, 2),
                                        test_profile(2, 0, 2), test_profile(2, 4)};
    for (std::size_t i = 0; i < 12; ++i) {
      const auto& owner = kUsers[i % kUsers.size()];
      pool_.push_back(make_test_file(owner, "pool" + std::to_string(i), profiles[i % 4],
                                     1000 + 40'000 * (i % 5), true));
    }
  }

  void run(int blocks) {
    for (int b = 0; b < blocks; ++b) {
      names_.clear();
      for (std::uint64_t n = pick(6); n > 0; --n) act();
      const auto& result = c_.chain.block();
      ASSERT_EQ(result.receipts.size(), names_.size() + 1);
      for (std::size_t i = 0; i < names_.size(); ++i) {
        auto& t = tally_[names_[i]];
        ++(result.receipts[i + 1].ok ? t.first : t.second);
      }
      for (const auto& r : result.receipts) {
        for (const auto& e : TestChain::events<StateChanged>(r, kModule, kStateChanged)) {
          ++states_[e.state];
        }
      }
      if (pick(40) == 0) strike();
      if (::testing::Test::HasFailure()) return;
    }
  }
  std::map<std::string, std::pair<int, int>> tally_;  // well, refused
  std::map<FileState, int> states_;

 private:
  std::uint64_t pick(std::uint64_t n) { return rng_() % n; }
  template <class T>
  const T& any(const std::vector<T>& list) {
    return list[pick(list.size())];
  }
  std::string any_miner() { return "miner" + std::to_string(pick(kMinerCount)); }
  State& state() { return c_.chain.state(); }
  template <Record A>
  void send(const std::string& who, const std::string& call, const A& args) {
    c_.chain.queue(who, call, args);
    names_.push_back(call);
  }

  void act() {
    switch (pick(8)) {
      case 0:
        return act_market();
      case 1:
        return act_miner();
      case 2:
        return act_owner();
      case 3:
        return act_restoral();
      case 4:
        return declare();
      default:
        return report();
    }
  }

  void act_market() {
    const auto& who = any(kUsers);
    const auto& place = any(kPlaces);
    const auto days = static_cast<std::uint32_t>(1 + pick(5));
    switch (pick(11)) {
      case 0:
      case 1:
        return send(who, "territory.mint", tr::Mint{place, 1, days, std::nullopt});
      case 2:
        return send(who, "territory.expand", tr::Expand{place, 1, std::nullopt});
      case 3:
        return send(who, "territory.renew", tr::Renew{place, days, std::nullopt});
      case 4:
        return send(who, "territory.reactivate", tr::Reactivate{place, days, std::nullopt});
      case 5:
        return send(who, "territory.consign", tr::Consign{place, 5});
      case 6:
      case 7:
        return trade();
      case 8:
        return send(who, "territory.grant",
                    tr::Grant{place, TestChain::id(any(kUsers)), std::nullopt});
      case 9:
        return send(who, "territory.order",
                    tr::MakeOrder{static_cast<tr::OrderKind>(pick(3)), place, 1, days});
      default:
        const auto orders = tr::kOrders.keys(state(), 20);
        const std::uint64_t order = orders.empty() ? 0 : std::get<0>(any(orders));
        return send(who, "territory.pay_order", tr::PayOrder{order, std::nullopt});
    }
  }

  static std::string user(const AccountId& id) {
    for (const auto& name : kUsers) {
      if (TestChain::id(name) == id) return name;
    }
    return "mallory";
  }

  void trade() {
    std::vector<tr::Territory> sold;
    tr::kTerritories.scan(state(), [&](const auto&, const tr::Territory& t) {
      if (t.state == tr::TerritoryState::consigned || pick(10) == 0) sold.push_back(t);
      return true;
    });
    if (sold.empty()) return;
    const auto& t = any(sold);
    if (pick(3) == 0) return send(user(t.owner), "territory.cancel", tr::Cancel{t.name});
    send(any(kUsers), "territory.buy", tr::Buy{t.owner, t.name, 5, any(kPlaces)});
  }

  void accept() {
    const auto offers = kOffers.keys(state(), 20);
    if (offers.empty()) return;
    const auto [fid, from, to] = any(offers);
    // Where the receiver has a territory: offers are too few to miss it by chance.
    std::string place = any(kPlaces);
    for (const auto& other : kPlaces) {
      if (!territory_of(state(), to, place)) place = other;
    }
    send(user(to), "files.accept", Accept{fid, from, place});
  }

  void act_miner() {
    const auto name = any_miner();
    switch (pick(7)) {
      case 0:
      case 1:
        return send(name, "miners.register",
                    registration(name, static_cast<std::size_t>(pick(kMinerCount))));
      case 2:
        return pick(3) == 0 ? send(name, "miners.exit", miners::Exit{})
                            : send(name, "miners.withdraw", miners::Withdraw{});
      case 3:
        return send(name, "miners.top_up", miners::TopUp{(1 + pick(2000)) * kBaseUnitsPerToken});
      case 4:
        return send(name, "miners.declare",
                    miners::Declare{(1U << 20U) + pick(4) * 50 * kTestGib, 0});
      case 5:
        return send(name, "miners.unstake", miners::Unstake{pick(50) * kBaseUnitsPerToken});
      default:
        miners::Update u;
        u.region = pick(2) == 0 ? "FR" : "DE-BY";
        return send(name, "miners.update", u);
    }
  }

  void declare() {
    auto d = any(pool_).declare;
    const auto& who = pick(4) == 0                        ? any(kUsers)
                      : d.owner == TestChain::id("alice") ? kUsers[0]
                      : d.owner == TestChain::id("bob")   ? kUsers[1]
                                                          : kUsers[2];
    d.owner = TestChain::id(who);
    d.territory = any(kPlaces);
    const std::size_t columns = d.profile.columns();
    if (d.roots.size() > columns && pick(2) == 0) {
      const std::vector<Hash256> rest(d.roots.begin() + static_cast<std::ptrdiff_t>(columns),
                                      d.roots.end());
      d.roots.resize(columns);
      send(who, "files.declare", d);
      if (pick(4) != 0) send(who, "files.extend", Extend{d.owner, d.fid, 1, rest});
      return;
    }
    send(who, "files.declare", d);
  }

  void report() {
    std::vector<SlotReceipt> open;
    kSlots.scan(state(), [&](const auto& key, const Slot& slot) {
      const auto f = c_.file(std::get<0>(key));
      if (f.state == FileState::placing && (!slot.reported || pick(10) == 0)) {
        open.push_back(c_.receipt(std::get<0>(key), std::get<1>(key), std::get<2>(key)));
      }
      return open.size() < 12;
    });
    if (open.empty()) return;
    if (pick(8) == 0) open[0].signature[0] ^= 1U;
    // Some miners never report.
    open.resize(1 + pick(open.size()));
    send(any(kUsers), "files.report", Report{open});
  }

  void act_owner() {
    // Mostly what is there, by who owns it.
    const auto owned = kOwners.keys(state(), 30);
    const bool known = !owned.empty() && pick(4) != 0;
    const auto pair = known ? any(owned) : std::make_tuple(any(pool_).fid(), TestChain::id("bob"));
    const auto& f = bytes_of(std::get<0>(pair));
    const auto act = pick(12);
    const bool stranger = act >= 6;  // joins
    const auto who = stranger ? any(kUsers) : user(std::get<1>(pair));
    const AccountId id = TestChain::id(who);
    const AccountId other = TestChain::id(any(kUsers));
    switch (act) {
      case 0:
        if (pick(3) != 0) return accept();
        return send(who, "files.delete", Delete{id, f.fid()});
      case 1:
        return send(who, "files.move", Move{id, f.fid(), any(kPlaces)});
      case 2:
        return send(who, "files.offer", Offer{f.fid(), other, {1}});
      case 3:
        return accept();
      case 4:
        return send(who, "files.grant", Grant{f.fid(), other, {2}});
      case 5: {
        const auto grants = kGrants.keys(state(), 20);
        if (grants.empty()) return send(who, "files.ungrant", Ungrant{f.fid(), other});
        const auto& [fid, from, to] = any(grants);
        return send(user(from), "files.ungrant", Ungrant{fid, to});
      }
      case 6:
      case 7:
      case 8:
        return send(who, "files.join", Join{id, f.fid(), any(kPlaces), {3}});
      default:
        return prove();
    }
  }

  const TestFile& bytes_of(const Fid& fid) {
    for (const auto& f : pool_) {
      if (f.fid() == fid) return f;
    }
    std::abort();
  }

  void prove() {
    const auto waiting = kJoining.keys(state(), 10);
    if (waiting.empty()) return;
    const auto [fid, id] = any(waiting);
    const auto joining = kJoining.get(state(), fid, id);
    std::vector<LeafOpening> leaves;
    const auto file = kFiles.get(state(), fid);
    if (!file) return;
    for (const auto& d : drawn_leaves(state(), *file, joining->seed)) {
      leaves.push_back(c_.open(bytes_of(fid), d.column, d.place));
    }
    for (const auto& who : kUsers) {
      if (TestChain::id(who) == id) send(who, "files.prove", Prove{id, fid, leaves});
    }
  }

  void act_restoral() {
    const auto orders = kRestorals.keys(state(), 50);
    if (orders.empty() || pick(6) == 0) return lose();
    const auto [fid, segment, column] = any(orders);
    const auto order = *kRestorals.get(state(), fid, segment, column);
    if (order.claimant.is_zero() || pick(10) == 0) {
      return send(any_miner(), "files.claim_restoral", ClaimRestoral{fid, segment, column});
    }
    const auto& f = bytes_of(fid);
    std::vector<LeafOpening> leaves;
    for (const auto& p : restoral_leaves(state(), c_.file(fid), segment, order.seed)) {
      leaves.push_back(c_.open(f, column, p));
    }
    send(c_.names.at(order.claimant), "files.complete_restoral",
         CompleteRestoral{fid, segment, column, {}, leaves});
  }

  void lose() {
    const auto places = kFragmentPlaces.keys(state(), 200);
    if (places.empty()) return;
    const FragId frag = std::get<0>(any(places));
    const auto holder = index_holder(state(), frag);
    if (holder) send(c_.names.at(holder->miner), "files.report_lost", ReportLost{{frag}});
  }

  // What audits do: fines, forced exits, located losses.
  void strike() {
    BlockInfo info;
    info.height = c_.chain.height();
    Events events;
    Context ctx{state(), info, events, {}, c_.chain.genesis(), 0, &c_.chain.runtime()};
    const auto id = TestChain::id(any_miner());
    const auto m = miners::kMiners.get(state(), id);
    if (!m || !miners::is_audited(m->state)) return;
    miners::punish(ctx, id, static_cast<std::uint32_t>(pick(3) * 700));
    if (pick(6) == 0) miners::force_exit(ctx, id);
    const auto places = kFragmentPlaces.keys(state(), 50);
    if (!places.empty() && pick(2) == 0) fragment_lost(ctx, std::get<0>(any(places)));
  }

  std::mt19937_64 rng_;
  FilesChain c_;
  std::vector<TestFile> pool_;
  std::vector<std::string> names_;
};

TEST(StorageRandom, ThousandsOfActsKeepEveryInvariant) {
  std::map<std::string, std::pair<int, int>> tally;
  std::map<FileState, int> states;
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomChain chain(seed);
    chain.run(2000);
    if (HasFailure()) return;
    for (const auto& [name, t] : chain.tally_) {
      tally[name].first += t.first;
      tally[name].second += t.second;
    }
    for (const auto& [state, n] : chain.states_) states[state] += n;
  }
  int acts = 0;
  for (const auto& [name, t] : tally) {
    acts += t.first + t.second;
    EXPECT_GT(t.first, 0) << name << " never succeeded, refused " << t.second << " times";
  }
  EXPECT_GT(acts, 8000);
  EXPECT_GE(tally.size(), 31U);
  for (const auto s :
       {FileState::active, FileState::lost, FileState::deleting, FileState::failed}) {
    EXPECT_GT(states[s], 0) << record_names(s)[static_cast<std::size_t>(s)];
  }
}

}  // namespace storage_random_test
}  // namespace cess
