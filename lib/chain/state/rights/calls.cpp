// SPDX-License-Identifier: Apache-2.0
// What a holder may do with a certificate, and the relation of two that anyone may have recomputed.
#include <algorithm>

#include "chain/state/rights/internal.hpp"

namespace cess::rights {
namespace {

constexpr std::size_t kPermitsMax = 64;  // of one certificate

Status require_undisputed(const Certificate& c) {
  if (c.disputes == 0) return {};
  return refuse("a dispute about it is open");
}

// Of the works that a certificate was related to, the earliest stay: nobody keeps an original away
// by relating a copy to later works before.
Status make_room(Context& ctx, Certificate& c, std::uint64_t number) {
  if (c.parents.size() - c.declared < kRelatedMax) return {};
  std::size_t latest = c.declared;
  std::uint64_t last = 0;
  for (std::size_t i = c.declared; i < c.parents.size(); ++i) {
    CESS_TRY_ASSIGN(const Certificate parent, certificate_of(ctx.state, c.parents[i]));
    if (parent.number >= last) latest = i;
    last = std::max(last, parent.number);
  }
  if (last < number) return refuse("it is related to 16 earlier works");
  forget_child(ctx, c.parents[latest], c.number);
  c.parents.erase(c.parents.begin() + static_cast<std::ptrdiff_t>(latest));
  return {};
}

}  // namespace

Status run_transfer(Context& ctx, const Transfer& t) {
  CESS_TRY_ASSIGN(Certificate c, own_certificate(ctx, t.certificate));
  CESS_TRY(require_undisputed(c));
  if (t.to == c.holder) return refuse("it is the sender's already");
  CESS_TRY(hand_over(ctx, t.certificate, c, t.to));
  kCertificates.put(ctx.state, t.certificate, c);
  return {};
}

Status run_set_terms(Context& ctx, const SetTerms& t) {
  CESS_TRY(check_terms(t.terms));
  CESS_TRY_ASSIGN(Certificate c, own_certificate(ctx, t.certificate));
  c.terms = t.terms;
  CESS_TRY(settle_deposit(ctx, c));
  kCertificates.put(ctx.state, t.certificate, c);
  return {};
}

Status run_permit(Context& ctx, const Permit& p) {
  CESS_TRY(own_certificate(ctx, p.certificate));
  if (!p.allowed) {
    kPermits.erase(ctx.state, p.certificate, p.account);
    return {};
  }
  if (kPermits.has(ctx.state, p.certificate, p.account)) return {};
  if (kPermits.keys(ctx.state, kPermitsMax, p.certificate).size() == kPermitsMax)
    return refuse("more than 64 permits");
  kPermits.put(ctx.state, p.certificate, p.account, ctx.block.height);
  return {};
}

Status run_withdraw(Context& ctx, const Withdraw& w) {
  CESS_TRY_ASSIGN(const Certificate c, own_certificate(ctx, w.certificate));
  CESS_TRY(require_undisputed(c));
  if (c.children != 0) return refuse("works derived from it are registered");
  CESS_TRY(accounts::release(ctx.state, c.holder, kDeposit, c.deposit));
  unlist(ctx, c);
  for (const auto& parent : c.parents) forget_child(ctx, parent, c.number);
  for (const auto& [id, account] : kPermits.keys(ctx.state, kPermitsMax, w.certificate))
    kPermits.erase(ctx.state, id, account);
  kNumbers.erase(ctx.state, c.number);
  kOfHolder.erase(ctx.state, c.holder, c.number);
  kCertificates.erase(ctx.state, w.certificate);
  ctx.events.emit(kModule, kWithdrawn, Withdrawn{w.certificate, c.holder});
  return {};
}

Status run_relate(Context& ctx, const Relate& r) {
  CESS_TRY(require_account(ctx));
  CESS_TRY_ASSIGN(Certificate c, certificate_of(ctx.state, r.certificate));
  CESS_TRY_ASSIGN(const Certificate earlier, certificate_of(ctx.state, r.earlier));
  if (c.standing != Standing::valid || earlier.standing != Standing::valid)
    return refuse("one of the two was struck");
  if (earlier.number >= c.number) return refuse("it was not registered earlier");
  const Word none{};
  if (c.print.kind != earlier.print.kind || c.print.bands == none || earlier.print.bands == none)
    return refuse("the two cannot be compared");
  const unsigned distance = distance_of(c.print.bands, earlier.print.bands);
  const unsigned radius = kParams.get_or_default(ctx.state).radius(c.print.kind);
  if (distance > radius) {
    return refuse("their distance is " + std::to_string(distance) + ", near is up to " +
                  std::to_string(radius));
  }
  if (std::find(c.parents.begin(), c.parents.end(), r.earlier) != c.parents.end())
    return refuse("it is a parent already");
  CESS_TRY(make_room(ctx, c, earlier.number));
  add_parent(ctx, r.certificate, c, r.earlier);
  kCertificates.put(ctx.state, r.certificate, c);
  ctx.events.emit(kModule, kRelated,
                  Related{r.certificate, r.earlier, static_cast<std::uint16_t>(distance)});
  return {};
}

}  // namespace cess::rights
