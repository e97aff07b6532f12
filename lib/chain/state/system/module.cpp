// SPDX-License-Identifier: Apache-2.0
#include "chain/state/system/system.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace system {
namespace {

struct Domains {
  std::string_view step;
  std::string_view next;
};
constexpr Domains kBeaconDomains{"CESS-BEACON-STEP-v1", "CESS-BEACON-v1"};
constexpr Domains kSeedDomains{"CESS-ERA-SEED-STEP-v1", "CESS-ERA-SEED-v1"};

// Takes one block's y into a chain of steps and ends the chain at the cut-off.
void take_output(Hash256& step, std::optional<Hash256>& next, const Hash256& now,
                 const Domains& domains, const Hash256& y, bool last) {
  if (next) return;
  step = sha256({as_bytes(domains.step), step.view(), y.view()});
  if (last) next = sha256({as_bytes(domains.next), now.view(), step.view()});
}

Status check_params(const Params& p) {
  CESS_TRY(detail::json_wants(p.block_ms >= 10 && p.block_ms <= 600'000, "10 to 600000",
                              "system: block_ms"));
  CESS_TRY(detail::json_wants(p.blocks_per_epoch >= 3 && p.blocks_per_epoch <= 1'000'000,
                              "3 to 1000000", "system: blocks_per_epoch"));
  CESS_TRY(detail::json_wants(p.epochs_per_era >= 1 && p.epochs_per_era <= 1000, "1 to 1000",
                              "system: epochs_per_era"));
  return detail::json_wants(p.block_weight_max != 0, "more than 0", "system: block_weight_max");
}

class SystemModule : public Module {
 public:
  [[nodiscard]] ModuleId id() const override { return kModule; }
  [[nodiscard]] std::string name() const override { return "system"; }
  [[nodiscard]] std::vector<EventInfo> events() const override {
    return {make_event<EpochBegan>(0, "epoch_began"), make_event<EraBegan>(1, "era_began")};
  }
  [[nodiscard]] std::vector<ItemInfo> items() const override {
    return {make_item(kParams), make_item(kClock), make_item(kRandomness), make_item(kParent)};
  }
  [[nodiscard]] Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    return store_params(state, kParams, params, check_params);
  }

  Status genesis(State& state, const Json& section) const override {
    Genesis g;
    if (!section.is_null()) CESS_TRY(from_json_value(section, g, "genesis.system"));
    Clock c;
    c.time_ms = g.time_ms.value_or(0);
    set_lengths(state, c);
    kClock.put(state, c);
    Randomness r;
    const Hash256 seed = g.seed.value_or(Hash256{});
    r.beacon = r.epoch_step = sha256({as_bytes(kBeaconDomains.next), seed.view()});
    r.era_seed = r.era_step = sha256({as_bytes(kSeedDomains.next), seed.view()});
    kRandomness.put(state, r);
    kParent.put(state, Hash256{});
    return {};
  }

  void begin_block(Context& ctx) const override {
    auto c = clock(ctx.state);
    auto r = *kRandomness.get(ctx.state);
    c.height = ctx.block.height;
    c.time_ms = ctx.block.time_ms;
    if (c.height > c.era_end()) {
      ++c.era;
      c.era_start = c.height;
      // The cut-off stands before the end, so the next seed is there; so with the beacon.
      r.era_seed = r.era_step = *std::exchange(r.next_era_seed, std::nullopt);
    }
    if (c.height > c.epoch_end()) {
      ++c.epoch;
      c.epoch_start = c.height;
      r.beacon = r.epoch_step = *std::exchange(r.next_beacon, std::nullopt);
    }
    if (c.era_begins()) set_lengths(ctx.state, c);
    const auto& y = ctx.block.vrf_output;
    take_output(r.epoch_step, r.next_beacon, r.beacon, kBeaconDomains, y,
                c.height == c.beacon_cutoff());
    take_output(r.era_step, r.next_era_seed, r.era_seed, kSeedDomains, y,
                c.height == c.seed_cutoff());
    kClock.put(ctx.state, c);
    kRandomness.put(ctx.state, r);
    kParent.put(ctx.state, ctx.block.parent);
    if (c.era_begins()) ctx.events.emit(kModule, 1, EraBegan{c.era, r.era_seed});
    if (c.epoch_begins()) ctx.events.emit(kModule, 0, EpochBegan{c.epoch, c.era, r.beacon});
  }

  Status check_invariants(const State& state) const override {
    const auto c = clock(state);
    const bool in_epoch = c.height + 1 >= c.epoch_start && c.height <= c.epoch_end();
    const bool in_era = c.epoch_start >= c.era_start && c.epoch_end() <= c.era_end();
    CESS_TRY(detail::json_wants(in_epoch && in_era, "the height inside its epoch and era",
                                "system: clock"));
    const auto r = *kRandomness.get(state);
    return detail::json_wants(r.next_beacon.has_value() == (c.height >= c.beacon_cutoff()) &&
                                  r.next_era_seed.has_value() == (c.height >= c.seed_cutoff()),
                              "the next beacon and seed from their cut-off on",
                              "system: randomness");
  }

 private:
  static void set_lengths(const State& state, Clock& c) {
    const auto p = *kParams.get(state);
    c.epoch_blocks = p.blocks_per_epoch;
    c.era_blocks = p.blocks_per_epoch * p.epochs_per_era;
  }
};

}  // namespace

Clock clock(const State& state) { return *kClock.get(state); }
Hash256 beacon(const State& state) { return kRandomness.get(state)->beacon; }
Hash256 era_seed(const State& state) { return kRandomness.get(state)->era_seed; }
std::optional<Hash256> next_beacon(const State& state) {
  return kRandomness.get(state)->next_beacon;
}
std::optional<Hash256> next_era_seed(const State& state) {
  return kRandomness.get(state)->next_era_seed;
}
std::uint64_t blocks_in(const State& state, std::uint64_t ms) {
  const std::uint64_t each = kParams.get(state)->block_ms;
  return ms / each + (ms % each != 0 ? 1 : 0);
}

}  // namespace system

std::unique_ptr<Module> make_system_module() { return std::make_unique<system::SystemModule>(); }

}  // namespace cess
