// SPDX-License-Identifier: Apache-2.0
// Miners die at a constant rate, each with one fragment of many segments; a dead one's place is
// taken by an empty one. Repair is either the model's (one fragment after the other, at once when
// one is lost) or the chain's (all missing ones together, once half of those that a segment can
// spare are missing). A lost segment is counted and begins anew.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <queue>
#include <vector>

#include "erasure/durability.hpp"
#include "scale.hpp"

namespace cess::scale {
namespace {

constexpr double kHoursPerYear = 8766;

struct Run {
  unsigned k = 4, m = 8;
  double failures_per_year = 0.2;
  double repair_hours = 24;
  bool lazy = false;
  std::uint32_t segments = 0;
  double years = 0;
};

struct Counts {
  std::uint64_t deaths = 0;
  std::uint64_t fragments_lost = 0;
  std::uint64_t segments_lost = 0;
  std::uint64_t repairs = 0;
};

class DurabilityWorld {
 public:
  DurabilityWorld(const Run& run, std::uint64_t seed)
      : run_(run), n_(run.k + run.m), chance_(seed), held_(kMiners), segments_(run.segments) {
    threshold_ = run.lazy ? std::max(1U, run.m / 2) : 1;
    for (std::uint32_t s = 0; s < run.segments; ++s) {
      segments_[s].holders.assign(n_, kNobody);
      for (std::uint32_t c = 0; c < n_; ++c) place(s, c);
    }
  }
  Counts go() {
    double now = 0;
    while (true) {
      const double death = now + chance_.wait(run_.failures_per_year * kMiners);
      while (!due_.empty() && due_.top().at < death && due_.top().at < run_.years) {
        const Due d = due_.top();
        due_.pop();
        repair(d);
      }
      if (death > run_.years) return counts_;
      now = death;
      die(static_cast<std::uint32_t>(chance_.below(kMiners)), now);
    }
  }

 private:
  static constexpr std::uint32_t kMiners = 1000;
  static constexpr std::uint32_t kNobody = ~0U;
  struct Segment {
    std::vector<std::uint32_t> holders;  ///< by column
    std::uint32_t missing = 0;
    bool under_repair = false;
  };
  struct Due {
    double at = 0;
    std::uint32_t segment = 0;
    bool operator<(const Due& other) const { return at > other.at; }
  };

  void place(std::uint32_t s, std::uint32_t c) {
    auto& holders = segments_[s].holders;
    std::uint32_t miner = 0;
    do {
      miner = static_cast<std::uint32_t>(chance_.below(kMiners));
    } while (std::find(holders.begin(), holders.end(), miner) != holders.end());
    holders[c] = miner;
    held_[miner].push_back({s, c});
  }
  void die(std::uint32_t miner, double now) {
    ++counts_.deaths;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> had;
    had.swap(held_[miner]);
    for (const auto& [s, c] : had) {
      Segment& segment = segments_[s];
      if (segment.holders[c] != miner) continue;
      segment.holders[c] = kNobody;
      ++segment.missing;
      ++counts_.fragments_lost;
      if (segment.missing > run_.m) {
        ++counts_.segments_lost;
        fill(s, n_);
      } else if (segment.missing >= threshold_ && !segment.under_repair) {
        segment.under_repair = true;
        due_.push({now + chance_.wait(kHoursPerYear / run_.repair_hours), s});
      }
    }
  }
  void fill(std::uint32_t s, std::uint32_t count) {
    Segment& segment = segments_[s];
    for (std::uint32_t c = 0; c < n_ && count > 0; ++c) {
      if (segment.holders[c] != kNobody) continue;
      place(s, c);
      --segment.missing;
      --count;
    }
  }
  void repair(const Due& d) {
    Segment& segment = segments_[d.segment];
    segment.under_repair = false;
    if (segment.missing == 0) return;  // it was lost, and is new
    ++counts_.repairs;
    fill(d.segment, run_.lazy ? n_ : 1);
    if (segment.missing >= threshold_) {
      segment.under_repair = true;
      due_.push({d.at + chance_.wait(kHoursPerYear / run_.repair_hours), d.segment});
    }
  }

  Run run_;
  std::uint32_t n_;
  std::uint32_t threshold_ = 1;
  Chance chance_;
  std::vector<std::vector<std::pair<std::uint32_t, std::uint32_t>>> held_;
  std::vector<Segment> segments_;
  std::priority_queue<Due> due_;
  Counts counts_;
};

// The model's chain of states, begun whole and begun anew after each loss: losses a year, mean over
// the run. A run that is not long beside the time to a loss sees fewer than one per such time.
double expected_losses(const Run& run) {
  const unsigned n = run.k + run.m;
  const double repair = kHoursPerYear / run.repair_hours;
  const double step = 0.02 / (n * run.failures_per_year + repair);
  std::vector<double> at(run.m + 1, 0.0);
  at[0] = 1;
  double losses = 0;
  for (double t = 0; t < run.years; t += step) {
    std::vector<double> next = at;
    for (unsigned i = 0; i <= run.m; ++i) {
      const double worse = (n - i) * run.failures_per_year * at[i] * step;
      const double better = i == 0 ? 0 : repair * at[i] * step;
      next[i] -= worse + better;
      next[i == run.m ? 0 : i + 1] += worse;
      if (i != 0) next[i - 1] += better;
      if (i == run.m) losses += worse;
    }
    at = next;
  }
  return losses / run.years;
}

std::string row(const Run& run, std::uint64_t seed) {
  // Deaths of miners are common to a world's segments, so that its losses come in clusters: only
  // worlds are independent of each other, and the interval is that of their mean (Student, 95 %).
  constexpr std::uint32_t kWorlds = 8;
  constexpr double kStudent = 2.365;
  Run one = run;
  one.segments = run.segments / kWorlds;
  Counts c;
  double squares = 0;
  for (std::uint32_t w = 0; w < kWorlds; ++w) {
    const Counts world = DurabilityWorld(one, seed * kWorlds + w).go();
    c.deaths += world.deaths;
    c.fragments_lost += world.fragments_lost;
    c.segments_lost += world.segments_lost;
    c.repairs += world.repairs;
    squares += static_cast<double>(world.segments_lost) * static_cast<double>(world.segments_lost);
  }
  const double exposure = one.segments * kWorlds * run.years;
  // Where losses are almost never, the model's own sum is the one that keeps its digits.
  DurabilityModel model;
  model.failures_per_year = run.failures_per_year;
  model.repair_hours = run.repair_hours;
  const double rare = durability(run.k, run.m, 1, model)->annual_loss;
  const double predicted = rare < 1e-9 ? rare : expected_losses(run);
  const auto n = static_cast<double>(c.segments_lost);
  const double variance = std::max(0.0, (squares - n * n / kWorlds) / (kWorlds - 1));
  const double width = n == 0 ? 0 : 100 * kStudent * std::sqrt(variance * kWorlds) / n;
  const std::string seen = c.segments_lost == 0 ? fmt::format("none (< {:.1e})", 3 / exposure)
                                                : fmt::format("{} ({:.2e} ± {:.0f} %)",
                                                              c.segments_lost, n / exposure, width);
  return fmt::format("| {}+{} | {:g} % | {:g} h | {} | {:.3g} | {} | {:.2e} | {:.2f} |\n", run.k,
                     run.m, run.failures_per_year * 100, run.repair_hours,
                     run.lazy ? "chain" : "model", exposure, seen, predicted,
                     static_cast<double>(c.fragments_lost) /
                         static_cast<double>(std::max<std::uint64_t>(c.repairs, 1)));
}

}  // namespace

std::string durability_page(std::uint64_t seed) {
  std::string out =
      "| profile | miners lost a year | repair | policy | segment-years | segments lost (a year) | "
      "model, a year | "
      "fragments a repair |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n";
  constexpr Run kRuns[] = {
      {4, 8, 0.2, 24, false, 83'334, 5},   {4, 8, 0.2, 24, true, 83'334, 5},
      {4, 8, 0.5, 72, true, 83'334, 5},    {1, 2, 0.5, 72, false, 333'333, 5},
      {1, 2, 0.5, 72, true, 333'333, 5},   {3, 2, 0.5, 72, false, 200'000, 5},
      {4, 4, 5, 72, false, 40'000, 2},     {4, 4, 5, 72, true, 40'000, 2},
      {4, 8, 20, 72, false, 83'334, 0.25}, {4, 8, 20, 72, true, 83'334, 0.25},
  };
  for (const Run& r : kRuns) out += row(r, seed++);
  return out;
}

}  // namespace cess::scale
