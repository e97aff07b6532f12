// SPDX-License-Identifier: Apache-2.0
// Registration: what is there already, what is near, then the certificate.
#include <algorithm>

#include "chain/state/gateways/gateways.hpp"
#include "chain/state/rights/internal.hpp"

namespace cess::rights {
namespace {

bool names(const std::vector<Hash256>& parents, const Hash256& id) {
  return std::find(parents.begin(), parents.end(), id) != parents.end();
}

Status check_print(const Print& p) {
  const auto plain = [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '\\'; };
  if (p.type.empty() || p.type.size() > kTypeSizeMax ||
      !std::all_of(p.type.begin(), p.type.end(), plain))
    return refuse("malformed media type");
  return {};
}

Status check_parents(const State& state, const Register& r) {
  if (r.parents.size() > kParentsMax) return refuse("more than 16 parents");
  for (std::size_t i = 0; i < r.parents.size(); ++i) {
    const Hash256& id = r.parents[i];
    if (names({r.parents.begin(), r.parents.begin() + static_cast<std::ptrdiff_t>(i)}, id))
      return refuse("a parent is named twice");
    CESS_TRY_ASSIGN(const Certificate parent, certificate_of(state, id));
    if (parent.standing != Standing::valid) return refuse("parent '" + to_hex(id) + "' was struck");
    const bool may = parent.terms.derive == Derive::anyone || parent.holder == r.owner ||
                     kPermits.has(state, id, r.owner);
    if (!may)
      return refuse("no permission of " + to_ss58(parent.holder) + " to derive from its work");
  }
  return {};
}

Status check_exact(const State& state, const Print& p) {
  const auto there = kExact.get(state, p.exact);
  if (!there) return {};
  CESS_TRY_ASSIGN(const Certificate c, certificate_of(state, *there));
  return refuse("same bytes as '" + to_hex(*there) + "' held by " + to_ss58(c.holder));
}

struct Conflicts {
  std::vector<Near> near;
  std::vector<AccountId> holders;
  std::uint32_t unnamed = 0;
};

// What other holders have near to it and it does not name. The earliest come first, so that works
// which somebody registers later, its own or an accomplice's, never push an original out of what
// is looked at (decision 1660). Code::input if the policy refuses.
Result<Conflicts> find_conflicts(const Context& ctx, const Register& r, const Params& params) {
  Conflicts out;
  if (params.near == Policy::off) return out;
  const Earliest near = find_earliest(ctx.state, r.print.kind, r.print.bands,
                                      params.radius(r.print.kind), kLookedMax);
  if (near.count > kLookedMax) {
    if (params.near == Policy::refuse) return refuse("more than 256 registered works are near");
    out.unnamed = static_cast<std::uint32_t>(near.count - kLookedMax);
  }
  for (const Match& m : near.matches) {
    if (kOfHolder.has(ctx.state, r.owner, m.number)) continue;
    const auto id = kNumbers.get(ctx.state, m.number);
    CESS_CHECK(id.has_value());
    if (names(r.parents, *id)) continue;
    if (out.near.size() == kNearMax) {
      ++out.unnamed;
      continue;
    }
    CESS_TRY_ASSIGN(const Certificate c, certificate_of(ctx.state, *id));
    if (params.near == Policy::refuse) {
      return refuse("too near '" + to_hex(*id) + "' distance " + std::to_string(m.distance) +
                    " held by " + to_ss58(c.holder));
    }
    out.near.push_back({*id, static_cast<std::uint16_t>(m.distance)});
    out.holders.push_back(c.holder);
  }
  return out;
}

}  // namespace

Status run_register(Context& ctx, const Register& r) {
  CESS_TRY(require_account(ctx));
  CESS_TRY(gateways::check_may_act(ctx.state, r.owner, ctx.origin.account));
  CESS_TRY(check_print(r.print));
  CESS_TRY(check_terms(r.terms));
  const Hash256 id = commitment_of(r.print);
  if (kCertificates.has(ctx.state, id)) {
    CESS_TRY_ASSIGN(const Certificate old, certificate_of(ctx.state, id));
    return refuse("registered already: '" + to_hex(id) + "' held by " + to_ss58(old.holder));
  }
  CESS_TRY(check_exact(ctx.state, r.print));
  CESS_TRY(check_parents(ctx.state, r));
  const Params params = kParams.get_or_default(ctx.state);
  Certificate c;
  CESS_TRY_ASSIGN(Conflicts conflicts, find_conflicts(ctx, r, params));
  c.near = std::move(conflicts.near);
  c.unnamed = conflicts.unnamed;

  const Amount deposit = deposit_of(params, r.terms, r.parents.size());
  CESS_TRY(accounts::transfer(ctx.state, ctx.origin.account, r.owner, deposit));
  CESS_TRY(accounts::hold(ctx.state, r.owner, kDeposit, deposit));
  c.number = kNextCertificate.get_or_default(ctx.state);
  kNextCertificate.put(ctx.state, c.number + 1);
  c.holder = c.first_holder = r.owner;
  c.print = r.print;
  c.terms = r.terms;
  c.height = ctx.block.height;
  c.time_ms = ctx.block.time_ms;
  c.deposit = deposit;
  c.indexed = add_word(ctx.state, r.print.kind, r.print.bands, c.number);
  c.reach = reach_of(c.indexed);
  for (const auto& parent : r.parents) add_parent(ctx, id, c, parent);
  c.declared = static_cast<std::uint8_t>(c.parents.size());
  kNumbers.put(ctx.state, c.number, id);
  kExact.put(ctx.state, r.print.exact, id);
  kOfHolder.put(ctx.state, c.holder, c.number, id);
  kShortIds.put(ctx.state, r.print.id, c.number, id);
  kCertificates.put(ctx.state, id, c);
  ctx.events.emit(kModule, kRegistered, Registered{id, c.holder, c.number, r.print.id});
  for (std::size_t i = 0; i < c.near.size(); ++i) {
    ctx.events.emit(kModule, kFlagged,
                    Flagged{id, c.near[i].certificate, conflicts.holders[i], c.near[i].distance});
  }
  return {};
}

}  // namespace cess::rights
