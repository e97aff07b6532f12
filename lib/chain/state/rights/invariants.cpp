// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>

#include "chain/state/rights/internal.hpp"

namespace cess::rights {
namespace {

tl::unexpected<Error> broken(const std::string& what) {
  return fail(Code::no, "rights: broken: " + what, "rights");
}

using Sums = std::map<AccountId, Amount>;

Status check_holds(const State& state, HoldReason reason, const Sums& sums) {
  Sums there;
  accounts::kHolds.scan(state, [&](const auto& key, const Amount& amount) {
    if (std::get<1>(key) == reason.module && std::get<2>(key) == reason.kind)
      there[std::get<0>(key)] = amount;
    return true;
  });
  Sums wanted;
  for (const auto& [who, sum] : sums) {
    if (sum != 0) wanted[who] = sum;
  }
  return there == wanted ? Status{} : broken("holds of kind " + std::to_string(reason.kind));
}

// Everything that leads to certificates, as the certificates have it.
struct Expected {
  std::map<std::uint64_t, Hash256> numbers;
  std::map<Hash256, Hash256> exact;
  std::set<std::pair<AccountId, std::uint64_t>> of_holder;
  std::set<std::pair<ShortId, std::uint64_t>> short_ids;
  std::map<std::pair<Hash256, std::uint64_t>, Hash256> children;
  std::set<std::tuple<Kind, std::uint8_t, std::uint16_t, Word, std::uint64_t>> words;
  std::map<Hash256, std::uint32_t> disputes;
  Sums deposits;
};

Status expect(const State& state, Expected& e) {
  Status status;
  std::map<Hash256, std::uint32_t> child_counts;
  std::map<Hash256, std::uint32_t> stored_counts;
  kCertificates.scan(state, [&](const auto& key, const Certificate& c) {
    const Hash256& id = std::get<0>(key);
    const bool valid = c.standing == Standing::valid;
    if (commitment_of(c.print) != id) status = broken("a commitment");
    e.numbers[c.number] = id;
    e.of_holder.insert({c.holder, c.number});
    e.deposits[c.holder] += c.deposit;
    for (const auto& p : c.parents) {
      const auto parent = kCertificates.get(state, p);
      if (!parent || parent->number >= c.number) status = broken("a parent");
      e.children[{p, c.number}] = id;
      ++child_counts[p];
    }
    if (c.children != 0) stored_counts[id] = c.children;
    if (c.disputes != 0) e.disputes[id] = c.disputes;
    if (c.reach != reach_of(c.indexed)) status = broken("a reach");
    if (c.declared > kParentsMax || c.parents.size() < c.declared ||
        c.parents.size() - c.declared > kRelatedMax || c.near.size() > kNearMax)
      status = broken("a list");
    if (!valid && (c.deposit != 0 || c.indexed != 0 || c.disputes != 0))
      status = broken("a struck certificate");
    if (valid) {
      e.exact[c.print.exact] = id;
      e.short_ids.insert({c.print.id, c.number});
    }
    for (std::uint8_t band = 0; band < kBands; ++band) {
      if ((c.indexed >> band & 1U) != 0)
        e.words.insert({c.print.kind, band, band_of(c.print.bands, band), c.print.bands, c.number});
    }
    return status.has_value();
  });
  CESS_TRY(status);
  return child_counts == stored_counts ? Status{} : broken("counts of children");
}

Status check_maps(const State& state, const Expected& e) {
  Expected there;
  kNumbers.scan(state, [&](const auto& key, const Hash256& id) {
    return there.numbers[std::get<0>(key)] = id, true;
  });
  kExact.scan(state, [&](const auto& key, const Hash256& id) {
    return there.exact[std::get<0>(key)] = id, true;
  });
  bool names = true;
  kOfHolder.scan(state, [&](const auto& key, const Hash256& id) {
    there.of_holder.insert({std::get<0>(key), std::get<1>(key)});
    const auto it = e.numbers.find(std::get<1>(key));
    return names = it != e.numbers.end() && it->second == id;
  });
  kShortIds.scan(state, [&](const auto& key, const Hash256& id) {
    there.short_ids.insert({std::get<0>(key), std::get<1>(key)});
    const auto it = e.numbers.find(std::get<1>(key));
    return names = names && it != e.numbers.end() && it->second == id;
  });
  kChildren.scan(state, [&](const auto& key, const Hash256& id) {
    return there.children[{std::get<0>(key), std::get<1>(key)}] = id, true;
  });
  if (there.numbers != e.numbers) return broken("numbers");
  if (there.exact != e.exact) return broken("exact hashes");
  if (there.of_holder != e.of_holder || there.short_ids != e.short_ids || !names)
    return broken("lists of holders or short ids");
  return there.children == e.children ? Status{} : broken("children");
}

Status check_buckets(const State& state, const Expected& e) {
  decltype(e.words) there;
  std::size_t entries = 0;
  Status status;
  std::optional<std::tuple<Kind, std::uint8_t, std::uint16_t, std::uint8_t>> before;
  bool before_full = false;
  kBuckets.scan(state, [&](const auto& key, const Page& page) {
    const auto& [kind, band, value, at] = key;
    if (page.entries.empty() || page.entries.size() > kPageEntries ||
        at >= kBucketMax / kPageEntries)
      status = broken("a page's size");
    const bool follows = before && std::get<0>(*before) == kind && std::get<1>(*before) == band &&
                         std::get<2>(*before) == value;
    if (follows ? !before_full || std::get<3>(*before) + 1 != at : at != 0)
      status = broken("a hole in a bucket");
    before = key;
    before_full = page.entries.size() == kPageEntries;
    entries += page.entries.size();
    for (const auto& entry : page.entries)
      there.insert({kind, band, value, entry.word, entry.number});
    return status.has_value();
  });
  CESS_TRY(status);
  return there == e.words && entries == there.size() ? Status{} : broken("the index");
}

Status check_disputes(const State& state, const Expected& e) {
  Sums bonds;
  std::map<Hash256, std::uint32_t> counts;
  bool linked = true;
  std::size_t count = 0;
  kDisputes.scan(state, [&](const auto& key, const Dispute& d) {
    bonds[d.challenger] += d.bond;
    ++counts[d.certificate];
    ++count;
    return linked = kDisputesOf.has(state, d.certificate, std::get<0>(key)) &&
                    kDue.has(state, d.due, std::get<0>(key));
  });
  std::size_t links = 0;
  kDisputesOf.scan(state, [&](const auto&, Height) { return ++links, true; });
  kDue.scan(state, [&](const auto&, bool) { return ++links, true; });
  if (!linked || links != 2 * count || counts != e.disputes) return broken("disputes");
  return check_holds(state, kBond, bonds);
}

}  // namespace

Status check_rights_invariants(const State& state) {
  Expected e;
  CESS_TRY(expect(state, e));
  CESS_TRY(check_maps(state, e));
  CESS_TRY(check_buckets(state, e));
  CESS_TRY(check_disputes(state, e));
  return check_holds(state, kDeposit, e.deposits);
}

}  // namespace cess::rights
