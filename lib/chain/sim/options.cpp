// SPDX-License-Identifier: Apache-2.0
#include "chain/sim/options.hpp"

#include <array>
#include <bit>

namespace cess::sim {
namespace {

constexpr std::array<std::string_view, kFaultKindCount> kFaultNames = {
    "kill",        "power",  "power_call", "partition", "one_way",   "ring", "flap",
    "clog",        "loss",   "delay",      "clock",     "disk_full", "rot",  "slot_flip",
    "record_lost", "backup", "kill_call",  "fresh",     "tail_lost"};

constexpr std::array<std::string_view, kLieCount> kLieNames = {
    "two_proposals", "two_votes", "openly",    "withhold_body", "round_change", "bad_share",
    "withhold_qc",   "delay_qc",  "silent",    "replay",        "round_shift",  "out_of_turn",
    "unjustified",   "forged_qc", "rogue_key", "bad_block",     "amnesia",      "frame"};

std::uint64_t some_nodes(Random& r, std::uint64_t count, std::uint64_t of) {
  std::vector<std::uint64_t> all(of);
  for (std::uint64_t i = 0; i < of; ++i) all[i] = i;
  r.shuffle(all);
  std::uint64_t mask = 0;
  for (std::uint64_t i = 0; i < std::min(count, of); ++i) mask |= std::uint64_t{1} << all[i];
  return mask;
}

Json nodes_json(std::uint64_t mask) {
  Json out = Json::array();
  for (unsigned i = 0; i < 64; ++i) {
    if ((mask >> i & 1U) != 0) out.push_back(i);
  }
  return out;
}

// Nodes whose record may be lost for good count as faulty beside the liars; the sum stays within f.
struct Budget {
  std::uint64_t spoiled = 0;  // bit set
  std::size_t left = 0;
  std::uint64_t rotting = 0;  // bit set
  bool may_rot = false;       // a block that one validator alone has is not lost by accident
};

std::uint64_t draw_amount(Random& r, FaultKind kind) {
  switch (kind) {
    case FaultKind::power_call:
    case FaultKind::kill_call:
    case FaultKind::tail_lost:
      return r.between(1, 60);
    case FaultKind::flap:
      return r.between(300, 3000);
    case FaultKind::loss:
      return r.between(10, 400);
    case FaultKind::delay:
      return r.between(20, 1500);
    case FaultKind::clock:
      return r.between(1, 3'600'000);
    case FaultKind::rot:
      return r.between(1, 20);
    default:
      return 0;
  }
}

std::uint64_t draw_nodes(Random& r, FaultKind kind, unsigned nodes, Budget& budget) {
  switch (kind) {
    case FaultKind::kill:
    case FaultKind::power:
    case FaultKind::power_call:
    case FaultKind::kill_call:
      // Mostly a few; sometimes all at once.
      return r.chance(100) ? (std::uint64_t{1} << nodes) - 1
                           : some_nodes(r, r.between(1, (nodes + 2) / 3), nodes);
    case FaultKind::partition:
    case FaultKind::flap:
    case FaultKind::clog:
      return some_nodes(r, r.between(1, std::max(1U, nodes / 2)), nodes);
    case FaultKind::one_way:
    case FaultKind::disk_full:
      return some_nodes(r, r.between(1, std::max(1U, nodes / 3)), nodes);
    // A quorum of wrong clocks may finalize a time that the right ones must wait for.
    case FaultKind::clock:
    case FaultKind::slot_flip:
    case FaultKind::record_lost:
    case FaultKind::backup:
    case FaultKind::fresh:
    // It may be the one that has the newest final block, and its record keeps it from voting there
    // again.
    case FaultKind::tail_lost: {
      const std::uint64_t one = some_nodes(r, 1, nodes);
      if ((budget.spoiled & one) == 0) {
        if (budget.left == 0) return 0;
        --budget.left;
        budget.spoiled |= one;
      }
      return one;
    }
    case FaultKind::rot:
      // The same few all the time: what rots everywhere is lost.
      if (budget.rotting == 0 && budget.may_rot) {
        budget.rotting = some_nodes(r, r.between(1, std::max(1U, (nodes - 1) / 3)), nodes);
      }
      return budget.rotting;
    default:
      return 0;
  }
}

// So many others are dead at the same time that nobody goes on without the node that `f` is about:
// what its record binds it to is not decided before it is back.
Fault company(Random& r, const Options& o, const Fault& f) {
  Fault out;
  out.at = f.at;
  out.until = std::min(o.duration, f.at + r.between(10 * kSecond, 30 * kSecond));
  out.nodes =
      some_nodes(r, o.validators - consensus::quorum(o.validators), o.validators) & ~f.nodes;
  out.number = o.faults.size();
  return out;
}

void draw_faults(Random& r, Options& o, Budget& budget) {
  const unsigned nodes = o.validators + o.standby + o.observers;
  std::vector<FaultKind> kinds;
  for (std::size_t k = 0; k < kFaultKindCount; ++k) {
    if (r.chance(350)) kinds.push_back(static_cast<FaultKind>(k));
  }
  if (kinds.empty()) return;
  // A long run is a minute of trouble now and then, not trouble without end.
  const std::uint64_t often = o.duration / (8 * kSecond);
  const std::uint64_t seldom = 8 + o.duration / (120 * kSecond);
  const std::uint64_t count = r.between(1, 3 + std::min(often, seldom));
  const SimTime longest = std::min(o.duration / 3, 30 * kSecond);
  for (std::uint64_t i = 0; i < count; ++i) {
    Fault f;
    f.kind = kinds[r.below(kinds.size())];
    f.at = r.below(o.duration * 9 / 10);
    f.until = std::min(o.duration, f.at + r.between(200 * kMs, longest));
    f.nodes = draw_nodes(r, f.kind, nodes, budget);
    f.amount = draw_amount(r, f.kind);
    f.flag = r.chance(500);
    f.number = o.faults.size();
    o.faults.push_back(f);
    if (f.kind == FaultKind::tail_lost && f.nodes != 0) o.faults.push_back(company(r, o, f));
  }
}

void draw_liars(Random& r, Options& o, Budget& budget) {
  if (r.chance(350)) return;
  const std::size_t count = r.between(0, budget.left);
  const std::uint64_t nodes = some_nodes(r, count, o.validators);
  // The liars of one seed do the same things, and so can work together.
  std::uint32_t lies = 0;
  for (std::size_t bit = 0; bit < kLieCount; ++bit) {
    if (r.chance(180)) lies |= 1U << bit;
  }
  if (o.real_crypto) lies &= ~std::uint32_t{kLieRogueKey};
  for (NodeId n = 0; n < o.validators; ++n) {
    if ((nodes >> n & 1U) == 0) continue;
    --budget.left;
    budget.spoiled |= std::uint64_t{1} << n;
    if (r.chance(250)) {
      o.twins |= std::uint64_t{1} << n;
    } else if (lies != 0) {
      o.liars.push_back({n, lies});
    }
  }
}

void draw_network(Random& r, NetworkOptions& n) {
  n.regions = static_cast<unsigned>(r.between(1, 4));
  n.far_us = r.between(2, 80) * kMs;
  n.jitter_permille = static_cast<unsigned>(r.between(0, 500));
  if (r.chance(400)) n.loss_permille = static_cast<unsigned>(r.between(1, 50));
  if (r.chance(400)) n.duplicate_permille = static_cast<unsigned>(r.between(1, 100));
  if (r.chance(400)) n.reorder_permille = static_cast<unsigned>(r.between(1, 200));
}

}  // namespace

std::string_view fault_name(FaultKind kind) { return kFaultNames[static_cast<std::size_t>(kind)]; }
std::string_view lie_name(std::uint32_t bit) {
  return kLieNames[static_cast<std::size_t>(std::countr_zero(bit))];
}

Options swarm(std::uint64_t seed, const Options& base) {
  Options o = base;
  o.seed = seed;
  Random r = Random::stream(seed, "swarm");
  if (o.validators == 0) {
    constexpr std::array<unsigned, 10> kSizes = {4, 4, 4, 4, 7, 7, 11, 11, 1, 10};
    o.validators = r.chance(30) ? 13 : kSizes[r.below(kSizes.size())];
    if (r.chance(400)) o.standby = static_cast<unsigned>(r.between(1, 3));
    if (r.chance(200)) o.observers = 1;
  }
  o.era_blocks = static_cast<unsigned>(r.between(6, 30));
  o.real_bytes = o.real_bytes || r.chance(100);
  o.timing.interval_ms_min = r.between(200, 1000);
  o.timing.interval_ms_max = o.timing.interval_ms_min + r.between(0, 2000);
  o.timing.round_ms_max = 8000;
  o.load_per_second = static_cast<unsigned>(r.between(0, 4));
  draw_network(r, o.network);
  if (r.chance(500)) o.drift_ppm_max = static_cast<unsigned>(r.between(1, 500));
  if (r.chance(500)) o.skew_ms_max = r.between(1, 400);
  Budget budget;
  budget.left = consensus::fault_count_max(o.validators);
  budget.may_rot = o.validators >= 4;
  draw_liars(r, o, budget);
  if (budget.left > 0 && r.chance(100)) {
    const std::uint64_t one = some_nodes(r, 1, o.validators);
    if ((budget.spoiled & one) == 0) {
      o.nodes_in_1970 = one;
      budget.spoiled |= one;
      --budget.left;
    }
  }
  draw_faults(r, o, budget);
  return o;
}

Options quiet(std::uint64_t seed, unsigned validators) {
  Options o;
  o.seed = seed;
  o.validators = validators;
  return o;
}

Json to_json(const Options& o) {
  Json out;
  out["schema"] = "cess.sim-options/1";
  out["seed"] = std::to_string(o.seed);
  out["validators"] = o.validators;
  out["standby"] = o.standby;
  out["observers"] = o.observers;
  out["application"] = o.state ? o.main_times ? "state, main times" : "state" : "counters";
  out["miners"] = o.miners;
  out["tagged_every"] = o.tagged_every;
  out["crypto"] = o.real_crypto ? "real" : "fast";
  out["encoded"] = o.real_bytes;
  out["duration_ms"] = o.duration / kMs;
  out["era_blocks"] = o.era_blocks;
  out["load_per_second"] = o.load_per_second;
  out["interval_ms"] = {o.timing.interval_ms_min, o.timing.interval_ms_max};
  out["round_ms"] = {o.timing.round_ms, o.timing.round_ms_max};
  const NetworkOptions& n = o.network;
  out["network"] = {{"regions", n.regions},
                    {"far_ms", n.far_us / kMs},
                    {"jitter_permille", n.jitter_permille},
                    {"loss_permille", n.loss_permille},
                    {"duplicate_permille", n.duplicate_permille},
                    {"reorder_permille", n.reorder_permille}};
  out["drift_ppm_max"] = o.drift_ppm_max;
  out["skew_ms_max"] = o.skew_ms_max;
  out["in_1970"] = nodes_json(o.nodes_in_1970);
  out["twins"] = nodes_json(o.twins);
  out["liars"] = Json::array();
  for (const Liar& l : o.liars) {
    Json lies = Json::array();
    for (std::size_t bit = 0; bit < kLieCount; ++bit) {
      if ((l.lies >> bit & 1U) != 0) lies.push_back(std::string(kLieNames[bit]));
    }
    out["liars"].push_back({{"node", l.node}, {"lies", lies}});
  }
  out["faults"] = Json::array();
  for (const Fault& f : o.faults) {
    out["faults"].push_back({{"number", f.number},
                             {"fault", std::string(fault_name(f.kind))},
                             {"from_ms", f.at / kMs},
                             {"until_ms", f.until / kMs},
                             {"nodes", nodes_json(f.nodes)},
                             {"amount", f.amount},
                             {"flag", f.flag}});
  }
  return out;
}

}  // namespace cess::sim
