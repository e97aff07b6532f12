// SPDX-License-Identifier: Apache-2.0
// Rewards: what an era issues, and to whom. At the first block of an era the issue of the one
// before leaves the miners' pool of the treasury and is split in four:
//
//   consensus   at once to validators and their nominators, by points (election, staking)
//   storage     with what leases paid, to miners by R (economy/reward.hpp), once audits has settled
//               the era's last epoch
//   retrieval, cache   wait in their pools for the delivery module
//
// The storage pool is shared in three passes over what miners have proven (sum, score, pay), a
// bounded number per block. What rounding, frozen miners or an era without proofs leave stays in
// the pool and is shared with the next era's. Half of a reward is free at once, half over 90 days;
// both are claimed, or sent to the beneficiary as eras are paid, if the miner named one.
//
//   pool(kOwed) = sum over miners of free + what still vests        (every block)
#pragma once

#include "chain/state/accounts/accounts.hpp"
#include "economy/issuance.hpp"
#include "economy/reward.hpp"

namespace cess::rewards {

inline constexpr ModuleId kModule = 10;
inline constexpr PoolId kStorage{kModule, 0};
inline constexpr PoolId kConsensus{kModule, 1};
inline constexpr PoolId kRetrieval{kModule, 2};
inline constexpr PoolId kCache{kModule, 3};
inline constexpr PoolId kOwed{kModule, 4};  ///< earned by miners, not yet sent

/// Out of the sum of the four; see economy/issuance.hpp.
struct Shares {
  std::uint32_t storage = 0;
  std::uint32_t consensus = 0;
  std::uint32_t retrieval = 0;
  std::uint32_t cache = 0;
  CESS_RECORD(storage, consensus, retrieval, cache)
};
/// Of 10000.
struct Weights {
  std::uint32_t post = 4000;
  std::uint32_t porep = 2000;
  std::uint32_t pof = 3000;
  std::uint32_t poas = 1000;
  CESS_RECORD(post, porep, pof, poas)
};

struct Params {
  IssuanceCurve curve = IssuanceCurve::halving;
  Amount total = Amount{5'500'000'000} * kBaseUnitsPerToken;     ///< halving: in all
  Amount first_year = Amount{715'500'000} * kBaseUnitsPerToken;  ///< yearly
  std::uint32_t eras_per_year = 1461;
  Shares early{15, 30, 5, 5};
  Shares late{30, 15, 5, 5};
  Height late_from = 12'614'400;  ///< the first of ten monthly steps from early to late
  std::uint64_t month_blocks = 432'000;
  Weights weights_early;  ///< while the network is young: more for being reachable
  Weights weights;
  Height weights_from = 0;            ///< first height of `weights`
  std::uint32_t factor_max = 20'000;  ///< of 10000: x_max
  std::uint32_t free_share = 5000;    ///< of 10000 of a reward, free at once
  std::uint32_t vest_days = 90;       ///< the rest, a part a day
  std::uint64_t day_blocks = 14'400;
  std::uint32_t miners_per_block = 200;
  std::uint32_t kept_eras = 360;  ///< records of eras
  CESS_RECORD(curve, total, first_year, eras_per_year, early, late, late_from, month_blocks,
              weights_early, weights, weights_from, factor_max, free_share, vest_days, day_blocks,
              miners_per_block, kept_eras)
  static Params dev() {
    Params p;
    p.late_from = 100'000;
    p.month_blocks = 7200;
    p.day_blocks = 240;
    return p;
  }
};

enum class Phase : std::uint8_t { waiting, sum, score, pay, done };
inline constexpr std::array kPhaseNames = {"waiting", "sum", "score", "pay", "done"};
constexpr auto& record_names(Phase) { return kPhaseNames; }

/// What several miners have proven together; `staked` counts with ω_B (crypto: class B).
struct Sums {
  Amount post_full = 0;
  Amount post_staked = 0;
  Amount porep_full = 0;
  Amount porep_staked = 0;
  Amount pof = 0;
  Amount poas_full = 0;
  Amount poas_staked = 0;
  CESS_RECORD(post_full, post_staked, porep_full, porep_staked, pof, poas_full, poas_staked)
};

struct EraRewards {
  Phase phase = Phase::waiting;
  Amount storage = 0;  ///< issued
  Amount consensus = 0;
  Amount retrieval = 0;
  Amount cache = 0;
  Amount income = 0;  ///< what leases paid in the era, for miners too
  Amount pool = 0;    ///< shared among miners: storage, income and what earlier eras left
  AccountId next;     ///< the pass goes on from here
  Sums sums;
  std::uint32_t weight_staked = 0;  ///< ω_B, of 10000
  Weights weights;                  ///< as they counted: absent components moved to PoSt
  Amount scores = 0;                ///< ΣR
  Amount paid = 0;
  std::uint32_t miners = 0;  ///< paid
  CESS_RECORD(phase, storage, consensus, retrieval, cache, income, pool, next, sums, weight_staked,
              weights, scores, paid, miners)
};

/// What vests from the rewards of one day.
struct Vesting {
  std::uint64_t day = 0;
  Amount total = 0;
  Amount released = 0;
  CESS_RECORD(day, total, released)
};
struct MinerRewards {
  Amount free = 0;               ///< may be claimed
  std::vector<Vesting> vesting;  ///< oldest first
  Amount earned = 0;             ///< in all
  Amount sent = 0;
  CESS_RECORD(free, vesting, earned, sent)
};

/// Fees that were burned or paid to the treasury, which bound what may be earned back from them.
struct Burned {
  Amount traffic = 0;
  Amount staked_storage = 0;  ///< of deals tagged by class B
  CESS_RECORD(traffic, staked_storage)
};

/// Proofs of flow and availability of a miner in an era, as their modules report them.
struct Service {
  Amount paid_bytes = 0;  ///< PoF: capped per payer
  std::uint32_t probes = 0;
  std::uint32_t probes_passed = 0;
  CESS_RECORD(paid_bytes, probes, probes_passed)
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredMap<EraRewards, Era> kEras{kModule, 1, "era"};
inline constexpr StoredMap<Amount, Era, AccountId> kScores{kModule, 2, "score"};
inline constexpr StoredMap<MinerRewards, AccountId> kMiners{kModule, 3, "miner"};
inline constexpr StoredMap<Burned, Era> kBurned{kModule, 4, "burned"};
inline constexpr StoredMap<Service, Era, AccountId> kServices{kModule, 5, "service"};
/// The oldest era whose storage rewards are not all paid.
inline constexpr StoredValue<Era> kFront{kModule, 6, "front"};

// ---- for other modules

void note_burned(Context& ctx, Amount traffic, Amount staked_storage);
/// Adds to the current era's.
void note_flow(Context& ctx, const AccountId& miner, Amount paid_bytes);
void note_probe(Context& ctx, const AccountId& miner, bool passed);
/// ω_B, of 10000: what fragments of class B taggers count with, so that who is both tagger and
/// miner never earns more than was burned in fees for such fragments (doc/decisions/1301).
std::uint32_t staked_weight(const Sums& sums, Amount burned, Amount pool, std::uint32_t factor_max);
/// Moves what has vested by `day` to free.
void release(MinerRewards& rewards, std::uint64_t day, std::uint32_t vest_days);
/// Splits a reward of `day`.
void add(MinerRewards& rewards, Amount amount, std::uint64_t day, std::uint32_t free_share);

// ---- calls

/// Call 0, by the miner: what is free goes to its beneficiary.
struct Claim {
  CESS_RECORD_EMPTY
};

// ---- events: 0 issued, 1 rewarded, 2 sent, 3 shared

struct Issued {
  Era era = 0;
  Amount storage = 0;
  Amount consensus = 0;
  Amount retrieval = 0;
  Amount cache = 0;
  Amount income = 0;
  CESS_RECORD(era, storage, consensus, retrieval, cache, income)
};
struct Rewarded {
  Era era = 0;
  AccountId miner;
  Amount amount = 0;
  CESS_RECORD(era, miner, amount)
};
struct Sent {
  AccountId miner;
  AccountId to;
  Amount amount = 0;
  CESS_RECORD(miner, to, amount)
};
struct Shared {
  Era era = 0;
  Amount pool = 0;
  Amount paid = 0;
  std::uint32_t miners = 0;
  CESS_RECORD(era, pool, paid, miners)
};

// ---- between the files of this module

/// Closes the era before the current one; at the first block of an era.
void close_era(Context& ctx);
/// Goes on with the oldest unpaid era.
void share_storage(Context& ctx);
Status claim(Context& ctx, const Claim& call);
/// Credits a reward and, if the miner named a beneficiary, sends what is free. The money must be in
/// kOwed.
void credit(Context& ctx, const Params& params, Era era, const AccountId& miner, Amount amount);
Status check(const State& state);

}  // namespace cess::rewards
