// SPDX-License-Identifier: Apache-2.0
// The storage reward of an era:
//   R = (α f(PoSt) + β f(PoRep) + γ f(PoF) + δ f(PoAs)) · x,   payout = pool · R / ΣR
// Every f is a miner's share of the sum over all miners. Linear on purpose: a concave score would
// pay for splitting one identity into many. Where nobody has any of a component, its weight goes to
// PoSt. All in integers, rounded down: payouts never sum to more than the pool, and what rounding
// leaves stays in it.
#pragma once

#include <cstdint>

#include "economy/amount.hpp"

namespace cess {

constexpr std::uint32_t kRewardUnit = 10'000;  ///< 1 in weights and in x
/// What f = 1 is in scores.
constexpr Amount kScoreUnit = Amount{1} << 64U;

struct RewardWeights {
  std::uint32_t post = 4000;   ///< α
  std::uint32_t porep = 2000;  ///< β
  std::uint32_t pof = 3000;    ///< γ
  std::uint32_t poas = 1000;   ///< δ
};

/// What one miner, or all of them, have proven.
struct Proven {
  Amount post = 0;   ///< V: verdict · (idle + Σ ω·len) over the last epochs
  Amount porep = 0;  ///< Σ ω·len of uniquely encoded fragments that passed
  Amount pof = 0;    ///< paid bytes, capped per payer
  Amount poas = 0;   ///< q · V
};

/// γ_e = min(γ, burned / (x_max · pool)): wash traffic earns at most what it burned. The rest of γ
/// goes to PoSt.
RewardWeights traffic_limited(RewardWeights w, Amount burned, Amount pool, std::uint32_t x_max);
/// The weight of every component of which `all` has none goes to PoSt.
RewardWeights present_only(RewardWeights w, const Proven& all);

/// x in [1, x_max] as 10,000 …: 1 + (x_max - 1)/2 · min(1, commitment / full) + (x_max - 1)/2 ·
/// min(1, extra / required).
std::uint32_t reward_factor(std::uint64_t commitment, std::uint64_t commitment_full,
                            Amount extra_stake, Amount required_stake, std::uint32_t x_max);

/// R: at most kScoreUnit · kRewardUnit · x.
Amount reward_score(const RewardWeights& w, const Proven& mine, const Proven& all, std::uint32_t x);
/// pool · score / scores; 0 if scores is 0.
Amount reward_of(Amount pool, Amount score, Amount scores);

/// f(PoAs)'s q: 0 up to 90 % of probes passed, 1 at all of them; as parts of 10,000.
std::uint32_t availability_quality(std::uint32_t passed, std::uint32_t probes);

/// What of `total` is free `age` after it was earned, when all is after `full`; all if full is 0.
Amount vested_part(Amount total, std::uint64_t age, std::uint64_t full);

}  // namespace cess
