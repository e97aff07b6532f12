// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "chain/state/election/election.hpp"
#include "chain/state/miners/miners.hpp"
#include "chain/state/probes/probes.hpp"
#include "chain/state/rewards/rewards.hpp"
#include "chain/state/system/system.hpp"
#include "chain/types/draw.hpp"
#include "crypto/bls_sign.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace probes {
namespace {

constexpr std::uint64_t kReportWeight = 1'600'000;  // a pairing check and the keys' decompression

tl::unexpected<Error> refuse(std::string why) { return fail(Code::no, std::move(why)); }

void open_slot(Context& ctx) {
  const auto p = kParams.get_or_default(ctx.state);
  const auto clock = system::clock(ctx.state);
  const Hash256 seed = sha256(
      {as_bytes("CESS-PROBE-SLOT-v1"), ctx.block.parent.view(), ctx.block.vrf_output.view()});
  const auto period = std::max<std::uint64_t>(1, clock.epoch_blocks / p.per_epoch);
  if (load_le<std::uint64_t>(seed.bytes.data()) % period != 0) return;
  kSlots.put(ctx.state, ctx.block.height, {clock.era, seed});
  ctx.events.emit(kModule, 0, SlotOpened{ctx.block.height, seed});
}

// Slots whose reports are over, and those reports.
void purge(Context& ctx) {
  const auto p = kParams.get_or_default(ctx.state);
  const auto oldest = kSlots.keys(ctx.state, 1);
  if (oldest.empty()) return;
  const Height slot = std::get<0>(oldest[0]);
  if (slot + p.report_blocks >= ctx.block.height) return;
  const auto reports = kReports.keys(ctx.state, p.purged_per_block, slot);
  for (const auto& key : reports) kReports.erase(ctx.state, slot, std::get<1>(key));
  if (reports.size() < p.purged_per_block) kSlots.erase(ctx.state, slot);
}

// The sum of the signers' keys; every key's possession was proven at registration.
Result<bls::KeySum> keys_of(const Context& ctx, const Slot& slot,
                            const std::vector<AccountId>& drawn, std::uint8_t signers) {
  const auto committee = election::committee_of(ctx.state, slot.era);
  bls::KeySum sum;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    if ((unsigned{signers} >> i & 1U) == 0) continue;
    const auto index = committee ? election::committee_index(*committee, drawn[i]) : std::nullopt;
    const auto key =
        index ? bls::PublicKey::parse(committee->members[*index].bls_key) : std::nullopt;
    if (!key) return refuse("signers: a verifier without a key");
    sum.add(*key);
  }
  return sum;
}

Status report(Context& ctx, const Report& r) {
  const auto p = kParams.get_or_default(ctx.state);
  const auto slot = kSlots.get(ctx.state, r.slot);
  if (!slot || ctx.block.height > r.slot + p.report_blocks) {
    return refuse("late: slot " + std::to_string(r.slot) + " takes no reports");
  }
  if (kReports.has(ctx.state, r.slot, r.miner)) return refuse("submitted: this probe is reported");
  const auto miner = miners::kMiners.get(ctx.state, r.miner);
  if (!miner || !miners::is_audited(miner->state)) return refuse("binding: not an audited miner");
  const auto drawn = verifiers_of(ctx.state, r.slot, r.miner);
  const auto needed = std::min<std::size_t>(p.needed, drawn.size());
  if (drawn.empty() || r.signers >> drawn.size() != 0 ||
      static_cast<std::size_t>(std::popcount(r.signers)) < std::max<std::size_t>(1, needed)) {
    return refuse("signers: want " + std::to_string(needed) + " of the " +
                  std::to_string(drawn.size()) + " drawn verifiers");
  }
  const auto signature = bls::Signature::parse(r.signature);
  if (!signature) return refuse("signature: no point of the group");
  CESS_TRY_ASSIGN(const auto keys, keys_of(ctx, *slot, drawn, r.signers));
  const auto message = probe_message(ctx.genesis, r.slot, slot->seed, r.miner, r.passed, r.latency);
  if (!bls::verify_aggregate(keys, message, *signature)) {
    return refuse("signature: not the signers' over this statement");
  }
  kReports.put(ctx.state, r.slot, r.miner, r.passed);
  rewards::note_probe(ctx, r.miner, r.passed);
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    if ((r.signers >> i & 1U) != 0) {
      election::credit(ctx.state, drawn[i], election::CreditKind::draw);
    }
  }
  ctx.events.emit(kModule, 1, Probed{r.slot, r.miner, r.passed, r.latency});
  return {};
}

Status check_params(const Params& p) {
  const auto wants = [](bool ok, const char* wanted, const char* field) {
    return detail::json_wants(ok, wanted, std::string("probes: ") + field);
  };
  CESS_TRY(wants(p.per_epoch > 0, "more than 0", "per_epoch"));
  CESS_TRY(wants(p.verifiers >= 1 && p.verifiers <= 8, "1 to 8", "verifiers"));
  CESS_TRY(wants(p.needed * 2 > p.verifiers && p.needed <= p.verifiers, "a majority", "needed"));
  CESS_TRY(wants(p.range_size > 0, "more than 0", "range_size"));
  CESS_TRY(wants(p.report_blocks > 0, "more than 0", "report_blocks"));
  return wants(p.purged_per_block > 0, "more than 0", "purged_per_block");
}

class ProbesModule : public Module {
 public:
  [[nodiscard]] ModuleId id() const override { return kModule; }
  [[nodiscard]] std::string name() const override { return "probes"; }
  [[nodiscard]] std::vector<CallInfo> calls() const override {
    return {make_call<Report>(0, "report", kReportWeight, report)};
  }
  [[nodiscard]] std::vector<EventInfo> events() const override {
    return {make_event<SlotOpened>(0, "slot_opened"), make_event<Probed>(1, "probed")};
  }
  [[nodiscard]] std::vector<ItemInfo> items() const override {
    return {make_item(kParams), make_item(kSlots), make_item(kReports)};
  }
  [[nodiscard]] Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    return store_params(state, kParams, params, check_params);
  }
  void begin_block(Context& ctx) const override { open_slot(ctx); }
  void end_block(Context& ctx) const override { purge(ctx); }
  Status check_invariants(const State& state) const override {
    Status status;
    kReports.scan(state, [&](const auto& key, bool) {
      if (!kSlots.has(state, std::get<0>(key))) {
        status = fail(Code::input, "probes: a report of no slot");
      }
      return status.has_value();
    });
    return status;
  }
};

}  // namespace

Bytes probe_message(const Hash256& genesis, Height slot, const Hash256& seed,
                    const AccountId& miner, bool passed, Latency latency) {
  std::array<std::uint8_t, 8> number{};
  store_le(number.data(), slot);
  Bytes out;
  append(out, "CESS-PROBE-v1");
  append(out, genesis.view());
  append(out, number);
  append(out, seed.view());
  append(out, miner.view());
  out.push_back(passed ? 1 : 0);
  out.push_back(static_cast<std::uint8_t>(latency));
  return out;
}

std::vector<AccountId> verifiers_of(const State& state, Height slot, const AccountId& miner) {
  const auto s = kSlots.get(state, slot);
  const auto committee = s ? election::committee_of(state, s->era) : std::nullopt;
  if (!committee) return {};
  DrawStream draw(s->seed, "verifiers" + to_hex(miner));
  const std::vector<Amount> even(committee->members.size(), 1);
  std::vector<AccountId> out;
  for (const auto i : draw.weighted_distinct(even, kParams.get_or_default(state).verifiers)) {
    out.push_back(committee->members[i].account);
  }
  return out;
}

std::optional<Probe> probe_of(const State& state, Height slot, const AccountId& miner) {
  const auto s = kSlots.get(state, slot);
  if (!s) return std::nullopt;
  IndexView view(state, miner, {});
  if (view.totals().blocks == 0) return std::nullopt;
  DrawStream draw(s->seed, "range" + to_hex(miner));
  const auto hit = view.find(draw.below(view.totals().blocks));
  const std::uint64_t range = kParams.get_or_default(state).range_size;
  Probe out;
  out.fragment = hit.entry;
  out.size = std::min(range, hit.entry.length);
  out.offset =
      std::min(hit.block * kBlockSize + draw.below(kBlockSize), hit.entry.length - out.size);
  out.verifiers = verifiers_of(state, slot, miner);
  return out;
}

}  // namespace probes

std::unique_ptr<Module> make_probes_module() { return std::make_unique<probes::ProbesModule>(); }

}  // namespace cess
