// SPDX-License-Identifier: Apache-2.0
// R²S, "random rotational selection": the score by which candidates are elected. Three parts, each
// on the same scale of 0 to 10000, so that the weights mean what they say. Pure, integers only,
// every division rounds down. doc/economy/r2s.md works an example.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "economy/amount.hpp"

namespace cess {

/// 0 to kScoreMax.
using Score = std::uint16_t;
constexpr Score kScoreMax = 10'000;

/// Percent of the whole; the three add up to 100.
struct ScoreWeights {
  std::uint8_t reputation = 50;
  std::uint8_t stake = 30;
  std::uint8_t random = 20;
};

/// Eras whose reputation counts, and what each counts, newest first.
constexpr std::size_t kReputationEras = 5;
constexpr std::array<std::uint8_t, kReputationEras> kReputationPercent = {50, 20, 15, 10, 5};
using ReputationHistory = std::array<Score, kReputationEras>;  ///< newest first

/// Of one era: 10000 · own / most − (10 · penalties)², at least 0. `most` is the greatest number of
/// points anybody made; own <= most; of no points at all (most = 0) the first term is 0.
Score era_reputation(std::uint64_t own, std::uint64_t most, std::uint32_t penalties);
/// `score` − (10 · penalties)², at least 0.
Score less_penalties(Score score, std::uint32_t penalties);
/// Weighted over five eras.
Score reputation(const ReputationHistory& history);
/// The history after one more era.
ReputationHistory next_history(const ReputationHistory& history, Score newest);

/// 10000 · backing / most; backing <= most; 0 of nothing.
Score stake_score(Amount backing, Amount most);
/// The first eight bytes of a VRF output, big-endian, spread evenly: floor(x · 10001 / 2^64).
/// Uneven by less than 2^-50.
Score random_score(std::span<const std::uint8_t, 8> output);

/// The score an election sorts by.
Score total_score(Score reputation, Score stake, Score random, const ScoreWeights& weights = {});

}  // namespace cess
