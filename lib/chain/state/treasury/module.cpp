// SPDX-License-Identifier: Apache-2.0
#include "chain/state/treasury/treasury.hpp"

namespace cess {
namespace treasury {
namespace {

constexpr std::size_t kGenesisGrantsMax = 10'000;

tl::unexpected<Error> refuse(std::string why) {
  return fail(Code::input, std::move(why), "treasury");
}

// A pool that governance may draw on: grants' money is owed already.
Result<PoolId> spendable(const std::string& name) {
  CESS_TRY_ASSIGN(const PoolId id, pool_by_name(name));
  if (id == kGrants) return refuse("grants are owed to their grantees");
  return id;
}

Status run_claim(Context& ctx, const ClaimGrant& c) {
  auto grant = kGrantList.get(ctx.state, c.grant);
  if (!grant) return refuse("no grant " + std::to_string(c.grant));
  const Amount due = vested(*grant, ctx.block.height) - grant->paid;
  if (due == 0) return refuse("nothing vested yet");
  CESS_TRY(accounts::pool_to_account(ctx.state, kGrants, grant->to, due));
  grant->paid += due;
  if (grant->paid == grant->total) {
    kGrantList.erase(ctx.state, c.grant);
  } else {
    kGrantList.put(ctx.state, c.grant, *grant);
  }
  ctx.events.emit(kModule, 0, Paid{"grants", grant->to, due});
  return {};
}

Status run_spend(Context& ctx, const Spend& s) {
  CESS_TRY(require_governance(ctx));
  CESS_TRY_ASSIGN(const PoolId from, spendable(s.pool));
  CESS_TRY(accounts::pool_to_account(ctx.state, from, s.to, s.amount));
  ctx.events.emit(kModule, 0, Paid{s.pool, s.to, s.amount});
  return {};
}

Result<std::uint32_t> make_grant(State& state, const MakeGrant& m) {
  CESS_TRY_ASSIGN(const PoolId from, spendable(m.pool));
  if (m.amount == 0 || m.blocks == 0) return refuse("a grant of nothing or over no time");
  CESS_TRY(accounts::pool_to_pool(state, from, kGrants, m.amount));
  const auto id = kGrantCount.get_or_default(state);
  kGrantCount.put(state, id + 1);
  kGrantList.put(state, id, {m.to, m.amount, 0, m.start, m.blocks});
  return id;
}

Status run_grant(Context& ctx, const MakeGrant& m) {
  CESS_TRY(require_governance(ctx));
  CESS_TRY_ASSIGN(const auto id, make_grant(ctx.state, m));
  ctx.events.emit(kModule, 1, Granted{id, m.to, m.amount});
  return {};
}

Status run_burn(Context& ctx, const Burn& b) {
  CESS_TRY(require_governance(ctx));
  CESS_TRY_ASSIGN(const PoolId from, spendable(b.pool));
  CESS_TRY(accounts::burn(ctx.state, from, b.amount));
  ctx.events.emit(kModule, 2, Burned{b.pool, b.amount});
  return {};
}

Status check_params(const Params& p) {
  const auto parts = std::uint32_t{p.contributors} + p.community + p.partners + p.reserve + p.sale;
  CESS_TRY(detail::json_wants(parts <= 10000, "shares of at most 10000 in all", "treasury"));
  // So that products of amounts and basis points stay far from the type's end.
  return detail::json_wants(p.supply != 0 && p.supply <= Amount{1} << 120U,
                            "more than 0, at most 2^120", "treasury: supply");
}

void fill_pools(State& state, const Params& p) {
  Amount rest = p.supply;
  const auto fill = [&](PoolId to, std::uint16_t share) {
    const Amount part = mul_div(p.supply, share, 10000);
    if (part != 0) accounts::issue(state, to, part);
    rest -= part;
  };
  fill(kContributors, p.contributors);
  fill(kCommunity, p.community);
  fill(kPartners, p.partners);
  fill(kReserve, p.reserve);
  fill(kSale, p.sale);
  if (rest != 0) accounts::issue(state, kMiners, rest);
}

class TreasuryModule : public Module {
 public:
  [[nodiscard]] ModuleId id() const override { return kModule; }
  [[nodiscard]] std::string name() const override { return "treasury"; }
  [[nodiscard]] std::vector<CallInfo> calls() const override {
    return {make_call<ClaimGrant>(0, "claim_grant", 15'000, run_claim),
            make_call<Spend>(1, "spend", 15'000, run_spend),
            make_call<MakeGrant>(2, "make_grant", 15'000, run_grant),
            make_call<Burn>(3, "burn", 15'000, run_burn)};
  }
  [[nodiscard]] std::vector<EventInfo> events() const override {
    return {make_event<Paid>(0, "paid"), make_event<Granted>(1, "granted"),
            make_event<Burned>(2, "burned")};
  }
  [[nodiscard]] std::vector<ItemInfo> items() const override {
    return {make_item(kParams), make_item(kGrantList), make_item(kGrantCount)};
  }
  [[nodiscard]] Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    if (kParams.has(state)) return refuse("the supply is fixed at genesis");
    CESS_TRY(store_params(state, kParams, params, check_params));
    fill_pools(state, *kParams.get(state));
    return {};
  }
  Status genesis(State& state, const Json& section) const override {
    if (section.is_null()) return {};
    Genesis g;
    CESS_TRY(from_json_value(section, g, "genesis.treasury"));
    CESS_TRY(detail::json_wants(g.grants.size() <= kGenesisGrantsMax, "at most 10000 grants",
                                "genesis.treasury"));
    for (const auto& m : g.grants) CESS_TRY(make_grant(state, m));
    return {};
  }

  Status check_invariants(const State& state) const override {
    Amount owed = 0;
    kGrantList.scan(state, [&](const auto&, const Grant& g) {
      owed += g.total - g.paid;
      return g.paid < g.total;
    });
    if (owed == accounts::pool(state, kGrants)) return {};
    return refuse("broken: grants owe " + to_decimal(owed) + ", their pool has " +
                  to_decimal(accounts::pool(state, kGrants)));
  }
};

}  // namespace

Result<PoolId> pool_by_name(std::string_view name) {
  CESS_TRY_ASSIGN(const auto kind, detail::json_enum(std::string(name), kPoolNames.data(),
                                                     kPoolNames.size(), "pool"));
  return PoolId{kModule, kind};
}

Amount vested(const Grant& grant, Height height) {
  if (height < grant.start) return 0;
  if (height - grant.start >= grant.blocks) return grant.total;
  return mul_div(grant.total, height - grant.start, grant.blocks);
}

}  // namespace treasury

std::unique_ptr<Module> make_treasury_module() {
  return std::make_unique<treasury::TreasuryModule>();
}

}  // namespace cess
