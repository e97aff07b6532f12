// SPDX-License-Identifier: Apache-2.0
#include "economy/r2s.hpp"

#include "base/check.hpp"
#include "base/endian.hpp"

namespace cess {

Score less_penalties(Score score, std::uint32_t penalties) {
  // Ten penalties are 10000 already: more cannot wrap.
  if (penalties >= 10) return 0;
  const auto loss = static_cast<Score>(100 * penalties * penalties);
  return score > loss ? static_cast<Score>(score - loss) : Score{0};
}

Score era_reputation(std::uint64_t own, std::uint64_t most, std::uint32_t penalties) {
  CESS_CHECK(own <= most);
  if (most == 0) return 0;
  return less_penalties(static_cast<Score>(mul_div(own, kScoreMax, most)), penalties);
}

Score reputation(const ReputationHistory& history) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < kReputationEras; ++i)
    sum += std::uint32_t{history[i]} * kReputationPercent[i];
  return static_cast<Score>(sum / 100);
}

ReputationHistory next_history(const ReputationHistory& history, Score newest) {
  ReputationHistory out{newest};
  for (std::size_t i = 1; i < kReputationEras; ++i) out[i] = history[i - 1];
  return out;
}

Score stake_score(Amount backing, Amount most) {
  CESS_CHECK(backing <= most);
  if (most == 0) return 0;
  return static_cast<Score>(mul_div(backing, kScoreMax, most));
}

Score random_score(std::span<const std::uint8_t, 8> output) {
  const Amount x = load_be<std::uint64_t>(output.data());
  return static_cast<Score>((x * (kScoreMax + 1U)) >> 64U);
}

Score total_score(Score reputation, Score stake, Score random, const ScoreWeights& weights) {
  CESS_CHECK(weights.reputation + weights.stake + weights.random == 100);
  const auto sum = std::uint32_t{reputation} * weights.reputation +
                   std::uint32_t{stake} * weights.stake + std::uint32_t{random} * weights.random;
  return static_cast<Score>(sum / 100);
}

}  // namespace cess
