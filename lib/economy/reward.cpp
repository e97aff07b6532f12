// SPDX-License-Identifier: Apache-2.0
#include "economy/reward.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace cess {
namespace {

// f · weight, f as parts of kScoreUnit.
Amount weighted(std::uint32_t weight, Amount mine, Amount all) {
  if (all == 0) return 0;
  CESS_CHECK(mine <= all);
  return mul_div(mine, kScoreUnit, all) * weight;
}

// 0 … half, in proportion to part / full.
std::uint32_t bonus(std::uint32_t half, Amount part, Amount full) {
  if (full == 0) return part > 0 ? half : 0;
  return static_cast<std::uint32_t>(mul_div(half, std::min(part, full), full));
}

}  // namespace

RewardWeights traffic_limited(RewardWeights w, Amount burned, Amount pool, std::uint32_t x_max) {
  const Amount ceiling = pool == 0 ? 0 : mul_div(pool, x_max, kRewardUnit);
  const Amount limit = ceiling == 0
                           ? kRewardUnit
                           : std::min<Amount>(kRewardUnit, mul_div(burned, kRewardUnit, ceiling));
  const auto pof = static_cast<std::uint32_t>(std::min<Amount>(w.pof, limit));
  w.post += w.pof - pof;
  w.pof = pof;
  return w;
}

RewardWeights present_only(RewardWeights w, const Proven& all) {
  const auto move = [&w](std::uint32_t& weight, Amount sum) {
    if (sum != 0) return;
    w.post += weight;
    weight = 0;
  };
  move(w.porep, all.porep);
  move(w.pof, all.pof);
  move(w.poas, all.poas);
  return w;
}

std::uint32_t reward_factor(std::uint64_t commitment, std::uint64_t commitment_full,
                            Amount extra_stake, Amount required_stake, std::uint32_t x_max) {
  CESS_CHECK(x_max >= kRewardUnit);
  const std::uint32_t half = (x_max - kRewardUnit) / 2;
  return kRewardUnit + bonus(half, commitment, commitment_full) +
         bonus(half, extra_stake, required_stake);
}

Amount reward_score(const RewardWeights& w, const Proven& mine, const Proven& all,
                    std::uint32_t x) {
  const Amount sum = weighted(w.post, mine.post, all.post) +
                     weighted(w.porep, mine.porep, all.porep) + weighted(w.pof, mine.pof, all.pof) +
                     weighted(w.poas, mine.poas, all.poas);
  return mul_div(sum, x, kRewardUnit);
}

Amount reward_of(Amount pool, Amount score, Amount scores) {
  return scores == 0 ? 0 : mul_div(pool, score, scores);
}

std::uint32_t availability_quality(std::uint32_t passed, std::uint32_t probes) {
  if (probes == 0) return 0;
  CESS_CHECK(passed <= probes);
  const std::uint64_t u = std::uint64_t{passed} * kRewardUnit / probes;
  return u <= 9000 ? 0 : static_cast<std::uint32_t>((u - 9000) * 10);
}

Amount vested_part(Amount total, std::uint64_t age, std::uint64_t full) {
  return age >= full ? total : mul_div(total, age, full);
}

}  // namespace cess
