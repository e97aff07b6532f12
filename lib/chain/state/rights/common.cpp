// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/codec.hpp"
#include "chain/state/rights/internal.hpp"
#include "crypto/sha256.hpp"

namespace cess::rights {

// The head of doc/formats/fingerprint.md, then the hash of what follows.
Hash256 commitment_of(const Print& p) {
  Writer w;
  w.raw(as_bytes("cess.fingerprint/1")).le(std::uint8_t{0});
  w.raw(as_bytes("CFP1")).id(p.exact).le(p.size_bytes);
  w.le(static_cast<std::uint8_t>(p.kind)).sized(as_bytes(p.type)).le(p.width).le(p.height);
  w.le(p.duration_ms).le(load_be<std::uint64_t>(p.id.data())).raw(p.bands).id(p.features);
  return sha256(w.take());
}

Result<Certificate> certificate_of(const State& state, const Hash256& id) {
  auto c = kCertificates.get(state, id);
  if (!c) return refuse("no certificate '" + to_hex(id) + "'");
  return std::move(*c);
}

Result<Certificate> own_certificate(const Context& ctx, const Hash256& id) {
  CESS_TRY(require_account(ctx));
  CESS_TRY_ASSIGN(Certificate c, certificate_of(ctx.state, id));
  if (c.standing != Standing::valid) return refuse("the certificate was struck");
  if (c.holder != ctx.origin.account) return refuse("only " + to_ss58(c.holder) + " may do this");
  return c;
}

Status check_terms(const Terms& terms) {
  const auto plain = [](char ch) { return static_cast<unsigned char>(ch) >= ' ' && ch != '\x7f'; };
  if (terms.text.size() > kTextSizeMax || !std::all_of(terms.text.begin(), terms.text.end(), plain))
    return refuse("terms must be at most 256 bytes without control characters");
  return {};
}

Amount deposit_of(const Params& params, const Terms& terms, std::size_t parents) {
  return params.deposit +
         params.deposit_per_byte * Amount{terms.text.size() + parents * Hash256::kSize};
}

Status settle_deposit(Context& ctx, Certificate& c) {
  const auto wanted = deposit_of(kParams.get_or_default(ctx.state), c.terms, c.parents.size());
  if (wanted > c.deposit)
    CESS_TRY(accounts::hold(ctx.state, c.holder, kDeposit, wanted - c.deposit));
  if (wanted < c.deposit)
    CESS_TRY(accounts::release(ctx.state, c.holder, kDeposit, c.deposit - wanted));
  c.deposit = wanted;
  return {};
}

Status hand_over(Context& ctx, const Hash256& id, Certificate& c, const AccountId& to) {
  const AccountId from = c.holder;
  CESS_TRY(accounts::move_held(ctx.state, from, kDeposit, to, c.deposit));
  CESS_TRY(accounts::hold(ctx.state, to, kDeposit, c.deposit));
  kOfHolder.erase(ctx.state, from, c.number);
  kOfHolder.put(ctx.state, to, c.number, id);
  c.holder = to;
  ctx.events.emit(kModule, kTransferred, Transferred{id, from, to});
  return {};
}

void unlist(Context& ctx, const Certificate& c) {
  remove_word(ctx.state, c.print.kind, c.print.bands, c.number, c.indexed);
  kExact.erase(ctx.state, c.print.exact);
  kShortIds.erase(ctx.state, c.print.id, c.number);
}

void add_parent(Context& ctx, const Hash256& id, Certificate& c, const Hash256& parent) {
  auto p = kCertificates.get(ctx.state, parent);
  CESS_CHECK(p && p->number < c.number);
  c.parents.push_back(parent);
  kChildren.put(ctx.state, parent, c.number, id);
  ++p->children;
  kCertificates.put(ctx.state, parent, *p);
}

void forget_child(Context& ctx, const Hash256& parent, std::uint64_t child) {
  auto p = kCertificates.get(ctx.state, parent);
  CESS_CHECK(p && p->children != 0);
  --p->children;
  kCertificates.put(ctx.state, parent, *p);
  kChildren.erase(ctx.state, parent, child);
}

Status check_link(const State& state, const AccountId& owner,
                  const std::optional<Hash256>& certificate) {
  if (!certificate) {
    if (!kParams.get_or_default(state).files_need_one) return {};
    return refuse("on this network every file carries a certificate of rights");
  }
  CESS_TRY_ASSIGN(const Certificate c, certificate_of(state, *certificate));
  if (c.standing != Standing::valid) return refuse("the certificate was struck");
  if (c.holder != owner) return refuse("the certificate is held by " + to_ss58(c.holder));
  return {};
}

}  // namespace cess::rights
