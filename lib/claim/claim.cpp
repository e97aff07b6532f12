// SPDX-License-Identifier: Apache-2.0
#include "claim/claim.hpp"

#include <algorithm>
#include <set>

#include "base/check.hpp"
#include "base/hex.hpp"
#include "chain/client/state.hpp"
#include "fingerprint/encoding.hpp"

namespace cess::claim {
namespace {

constexpr std::size_t kFoundMax = 1000;

Result<Claimed> claimed(client::Rpc& rpc, Answer answer, const Hash256& id) {
  CESS_TRY_ASSIGN(const auto c, client::require(rpc, rights::kCertificates, id));
  Claimed out;
  out.answer = answer;
  out.certificate = id;
  out.number = c.number;
  out.reach = c.reach;
  out.height = c.height;
  out.unnamed = c.unnamed;
  for (const auto& n : c.near) {
    CESS_TRY_ASSIGN(const auto other, client::get(rpc, rights::kCertificates, n.certificate));
    out.conflicts.push_back(
        {n.certificate, other ? other->holder : AccountId{}, n.distance, false});
  }
  return out;
}

Claimed refused(const Hash256& id, std::vector<Found> conflicts) {
  Claimed out;
  out.certificate = id;
  out.conflicts = std::move(conflicts);
  return out;
}

bool is_hindered(const NearWorks& near, const std::vector<Found>& conflicts) {
  return !conflicts.empty() && (near.policy == rights::Policy::refuse || conflicts[0].same_bytes);
}

tl::unexpected<Error> no_registration(const std::string& why, const Hash256& subject) {
  return fail(Code::no, "cannot register: " + why, to_hex(subject));
}

// What the chain would refuse for: a name that is taken, parents that do not stand or permit.
Status check_wish(client::Rpc& rpc, const rights::Register& wish) {
  const Hash256 id = rights::commitment_of(wish.print);
  CESS_TRY_ASSIGN(const auto there, client::get(rpc, rights::kCertificates, id));
  if (there) {
    const bool struck = there->standing == rights::Standing::struck;
    return no_registration("certificate '" + to_hex(id) + "' " +
                               (struck ? "was struck" : "is held by " + to_ss58(there->holder)),
                           id);
  }
  for (const Hash256& name : wish.parents) {
    CESS_TRY_ASSIGN(const auto parent, client::get(rpc, rights::kCertificates, name));
    if (!parent) return no_registration("no parent '" + to_hex(name) + "'", name);
    if (parent->standing == rights::Standing::struck)
      return no_registration("parent '" + to_hex(name) + "' was struck", name);
    if (parent->terms.derive == rights::Derive::anyone || parent->holder == wish.owner) continue;
    CESS_TRY_ASSIGN(const auto permit, client::get(rpc, rights::kPermits, name, wish.owner));
    if (permit) continue;
    return no_registration(
        "no permission of " + to_ss58(parent->holder) + " to derive from its work", name);
  }
  return {};
}

// What is wrong on any chain. Code::usage.
Status check_words(const rights::Register& wish) {
  if (wish.parents.size() > rights::kParentsMax)
    return fail(Code::usage, "a work has at most 16 parents");
  if (std::set<Hash256>(wish.parents.begin(), wish.parents.end()).size() != wish.parents.size())
    return fail(Code::usage, "a parent is named twice");
  return check_text(wish.terms.text, "terms");
}

}  // namespace

Status check_text(const std::string& text, const std::string& what) {
  const auto plain = [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '\x7f'; };
  if (text.size() <= rights::kTextSizeMax && std::all_of(text.begin(), text.end(), plain))
    return {};
  return fail(Code::usage, "the " + what + " may be 256 bytes without control characters");
}

rights::Print print_of(const fp::Fingerprint& f) {
  rights::Print p;
  p.kind = static_cast<rights::Kind>(f.content.kind);
  p.type = f.content.type;
  p.exact = f.exact;
  p.size_bytes = f.size_bytes;
  p.width = f.content.width;
  p.height = f.content.height;
  p.duration_ms = f.content.duration_ms;
  store_be(p.id.data(), f.content.certificate);
  p.bands = f.content.similarity;
  p.features = fp::features_hash(f.content);
  return p;
}

Result<NearWorks> search(client::Rpc& rpc, const rights::Print& print, const AccountId& owner) {
  CESS_TRY_ASSIGN(const Json answer, rpc.call("rights_search", {{"kind", to_json_value(print.kind)},
                                                                {"exact", to_hex(print.exact)},
                                                                {"bands", to_hex(print.bands)},
                                                                {"owner", to_hex(owner)}}));
  const JsonView view(answer, "rights_search");
  NearWorks out;
  CESS_TRY_ASSIGN(const std::string policy, view.text("policy"));
  CESS_TRY(from_json_value(Json(policy), out.policy, "rights_search: policy"));
  CESS_TRY_ASSIGN(const auto radius, view.number("radius", rights::kRadiusMax));
  out.radius = static_cast<unsigned>(radius);
  CESS_TRY_ASSIGN(const auto matches, view.array("matches", kFoundMax));
  for (const auto& m : matches) {
    Found f;
    CESS_TRY_ASSIGN(f.certificate, m.id<Hash256>("certificate"));
    CESS_TRY_ASSIGN(const std::string holder, m.text("holder"));
    CESS_TRY_ASSIGN(f.holder, parse_account(holder, "rights_search: holder"));
    CESS_TRY_ASSIGN(const auto distance, m.number("distance", 256));
    f.distance = static_cast<unsigned>(distance);
    CESS_TRY_ASSIGN(f.same_bytes, m.boolean("same_bytes"));
    out.found.push_back(f);
  }
  return out;
}

std::vector<Found> conflicts_of(const NearWorks& near, const AccountId& owner,
                                const std::vector<Hash256>& parents) {
  std::vector<Found> out;
  for (const auto& f : near.found) {
    const bool named = std::find(parents.begin(), parents.end(), f.certificate) != parents.end();
    if (f.holder != owner && (f.same_bytes || !named)) out.push_back(f);
  }
  return out;
}

namespace {

/// What is known before anything is sent: an answer, or the conflicts that would be flagged.
struct Look {
  std::optional<Claimed> answer;
  std::vector<Found> conflicts;
};

Result<Look> look(client::Rpc& rpc, const rights::Register& wish) {
  CESS_TRY(check_words(wish));
  Look out;
  CESS_TRY_ASSIGN(const NearWorks near, search(rpc, wish.print, wish.owner));
  for (const auto& f : near.found) {
    if (!f.same_bytes || f.holder != wish.owner) continue;
    CESS_TRY_ASSIGN(out.answer, claimed(rpc, Answer::known, f.certificate));
    return out;
  }
  out.conflicts = conflicts_of(near, wish.owner, wish.parents);
  if (is_hindered(near, out.conflicts)) {
    out.answer = refused(rights::commitment_of(wish.print), std::move(out.conflicts));
    return out;
  }
  CESS_TRY(check_wish(rpc, wish));
  return out;
}

Result<Claimed> only_look_at(client::Rpc& rpc, const rights::Register& wish) {
  CESS_TRY_ASSIGN(Look seen, look(rpc, wish));
  if (seen.answer) return std::move(*seen.answer);
  Claimed out = refused(rights::commitment_of(wish.print), std::move(seen.conflicts));
  out.answer = Answer::registered;
  return out;
}

Result<Pending> send_wish(client::Rpc& rpc, const AccountKey& key, rights::Register wish,
                          const Ready& ready) {
  CESS_TRY_ASSIGN(Look seen, look(rpc, wish));
  Pending out{std::move(wish), std::move(seen.answer), std::nullopt};
  if (out.answer) return out;
  if (ready) CESS_TRY(ready());
  CESS_TRY_ASSIGN(auto call, client::encode_call("rights.register", out.wish));
  CESS_TRY_ASSIGN(TxnBody body, client::prepare(rpc, key.id, std::move(call)));
  out.txn = sign_txn(std::move(body), key);
  CESS_TRY(client::submit(rpc, *out.txn));
  return out;
}

}  // namespace

Result<Pending> send_registration(client::Rpc& rpc, const AccountKey& key,
                                  const rights::Print& print, const rights::Terms& terms,
                                  const std::vector<Hash256>& parents, const Ready& ready) {
  return send_wish(rpc, key, {key.id, print, terms, parents}, ready);
}

Result<Claimed> await_registration(client::Rpc& rpc, const Pending& sent) {
  if (sent.answer) return *sent.answer;
  CESS_CHECK(sent.txn.has_value());
  const Hash256 id = rights::commitment_of(sent.wish.print);
  CESS_TRY_ASSIGN(const auto outcome, client::wait(rpc, *sent.txn));
  if (!outcome.ok) {
    // Perhaps somebody was quicker.
    CESS_TRY_ASSIGN(const NearWorks now, search(rpc, sent.wish.print, sent.wish.owner));
    auto others = conflicts_of(now, sent.wish.owner, sent.wish.parents);
    if (is_hindered(now, others)) return refused(id, std::move(others));
    CESS_TRY(client::require_ok(outcome));
  }
  CESS_TRY_ASSIGN(Claimed out, claimed(rpc, Answer::registered, id));
  out.txn = outcome.hash;
  return out;
}

Result<Amount> deposit_of(client::Rpc& rpc, const rights::Terms& terms, std::size_t parents) {
  CESS_TRY_ASSIGN(const auto stored, client::get(rpc, rights::kParams));
  const rights::Params params = stored.value_or(rights::Params{});
  return params.deposit +
         params.deposit_per_byte * Amount{terms.text.size() + parents * Hash256::kSize};
}

Result<Claimed> claim_upload(client::Rpc& rpc, const AccountKey& payer, const AccountId& owner,
                             const rights::Print& print, const rights::Terms& terms,
                             const std::vector<Hash256>& parents, const Ready& room) {
  const rights::Register wish{owner, print, terms, parents};
  CESS_TRY_ASSIGN(Claimed seen, only_look_at(rpc, wish));
  if (seen.answer != Answer::registered) return seen;
  CESS_TRY(room());
  CESS_TRY_ASSIGN(const Pending sent, send_wish(rpc, payer, wish, {}));
  return await_registration(rpc, sent);
}

Result<Claimed> register_print(client::Rpc& rpc, const AccountKey& key, const rights::Print& print,
                               const rights::Terms& terms, const std::vector<Hash256>& parents,
                               bool only_look, const Ready& ready) {
  if (only_look) return only_look_at(rpc, {key.id, print, terms, parents});
  CESS_TRY_ASSIGN(const Pending sent, send_registration(rpc, key, print, terms, parents, ready));
  return await_registration(rpc, sent);
}

Result<std::vector<Hash256>> find_all(client::Rpc& rpc, const std::string& name) {
  const std::string hex = name.starts_with("0x") ? name.substr(2) : name;
  const auto bytes = parse_hex(hex, name);
  if (!bytes || (bytes->size() != Hash256::kSize && bytes->size() != sizeof(rights::ShortId))) {
    return fail(Code::input,
                "'" + name + "' names no certificate: want 64 or 16 hexadecimal digits", name);
  }
  CESS_TRY_ASSIGN(const Json answer, rpc.call("rights_find", {{"name", hex}}));
  std::vector<Hash256> out;
  CESS_TRY(detail::json_wants(answer.is_object() && answer.contains("certificates") &&
                                  answer["certificates"].is_array() &&
                                  answer["certificates"].size() <= kFoundMax,
                              "an array", "rights_find: certificates"));
  for (const auto& id : answer["certificates"]) {
    CESS_TRY_ASSIGN(const auto text, detail::json_text(id, "rights_find: certificates"));
    CESS_TRY_ASSIGN(out.emplace_back(), parse_id<Hash256>(text, "rights_find: certificates"));
  }
  if (out.empty()) return fail(Code::no, "no certificate of '" + name + "'", name);
  return out;
}

Result<Hash256> find_one(client::Rpc& rpc, const std::string& name) {
  CESS_TRY_ASSIGN(const auto all, find_all(rpc, name));
  if (all.size() == 1) return all[0];
  std::string words;
  for (const auto& id : all) words += " " + to_hex(id);
  return fail(Code::input, "'" + name + "' names several certificates:" + words, name);
}

std::string describe(const Found& f) {
  return "certificate '" + to_hex(f.certificate) + "' " +
         (f.same_bytes ? std::string("of the same bytes")
                       : "at distance " + std::to_string(f.distance)) +
         ", held by " + to_ss58(f.holder);
}

Json found_json(const Found& f) {
  return {{"certificate", to_hex(f.certificate)},
          {"holder", to_ss58(f.holder)},
          {"distance", f.distance},
          {"same_bytes", f.same_bytes}};
}

}  // namespace cess::claim
