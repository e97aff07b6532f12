// SPDX-License-Identifier: Apache-2.0
// Calls of the files module. Where a call has an `owner`, the sender is that account or a gateway
// it authorised.
#pragma once

#include "chain/state/files/files.hpp"

namespace cess::files {

constexpr std::size_t kReceiptsMax = 16;
constexpr std::size_t kReportFragmentsMax = 64;        ///< of all receipts in `report`
constexpr std::size_t kLongReportFragmentsMax = 1000;  ///< in `report_long`
constexpr std::size_t kLostMax = 64;

/// Call 0. `roots`: segment by segment, all columns of each; as many whole segments as fit here.
struct Declare {
  AccountId owner;
  Fid fid;
  FileId file_id;
  Hash256 manifest;
  std::uint64_t length = 0;
  Profile profile;
  std::string territory;
  Visibility visibility = Visibility::restricted;
  RegionRule rule;
  std::optional<Hash256> certificate;
  Bytes capsule;
  std::vector<Hash256> roots;
  CESS_RECORD(owner, fid, file_id, manifest, length, profile, territory, visibility, rule,
              certificate, capsule, roots)
};
/// Call 1: further segments of a declaration that did not fit one transaction.
struct Extend {
  AccountId owner;
  Fid fid;
  std::uint32_t first_segment = 0;
  std::vector<Hash256> roots;
  CESS_RECORD(owner, fid, first_segment, roots)
};

using Nonce = std::array<std::uint8_t, 16>;
/// A miner's word that it holds its slot, with what names the fragments. Its key signs
/// receipt_message(); a receipt that the miner itself sends needs no signature.
struct SlotReceipt {
  Fid fid;
  std::uint64_t deal = 0;
  std::uint32_t stripe = 0;
  std::uint16_t column = 0;
  TaggerId tagger;            ///< zero: audit suite 2
  std::vector<Nonce> nonces;  ///< the tagger's, one a segment; none in suite 2
  Bytes signature;            ///< 64 bytes, or none
  CESS_RECORD(fid, deal, stripe, column, tagger, nonces, signature)
};
/// "CESS-RECEIPT-v1" ‖ genesis ‖ miner ‖ SCALE(receipt with no signature).
Bytes receipt_message(const Hash256& genesis, const AccountId& miner, SlotReceipt receipt);

/// Call 2 (few fragments) and 3 (one column of a long file). Refused receipts are told in events;
/// the call fails if all are.
inline constexpr std::uint8_t kReportCall = 2;
inline constexpr std::uint8_t kReportLongCall = 3;
struct Report {
  std::vector<SlotReceipt> receipts;
  CESS_RECORD(receipts)
};

/// Call 4: one owner gives the file up; with the last one it goes. While placing: cancels the deal.
struct Delete {
  AccountId owner;
  Fid fid;
  CESS_RECORD(owner, fid)
};
/// Call 5: into another territory of the same owner.
struct Move {
  AccountId owner;
  Fid fid;
  std::string territory;
  CESS_RECORD(owner, fid, territory)
};
/// Call 6, by the owner itself: offers its share of the file to `to`, with the data key
/// encapsulated anew.
struct Offer {
  Fid fid;
  AccountId to;
  Bytes capsule;
  CESS_RECORD(fid, to, capsule)
};
/// Call 7, by the receiver itself, into its own territory.
struct Accept {
  Fid fid;
  AccountId from;
  std::string territory;
  CESS_RECORD(fid, from, territory)
};
/// Call 8, by the owner itself: lets an account read, by a capsule of its own.
struct Grant {
  Fid fid;
  AccountId to;
  Bytes capsule;
  CESS_RECORD(fid, to, capsule)
};
/// Call 9.
struct Ungrant {
  Fid fid;
  AccountId to;
  CESS_RECORD(fid, to)
};
/// Call 10: asks to become an owner of a stored file; the challenge is drawn in the next block.
struct Join {
  AccountId owner;
  Fid fid;
  std::string territory;
  Bytes capsule;
  CESS_RECORD(owner, fid, territory, capsule)
};
struct LeafOpening {
  Bytes data;
  std::vector<Hash256> path;
  CESS_RECORD(data, path)
};
/// Call 11: answers it with the drawn leaves, in order.
struct Prove {
  AccountId owner;
  Fid fid;
  std::vector<LeafOpening> leaves;
  CESS_RECORD(owner, fid, leaves)
};

/// Call 12, by the holder: these fragments are gone.
struct ReportLost {
  std::vector<FragId> fragments;
  CESS_RECORD(fragments)
};
/// Call 13, by a miner: will rebuild a lost fragment.
struct ClaimRestoral {
  Fid fid;
  std::uint32_t segment = 0;
  std::uint16_t column = 0;
  CESS_RECORD(fid, segment, column)
};
/// Call 14: done. The transaction is the receipt; the proof is over the one fragment: of suite 1 in
/// `proof` (restoral_challenge), of suite 2 in `leaves` (drawn_leaf).
struct CompleteRestoral {
  Fid fid;
  std::uint32_t segment = 0;
  std::uint16_t column = 0;
  Bytes proof;
  std::vector<LeafOpening> leaves;
  CESS_RECORD(fid, segment, column, proof, leaves)
};

// ---- handlers

Status run_declare(Context& ctx, const Declare& c);
Status run_extend(Context& ctx, const Extend& c);
Status run_report(Context& ctx, const Report& c);
Status run_report_long(Context& ctx, const Report& c);
Status run_delete(Context& ctx, const Delete& c);
Status run_move(Context& ctx, const Move& c);
Status run_offer(Context& ctx, const Offer& c);
Status run_accept(Context& ctx, const Accept& c);
Status run_grant(Context& ctx, const Grant& c);
Status run_ungrant(Context& ctx, const Ungrant& c);
Status run_join(Context& ctx, const Join& c);
Status run_prove(Context& ctx, const Prove& c);
Status run_report_lost(Context& ctx, const ReportLost& c);
Status run_claim_restoral(Context& ctx, const ClaimRestoral& c);
Status run_complete_restoral(Context& ctx, const CompleteRestoral& c);

/// Whether the opening is the leaf of the fragment that the place names.
bool verify_opening(const Fragment& fragment, const LeafPlace& place, const LeafOpening& opening);

}  // namespace cess::files
