// SPDX-License-Identifier: Apache-2.0
#include "chain/sim/run.hpp"

#include <algorithm>
#include <ctime>

namespace cess::sim {
namespace {

std::uint64_t cpu_now_us() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(t.tv_nsec) / 1000;
}

bool breaks(Options options, const std::vector<Fault>& faults, const std::string& rule) {
  options.faults = faults;
  const Report r = World(options).run();
  return r.violation && r.violation->rule == rule;
}

}  // namespace

Json to_json(const RunResult& r) {
  Json out;
  out["schema"] = "cess.sim/1";
  out["options"] = to_json(r.options);
  out["report"] = to_json(r.report);
  out["cpu_us"] = r.cpu_us;
  out["times_real_time"] = r.cpu_us == 0 ? 0 : r.report.simulated / r.cpu_us;
  if (r.smallest) out["faults_that_matter"] = *r.smallest;
  return out;
}

Options expand(const RunOptions& run, std::uint64_t seed) {
  Options base;
  base.validators = run.validators;
  base.miners = run.miners;
  base.state = run.state || run.miners > 0;
  base.duration = run.duration;
  base.real_crypto = run.real_crypto;
  base.seed = seed;
  Options o = run.faults ? swarm(seed, base) : base;
  // From an hour on a world lives by the main network's clock: a block in 6 s, epochs of an hour.
  if (o.state && run.duration >= 3600 * kSecond) {
    o.main_times = true;
    o.timing.interval_ms_min = o.timing.interval_ms_max = 6000;
    o.timing.round_ms = 4000;
    o.snapshot_blocks = 100;
    o.invariants_blocks = 600;
  }
  if (o.state) {
    for (Liar& l : o.liars) l.lies &= ~std::uint32_t{kLieRogueKey};
  }
  if (!run.keep.empty()) {
    std::erase_if(o.faults, [&](const Fault& f) {
      return std::ranges::find(run.keep, f.number) == run.keep.end();
    });
  }
  return o;
}

RunResult run_options(const Options& options, const std::function<void(const std::string&)>& log) {
  RunResult out;
  out.options = options;
  const std::uint64_t start = cpu_now_us();
  World world(options);
  if (log) world.set_log(log);
  out.report = world.run();
  out.cpu_us = cpu_now_us() - start;
  return out;
}

std::uint64_t run_seeds(const RunOptions& run, const std::function<bool(const RunResult&)>& each) {
  std::uint64_t broken = 0;
  for (std::uint64_t i = 0; i < run.seeds; ++i) {
    RunResult r = run_options(expand(run, run.seed + i), run.log);
    if (r.report.violation) {
      ++broken;
      if (run.shrink) r.smallest = shrink(r.options);
    }
    if (!each(r)) break;
  }
  return broken;
}

std::vector<std::size_t> shrink(const Options& options) {
  std::vector<Fault> faults = options.faults;
  const Report whole = World(options).run();
  CESS_CHECK(whole.violation.has_value());
  const std::string rule = whole.violation->rule;
  for (std::size_t part = (faults.size() + 1) / 2; part > 0 && !faults.empty();) {
    bool less = false;
    for (std::size_t i = 0; i < faults.size();) {
      std::vector<Fault> rest = faults;
      const auto from = rest.begin() + static_cast<std::ptrdiff_t>(i);
      rest.erase(from, from + static_cast<std::ptrdiff_t>(std::min(part, rest.size() - i)));
      if (breaks(options, rest, rule)) {
        faults = rest;
        less = true;
      } else {
        i += part;
      }
    }
    if (part == 1 && !less) break;
    part = std::max<std::size_t>(1, part / 2);
  }
  std::vector<std::size_t> out;
  for (const Fault& f : faults) out.push_back(f.number);
  return out;
}

}  // namespace cess::sim
