// SPDX-License-Identifier: Apache-2.0
// Audits: once an epoch every miner with fragments shows that it still has them. Per epoch e:
//
//   half of epoch e-1   the service index is snapshotted (index.hpp), before the beacon is known
//   begin of epoch e    R_e fixes each miner's challenge (podr2/challenge.hpp); a round opens
//   per miner           window [start + offset, start + offset + response): offset follows from R_e
//                       and the miner, to spread the load; a proof at any other height is refused
//   end of each block   the proofs that came in are judged, all in one batch of pairings
//   after the windows   settlement: ladder of fines, record of space-time, a few miners per block
//
// Verdicts are deterministic: the coefficients of the batch follow from the block and the proofs in
// it (judge.hpp). A proof is the miner's own word, in a transaction it signed; nobody can spoil
// another's turn.
#pragma once

#include "chain/state/audits/index.hpp"
#include "chain/state/audits/items.hpp"
#include "chain/state/kernel/module.hpp"
#include "podr2/challenge.hpp"

namespace cess::audits {

inline constexpr ModuleId kModule = kAuditsModule;

struct Params {
  std::uint32_t count_min = 512;  ///< c = count_min + fragments / 256, at most count_max
  std::uint32_t count_max = 8192;
  std::uint16_t offset_share = 2500;        ///< of 10000 of an epoch: over which windows begin
  std::uint16_t response_share = 2500;      ///< of 10000 of an epoch: how long a window is
  std::uint32_t judged_per_block = 65'536;  ///< asked blocks whose proofs one block judges
  std::uint32_t settled_per_block = 200;    ///< miners
  std::uint32_t purged_per_block = 500;     ///< old records
  std::uint32_t post_epochs = 28;           ///< over which space-time is summed
  std::uint32_t kept_epochs = 56;           ///< results and rejected proofs stay
  std::uint16_t second_failure = 500;       ///< of 10000 of the required stake
  std::uint16_t later_failure = 1500;
  std::uint32_t exit_failures = 5;         ///< in a row, put out
  std::uint32_t false_steps = 2;           ///< what a false proof counts as
  bool idle_required = false;              ///< without a passed idle audit the epoch is failed
  bool idle_unproven_counts = false;       ///< idle space counts as declared, while PoIS is absent
  std::uint16_t weight_attested = 10'000;  ///< ω of fragments of class A taggers, of 10000
  std::uint16_t weight_owner = 0;          ///< of class C and untagged
  CESS_RECORD(count_min, count_max, offset_share, response_share, judged_per_block,
              settled_per_block, purged_per_block, post_epochs, kept_epochs, second_failure,
              later_failure, exit_failures, false_steps, idle_required, idle_unproven_counts,
              weight_attested, weight_owner)
  static Params dev() {
    Params p;
    p.count_min = 16;
    p.count_max = 64;
    p.offset_share = 1000;
    p.response_share = 6000;
    p.idle_unproven_counts = true;
    p.weight_owner = 10'000;
    return p;
  }
};

/// One epoch's audit, from its begin until it is settled.
struct Round {
  Height start = 0;
  std::uint32_t offset_blocks = 1;    ///< windows begin within this many blocks from start
  std::uint32_t response_blocks = 1;  ///< and are this long
  Hash256 beacon;                     ///< R_e
  Era era = 0;
  bool last_of_era = false;
  AccountId next;  ///< settlement goes on with the first miner from here
  std::uint32_t passed = 0;
  std::uint32_t missing = 0;
  std::uint32_t wrong = 0;
  CESS_RECORD(start, offset_blocks, response_blocks, beacon, era, last_of_era, next, passed,
              missing, wrong)
  /// First height past every window.
  [[nodiscard]] Height end() const { return start + offset_blocks + response_blocks; }
};

enum class Outcome : std::uint8_t { passed, missing, wrong };
inline constexpr std::array kOutcomeNames = {"passed", "missing", "false"};
constexpr auto& record_names(Outcome) { return kOutcomeNames; }

/// What one miner proved, or did not, in an epoch.
struct AuditResult {
  Outcome outcome = Outcome::passed;
  std::string reason;  ///< "" or a reason of audit/verifier.hpp: "point", "equation" …
  Height judged_at = 0;
  Hash256 proof_hash;       ///< SHA-256 of what was submitted; zero: nothing
  std::uint32_t count = 0;  ///< c
  std::uint64_t bytes = 0;  ///< held according to the snapshot
  CESS_RECORD(outcome, reason, judged_at, proof_hash, count, bytes)
};

/// The answer for all asked blocks of one tagger: 128 bytes (podr2/prove.hpp).
struct GroupAnswer {
  TaggerId tagger;
  Bytes proof;
  CESS_RECORD(tagger, proof)
};

/// The answer to draw `k` that fell on an untagged fragment: a leaf with its path.
struct LeafProof {
  std::uint32_t k = 0;
  std::array<std::uint8_t, kDescriptorSize> descriptor{};
  Bytes data;
  std::vector<Hash256> path;
  CESS_RECORD(k, descriptor, data, path)
};

/// An answer on its way: waits for further leaves, then for its judgement.
struct Submission {
  std::vector<GroupAnswer> groups;
  Bytes answered;                ///< a bit per draw whose leaf came, lowest bit first
  std::uint32_t leaves_due = 0;  ///< still
  Hash256 hash;                  ///< chained over all parts
  CESS_RECORD(groups, answered, leaves_due, hash)
};

struct QueueEntry {
  Epoch epoch = 0;
  AccountId miner;
  std::uint32_t count = 0;
  CESS_RECORD(epoch, miner, count)
};

/// Space-time of one epoch, bytes: in full weight, and of class B taggers, whose weight is found at
/// the era's end (rewards).
struct EpochSpace {
  Epoch epoch = 0;
  std::uint64_t full = 0;
  std::uint64_t staked = 0;
  CESS_RECORD(epoch, full, staked)
};

/// A miner's record of audits.
struct History {
  std::uint32_t failures = 0;  ///< steps in a row
  Hash256 digest;              ///< D_e of PoSt
  Epoch last = 0;              ///< newest epoch in the digest
  std::uint64_t passed = 0;    ///< in all
  std::uint64_t missing = 0;
  std::uint64_t wrong = 0;
  std::vector<EpochSpace> window;  ///< passed epochs, oldest first, at most Params::post_epochs
  Era era = 0;                     ///< of the sums below
  Amount porep_full = 0;           ///< Σ ω·len of fragments that passed, over the era's epochs
  Amount porep_staked = 0;
  CESS_RECORD(failures, digest, last, passed, missing, wrong, window, era, porep_full, porep_staked)
};

/// What a miner brings to the rewards of an era; written when the era's last epoch is settled.
struct EraProven {
  Amount post_full = 0;
  Amount post_staked = 0;
  Amount porep_full = 0;
  Amount porep_staked = 0;
  CESS_RECORD(post_full, post_staked, porep_full, porep_staked)
};

/// What the proof of idle space says about a miner's epoch. Reported by the module that verifies
/// it (report_idle); until there is one, Params::idle_required and idle_unproven_counts decide.
struct IdleVerdict {
  bool passed = false;
  std::uint64_t bytes = 0;
  Hash256 proof_hash;
  CESS_RECORD(passed, bytes, proof_hash)
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredMap<Round, Epoch> kRounds{kModule, 1, "round"};
inline constexpr StoredMap<Submission, Epoch, AccountId> kSubmissions{kModule, 2, "submission"};
inline constexpr StoredMap<QueueEntry, std::uint64_t> kQueue{kModule, 3, "queue"};
inline constexpr StoredValue<std::uint64_t> kQueueEnd{kModule, 4, "queue_end"};
inline constexpr StoredMap<AuditResult, Epoch, AccountId> kResults{kModule, 5, "result"};
inline constexpr StoredMap<History, AccountId> kHistories{kModule, 6, "history"};
inline constexpr StoredMap<EraProven, Era, AccountId> kEraProven{kModule, 7, "era_proven"};
inline constexpr StoredMap<IdleVerdict, Epoch, AccountId> kIdleVerdicts{kModule, 8, "idle_verdict"};
/// Eras whose kEraProven is complete, until rewards has taken it.
inline constexpr StoredMap<bool, Era> kEraSettled{kModule, 9, "era_settled"};
// 10, 11: evidence.hpp

// ---- for other modules and tools

/// What `miner` is asked in the round of `epoch`; nullopt: no such round, or nothing to show.
std::optional<Challenge> challenge_of(const State& state, const Hash256& genesis, Epoch epoch,
                                      const AccountId& miner);
/// First height at which its answer is taken, and the last.
struct Window {
  Height first = 0;
  Height last = 0;
};
Window window_of(const Round& round, const AccountId& miner);
/// c for an index of this many fragments.
std::uint32_t count_of(const Params& params, std::uint64_t fragments);
/// An idle audit's verdict for an open round, once.
Status report_idle(Context& ctx, Epoch epoch, const AccountId& miner, const IdleVerdict& verdict);
/// V of an era's end: sums of the window.
EraProven era_proven(const History& history);

// ---- calls

/// Call 0, by the miner. `challenge` is the seed (podr2/challenge.hpp): a miner that answers about
/// another state of its index, another epoch or another chain hears so, and nothing is lost. The
/// first part brings all groups; leaves that do not fit follow in further parts. Errors: "stale"
/// (no open round), "binding", "early", "late", "submitted", "group", "leaf".
struct SubmitProof {
  Epoch epoch = 0;
  Hash256 challenge;
  std::vector<GroupAnswer> groups;  ///< ascending tagger, one for each in the asked blocks
  std::vector<LeafProof> leaves;    ///< ascending k
  CESS_RECORD(epoch, challenge, groups, leaves)
};

// ---- events: 0 round, 1 judged, 2 punished, 3 settled

struct RoundOpened {
  Epoch epoch = 0;
  Hash256 beacon;
  Height last_window = 0;
  CESS_RECORD(epoch, beacon, last_window)
};
struct Judged {
  Epoch epoch = 0;
  AccountId miner;
  Outcome outcome = Outcome::passed;
  std::string reason;
  CESS_RECORD(epoch, miner, outcome, reason)
};
struct Punished {
  Epoch epoch = 0;
  AccountId miner;
  std::uint32_t failures = 0;  ///< steps in a row by now; 1 is a warning
  Amount fine = 0;
  bool put_out = false;
  CESS_RECORD(epoch, miner, failures, fine, put_out)
};
struct Settled {
  Epoch epoch = 0;
  std::uint32_t passed = 0;
  std::uint32_t missing = 0;
  std::uint32_t wrong = 0;
  CESS_RECORD(epoch, passed, missing, wrong)
};

// ---- for the module's own files

/// Opens rounds and takes snapshots; at the begin of a block.
void run_clock(Context& ctx);
Status submit_proof(Context& ctx, const SubmitProof& call);
/// Judges what waits, within the block's budget.
void judge_queue(Context& ctx);
/// Settles rounds whose windows are over, and forgets what is old.
void settle(Context& ctx);
Status check(const State& state);

}  // namespace cess::audits
