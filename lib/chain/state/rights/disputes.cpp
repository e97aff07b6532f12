// SPDX-License-Identifier: Apache-2.0
// Disputes: what the chain cannot compute is claimed with a bond and ruled by governance.
#include "chain/state/rights/internal.hpp"
#include "chain/state/treasury/treasury.hpp"

namespace cess::rights {
namespace {

constexpr std::size_t kLapsePerBlock = 16;

// Takes a dispute off the books; the bond stays where the caller put it.
void close(Context& ctx, std::uint64_t number, const Dispute& d, Certificate& c,
           std::optional<Ruling> ruling) {
  kDisputes.erase(ctx.state, number);
  kDisputesOf.erase(ctx.state, d.certificate, number);
  kDue.erase(ctx.state, d.due, number);
  CESS_CHECK(c.disputes != 0);
  --c.disputes;
  ctx.events.emit(kModule, kDisputeClosed, DisputeClosed{number, d.certificate, ruling});
}

void give_back(Context& ctx, const Dispute& d) {
  CESS_CHECK(accounts::release(ctx.state, d.challenger, kBond, d.bond).has_value());
}

// The certificate stands no longer, and all other disputes about it are pointless.
void strike(Context& ctx, const Hash256& id, Certificate& c) {
  for (const auto& [certificate, number] : kDisputesOf.keys(ctx.state, kDisputesMax, id)) {
    const auto other = kDisputes.get(ctx.state, number);
    CESS_CHECK(other.has_value());
    give_back(ctx, *other);
    close(ctx, number, *other, c, std::nullopt);
  }
  unlist(ctx, c);
  accounts::slash_held(ctx.state, c.holder, kDeposit, c.deposit, treasury::kTreasury);
  c.deposit = 0;
  c.indexed = 0;
  c.reach = 0;
  c.standing = Standing::struck;
}

}  // namespace

Status run_dispute(Context& ctx, const OpenDispute& d) {
  CESS_TRY(require_account(ctx));
  const AccountId& who = ctx.origin.account;
  CESS_TRY(check_terms({Derive::anyone, {}, d.text}));
  CESS_TRY_ASSIGN(Certificate c, certificate_of(ctx.state, d.certificate));
  if (c.standing != Standing::valid) return refuse("the certificate was struck already");
  if (c.holder == who) return refuse("the holder cannot dispute its own certificate");
  if (c.disputes == kDisputesMax) return refuse("8 disputes about it are open");
  if (d.rival) {
    CESS_TRY_ASSIGN(const Certificate rival, certificate_of(ctx.state, *d.rival));
    if (rival.holder != who) return refuse("the rival certificate is not the sender's");
  }
  const Params params = kParams.get_or_default(ctx.state);
  CESS_TRY(accounts::hold(ctx.state, who, kBond, params.bond));
  const auto number = kNextDispute.get_or_default(ctx.state);
  kNextDispute.put(ctx.state, number + 1);
  const Height now = ctx.block.height;
  const Dispute dispute{d.certificate, who,         d.rival, d.evidence,
                        d.text,        params.bond, now,     now + params.dispute_blocks};
  kDisputes.put(ctx.state, number, dispute);
  kDisputesOf.put(ctx.state, d.certificate, number, now);
  kDue.put(ctx.state, dispute.due, number, true);
  ++c.disputes;
  kCertificates.put(ctx.state, d.certificate, c);
  ctx.events.emit(kModule, kDisputed, Disputed{number, d.certificate, who});
  return {};
}

Status run_rule(Context& ctx, const Rule& r) {
  CESS_TRY(require_governance(ctx));
  const auto d = kDisputes.get(ctx.state, r.dispute);
  if (!d) return refuse("no open dispute " + std::to_string(r.dispute));
  CESS_TRY_ASSIGN(Certificate c, certificate_of(ctx.state, d->certificate));
  if (r.ruling == Ruling::dismissed) {
    CESS_TRY(accounts::move_held(ctx.state, d->challenger, kBond, c.holder, d->bond));
  } else {
    give_back(ctx, *d);
  }
  close(ctx, r.dispute, *d, c, r.ruling);
  if (r.ruling == Ruling::struck) strike(ctx, d->certificate, c);
  if (r.ruling == Ruling::awarded && c.holder != d->challenger)
    CESS_TRY(hand_over(ctx, d->certificate, c, d->challenger));
  kCertificates.put(ctx.state, d->certificate, c);
  return {};
}

void lapse_disputes(Context& ctx) {
  for (const auto& [due, number] : kDue.keys(ctx.state, kLapsePerBlock)) {
    if (due > ctx.block.height) return;
    const auto d = kDisputes.get(ctx.state, number);
    CESS_CHECK(d.has_value());
    auto c = kCertificates.get(ctx.state, d->certificate);
    CESS_CHECK(c.has_value());
    give_back(ctx, *d);
    close(ctx, number, *d, *c, std::nullopt);
    kCertificates.put(ctx.state, d->certificate, *c);
  }
}

}  // namespace cess::rights
