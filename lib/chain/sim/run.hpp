// SPDX-License-Identifier: Apache-2.0
// What `cess-chain simulate` and `make sim` do: seeds, one after the other, and the smallest list
// of faults that still breaks a rule. Pure but for CPU time, which is measured and never used.
#pragma once

#include <functional>

#include "chain/sim/world.hpp"

namespace cess::sim {

struct RunOptions {
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  bool faults = true;        ///< swarm; else a quiet network
  unsigned validators = 11;  ///< 0: drawn by the seed
  bool state = false;        ///< the real state machine
  unsigned miners = 0;       ///< model miners; means `state`
  SimTime duration = 60 * kSecond;
  bool real_crypto = false;
  bool shrink = false;            ///< of a seed that breaks a rule: look for the faults that matter
  std::vector<std::size_t> keep;  ///< only the faults of these numbers; empty: all
  std::function<void(const std::string&)> log;  ///< every event in a line
};

struct RunResult {
  Options options;  ///< what the seed expanded to
  Report report;
  std::uint64_t cpu_us = 0;
  std::optional<std::vector<std::size_t>> smallest;  ///< numbers of the faults that matter
};
/// schema cess.sim/1: options, report, speed.
Json to_json(const RunResult& result);

Options expand(const RunOptions& run, std::uint64_t seed);
RunResult run_options(const Options& options,
                      const std::function<void(const std::string&)>& log = nullptr);
/// Runs the seeds; `each` hears every result and says whether to go on. Returns how many broke a
/// rule.
std::uint64_t run_seeds(const RunOptions& run, const std::function<bool(const RunResult&)>& each);
/// The faults (by number) without which the rule is not broken, found by leaving out halves, then
/// quarters, and so on (ddmin: Zeller and Hildebrandt 2002).
std::vector<std::size_t> shrink(const Options& options);

}  // namespace cess::sim
