// SPDX-License-Identifier: Apache-2.0
// Receipts: a miner signs that it holds its slot, and which descriptors name the fragments. From
// then on they stand in its service index and are audited.
#include <algorithm>

#include "chain/state/accounts/accounts.hpp"
#include "chain/state/files/internal.hpp"
#include "chain/state/rewards/rewards.hpp"
#include "chain/state/taggers/taggers.hpp"
#include "chain/state/territory/territory.hpp"
#include "crypto/ed25519.hpp"
#include "podr2/descriptor.hpp"

namespace cess::files {
namespace {

Status check_signature(const Context& ctx, const SlotReceipt& r, const AccountId& id,
                       const miners::Miner& m) {
  if (r.signature.empty() && ctx.origin.account == id) return {};
  Ed25519Signature signature{};
  if (r.signature.size() != signature.size()) return refuse("the miner has not signed");
  std::copy(r.signature.begin(), r.signature.end(), signature.begin());
  if (!ed25519_verify(m.sign_key, receipt_message(ctx.genesis, id, r), signature)) {
    return refuse("the signature is not the miner's");
  }
  return {};
}

Descriptor describe(const File& file, const SlotReceipt& r, std::uint32_t segment,
                    std::size_t number, const Hash256& root) {
  Descriptor d;
  d.file = file.file_id;
  d.segment = segment;
  d.fragment = static_cast<std::uint16_t>(r.column % file.profile.n());
  d.replica = static_cast<std::uint16_t>(r.column / file.profile.n());
  d.length = fragment_length(file, segment);
  d.root = root;
  d.suite = r.tagger.is_zero() ? AuditSuite::merkle : AuditSuite::sw_kzg;
  d.tagger = r.tagger;
  if (!r.tagger.is_zero()) d.nonce = r.nonces[number];
  return d;
}

bool is_same(const FragmentPlace& a, const FragmentPlace& b) {
  return a.fid == b.fid && a.segment == b.segment && a.column == b.column;
}

// Enters the fragments of a slot into the miner's index.
Status take_in(Context& ctx, const File& file, const SlotReceipt& r, const AccountId& miner) {
  const auto [first, end] = stripe_range(file, r.stripe);
  std::uint32_t page_number = first / kPageFragments;
  auto page = kPages.get(ctx.state, r.fid, r.column, page_number);
  for (std::uint32_t s = first; s < end; ++s) {
    if (s / kPageFragments != page_number) {
      kPages.put(ctx.state, r.fid, r.column, page_number, *page);
      page_number = s / kPageFragments;
      page = kPages.get(ctx.state, r.fid, r.column, page_number);
    }
    CESS_CHECK(page.has_value());
    Fragment& f = page->fragments[s % kPageFragments];
    const Descriptor d = describe(file, r, s, s - first, f.root);
    f.frag = frag_id(d);
    f.tagger = r.tagger;
    f.living = true;
    // A descriptor names no fid: another declaration may have the same fragment. It is the other's
    // also while nobody holds it, or a repair of it would find it taken.
    const FragmentPlace here{r.fid, s, r.column};
    const auto place = kFragmentPlaces.get(ctx.state, f.frag);
    if (place && !is_same(*place, here)) return refuse("another file has this fragment");
    CESS_TRY(index_append(ctx.state, miner, {f.frag, d.length, r.tagger}));
    kFragmentPlaces.put(ctx.state, f.frag, here);
  }
  kPages.put(ctx.state, r.fid, r.column, page_number, *page);
  return {};
}

// The last slot is in: locked space of the territory becomes used.
void activate(Context& ctx, const Fid& fid, File& file) {
  for (const auto& key : kOwners.keys(ctx.state, 1, fid)) {
    const auto owner = kOwners.get(ctx.state, fid, std::get<1>(key));
    territory::use(ctx, owner->territory, file.stored_bytes);
  }
  for (const auto& key : kLate.keys(ctx.state, ~std::size_t{0}, fid)) {
    kLate.erase(ctx.state, fid, std::get<1>(key));
  }
  file.due = 0;
  enter(ctx, fid, file, FileState::active, "");
  // Fragments may have been lost while others were still on their way.
  for (const auto& key : kMissing.keys(ctx.state, ~std::size_t{0}, fid)) {
    judge_segment(ctx, fid, file, std::get<1>(key));
  }
}

Status run_receipt(Context& ctx, const SlotReceipt& r, std::size_t& fragments_left) {
  CESS_TRY_ASSIGN(File file, stored_file(ctx.state, r.fid));
  if (file.state != FileState::placing || file.deal != r.deal) {
    return refuse("no such deal is open");
  }
  if (r.signature.size() > 64) return refuse("the signature is too long");
  auto slot = kSlots.get(ctx.state, r.fid, r.stripe, r.column);
  if (!slot) return refuse("no miner is drawn for this slot");
  if (slot->reported) return refuse("the slot is reported already");
  const auto miner = miners::kMiners.get(ctx.state, slot->miner);
  CESS_CHECK(miner.has_value());
  if (miners::is_leaving(miner->state)) return refuse("the miner is leaving");
  const auto [first, end] = stripe_range(file, r.stripe);
  const std::size_t count = end - first;
  if (count > fragments_left) return refuse("too many fragments in one report");
  if (r.nonces.size() != (r.tagger.is_zero() ? 0 : count)) {
    return refuse("a tagged fragment has one nonce, an untagged one none");
  }
  if (!r.tagger.is_zero() && !taggers::is_active(ctx.state, r.tagger)) {
    return refuse("the tagger is not active");
  }
  CESS_TRY(check_signature(ctx, r, slot->miner, *miner));
  CESS_TRY(take_in(ctx, file, r, slot->miner));
  CESS_TRY(miners::fill_space(ctx, slot->miner, slot_bytes(file, r.stripe)));
  fragments_left -= count;
  slot->reported = true;
  kSlots.put(ctx.state, r.fid, r.stripe, r.column, *slot);
  ctx.events.emit(kModule, kStored, Stored{r.fid, r.stripe, r.column, slot->miner});
  if (++file.reported_count == file.slot_count) activate(ctx, r.fid, file);
  kFiles.put(ctx.state, r.fid, file);
  return {};
}

Status run_reports(Context& ctx, const Report& c, std::size_t receipts_max,
                   std::size_t fragments_left) {
  CESS_TRY(require_account(ctx));
  if (c.receipts.empty() || c.receipts.size() > receipts_max) {
    return refuse("1 to " + std::to_string(receipts_max) + " receipts in one report");
  }
  bool any = false;
  Status first_failure;
  for (const auto& r : c.receipts) {
    const auto mark = ctx.state.mark();
    const auto event_count = ctx.events.size();
    const Status done = run_receipt(ctx, r, fragments_left);
    any = any || done.has_value();
    if (done) continue;
    ctx.state.rollback(mark);
    ctx.events.truncate(event_count);
    if (first_failure) first_failure = done;
    ctx.events.emit(kModule, kReceiptRefused,
                    ReceiptRefused{r.fid, r.stripe, r.column, done.error().message});
  }
  return any ? Status{} : first_failure;
}

}  // namespace

Bytes receipt_message(const Hash256& genesis, const AccountId& miner, SlotReceipt receipt) {
  receipt.signature.clear();
  Bytes out;
  append(out, "CESS-RECEIPT-v1");
  append(out, genesis.view());
  append(out, miner.view());
  append(out, encode_scale(receipt));
  return out;
}

void note_staked_fees(Context& ctx, const Txn& txn, const Receipt& receipt) {
  const auto& body = txn.body;
  if (body.module != kModule || (body.call != kReportCall && body.call != kReportLongCall)) return;
  if (!receipt.ok || receipt.fee <= body.tip) return;
  const auto report = decode_scale<Report>(body.args, "arguments");
  if (!report || report->receipts.empty()) return;
  const auto staked =
      std::count_if(report->receipts.begin(), report->receipts.end(), [&](const SlotReceipt& r) {
        return !r.tagger.is_zero() &&
               taggers::effective_class(ctx.state, r.tagger) == taggers::Class::staked;
      });
  if (staked == 0) return;
  const auto share = accounts::kParams.get_or_default(ctx.state).author_share;
  const Amount kept = mul_div(receipt.fee - body.tip, 10'000 - share, 10'000);
  rewards::note_burned(
      ctx, 0,
      mul_div(kept, static_cast<Amount>(staked), static_cast<Amount>(report->receipts.size())));
}

Status run_report(Context& ctx, const Report& c) {
  return run_reports(ctx, c, kReceiptsMax, kReportFragmentsMax);
}
Status run_report_long(Context& ctx, const Report& c) {
  return run_reports(ctx, c, 1, kLongReportFragmentsMax);
}

}  // namespace cess::files
