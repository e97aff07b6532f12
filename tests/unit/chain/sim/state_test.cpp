// SPDX-License-Identifier: Apache-2.0
// Worlds with the real state machine: eras, elections, audits, money.
#include <gtest/gtest.h>

#include "chain/sim/run.hpp"

namespace cess::sim {
namespace state_test {

std::string words(const RunResult& r) { return write_json(to_json(r)); }

TEST(SimState, ErasElectAndHonestMinersPass) {
  RunOptions run;
  run.faults = false;
  run.validators = 4;
  run.miners = 40;
  run.duration = 240 * kSecond;
  const RunResult r = run_options(expand(run, 1));
  EXPECT_FALSE(r.report.violation) << words(r);
  EXPECT_GE(r.report.era, 2U);
  EXPECT_GT(r.report.miners["passed"].get<std::uint64_t>(), 300U);
  // Whoever lost half of what it holds is found every time it is asked.
  EXPECT_GE(r.report.miners["cheats_caught"].get<std::uint64_t>(), 3U) << words(r);
  EXPECT_EQ(r.report.miners["cheats_caught"], r.report.miners["false"]);
  // What the dead, the cheats and the leaving had is rebuilt by others, and who leaves gets away.
  EXPECT_GE(r.report.miners["restored"].get<std::uint64_t>(), 4U) << words(r);
  EXPECT_GE(r.report.miners["left"].get<std::uint64_t>(), 2U) << words(r);
  // Suite 1 beside suite 2, and both in one answer.
  EXPECT_GT(r.report.miners["tagged_passed"].get<std::uint64_t>(), 20U) << words(r);
  EXPECT_LT(r.report.miners["tagged_passed"], r.report.miners["passed"]);
}

TEST(SimState, FaultsBreakNoRule) {
  RunOptions run;
  run.validators = 4;
  run.miners = 10;
  run.seeds = 8;
  run_seeds(run, [](const RunResult& r) {
    EXPECT_FALSE(r.report.violation) << words(r);
    return true;
  });
}

TEST(SimState, SameSeedSameTrace) {
  RunOptions run;
  run.validators = 4;
  run.miners = 5;
  const Options o = expand(run, 3);
  EXPECT_EQ(run_options(o).report.trace, run_options(o).report.trace);
}

// Equivocation in the real state machine: convicted, slashed, barred; money still adds up.
TEST(SimState, EquivocationIsSlashed) {
  Options o = quiet(5, 7);
  o.state = true;
  o.invariants_blocks = 5;
  o.liars = {{3, kLieTwoProposals | kLieOpenly | kLieTwoVotes}};
  const RunResult r = run_options(o);
  EXPECT_FALSE(r.report.violation) << words(r);
  EXPECT_GE(r.report.convictions, 1U);
}

// (f): a block with a wrong root is proof against its proposer as soon as its height is final.
TEST(SimState, AWrongRootIsSlashed) {
  Options o = quiet(6, 4);
  o.state = true;
  o.invariants_blocks = 5;
  o.liars = {{1, kLieBadBlock | kLieFrame}};
  const RunResult r = run_options(o);
  EXPECT_FALSE(r.report.violation) << words(r);
  EXPECT_GE(r.report.notes.count("evidence (f) reported"), 1U) << words(r);
  EXPECT_EQ(r.report.convictions, 1U);
}

}  // namespace state_test
}  // namespace cess::sim
