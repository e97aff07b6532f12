// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/check.hpp"
#include "chain/state/flow/flow.hpp"
#include "chain/state/miners/miners.hpp"
#include "chain/state/rewards/rewards.hpp"
#include "chain/state/system/system.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace flow {
namespace {

constexpr std::uint64_t kMib = 1U << 20U;
constexpr std::uint64_t kBytesMax = std::uint64_t{1} << 60U;

tl::unexpected<Error> refuse(std::string why) { return fail(Code::input, std::move(why)); }

Status open(Context& ctx, const Open& o) {
  CESS_TRY(require_account(ctx));
  const auto& payer = ctx.origin.account;
  const auto p = kParams.get_or_default(ctx.state);
  if (o.deposit < p.deposit_min) {
    return refuse("deposit must be at least " + to_tokens(p.deposit_min));
  }
  if (o.server == payer) return refuse("payer and server are the same account");
  CESS_TRY(accounts::hold(ctx.state, payer, kDeposit, o.deposit));
  const auto id = kNextChannel.get_or_default(ctx.state);
  kNextChannel.put(ctx.state, id + 1);
  Channel c;
  c.payer = payer;
  c.server = o.server;
  c.signer = o.key;
  c.price_per_mib = o.price_per_mib;
  c.deposit = c.opened_with = o.deposit;
  kChannels.put(ctx.state, id, c);
  ctx.events.emit(kModule, 0, Opened{id, payer, o.server, o.deposit});
  return {};
}

Status top_up(Context& ctx, const TopUp& t) {
  CESS_TRY(require_account(ctx));
  auto c = kChannels.get(ctx.state, t.channel);
  if (!c || c->payer != ctx.origin.account) return refuse("no channel of the sender's");
  if (c->closes_at != 0) return refuse("the channel is closing");
  CESS_TRY(accounts::hold(ctx.state, c->payer, kDeposit, t.amount));
  c->deposit += t.amount;
  c->opened_with += t.amount;
  kChannels.put(ctx.state, t.channel, *c);
  return {};
}

// What of it counts as flow: a miner's, and no more than the deposit stands for.
void count_flow(Context& ctx, const Params& p, Channel& c, std::uint64_t bytes) {
  const Era era = system::clock(ctx.state).era;
  if (c.era != era) {
    c.era = era;
    c.counted = 0;
  }
  const auto most = mul_div(c.opened_with, p.bytes_per_token, kBaseUnitsPerToken);
  const auto room = saturating_sub(most, c.counted);
  const auto more = static_cast<std::uint64_t>(std::min<Amount>(bytes, room));
  c.counted += more;
  const auto miner = miners::kMiners.get(ctx.state, c.server);
  if (more != 0 && miner && miners::is_audited(miner->state)) {
    rewards::note_flow(ctx, c.server, more);
  }
}

Status settle_one(Context& ctx, const Params& p, const Voucher& v) {
  auto c = kChannels.get(ctx.state, v.channel);
  if (!c || c->server != ctx.origin.account) return refuse("no channel to the sender");
  CESS_TRY_ASSIGN(const auto bytes, shown_bytes(ctx.genesis, *c, v));
  if (bytes <= c->bytes) return refuse("submitted: these bytes are paid for");
  const Amount due = price_of(*c, bytes);
  if (due < c->paid || due - c->paid > c->deposit) return refuse("voucher: the deposit has less");
  const Amount amount = due - c->paid;
  const Amount burned = mul_div(amount, p.burn_share, 10'000);
  CESS_TRY(accounts::move_held(ctx.state, c->payer, kDeposit, c->server, amount - burned));
  CESS_CHECK(accounts::slash_held(ctx.state, c->payer, kDeposit, burned, kBurning) == burned);
  CESS_TRY(accounts::burn(ctx.state, kBurning, burned));
  rewards::note_burned(ctx, burned, 0);
  count_flow(ctx, p, *c, bytes - c->bytes);
  c->deposit -= amount;
  c->paid = due;
  c->bytes = bytes;
  kChannels.put(ctx.state, v.channel, *c);
  ctx.events.emit(kModule, 1, Settled{v.channel, bytes, amount - burned, burned});
  return {};
}

Status settle(Context& ctx, const Settle& s) {
  CESS_TRY(require_account(ctx));
  if (s.vouchers.empty() || s.vouchers.size() > kVouchersMax)
    return refuse("want 1 to 64 vouchers");
  const auto p = kParams.get_or_default(ctx.state);
  for (const auto& v : s.vouchers) CESS_TRY(settle_one(ctx, p, v));
  return {};
}

Status settle_single(Context& ctx, const SettleOne& s) {
  CESS_TRY(require_account(ctx));
  return settle_one(ctx, kParams.get_or_default(ctx.state), s.voucher);
}

void end(Context& ctx, std::uint64_t id, const Channel& c) {
  CESS_CHECK(accounts::release(ctx.state, c.payer, kDeposit, c.deposit).has_value());
  kChannels.erase(ctx.state, id);
  ctx.events.emit(kModule, 2, Closed{id, c.deposit});
}

Status close(Context& ctx, const Close& k) {
  CESS_TRY(require_account(ctx));
  auto c = kChannels.get(ctx.state, k.channel);
  if (!c) return refuse("no such channel");
  if (c->server == ctx.origin.account) {
    if (c->closes_at != 0) kClosing.erase(ctx.state, c->closes_at, k.channel);
    end(ctx, k.channel, *c);
    return {};
  }
  if (c->payer != ctx.origin.account) return refuse("no channel of the sender's");
  if (c->closes_at != 0) return refuse("the channel is closing");
  const auto p = kParams.get_or_default(ctx.state);
  c->closes_at =
      ctx.block.height + std::max<std::uint64_t>(1, system::blocks_in(ctx.state, p.close_ms));
  kClosing.put(ctx.state, c->closes_at, k.channel, true);
  kChannels.put(ctx.state, k.channel, *c);
  return {};
}

void end_due(Context& ctx) {
  const auto p = kParams.get_or_default(ctx.state);
  for (const auto& [at, id] : kClosing.keys(ctx.state, p.closed_per_block)) {
    if (at > ctx.block.height) break;
    end(ctx, id, *kChannels.get(ctx.state, id));
    kClosing.erase(ctx.state, at, id);
  }
}

Status check(const State& state) {
  std::map<AccountId, Amount> held;
  Status status;
  kChannels.scan(state, [&](const auto& key, const Channel& c) {
    held[c.payer] += c.deposit;
    if (c.closes_at != 0 && !kClosing.has(state, c.closes_at, std::get<0>(key))) {
      status = fail(Code::input, "flow: a closing channel without its timer");
    }
    return true;
  });
  for (const auto& [payer, amount] : held) {
    if (accounts::held(state, payer, kDeposit) != amount) {
      status = fail(Code::input, "flow: deposits are not what is held for " + to_ss58(payer));
    }
  }
  if (accounts::pool(state, kBurning) != 0)
    status = fail(Code::input, "flow: something not burned");
  return status;
}

Status check_params(const Params& p) {
  const auto wants = [](bool ok, const char* wanted, const char* field) {
    return detail::json_wants(ok, wanted, std::string("flow: ") + field);
  };
  CESS_TRY(wants(p.deposit_min > 0, "more than 0", "deposit_min"));
  CESS_TRY(wants(p.burn_share <= 10'000, "at most 10000", "burn_share"));
  return wants(p.closed_per_block > 0, "more than 0", "closed_per_block");
}

class FlowModule : public Module {
 public:
  [[nodiscard]] ModuleId id() const override { return kModule; }
  [[nodiscard]] std::string name() const override { return "flow"; }
  [[nodiscard]] std::vector<CallInfo> calls() const override {
    return {make_call<Open>(0, "open", 100'000, open),
            make_call<TopUp>(1, "top_up", 80'000, top_up),
            make_call<Settle>(2, "settle", kVouchersMax * 100'000, settle),
            make_call<Close>(3, "close", 80'000, close),
            make_call<SettleOne>(4, "settle_one", 150'000, settle_single)};
  }
  [[nodiscard]] std::vector<EventInfo> events() const override {
    return {make_event<Opened>(0, "opened"), make_event<Settled>(1, "settled"),
            make_event<Closed>(2, "closed")};
  }
  [[nodiscard]] std::vector<ItemInfo> items() const override {
    return {make_item(kParams), make_item(kChannels), make_item(kNextChannel), make_item(kClosing)};
  }
  [[nodiscard]] Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    return store_params(state, kParams, params, check_params);
  }
  void end_block(Context& ctx) const override { end_due(ctx); }
  Status check_invariants(const State& state) const override { return check(state); }
};

}  // namespace

Result<std::uint64_t> shown_bytes(const Hash256& genesis, const Channel& c, const Voucher& v) {
  if (v.links > kLinksMax) return refuse("voucher: more than 64 links");
  if (v.bytes > kBytesMax) return refuse("voucher: more bytes than can be");
  const auto message = voucher_message(genesis, v.channel, v.bytes, v.anchor);
  if (!ed25519_verify(c.signer, message, v.signature)) {
    return refuse("voucher: not signed by the channel's key");
  }
  Hash256 w = v.link;
  for (std::uint32_t i = 0; i < v.links; ++i) w = sha256(w.view());
  if (v.links != 0 && w != v.anchor) return refuse("voucher: the link does not lead to the anchor");
  return v.bytes + v.links * kLinkBytes;
}

Amount price_of(const Channel& c, std::uint64_t bytes) {
  // Over all of it, so that many small vouchers pay what one large one does.
  return mul_div(c.price_per_mib, bytes, kMib);
}

Bytes voucher_message(const Hash256& genesis, std::uint64_t channel, std::uint64_t bytes,
                      const Hash256& anchor) {
  std::array<std::uint8_t, 16> numbers{};
  store_le(numbers.data(), channel);
  store_le(numbers.data() + 8, bytes);
  Bytes out;
  append(out, "CESS-POF-v1");
  append(out, genesis.view());
  append(out, numbers);
  append(out, anchor.view());
  return out;
}

}  // namespace flow

std::unique_ptr<Module> make_flow_module() { return std::make_unique<flow::FlowModule>(); }

}  // namespace cess
