// SPDX-License-Identifier: Apache-2.0
// A few dozen fixed seeds, the same trace twice, and what the parts of the simulator promise.
#include <gtest/gtest.h>

#include "chain/sim/run.hpp"

namespace cess::sim {
namespace {

std::string words(const RunResult& r) { return write_json(to_json(r)); }

TEST(SimSeeds, QuietNetworksOfEverySizeMoveOn) {
  for (const unsigned n : {1U, 4U, 7U, 10U, 11U, 13U}) {
    const RunResult r = run_options(quiet(n, n));
    EXPECT_FALSE(r.report.violation) << words(r);
    EXPECT_GT(r.report.height, 50U) << n;
    EXPECT_EQ(r.report.convictions, 0U);
  }
}

TEST(SimSeeds, FourDozenFixedSeedsBreakNoRule) {
  RunOptions run;
  run.validators = 0;
  run.seeds = 48;
  run_seeds(run, [](const RunResult& r) {
    EXPECT_FALSE(r.report.violation) << words(r);
    return true;
  });
}

TEST(SimSeeds, ElevenValidatorsUnderFaultsBreakNoRule) {
  RunOptions run;
  run.seed = 1000;
  run.seeds = 16;
  run_seeds(run, [](const RunResult& r) {
    EXPECT_FALSE(r.report.violation) << words(r);
    return true;
  });
}

TEST(SimSeeds, RealSignaturesBreakNoRule) {
  RunOptions run;
  run.validators = 4;
  run.real_crypto = true;
  run.duration = 10 * kSecond;
  run.seeds = 2;
  run_seeds(run, [](const RunResult& r) {
    EXPECT_FALSE(r.report.violation) << words(r);
    return true;
  });
}

TEST(SimSeeds, SameSeedSameTrace) {
  RunOptions run;
  run.validators = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const Options o = expand(run, seed);
    const RunResult a = run_options(o);
    const RunResult b = run_options(o);
    EXPECT_EQ(a.report.trace, b.report.trace) << seed;
    EXPECT_EQ(a.report.events, b.report.events);
  }
  EXPECT_NE(run_options(expand(run, 1)).report.trace, run_options(expand(run, 2)).report.trace);
}

// C1 of the scenarios: whoever shows both of two votes to everybody is convicted, and nobody else.
TEST(SimSeeds, OpenEquivocationIsConvicted) {
  Options o = quiet(5, 11);
  o.liars = {{3, kLieTwoProposals | kLieOpenly | kLieTwoVotes}};
  const RunResult r = run_options(o);
  EXPECT_FALSE(r.report.violation) << words(r);
  EXPECT_GE(r.report.convictions, 1U);
}

// C2: with four of eleven away nothing becomes final; when one returns, it goes on.
TEST(SimSeeds, FourOfElevenSilentHaltTheChainAndOneBackRevivesIt) {
  Options o = quiet(6, 11);
  o.faults = {{FaultKind::power, 10 * kSecond, 60 * kSecond, 0b1111, 0, false, 0}};
  const RunResult r = run_options(o);
  EXPECT_FALSE(r.report.violation) << words(r);
  EXPECT_LT(r.report.height, 20U);
  EXPECT_GE(r.report.height, 12U);
}

// C6: power cut of all at once.
TEST(SimSeeds, PowerCutOfAllLosesNothing) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Options o = quiet(seed, 4);
    o.faults = {
        {FaultKind::power, 10 * kSecond, 12 * kSecond, 0b1111, 0, false, 0},
        {FaultKind::power, 20 * kSecond + seed * 37 * kMs, 21 * kSecond, 0b1111, 0, false, 1}};
    const RunResult r = run_options(o);
    EXPECT_FALSE(r.report.violation) << words(r);
  }
}

// Found by swarming: timers that are capped all last the same, so a node that had timed out alone
// stayed ahead for ever, and with one validator resting the other three never met in a round.
TEST(SimSeeds, ANodeThatRanAheadIsCaughtUpWith) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Options o = quiet(seed, 4);
    o.timing.round_ms_max = 8000;
    o.era_blocks = 1000;
    o.faults = {{FaultKind::record_lost, 10 * kSecond, 11 * kSecond, 0b1000, 0, false, 0},
                {FaultKind::kill, 20 * kSecond, 40 * kSecond + seed * kSecond, 0b0101, 0, false, 1},
                {FaultKind::kill, 50 * kSecond, 55 * kSecond, 0b0010, 0, false, 2}};
    const RunResult r = run_options(o);
    EXPECT_FALSE(r.report.violation) << words(r);
  }
}

// Ninety minutes with two of four dead and one resting: the one that is left must not run so far
// ahead that those who come back take hours to meet it.
TEST(SimSeeds, WhoWasLongAloneIsSoonMet) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    Options o = quiet(seed, 4);
    o.timing.round_ms_max = 8000;
    o.era_blocks = 100'000;
    o.calm = 3600 * kSecond;
    o.duration = 5400 * kSecond;
    o.faults = {{FaultKind::record_lost, 10 * kSecond, 11 * kSecond, 0b1000, 0, false, 0},
                {FaultKind::kill, 20 * kSecond + seed * kSecond, o.duration, 0b0110, 0, false, 1}};
    const RunResult r = run_options(o);
    EXPECT_FALSE(r.report.violation) << words(r);
    EXPECT_LT(r.report.recovered_in, 300 * kSecond) << words(r);
  }
}

// Seeds that once broke a rule. What they expand to changes with the swarm; the planted bugs keep
// what they taught.
TEST(SimSeeds, SeedsThatOnceBrokeARule) {
  // Seeds 1023774, 1022127: a record that a killed process had written and not synced was gone on
  // from, and a power cut then took it; a late answer to an earlier question was blamed on an
  // honest peer.
  for (const std::uint64_t seed : {1023774U, 1022127U, 1025664U}) {
    RunOptions run;
    run.validators = 0;
    const RunResult r = run_options(expand(run, seed));
    EXPECT_FALSE(r.report.violation) << words(r);
  }
  // validators, seed: an honest node that had lost blocks synced back to the height of its record
  // and had forgotten what it had prepared there: convicted of amnesia, rightly.
  for (const auto& [validators, seed] : {std::pair{4U, 891U}, std::pair{4U, 1045U}}) {
    RunOptions run;
    run.validators = validators;
    const RunResult r = run_options(expand(run, seed));
    EXPECT_FALSE(r.report.violation) << words(r);
  }
}

// C4: collectors that keep their certificates cost time only.
TEST(SimSeeds, SilentCollectorsCostTimeOnly) {
  Options o = quiet(9, 11);
  o.liars = {
      {0, kLieWithholdQc}, {1, kLieWithholdQc | kLieDelayQc}, {2, kLieWithholdQc | kLieBadShare}};
  const RunResult r = run_options(o);
  EXPECT_FALSE(r.report.violation) << words(r);
  EXPECT_GT(r.report.height, 20U);
}

}  // namespace
}  // namespace cess::sim
