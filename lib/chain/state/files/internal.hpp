// SPDX-License-Identifier: Apache-2.0
// What the files of this module share: queues, open business, helpers.
#pragma once

#include "chain/state/audits/index.hpp"
#include "chain/state/files/calls.hpp"
#include "chain/state/files/events.hpp"
#include "chain/state/files/layout.hpp"

namespace cess::files {

/// Somebody who wants to become an owner.
struct Joining {
  std::uint64_t territory = 0;
  Bytes capsule;
  std::uint64_t bytes = 0;  ///< locked
  Hash256 seed;             ///< zero: not drawn yet
  Height until = 0;
  CESS_RECORD(territory, capsule, bytes, seed, until)
};
struct OpenOffer {
  Bytes capsule;
  Height until = 0;
  CESS_RECORD(capsule, until)
};

enum class TimerKind : std::uint8_t { deal, claim, draft, join, offer, kept };
inline constexpr std::array kTimerKindNames = {"deal", "claim", "draft", "join", "offer", "kept"};
constexpr auto& record_names(TimerKind) { return kTimerKindNames; }
/// What a timer or a seed is for; the fields that do not matter are zero.
struct Subject {
  TimerKind kind = TimerKind::deal;
  Fid fid;
  AccountId a;
  AccountId b;
  std::uint32_t segment = 0;
  std::uint16_t column = 0;
  CESS_RECORD(kind, fid, a, b, segment, column)
};

inline constexpr StoredMap<std::vector<Hash256>, AccountId, Fid, std::uint32_t> kDraftRoots{
    kModule, 10, "draft_roots"};
inline constexpr StoredMap<Joining, Fid, AccountId> kJoining{kModule, 11, "joining"};
inline constexpr StoredMap<OpenOffer, Fid, AccountId, AccountId> kOffers{kModule, 12, "offer"};
/// Miners that let this file's deal pass: not drawn for it again.
inline constexpr StoredMap<bool, Fid, AccountId> kLate{kModule, 14, "late"};
/// Height, number: what happens then.
inline constexpr StoredMap<Subject, Height, std::uint64_t> kTimers{kModule, 15, "timer"};
/// Gets chance from the next block, in order.
inline constexpr StoredMap<Subject, std::uint64_t> kSeedQueue{kModule, 16, "seed_queue"};
inline constexpr StoredMap<Fid, std::uint64_t> kDrawQueue{kModule, 17, "draw_queue"};
inline constexpr StoredMap<Fid, std::uint64_t> kPurgeQueue{kModule, 18, "purge_queue"};
/// Numbers deals, timers and places in queues.
inline constexpr StoredValue<std::uint64_t> kNextNumber{kModule, 19, "next_number"};

inline tl::unexpected<Error> refuse(std::string why) {
  return fail(Code::input, std::move(why), "file");
}

std::uint64_t next_number(State& state);
void set_timer(Context& ctx, Height at, const Subject& subject);
/// H("CESS-FILES-SEED-v1" ‖ this block's VRF output ‖ parent ‖ SCALE(subject)).
Hash256 seed_of(const Context& ctx, const Subject& subject);

Result<File> stored_file(const State& state, const Fid& fid);
Result<Owner> stored_owner(const State& state, const Fid& fid, const AccountId& who);
Result<std::uint64_t> territory_of(const State& state, const AccountId& owner,
                                   const std::string& name);
Fragment get_fragment(const State& state, const Fid& fid, std::uint32_t segment,
                      std::uint16_t column);
void put_fragment(State& state, const Fid& fid, std::uint32_t segment, std::uint16_t column,
                  const Fragment& fragment);
void enter(Context& ctx, const Fid& fid, File& file, FileState state, std::string reason);
void add_owner(Context& ctx, const Fid& fid, File& file, const AccountId& who, Owner owner);
/// Without touching the territory's sums.
void remove_owner(Context& ctx, const Fid& fid, File& file, const AccountId& who);

// place.cpp
void queue_draw(Context& ctx, const Fid& fid);
void run_draws(Context& ctx);
void run_deal_timer(Context& ctx, const Fid& fid);
/// The deal is over without success: space is given back, what was stored is cleared away.
void fail_deal(Context& ctx, const Fid& fid, File& file, const std::string& reason);

// declare.cpp
void drop_draft(Context& ctx, const AccountId& owner, const Fid& fid);

// owners.cpp
void run_join_timer(Context& ctx, const Fid& fid, const AccountId& who);

// restoral.cpp
void seed_restoral(Context& ctx, const Subject& subject, const Hash256& seed);
void run_claim_timer(Context& ctx, const Subject& subject);
/// Opens orders, or finds the file lost, as the missing fragments of a segment ask.
void judge_segment(Context& ctx, const Fid& fid, File& file, std::uint32_t segment);
void drop_restoral(Context& ctx, const Fid& fid, const File& file, std::uint32_t segment,
                   std::uint16_t column);

// purge.cpp
void queue_purge(Context& ctx, const Fid& fid);
void run_purges(Context& ctx);
void run_timers(Context& ctx);
void run_seeds(Context& ctx);

Status check_file_invariants(const State& state);

/// What the treasury got of the fees for reports of class B fragments bounds what such fragments
/// may earn (rewards).
void note_staked_fees(Context& ctx, const Txn& txn, const Receipt& receipt);

}  // namespace cess::files
