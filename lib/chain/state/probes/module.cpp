// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "chain/state/election/election.hpp"
#include "chain/state/idle/idle.hpp"
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

// A pairing check with the key's decompression, and 256 tallies.
constexpr std::uint64_t kReportWeight = 1'600'000 + kVerdictsMax * 20'000;

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
  const auto reports = kTallies.keys(ctx.state, p.purged_per_block, slot);
  for (const auto& key : reports) kTallies.erase(ctx.state, slot, std::get<1>(key));
  if (reports.size() < p.purged_per_block) kSlots.erase(ctx.state, slot);
}

Status check_signature(const Context& ctx, const Slot& slot, const Report& r) {
  const auto bytes = idle_space::kJudges.get(ctx.state, r.verifier);
  const auto key = bytes ? bls::PublicKey::parse(*bytes) : std::nullopt;
  if (!key) return refuse("verifier: has appointed no key to judge with");
  const auto signature = bls::Signature::parse(r.signature);
  if (!signature) return refuse("signature: no point of the group");
  const auto message = report_message(ctx.genesis, r.slot, slot.seed, r.verifier, r.verdicts);
  if (!bls::verify(*key, message, *signature)) {
    return refuse("signature: not the verifier's over these verdicts");
  }
  return {};
}

void decide(Context& ctx, Height slot, const Verdict& v, const std::vector<AccountId>& drawn,
            Tally& tally) {
  tally.decided = true;
  rewards::note_probe(ctx, v.miner, v.passed);
  const unsigned agreed = v.passed ? tally.passed : tally.failed;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    if ((agreed >> i & 1U) != 0) {
      election::credit(ctx.state, drawn[i], election::CreditKind::draw);
    }
  }
  ctx.events.emit(kModule, 1, Probed{slot, v.miner, v.passed, v.latency});
}

// Counts one verdict; false: it is skipped.
Result<bool> count(Context& ctx, const Params& p, const Report& r, const Verdict& v) {
  const auto drawn = verifiers_of(ctx.state, r.slot, v.miner);
  const auto at = std::ranges::find(drawn, r.verifier);
  if (at == drawn.end()) return refuse("verifier: not drawn for " + to_ss58(v.miner));
  const auto bit = static_cast<std::uint8_t>(1U << (at - drawn.begin()));
  auto tally = kTallies.get_or_default(ctx.state, r.slot, v.miner);
  if (((tally.passed | tally.failed) & bit) != 0) return false;
  const auto miner = miners::kMiners.get(ctx.state, v.miner);
  if (!miner || !miners::is_audited(miner->state)) return false;
  // Nothing can be asked of it, whatever its verifiers say.
  if (service_totals(ctx.state, v.miner).blocks == 0) return false;
  auto& side = v.passed ? tally.passed : tally.failed;
  side = static_cast<std::uint8_t>(side | bit);
  const auto needed = std::min<std::size_t>(p.needed, drawn.size());
  const bool enough = static_cast<std::size_t>(std::popcount(side)) >= needed;
  if (enough && !tally.decided) {
    decide(ctx, r.slot, v, drawn, tally);
  } else if (enough) {  // late, and of one mind with those who decided
    election::credit(ctx.state, r.verifier, election::CreditKind::draw);
  }
  kTallies.put(ctx.state, r.slot, v.miner, tally);
  return true;
}

Status report(Context& ctx, const Report& r) {
  const auto p = kParams.get_or_default(ctx.state);
  const auto slot = kSlots.get(ctx.state, r.slot);
  if (!slot || ctx.block.height > r.slot + p.report_blocks) {
    return refuse("late: slot " + std::to_string(r.slot) + " takes no reports");
  }
  if (r.verdicts.empty() || r.verdicts.size() > kVerdictsMax) {
    return refuse("verdicts: want 1 to " + std::to_string(kVerdictsMax));
  }
  const auto falls = [](const Verdict& a, const Verdict& b) { return !(a.miner < b.miner); };
  if (std::ranges::adjacent_find(r.verdicts, falls) != r.verdicts.end()) {
    return refuse("verdicts: miners do not rise");
  }
  CESS_TRY(check_signature(ctx, *slot, r));
  std::size_t fresh = 0;
  for (const Verdict& v : r.verdicts) {
    CESS_TRY_ASSIGN(const bool counted, count(ctx, p, r, v));
    fresh += counted ? 1 : 0;
  }
  if (fresh == 0) return refuse("submitted: nothing of it is new");
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
    return {make_item(kParams), make_item(kSlots), make_item(kTallies)};
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
    kTallies.scan(state, [&](const auto& key, const Tally& tally) {
      if (!kSlots.has(state, std::get<0>(key))) {
        status = fail(Code::input, "probes: a tally of no slot");
      }
      if ((tally.passed & tally.failed) != 0) {
        status = fail(Code::input, "probes: a verifier of two minds");
      }
      return status.has_value();
    });
    return status;
  }
};

}  // namespace

Bytes report_message(const Hash256& genesis, Height slot, const Hash256& seed,
                     const AccountId& verifier, const std::vector<Verdict>& verdicts) {
  std::array<std::uint8_t, 8> number{};
  store_le(number.data(), slot);
  Bytes out;
  append(out, "CESS-PROBE-v2");
  append(out, genesis.view());
  append(out, number);
  append(out, seed.view());
  append(out, verifier.view());
  append(out, encode_scale(verdicts));
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
