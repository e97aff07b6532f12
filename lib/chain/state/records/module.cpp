// SPDX-License-Identifier: Apache-2.0
#include "chain/state/records/records.hpp"

#include <algorithm>

namespace cess {
namespace records {
namespace {

tl::unexpected<Error> refuse(std::string why) {
  return fail(Code::input, std::move(why), "records");
}

Status require_operator(const Context& ctx, std::size_t count) {
  CESS_TRY(require_account(ctx));
  const auto p = *kParams.get(ctx.state);
  if (std::find(p.operators.begin(), p.operators.end(), ctx.origin.account) == p.operators.end())
    return refuse("only an operator keeps the lists");
  if (count > kListPartMax) return refuse("more than 1000 entries in one call");
  return {};
}

Status run_register(Context& ctx, const Register& c) {
  CESS_TRY(require_operator(ctx, c.accounts.size()));
  for (const auto& who : c.accounts) {
    if (!kRegistered.has(ctx.state, who)) kRegistered.put(ctx.state, who, ctx.block.height);
  }
  return {};
}

Status run_unregister(Context& ctx, const Unregister& c) {
  CESS_TRY(require_operator(ctx, c.accounts.size()));
  for (const auto& who : c.accounts) kRegistered.erase(ctx.state, who);
  return {};
}

Status run_allow(Context& ctx, const Allow& c) {
  CESS_TRY(require_operator(ctx, c.list.size()));
  for (const auto& e : c.list) {
    if (!kWhiteList.has(ctx.state, e.module, e.call, e.contract))
      kWhiteList.put(ctx.state, e.module, e.call, e.contract, ctx.block.height);
  }
  return {};
}

Status run_disallow(Context& ctx, const Disallow& c) {
  CESS_TRY(require_operator(ctx, c.list.size()));
  for (const auto& e : c.list) kWhiteList.erase(ctx.state, e.module, e.call, e.contract);
  return {};
}

Status check_params(const Params& p) {
  CESS_TRY(detail::json_wants(p.operators.size() <= 100, "at most 100", "records: operators"));
  return detail::json_wants(p.keep_days != 0 && p.prune_per_block != 0, "more than 0",
                            "records: keep_days, prune_per_block");
}

TypeCount& type_of(DayRecord& record, std::uint8_t module, std::uint8_t call) {
  for (auto& t : record.types) {
    if (t.module == module && t.call == call) return t;
  }
  return record.types.emplace_back(TypeCount{module, call, 0, 0});
}

class RecordsModule : public Module {
 public:
  [[nodiscard]] ModuleId id() const override { return kModule; }
  [[nodiscard]] std::string name() const override { return "records"; }
  [[nodiscard]] std::vector<CallInfo> calls() const override {
    // A list of 1000 costs about a millisecond.
    return {make_call<Register>(0, "register", 2'000'000, run_register),
            make_call<Unregister>(1, "unregister", 2'000'000, run_unregister),
            make_call<Allow>(2, "allow", 2'000'000, run_allow),
            make_call<Disallow>(3, "disallow", 2'000'000, run_disallow)};
  }
  [[nodiscard]] std::vector<ItemInfo> items() const override {
    return {make_item(kParams), make_item(kDays), make_item(kRegistered), make_item(kWhiteList)};
  }
  [[nodiscard]] Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    return store_params(state, kParams, params, check_params);
  }

  void after_txn(Context& ctx, const Txn& txn, const Receipt& receipt) const override {
    const auto& body = txn.body;
    const auto p = *kParams.get(ctx.state);
    const Day today = day_of(ctx.block.time_ms);
    auto record = day(ctx.state, today, body.sender);
    ++record.count;
    if (!receipt.ok) ++record.failed;
    if (p.register_on && !kRegistered.has(ctx.state, body.sender)) ++record.unregistered;
    auto& type = type_of(record, body.module, body.call);
    ++type.count;
    if (p.white_list_on && !kWhiteList.has(ctx.state, body.module, body.call, Hash256{}))
      ++type.outside;
    kDays.put(ctx.state, today, body.sender, record);
  }

  // The oldest days stand first.
  void end_block(Context& ctx) const override {
    const auto p = *kParams.get(ctx.state);
    const Day today = day_of(ctx.block.time_ms);
    const auto first = kDays.keys(ctx.state, 1);
    if (first.empty() || today < p.keep_days || std::get<0>(first[0]) > today - p.keep_days) return;
    for (const auto& key : kDays.keys(ctx.state, p.prune_per_block)) {
      if (std::get<0>(key) > today - p.keep_days) break;
      kDays.erase(ctx.state, std::get<0>(key), std::get<1>(key));
    }
  }

  Status check_invariants(const State& state) const override {
    Status status;
    kDays.scan(state, [&](const auto& key, const DayRecord& r) {
      std::uint64_t sum = 0;
      bool fits = r.failed <= r.count && r.unregistered <= r.count && r.count != 0;
      for (const auto& t : r.types) {
        sum += t.count;
        fits = fits && t.outside <= t.count;
      }
      if (!fits || sum != r.count)
        status = refuse("broken: day record of '" + to_ss58(std::get<1>(key)) + "'");
      return status.has_value();
    });
    return status;
  }
};

}  // namespace

DayRecord day(const State& state, Day day, const AccountId& who) {
  return kDays.get_or_default(state, day, who);
}

}  // namespace records

std::unique_ptr<Module> make_records_module() { return std::make_unique<records::RecordsModule>(); }

}  // namespace cess
