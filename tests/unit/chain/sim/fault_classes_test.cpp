// SPDX-License-Identifier: Apache-2.0
// Each kind of trouble alone, and sure to happen, where the swarm mixes them: no rule breaks, and
// blocks went on in the meantime (or stood still, where they had to).
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "chain/sim/run.hpp"

namespace cess::sim {
namespace fault_classes_test {

constexpr std::uint64_t kSeeds = 3;

/// Four validators for a minute. `least`: heights that are made in spite of the trouble.
void survive(
    const char* what, consensus::Height least, const std::function<void(Options&)>& with,
    const std::function<void(const Report&)>& also = [](const Report&) {}) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Options o = quiet(seed, 4);
    o.timing.round_ms_max = 8000;
    with(o);
    const RunResult r = run_options(o);
    EXPECT_FALSE(r.report.violation) << what << ' ' << write_json(to_json(r));
    EXPECT_GE(r.report.height, least) << what << ' ' << write_json(to_json(r));
    also(r.report);
  }
}

Fault fault(FaultKind kind, SimTime from, SimTime until, std::uint64_t nodes,
            std::uint64_t amount = 0, bool flag = false) {
  return {kind, from * kSecond, until * kSecond, nodes, amount, flag, 0};
}

TEST(SimFaults, LossDuplicationAndReordering) {
  survive("loss", 15, [](Options& o) { o.network.loss_permille = 100; });
  survive("duplication", 20, [](Options& o) { o.network.duplicate_permille = 500; });
  survive("reordering", 15, [](Options& o) { o.network.reorder_permille = 500; });
  survive("delay", 10, [](Options& o) { o.faults = {fault(FaultKind::delay, 5, 50, 0, 700)}; });
}

TEST(SimFaults, Partitions) {
  // One of four away: the others go on. Two and two: nobody does, and then all.
  survive("one away", 20,
          [](Options& o) { o.faults = {fault(FaultKind::partition, 5, 50, 0b0001)}; });
  survive(
      "halves", 3, [](Options& o) { o.faults = {fault(FaultKind::partition, 5, 50, 0b0011)}; },
      [](const Report& r) { EXPECT_LT(r.height, 25U); });
  survive("deaf", 10, [](Options& o) { o.faults = {fault(FaultKind::one_way, 5, 50, 0b0100)}; });
  survive("ring", 3, [](Options& o) { o.faults = {fault(FaultKind::ring, 5, 50, 0)}; });
  survive("flapping", 5,
          [](Options& o) { o.faults = {fault(FaultKind::flap, 5, 50, 0b0011, 900)}; });
  survive("clogs", 5, [](Options& o) { o.faults = {fault(FaultKind::clog, 5, 50, 0b0110)}; });
}

TEST(SimFaults, Clocks) {
  survive("drift and skew", 20, [](Options& o) {
    o.drift_ppm_max = 500;
    o.skew_ms_max = 400;
  });
  survive("a jump of an hour", 15,
          [](Options& o) { o.faults = {fault(FaultKind::clock, 5, 50, 0b0010, 3'600'000)}; });
  survive("back again", 15,
          [](Options& o) { o.faults = {fault(FaultKind::clock, 5, 50, 0b0010, 3'600'000, true)}; });
  survive("1970", 15, [](Options& o) { o.nodes_in_1970 = 0b1000; });
}

// In each of the first calls after the fifth second, of one process and of all at once.
TEST(SimFaults, ACrashAtEachStorageCall) {
  for (std::uint64_t call = 1; call <= 12; ++call) {
    for (const auto kind : {FaultKind::power_call, FaultKind::kill_call}) {
      for (const std::uint64_t nodes : {0b0001U, 0b1111U}) {
        Options o = quiet(call, 4);
        o.duration = 20 * kSecond;
        o.faults = {fault(kind, 5, 15, nodes, call, call % 2 == 0)};
        const RunResult r = run_options(o);
        EXPECT_FALSE(r.report.violation) << write_json(to_json(r));
        EXPECT_EQ(r.report.notes.count("fell over"), 1U) << "call " << call;
      }
    }
  }
}

// What a node prepared binds it when its database has lost the block before, too: the others, one
// short of a quorum meanwhile, wait for it at the same height.
TEST(SimFaults, ADatabaseThatLosesItsNewestBlock) {
  for (std::uint64_t call = 1; call <= 12; ++call) {
    Options o = quiet(call, 4);
    o.duration = 20 * kSecond;
    o.faults = {fault(FaultKind::tail_lost, 5, 15, 0b0001, call),
                fault(FaultKind::kill, 5, 15, 0b0010)};
    const RunResult r = run_options(o);
    EXPECT_FALSE(r.report.violation) << write_json(to_json(r));
    EXPECT_EQ(r.report.notes.count("the newest block is lost"), 1U) << "call " << call;
  }
}

TEST(SimFaults, PowerCutsTearAndLoseWrites) {
  survive("everybody, five times", 5, [](Options& o) {
    for (const SimTime at : {7U, 16U, 25U, 34U, 43U})
      o.faults.push_back(fault(FaultKind::power, at, at + 2, 0b1111));
  });
  survive("a full disk", 15,
          [](Options& o) { o.faults = {fault(FaultKind::disk_full, 5, 40, 0b0100)}; });
}

TEST(SimFaults, BitFlipsAndRestoredBackups) {
  survive("a record", 15,
          [](Options& o) { o.faults = {fault(FaultKind::slot_flip, 15, 17, 0b0010)}; });
  survive(
      "both slots", 15,
      [](Options& o) { o.faults = {fault(FaultKind::record_lost, 15, 17, 0b0010)}; },
      [](const Report& r) { EXPECT_EQ(r.notes.count("record refused"), 1U); });
  survive("stored blocks", 15, [](Options& o) {
    o.faults = {fault(FaultKind::rot, 15, 17, 0b0010, 20),
                fault(FaultKind::kill, 25, 35, 0b0100)};  // it must ask somebody for them
  });
  survive("a backup", 15,
          [](Options& o) { o.faults = {fault(FaultKind::backup, 10, 30, 0b0001)}; });
}

// A new machine in a validator's place knows nothing but a snapshot; it follows, and votes again in
// an era in which its key can have signed nothing yet.
TEST(SimFaults, AFreshMachineBeginsWithASnapshot) {
  const auto joins = [](const Report& r) {
    EXPECT_EQ(r.notes.count("begins with a snapshot"), 1U);
    EXPECT_EQ(r.notes.count("record refused"), 1U);
  };
  const std::vector<Fault> faults = {fault(FaultKind::fresh, 30, 35, 0b0100)};
  survive(
      "counters", 20, [&](Options& o) { o.faults = faults; }, joins);
  survive(
      "before the last era", 20,
      [&](Options& o) {
        o.era_blocks = 6;
        o.faults = faults;
      },
      joins);
  Options o = quiet(7, 4);
  o.state = true;
  o.miners = 10;
  o.faults = faults;
  const RunResult r = run_options(o);
  EXPECT_FALSE(r.report.violation) << write_json(to_json(r));
  joins(r.report);
}

TEST(SimFaults, Twins) {
  survive("twins", 10, [](Options& o) { o.twins = 0b0010; });
}

TEST(SimFaults, LyingValidators) {
  const auto lies = [](std::uint32_t bits) {
    return [bits](Options& o) { o.liars = {{2, bits}}; };
  };
  survive("bodies withheld", 10, lies(kLieWithholdBody));
  survive("certificates withheld", 10, lies(kLieWithholdQc | kLieDelayQc));
  survive("silence", 10, lies(kLieSilent));
  survive("lying round changes", 10, lies(kLieRoundChange | kLieUnjustified | kLieRoundShift));
  survive("bad shares", 10, lies(kLieBadShare));
  survive("forged certificates", 10, lies(kLieForgedQc));
  survive("out of turn, old things again", 10, lies(kLieOutOfTurn | kLieReplay));
  survive("false accusations", 10, lies(kLieFrame | kLieTwoVotes));
  survive("amnesia", 10, lies(kLieAmnesia));
}

TEST(SimFaults, CheatingAndDyingMiners) {
  Options o = quiet(3, 4);
  o.state = true;
  o.miners = 40;
  o.duration = 90 * kSecond;
  const RunResult r = run_options(o);
  EXPECT_FALSE(r.report.violation) << write_json(to_json(r));
  EXPECT_GT(r.report.miners["passed"].get<std::uint64_t>(), 50U);
  EXPECT_GT(r.report.miners["cheats_caught"].get<std::uint64_t>(), 0U);
  EXPECT_GT(r.report.miners["missing"].get<std::uint64_t>(), 0U) << "the dead do not answer";
  EXPECT_GT(r.report.miners["tagged_passed"].get<std::uint64_t>(), 0U) << "in both suites";
}

// Suite 1 alone: one proof of 128 bytes for all a miner holds, whatever of it is junk.
TEST(SimFaults, CheatsAmongTaggedFragments) {
  Options o = quiet(3, 4);
  o.state = true;
  o.miners = 40;
  o.tagged_every = 1;
  o.duration = 90 * kSecond;
  const RunResult r = run_options(o);
  EXPECT_FALSE(r.report.violation) << write_json(to_json(r));
  const Json& m = r.report.miners;
  EXPECT_GT(m["tagged_passed"].get<std::uint64_t>(), 50U) << m;
  EXPECT_EQ(m["tagged_passed"], m["passed"]);
  EXPECT_GT(m["tagged_cheats_caught"].get<std::uint64_t>(), 0U) << m;
  EXPECT_EQ(m["tagged_cheats_caught"], m["false"]) << "and nobody else";
  EXPECT_GT(m["tagged_restored"].get<std::uint64_t>(), 0U) << m;
}

}  // namespace fault_classes_test
}  // namespace cess::sim
