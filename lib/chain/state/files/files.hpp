// SPDX-License-Identifier: Apache-2.0
// Files: declared, placed on drawn miners, repaired, owned, deleted. A file is segments × columns
// of fragments; column = replica · (k+m) + index. A deal places stripes (runs of segments) of each
// column on one miner each. Lengths are never taken on trust: they follow from length and profile,
// and the fid is recomputed over all roots.
//
//   draft -> placing -> active -> deleting          placing -> failed (reason kept)
//                       active -> lost (fewer than k living fragments of a segment)
#pragma once

#include "chain/state/kernel/module.hpp"
#include "chain/state/miners/miners.hpp"
#include "podr2/challenge.hpp"

namespace cess::files {

inline constexpr ModuleId kModule = 8;
constexpr std::uint32_t kSegmentsMax = 1000;
constexpr std::uint32_t kColumnsMax = 64;
constexpr std::size_t kCapsuleSizeMax = 1024;
constexpr std::uint32_t kPageFragments = 16;

enum class FileState : std::uint8_t { placing, active, lost, deleting, failed };
inline constexpr std::array kFileStateNames = {"placing", "active", "lost", "deleting", "failed"};
constexpr auto& record_names(FileState) { return kFileStateNames; }

enum class Visibility : std::uint8_t { restricted, open };
inline constexpr std::array kVisibilityNames = {"private", "public"};
constexpr auto& record_names(Visibility) { return kVisibilityNames; }

/// codec's Profile.
struct Profile {
  std::uint8_t k = 4;
  std::uint8_t m = 8;
  std::uint8_t copies = 1;
  std::uint8_t matrix = 1;  ///< erasure/code.hpp's MatrixId
  std::uint32_t fragment_size = 8U << 20U;
  CESS_RECORD(k, m, copies, matrix, fragment_size)
  [[nodiscard]] std::uint32_t n() const { return std::uint32_t{k} + m; }
  [[nodiscard]] std::uint32_t columns() const { return n() * copies; }
};

constexpr std::size_t kListedMax = 64;  ///< miners in each list of a rule

/// Where fragments may go. An empty list does not restrict. With `allow`, only these miners.
struct RegionRule {
  std::vector<std::string> regions;  ///< "DE", "US-CA"
  std::vector<AccountId> allow;
  std::vector<AccountId> deny;
  std::vector<miners::Place> polygon;
  CESS_RECORD(regions, allow, deny, polygon)
};

struct File {
  FileState state = FileState::placing;
  FileId file_id;
  std::uint64_t length = 0;  ///< of the plaintext
  Profile profile;
  std::uint32_t segment_count = 0;
  std::uint64_t stored_bytes = 0;  ///< of all fragments: what it takes of a territory
  Hash256 manifest;                ///< SHA-256 of the manifest document
  Visibility visibility = Visibility::restricted;
  RegionRule rule;
  std::optional<Hash256> certificate;  ///< of rights
  std::uint64_t deal = 0;              ///< number of its deal, never used twice
  std::uint32_t stripe_segments = 0;   ///< 0: miners not drawn yet
  std::uint32_t slot_count = 0;        ///< stripes × columns
  std::uint32_t reported_count = 0;    ///< slots whose miners have signed
  std::uint32_t attempt = 0;           ///< draws so far
  Height declared_at = 0;
  Height due = 0;      ///< placing: when the next draw or the end comes
  std::string reason;  ///< failed, lost: why
  std::uint32_t owner_count = 0;
  std::uint32_t purged_columns = 0;  ///< clearing away: columns and segments done
  std::uint32_t purged_segments = 0;
  CESS_RECORD(state, file_id, length, profile, segment_count, stored_bytes, manifest, visibility,
              rule, certificate, deal, stripe_segments, slot_count, reported_count, attempt,
              declared_at, due, reason, owner_count, purged_columns, purged_segments)
};

struct Owner {
  std::uint64_t territory = 0;
  Bytes capsule;  ///< the data key, encapsulated to the owner
  Height since = 0;
  std::uint32_t grant_count = 0;
  CESS_RECORD(territory, capsule, since, grant_count)
};

/// One miner's part of a deal: a column of a stripe.
struct Slot {
  AccountId miner;
  bool reported = false;
  CESS_RECORD(miner, reported)
};

struct Fragment {
  Hash256 root;
  FragId frag;          ///< zero until its miner has reported
  TaggerId tagger;      ///< zero: audit suite 2
  bool living = false;  ///< in the service index of a miner (audits/index.hpp)
  CESS_RECORD(root, frag, tagger, living)
};
/// kPageFragments consecutive segments of one column.
struct FragmentPage {
  std::vector<Fragment> fragments;
  CESS_RECORD(fragments)
};
struct FragmentPlace {
  Fid fid;
  std::uint32_t segment = 0;
  std::uint16_t column = 0;
  CESS_RECORD(fid, segment, column)
};

/// A declaration that is not complete yet.
struct Draft {
  File file;
  std::uint64_t territory = 0;
  Bytes capsule;
  std::uint32_t received = 0;   ///< segments
  std::vector<Hash256> leaves;  ///< of these segments
  Height until = 0;
  CESS_RECORD(file, territory, capsule, received, leaves, until)
};
/// A lost fragment that somebody shall rebuild.
struct RestoralOrder {
  Height opened = 0;
  AccountId claimant;       ///< zero: open
  AccountId last_claimant;  ///< let it pass; may not claim again before `until`
  Height until = 0;         ///< end of the claim; of an open order, of the last claimant's bar
  Hash256 seed;             ///< of the claimant's proof
  CESS_RECORD(opened, claimant, last_claimant, until, seed)

  /// Whether `who` let it pass so lately that others come first in a block of this height.
  [[nodiscard]] bool bars(const AccountId& who, Height height) const {
    return claimant.is_zero() && last_claimant == who && height < until;
  }
};

struct Params {
  std::uint32_t deal_blocks = 600;  ///< per try
  std::uint32_t redraws_max = 5;
  std::uint32_t claim_blocks = 250;
  std::uint32_t proof_blocks = 100;  ///< to answer a possession challenge
  std::uint32_t offer_blocks = 14'400;
  std::uint32_t kept_blocks = 100'800;  ///< a failed or lost file's record stays
  std::uint32_t owners_max = 1000;
  std::uint32_t grants_max = 64;  ///< per owner and file
  std::uint32_t possession_leaves = 16;
  std::uint32_t restoral_blocks = 64;           ///< challenged in a restoral's proof
  std::uint32_t restoral_leaves = 16;           ///< the same in suite 2
  std::uint32_t self_report_basis_points = 50;  ///< a tenth of the fine for a failed audit
  bool distinct_operators = true;               ///< fragments of a segment
  bool distinct_subnets = true;                 ///< the same for /24 and /48
  std::uint32_t looks_per_block = 8192;         ///< miners looked at to place files
  std::uint32_t purges_per_block = 500;         ///< fragments
  std::uint32_t timers_per_block = 200;
  CESS_RECORD(deal_blocks, redraws_max, claim_blocks, proof_blocks, offer_blocks, kept_blocks,
              owners_max, grants_max, possession_leaves, restoral_blocks, restoral_leaves,
              self_report_basis_points, distinct_operators, distinct_subnets, looks_per_block,
              purges_per_block, timers_per_block)
  static Params dev() {
    Params p;
    p.deal_blocks = 20;
    p.claim_blocks = 20;
    p.offer_blocks = 60;
    p.kept_blocks = 120;
    p.distinct_subnets = false;  // a network of one machine
    return p;
  }
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredMap<File, Fid> kFiles{kModule, 1, "file"};
inline constexpr StoredMap<Owner, Fid, AccountId> kOwners{kModule, 2, "file_owner"};
/// territory, fid -> owner.
inline constexpr StoredMap<AccountId, std::uint64_t, Fid> kTerritoryFiles{kModule, 3,
                                                                          "territory_file"};
inline constexpr StoredMap<Slot, Fid, std::uint32_t, std::uint16_t> kSlots{kModule, 4, "slot"};
/// fid, column, page of segments.
inline constexpr StoredMap<FragmentPage, Fid, std::uint16_t, std::uint32_t> kPages{kModule, 5,
                                                                                   "fragments"};
inline constexpr StoredMap<FragmentPlace, FragId> kFragmentPlaces{kModule, 6, "fragment_place"};
/// fid, segment -> a bit per column, lowest first, of fragments nobody holds.
inline constexpr StoredMap<Bytes, Fid, std::uint32_t> kMissing{kModule, 7, "missing"};
/// fid, segment, column.
inline constexpr StoredMap<RestoralOrder, Fid, std::uint32_t, std::uint16_t> kRestorals{kModule, 8,
                                                                                        "restoral"};
inline constexpr StoredMap<Draft, AccountId, Fid> kDrafts{kModule, 9, "draft"};
/// fid, owner, reader -> capsule.
inline constexpr StoredMap<Bytes, Fid, AccountId, AccountId> kGrants{kModule, 13, "grant"};

/// A 4 KiB leaf of a fragment.
struct LeafPlace {
  std::uint32_t segment = 0;
  std::uint64_t leaf = 0;   ///< in the fragment
  std::uint64_t count = 0;  ///< leaves of the fragment
  std::size_t size = 0;     ///< bytes of the leaf
};

std::optional<Fragment> fragment_at(const State& state, const Fid& fid, std::uint32_t segment,
                                    std::uint16_t column);
/// Stored bytes of each fragment of a segment.
std::uint32_t fragment_length(const File& file, std::uint32_t segment);

/// The leaves that Prove must open for a challenge, in order.
struct DrawnLeaf {
  std::uint16_t column = 0;
  LeafPlace place;
};
std::vector<DrawnLeaf> drawn_leaves(const State& state, const File& file, const Hash256& seed);
/// The same for a restoral of a fragment under audit suite 2.
std::vector<LeafPlace> restoral_leaves(const State& state, const File& file, std::uint32_t segment,
                                       const Hash256& seed);
/// What a restoral's proof of suite 1 answers: an index of the one fragment.
Challenge restoral_challenge(const State& state, const Hash256& genesis, const AccountId& miner,
                             const FragId& frag, std::uint32_t blocks, const TaggerId& tagger,
                             const Hash256& seed);

/// Whether the rule lets a miner hold a fragment, apart from room and neighbours.
bool fits_rule(const RegionRule& rule, const AccountId& id, const miners::Miner& m);
/// Whether `id` may not hold a fragment beside `other`.
bool too_close(const State& state, const AccountId& id, const miners::Miner& m,
               const AccountId& other_id, const miners::Miner& other);

/// The holder of `frag` does not have it any more (a failed audit located it, it said so, it
/// leaves): the index entry goes, the miner's space is counted idle, and a restoral order or the
/// file's loss follows. Without effect if nobody holds it.
void fragment_lost(Context& ctx, const FragId& frag);

}  // namespace cess::files
