// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "chain/state/system/system.hpp"
#include "chain/state/taggers/calls.hpp"
#include "chain/state/treasury/treasury.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace taggers {
namespace {

tl::unexpected<Error> refuse(std::string why) {
  return fail(Code::input, std::move(why), "tagger");
}

TaggerClass podr2_class(Class c) {
  switch (c) {
    case Class::attested:
      return TaggerClass::attested;
    case Class::staked:
      return TaggerClass::staked;
    case Class::owner:
      break;
  }
  return TaggerClass::owner;
}

// Parses the points: canonical, in the subgroup, not the identity.
std::optional<TaggerHead> parse_head(const TaggerRecord& r) {
  const auto v = bls::G2::parse(r.v);
  const auto w = bls::G2::parse(r.w);
  if (!v || !w || v->is_identity() || w->is_identity()) return std::nullopt;
  TaggerHead head;
  head.cls = podr2_class(r.cls);
  head.attestation = r.attestation_digest;
  head.sign_key = r.sign_key;
  head.v = *v;
  head.w = *w;
  head.list_hash = r.list_hash;
  head.id = tagger_id(head);
  return head;
}

Status check_endpoint(const std::string& endpoint) {
  const bool plain =
      std::all_of(endpoint.begin(), endpoint.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (endpoint.size() > kEndpointSizeMax || !plain) {
    return refuse("endpoint must be at most 128 printable characters without blanks");
  }
  return {};
}

Status check_attestation(const State& state, const Params& p, const Register& r) {
  if (r.attestation == Attestation::none) {
    if (!r.document.empty()) return refuse("a document, but attestation 'none'");
    if (r.cls == Class::attested) return refuse("class A needs an attestation");
    return {};
  }
  if (r.document.empty() || r.document.size() > kDocumentSizeMax) {
    return refuse("the attestation's document must be 1 to 16384 bytes");
  }
  if (r.cls == Class::attested && p.allow_list && !kAllowed.has(state, sha256(r.document))) {
    return refuse("this attestation is not on the list of allowed ones");
  }
  return {};
}

Result<TaggerRecord> own(const Context& ctx, const TaggerId& id) {
  CESS_TRY(require_account(ctx));
  auto r = kTaggers.get(ctx.state, id);
  if (!r || r->account != ctx.origin.account) return refuse("not a tagger of this account");
  return std::move(*r);
}

Status run_register(Context& ctx, const Register& r) {
  CESS_TRY(require_account(ctx));
  const Params params = kParams.get_or_default(ctx.state);
  CESS_TRY(check_endpoint(r.endpoint));
  CESS_TRY(check_attestation(ctx.state, params, r));
  const auto& who = ctx.origin.account;
  TaggerRecord record;
  record.account = who;
  record.cls = r.cls;
  record.attestation = r.attestation;
  record.attestation_digest = r.document.empty() ? Hash256{} : sha256(r.document);
  record.sign_key = r.sign_key;
  record.v = r.v;
  record.w = r.w;
  record.list_hash = r.list_hash;
  record.endpoint = r.endpoint;
  record.since = ctx.block.height;
  const auto head = parse_head(record);
  if (!head) return refuse("v or w is not a point of G2");
  if (kTaggers.has(ctx.state, head->id)) return refuse("already registered");
  if (!ed25519_verify(r.sign_key, registration_message(ctx.genesis, who, head->id), r.possession)) {
    return refuse("the signature does not show possession of the key");
  }
  if (r.cls == Class::staked) {
    CESS_TRY(accounts::hold(ctx.state, who, kStake, params.stake));
    record.stake = params.stake;
  }
  kTaggers.put(ctx.state, head->id, record);
  ctx.events.emit(kModule, 0, Registered{head->id, who, r.cls});
  return {};
}

Status run_update(Context& ctx, const Update& u) {
  CESS_TRY_ASSIGN(TaggerRecord r, own(ctx, u.tagger));
  CESS_TRY(check_endpoint(u.endpoint));
  r.endpoint = u.endpoint;
  kTaggers.put(ctx.state, u.tagger, r);
  return {};
}

void enter(Context& ctx, const TaggerId& id, TaggerRecord& r, TaggerState state) {
  r.state = state;
  r.since = ctx.block.height;
  kTaggers.put(ctx.state, id, r);
  ctx.events.emit(kModule, 1, StateChanged{id, state});
}

Status run_exit(Context& ctx, const Exit& e) {
  CESS_TRY_ASSIGN(TaggerRecord r, own(ctx, e.tagger));
  if (r.state != TaggerState::active) return refuse("the tagger is not active");
  enter(ctx, e.tagger, r, TaggerState::exiting);
  return {};
}

Status run_withdraw(Context& ctx, const Withdraw& w) {
  CESS_TRY_ASSIGN(TaggerRecord r, own(ctx, w.tagger));
  if (r.state != TaggerState::exiting || r.stake == 0) return refuse("nothing to withdraw");
  const Height at =
      r.since + system::blocks_in(ctx.state, kParams.get_or_default(ctx.state).exit_ms);
  if (ctx.block.height < at) return refuse("waits until height " + std::to_string(at));
  CESS_TRY(accounts::release(ctx.state, r.account, kStake, r.stake));
  ctx.events.emit(kModule, 2, Withdrawn{w.tagger, r.stake});
  // The record stays: fragments with its tags are still verified.
  r.stake = 0;
  kTaggers.put(ctx.state, w.tagger, r);
  return {};
}

Status run_revoke(Context& ctx, const Revoke& v) {
  CESS_TRY(require_governance(ctx));
  auto r = kTaggers.get(ctx.state, v.tagger);
  if (!r) return refuse("no such tagger");
  if (r->state == TaggerState::revoked) return refuse("already revoked");
  accounts::slash_held(ctx.state, r->account, kStake, r->stake, treasury::kTreasury);
  r->stake = 0;
  enter(ctx, v.tagger, *r, TaggerState::revoked);
  return {};
}

Status run_allow(Context& ctx, const Allow& a) {
  CESS_TRY(require_governance(ctx));
  if (a.allowed) {
    kAllowed.put(ctx.state, a.digest, true);
  } else {
    kAllowed.erase(ctx.state, a.digest);
  }
  return {};
}

class TaggersModule final : public Module {
 public:
  ModuleId id() const override { return kModule; }
  std::string name() const override { return "taggers"; }

  std::vector<CallInfo> calls() const override {
    return {make_call<Register>(0, "register", 1'000'000, run_register),
            make_call<Update>(1, "update", 30'000, run_update),
            make_call<Exit>(2, "exit", 30'000, run_exit),
            make_call<Withdraw>(3, "withdraw", 40'000, run_withdraw),
            make_call<Revoke>(4, "revoke", 40'000, run_revoke),
            make_call<Allow>(5, "allow", 20'000, run_allow)};
  }
  std::vector<EventInfo> events() const override {
    return {make_event<Registered>(0, "registered"), make_event<StateChanged>(1, "state_changed"),
            make_event<Withdrawn>(2, "withdrawn")};
  }
  std::vector<ItemInfo> items() const override {
    return {make_item(kParams), make_item(kTaggers), make_item(kAllowed)};
  }
  Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    return store_params<Params>(state, kParams, params);
  }
  Status check_invariants(const State& state) const override {
    std::map<AccountId, Amount> stakes;
    kTaggers.scan(state, [&](const auto&, const TaggerRecord& r) {
      return stakes[r.account] += r.stake, true;
    });
    for (const auto& [account, stake] : stakes) {
      if (accounts::held(state, account, kStake) != stake) {
        return fail(Code::no, "taggers: stake of " + to_ss58(account) + " is not what is held");
      }
    }
    return {};
  }
};

}  // namespace

bool is_active(const State& state, const TaggerId& id) {
  const auto r = kTaggers.get(state, id);
  return r && r->state == TaggerState::active;
}

Class effective_class(const State& state, const TaggerId& id) {
  const auto r = kTaggers.get(state, id);
  if (!r) return Class::owner;
  if (r->state != TaggerState::revoked) return r->cls;
  const Height end = r->since + system::blocks_in(state, kParams.get_or_default(state).retag_ms);
  return system::clock(state).height < end ? r->cls : Class::owner;
}

std::optional<TaggerHead> head_of(const State& state, const TaggerId& id) {
  const auto r = kTaggers.get(state, id);
  if (!r) return std::nullopt;
  return parse_head(*r);
}

Bytes registration_message(const Hash256& genesis, const AccountId& account, const TaggerId& id) {
  Bytes out;
  append(out, "CESS-TAGGER-REGISTER-v1");
  append(out, genesis.view());
  append(out, account.view());
  append(out, id.view());
  return out;
}

}  // namespace taggers

std::unique_ptr<Module> make_taggers_module() { return std::make_unique<taggers::TaggersModule>(); }

}  // namespace cess
