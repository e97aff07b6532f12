// SPDX-License-Identifier: Apache-2.0
// Idle space on the chain: what miners have filled with fillers (lib/pois), how they show it, and
// how the oldest fillers give way to user data. Blobs stay off the chain; the chain has their
// SHA-256, draws who judges them, and takes verdicts signed with BLS keys.
//
//   batch   commit -> beacon -> prove (blob's hash) -> judges drawn -> verdict: fillers count
//   epoch   answer (root over a label of every filler) -> beacon -> prove -> judges -> verdict
//
// Of a miner: numbers [front, rear) without its holes are live fillers of S bytes each. Always
//   fillers + locked + service + vacant + slack = capacity,     0 <= slack < S
// with vacant a multiple of S: room that data left or that was never filled. It is 0 wherever
// fillers have just given way, so not one more did than had to. Capacity is what was
// declared or, with miners::Params::idle_proofs, what was shown.
//
// Namespace idle_space: cess::idle is what is on a miner's disk.
#pragma once

#include "chain/state/accounts/accounts.hpp"
#include "chain/state/audits/audits.hpp"
#include "chain/state/miners/miners.hpp"
#include "merkle/mmr.hpp"
#include "pois/challenge.hpp"

namespace cess::idle_space {

inline constexpr ModuleId kModule = 18;
constexpr std::uint32_t kJudgesMax = 16;

struct Params {
  std::uint8_t log2_nodes = 25;  ///< of a filler: its labels
  std::uint32_t batch_files_max = 1024;
  std::uint32_t judges = 7;                ///< drawn from the committee
  std::uint32_t needed = 5;                ///< of them, for a verdict; in proportion when fewer sit
  std::uint32_t redraws = 1;               ///< when no verdict comes
  std::uint32_t beacon_blocks = 6;         ///< whose chance a beacon holds
  std::uint32_t batch_blocks = 1200;       ///< from the beacon to the blob of a batch
  std::uint32_t answer_blocks = 50;        ///< from the round's begin to the root
  std::uint32_t opening_blocks = 100;      ///< from the beacon to the blob of an epoch
  std::uint32_t judge_blocks = 60;         ///< from the draw to the verdict of an epoch
  std::uint32_t batch_judge_blocks = 600;  ///< and of a batch, which nobody waits for
  Amount deposit = 100 * kBaseUnitsPerToken;   ///< for a batch; lost with it
  Amount hole_fee = kBaseUnitsPerToken;        ///< for a range
  Amount retry_fee = 10 * kBaseUnitsPerToken;  ///< for another try at a missed deadline
  std::uint64_t retry_ms = 7ULL * 86'400'000;  ///< once in so long
  std::uint64_t kept_ms = 30ULL * 86'400'000;  ///< blobs and what is needed to judge them again
  std::uint32_t purged_per_block = 200;
  CESS_RECORD(log2_nodes, batch_files_max, judges, needed, redraws, beacon_blocks, batch_blocks,
              answer_blocks, opening_blocks, judge_blocks, batch_judge_blocks, deposit, hole_fee,
              retry_fee, retry_ms, kept_ms, purged_per_block)
  static Params dev() {
    Params p;
    p.log2_nodes = 11;
    p.beacon_blocks = 1;
    p.batch_blocks = 120;
    p.answer_blocks = 20;
    p.opening_blocks = 20;
    p.judge_blocks = 60;  // at most to the round's end
    p.batch_judge_blocks = 300;
    p.deposit = p.hole_fee = p.retry_fee = kBaseUnitsPerToken;
    p.retry_ms = 600'000;
    p.kept_ms = 3'600'000;
    return p;
  }
  [[nodiscard]] std::uint64_t filler_bytes() const { return pois::Params{log2_nodes}.file_bytes(); }
};

struct Hole {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
  CESS_RECORD(first, end)
};

/// A miner's fillers.
struct Space {
  std::uint64_t front = 0;
  std::uint64_t rear = 0;
  std::vector<Hole> holes;     ///< inside [front, rear), rising, apart
  std::vector<Hash256> peaks;  ///< of the mountain range over all commitments, rear of them
  Epoch changed = 0;           ///< newest snapshot when this was last written
  std::optional<Height> retried;
  CESS_RECORD(front, rear, holes, peaks, changed, retried)
};

enum class Kind : std::uint8_t { batch, epoch };
inline constexpr std::array kKindNames = {"batch", "epoch"};
constexpr auto& record_names(Kind) { return kKindNames; }

enum class Stage : std::uint8_t {
  asked,    ///< another try: the challenge's beacon is on its way
  answer,   ///< another try: the root is due
  beacon,   ///< the beacon is on its way
  proof,    ///< the blob's hash is due
  draw,     ///< judges are drawn with the next block
  verdict,  ///< the judges' turn
  done,
};
inline constexpr std::array kStageNames = {"asked", "answer",  "beacon", "proof",
                                           "draw",  "verdict", "done"};
constexpr auto& record_names(Stage) { return kStageNames; }

enum class Outcome : std::uint8_t { open, accepted, refused, missed, undecided };
inline constexpr std::array kOutcomeNames = {"open", "accepted", "refused", "missed", "undecided"};
constexpr auto& record_names(Outcome) { return kOutcomeNames; }

/// What a judge says of a blob; the byte that it signs.
enum class Opinion : std::uint8_t {
  bad,
  good,
  absent,  ///< asked for again and again until shortly before the end, it was not to be had
};
inline constexpr std::array kOpinionNames = {"bad", "good", "absent"};
constexpr auto& record_names(Opinion) { return kOpinionNames; }

/// One thing that a miner has to prove, batch or epoch.
struct Trial {
  Stage stage = Stage::beacon;
  Outcome outcome = Outcome::open;
  Height due = 0;          ///< block at whose begin the stage ends
  Hash256 beacon;          ///< draws what the blob shows; zero: not known yet
  Hash256 digest;          ///< SHA-256 of the blob
  std::uint64_t size = 0;  ///< of the blob
  std::vector<AccountId> judges;
  std::uint16_t accepted = 0;  ///< bit i: judge i
  std::uint16_t refused = 0;
  std::uint16_t absent = 0;
  std::uint8_t draws = 0;
  CESS_RECORD(stage, outcome, due, beacon, digest, size, judges, accepted, refused, absent, draws)
  [[nodiscard]] unsigned judged() const { return unsigned{accepted} | refused | absent; }
};

struct BatchTrial {
  Trial trial;
  std::uint64_t first = 0;
  std::vector<Hash256> comms;
  Amount deposit = 0;
  CESS_RECORD(trial, first, comms, deposit)
};

/// With this anybody can ask the miner again what it was asked (epoch_challenge).
struct EpochTrial {
  Trial trial;
  Hash256 challenge;        ///< beacon of the first round: R_e, or another try's
  Hash256 files_root;       ///< as of the snapshot, with rear and holes
  std::uint64_t front = 0;  ///< as of the answer
  std::uint64_t rear = 0;
  std::vector<Hole> holes;
  Hash256 root;                    ///< over the answers
  std::uint64_t opened_front = 0;  ///< fillers below gave way before the second beacon
  CESS_RECORD(trial, challenge, files_root, front, rear, holes, root, opened_front)
};

/// A batch that was judged, for those who want to judge again: its commitments stand in the
/// transaction.
struct BatchResult {
  Outcome outcome = Outcome::open;
  std::uint32_t count = 0;
  Hash256 comms_digest;  ///< pois::batch_digest
  Hash256 beacon;
  Hash256 digest;
  CESS_RECORD(outcome, count, comms_digest, beacon, digest)
};

using BlsKey = std::array<std::uint8_t, 96>;

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredMap<Space, AccountId> kSpaces{kModule, 1, "space"};
/// Before its first change after the snapshot for an epoch.
inline constexpr StoredMap<Space, Epoch, AccountId> kOldSpaces{kModule, 2, "old_space"};
inline constexpr StoredMap<BatchTrial, AccountId> kBatches{kModule, 3, "batch"};
inline constexpr StoredMap<EpochTrial, Epoch, AccountId> kEpochs{kModule, 4, "epoch"};
inline constexpr StoredMap<BatchResult, Height, AccountId> kBatchResults{kModule, 5,
                                                                         "batch_result"};
/// (height, miner, kind) -> epoch; 0 for batches.
inline constexpr StoredMap<Epoch, Height, AccountId, Kind> kTimers{kModule, 6, "timer"};
/// BLS keys that validators have appointed to judge with.
inline constexpr StoredMap<BlsKey, AccountId> kJudges{kModule, 7, "judge"};
inline constexpr StoredMap<AccountId, Hash256> kJudgeKeys{kModule, 8, "judge_key"};
/// Chance of the blocks since something first waited for it.
inline constexpr StoredValue<Hash256> kStep{kModule, 9, "step"};

inline constexpr HoldReason kDeposit{kModule, 0};

// ---- for other modules and tools

/// Whose fillers, as lib/pois names them.
pois::Owner owner_of(const Params& params, const Hash256& genesis, const AccountId& miner);
pois::LiveSet live_of(const Space& space);
/// `holes` from number `front` on, the first one cut.
std::vector<Hole> holes_from(const std::vector<Hole>& holes, std::uint64_t front);
MmrPeaks range_of(const Space& space);
/// Capacity that nothing takes: room for whole fillers, which was never filled or which data has
/// left, and the rest, less than one filler.
struct Unfilled {
  std::uint64_t vacant = 0;  ///< bytes, a multiple of a filler's
  std::uint64_t slack = 0;   ///< less than a filler's
};
Unfilled unfilled_of(const Params& params, const miners::Params& rules, const miners::Miner& miner);
/// As of the snapshot for `epoch`.
Space space_at(const State& state, Epoch epoch, const AccountId& miner);
/// What the judges of a batch are to judge the blob by.
pois::Batch batch_of(const Params& params, const Hash256& genesis, const AccountId& miner,
                     const BatchTrial& trial);
/// The first round's challenge that `trial` answers.
pois::EpochChallenge epoch_challenge(const Params& params, const Hash256& genesis, Epoch epoch,
                                     const AccountId& miner, const EpochTrial& trial);
/// How many of the answered fillers had given way when the second round was drawn.
std::uint64_t skipped(const EpochTrial& trial);
/// Signatures that make a verdict when `drawn` judges could be drawn.
std::uint32_t needed_of(const Params& params, std::size_t drawn);
/// What a judge signs: "CESS-IDLE-VERDICT-v1" ‖ genesis ‖ miner ‖ u8 kind ‖ LE64 number ‖ beacon ‖
/// digest ‖ u8 opinion; number: the batch's first filler, or the epoch.
Bytes verdict_message(const Hash256& genesis, const AccountId& miner, Kind kind,
                      std::uint64_t number, const Trial& trial, Opinion opinion);

// ---- calls

/// Call 0: the miner commits to the fillers `first`, first + 1, … It waits for its verdict before
/// the next.
struct Commit {
  std::uint64_t first = 0;
  std::vector<Hash256> comms;
  CESS_RECORD(first, comms)
};
/// Call 1: the first round. `front`: fillers below have given way; those from it on are answered.
struct Answer {
  Epoch epoch = 0;
  std::uint64_t front = 0;
  Hash256 root;
  CESS_RECORD(epoch, front, root)
};
/// Call 2: the blob is ready at the miner's endpoint.
struct Prove {
  Kind kind = Kind::batch;
  std::uint64_t number = 0;
  Hash256 digest;
  std::uint64_t size = 0;
  CESS_RECORD(kind, number, digest, size)
};
/// Call 3: what judges signed, by anybody, one signature or many in one.
struct Verdict {
  AccountId miner;
  Kind kind = Kind::batch;
  std::uint64_t number = 0;
  Opinion opinion = Opinion::bad;
  std::uint16_t signers = 0;
  std::array<std::uint8_t, 48> signature{};
  CESS_RECORD(miner, kind, number, opinion, signers, signature)
};
/// Call 4: fillers [first, end) are lost.
struct DeclareHole {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
  CESS_RECORD(first, end)
};
/// Call 5: another try at this epoch, for a fee.
struct Retry {
  Epoch epoch = 0;
  CESS_RECORD(epoch)
};
/// Call 6: a validator's key for verdicts; possession as election::RegisterKeys.
struct Appoint {
  BlsKey key{};
  std::array<std::uint8_t, 48> possession{};
  std::array<std::uint8_t, 48> signature{};  ///< over appoint_message
  CESS_RECORD(key, possession, signature)
};
/// "CESS-IDLE-JUDGE-v1" ‖ genesis ‖ account.
Bytes appoint_message(const Hash256& genesis, const AccountId& account);

// ---- events: 0 stage, 1 outcome, 2 gave_way, 3 hole, 4 appointed

struct StageEntered {
  AccountId miner;
  Kind kind = Kind::batch;
  std::uint64_t number = 0;
  Stage stage = Stage::beacon;
  Height due = 0;
  CESS_RECORD(miner, kind, number, stage, due)
};
struct Concluded {
  AccountId miner;
  Kind kind = Kind::batch;
  std::uint64_t number = 0;
  Outcome outcome = Outcome::open;
  std::uint64_t fillers = 0;  ///< accepted: of the batch, or live ones shown
  CESS_RECORD(miner, kind, number, outcome, fillers)
};
struct GaveWay {
  AccountId miner;
  std::uint64_t front = 0;
  std::uint64_t fillers = 0;  ///< how many
  CESS_RECORD(miner, front, fillers)
};
struct HoleDeclared {
  AccountId miner;
  std::uint64_t first = 0;
  std::uint64_t end = 0;
  CESS_RECORD(miner, first, end)
};
struct Appointed {
  AccountId account;
  CESS_RECORD(account)
};

}  // namespace cess::idle_space
