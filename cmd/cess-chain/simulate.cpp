// SPDX-License-Identifier: Apache-2.0
// simulate: whole networks in one thread, one seed each.
#include <memory>

#include "chain/sim/run.hpp"
#include "commands.hpp"
#include "report.hpp"

namespace cess {
namespace {

constexpr double kHoursMax = 24.0 * 366;

struct SimulateOptions {
  std::uint64_t validators = 11;
  std::uint64_t miners = 0;
  double hours = 0.1;
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  std::string faults = "swarm";
  bool real_crypto = false;
  bool shrink = false;
};

// A day has hundreds of faults: people are told how many of which kind, programs each of them.
Json told(const cli::Context& ctx, Json result) {
  if (ctx.json || !result.contains("options") || !result["options"].contains("faults"))
    return result;
  Json counts = Json::object();
  for (const Json& f : result["options"]["faults"]) {
    Json& count = counts[f.value("fault", std::string("unknown"))];
    count = count.is_null() ? 1 : count.get<int>() + 1;
  }
  result["options"]["faults"] = std::move(counts);
  return result;
}

Result<int> simulate(const SimulateOptions& o, cli::Context& ctx) {
  sim::RunOptions run;
  run.seed = o.seed;
  run.seeds = o.seeds;
  run.faults = o.faults == "swarm";
  run.validators = static_cast<unsigned>(o.validators);
  run.miners = static_cast<unsigned>(o.miners);
  run.duration = static_cast<sim::SimTime>(o.hours * 3600.0 * static_cast<double>(sim::kSecond));
  run.real_crypto = o.real_crypto;
  run.shrink = o.shrink;
  if (ctx.verbose) {
    run.log = [&ctx](const std::string& line) { ctx.note(line); };
  }
  Status printed;
  const auto broken = sim::run_seeds(run, [&](const sim::RunResult& result) {
    const bool wanted = o.seeds == 1 || result.report.violation.has_value();
    if (wanted) printed = report(ctx, told(ctx, sim::to_json(result)));
    return printed.has_value();
  });
  CESS_TRY(printed);
  if (o.seeds > 1) {
    CESS_TRY(report(ctx, Json{{"schema", "cess.simulated/1"},
                              {"seed", o.seed},
                              {"seeds", o.seeds},
                              {"broken", broken}}));
  }
  return broken == 0 ? 0 : 1;
}

}  // namespace

cli::Command simulate_command() {
  auto o = std::make_shared<SimulateOptions>();
  cli::Command c;
  c.name = "simulate";
  c.summary = "run a whole network from a seed, with faults";
  c.declare = [o](cli::Options& opt) {
    opt.number("--validators", "N", o->validators, 0, 64,
               "nodes that vote; 0: drawn by the seed (default 11)");
    opt.number("--miners", "N", o->miners, 0, 10'000,
               "model miners on the real state machine (default 0)");
    opt.real("--hours", "H", o->hours, 0, kHoursMax, "simulated time (default 0.1)");
    opt.number("--seed", "N", o->seed, 0, ~0ULL, "what the run depends on (default 1)");
    opt.number("--seeds", "N", o->seeds, 1, 1'000'000'000,
               "so many seeds, from --seed on (default 1)");
    opt.choice("--faults", {"swarm", "none"}, o->faults,
               "each seed draws its own mixture, or none (default swarm)");
    opt.flag("--real-crypto", o->real_crypto, "BLS signatures instead of the fast stand-in");
    opt.flag("--shrink", o->shrink, "look for the fewest faults that still break a broken seed");
  };
  c.run = [o](cli::Context& ctx) { return simulate(*o, ctx); };
  return c;
}

}  // namespace cess
