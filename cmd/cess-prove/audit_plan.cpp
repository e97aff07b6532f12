// SPDX-License-Identifier: Apache-2.0
// audit-plan: how likely a challenge of c blocks finds a miner that lost a fraction of its blocks.
#include <array>
#include <cstdio>
#include <memory>
#include <vector>

#include "commands.hpp"
#include "podr2/challenge.hpp"
#include "podr2/detection.hpp"

namespace cess {
namespace {

struct PlanOptions {
  double bad = 0;
  double probability = 0;
  std::uint64_t count = 0, fragments = 0;
};

struct Plan {
  std::vector<double> bad = {0.05, 0.01, 0.005, 0.001, 0.0001};
  std::vector<std::uint64_t> counts = {128, 460, 512, 1024, 4419, 8192};
  std::vector<double> probabilities = {0.9, 0.99, 0.999, 0.999999};
};

std::string percent(double p) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.4f%%", 100 * p);
  return text.data();
}

std::string cell(const std::string& text) {
  constexpr std::size_t kWidth = 13;
  return std::string(text.size() < kWidth ? kWidth - text.size() : 1, ' ') + text;
}

Json plan_to_json(const Plan& plan, std::uint64_t fragments) {
  Json j;
  j["schema"] = "cess.audit_plan/1";
  if (fragments != 0) j["default_count"] = default_challenge_count(fragments);
  j["bad_fractions"] = plan.bad;
  j["detection"] = Json::array();
  for (const auto count : plan.counts) {
    Json row;
    row["count"] = count;
    row["probabilities"] = Json::array();
    for (const double e : plan.bad) row["probabilities"].push_back(detection_probability(e, count));
    j["detection"].push_back(row);
  }
  j["required"] = Json::array();
  for (const double p : plan.probabilities) {
    Json row;
    row["probability"] = p;
    row["counts"] = Json::array();
    for (const double e : plan.bad) row["counts"].push_back(required_challenge_count(e, p));
    j["required"].push_back(row);
  }
  return j;
}

Status print_table(cli::Context& ctx, const Plan& plan, std::uint64_t fragments) {
  std::string head = "bad blocks  ";
  for (const double e : plan.bad) head += cell(percent(e));
  CESS_TRY(ctx.print("chance to catch a miner, by blocks asked for"));
  CESS_TRY(ctx.print(head));
  for (const auto count : plan.counts) {
    std::string row = std::to_string(count);
    row.resize(12, ' ');
    for (const double e : plan.bad) row += cell(percent(detection_probability(e, count)));
    CESS_TRY(ctx.print(row));
  }
  CESS_TRY(ctx.print(""));
  CESS_TRY(ctx.print("blocks to ask for, by chance wanted"));
  CESS_TRY(ctx.print(head));
  for (const double p : plan.probabilities) {
    std::string row = percent(p);
    row.resize(12, ' ');
    for (const double e : plan.bad) row += cell(std::to_string(required_challenge_count(e, p)));
    CESS_TRY(ctx.print(row));
  }
  if (fragments == 0) return {};
  CESS_TRY(ctx.print(""));
  return ctx.print("default for " + std::to_string(fragments) +
                   " fragments: " + std::to_string(default_challenge_count(fragments)) + " blocks");
}

Result<int> audit_plan(const PlanOptions& o, cli::Context& ctx) {
  Plan plan;
  if (o.bad > 0) plan.bad = {o.bad};
  if (o.probability > 0) plan.probabilities = {o.probability};
  if (o.count != 0) {
    plan.counts = {o.count};
  } else if (o.fragments != 0) {
    plan.counts = {default_challenge_count(o.fragments)};
  }
  if (ctx.json) {
    CESS_TRY(ctx.print(plan_to_json(plan, o.fragments)));
  } else {
    CESS_TRY(print_table(ctx, plan, o.fragments));
  }
  return 0;
}

}  // namespace

cli::Command audit_plan_command() {
  auto o = std::make_shared<PlanOptions>();
  cli::Command c;
  c.name = "audit-plan";
  c.summary = "print detection probabilities and the blocks they cost";
  c.declare = [o](cli::Options& opt) {
    opt.real("--bad", "E", o->bad, 1e-12, 1.0, "fraction of blocks that are bad");
    opt.number("--count", "C", o->count, 1, kIndexBlocksMax, "blocks asked for");
    opt.real("--probability", "P", o->probability, 1e-12, 1.0 - 1e-12, "chance wanted");
    opt.number("--fragments", "N", o->fragments, 1, kIndexBlocksMax,
               "fragments of the miner: shows the default count");
  };
  c.run = [o](cli::Context& ctx) { return audit_plan(*o, ctx); };
  return c;
}

}  // namespace cess
