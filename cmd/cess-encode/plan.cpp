// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "codec/layout.hpp"
#include "commands.hpp"
#include "erasure/durability.hpp"

namespace cess {
namespace {

struct PlanArgs {
  std::uint64_t size = 0;
  std::vector<std::string> profiles;
  std::uint64_t copies = 0;
  std::uint64_t fragment_size = kDefaultFragmentSize;
  DurabilityModel model;
};

struct Row {
  std::string name;
  std::uint64_t segments = 0;
  std::uint64_t stored = 0;
  Durability segment;
  double file_loss = 0;  // of any segment, within a year
  double file_unavailable = 0;
};

// 1 - (1 - p)^count without losing small p.
double of_any(double p, std::uint64_t count) {
  return -std::expm1(static_cast<double>(count) * std::log1p(-std::min(p, 1.0)));
}

Result<Row> make_row(const std::string& name, const PlanArgs& args) {
  CESS_TRY_ASSIGN(Profile p, parse_profile(name));
  if (args.copies != 0) p.copies = static_cast<std::uint8_t>(args.copies);
  if (args.fragment_size > kFragmentSizeMax) {
    return fail(Code::usage, "--fragment-size is over 256 MiB");
  }
  p.fragment_size = static_cast<std::uint32_t>(args.fragment_size);
  if (auto ok = check_profile(p); !ok) return fail(Code::usage, ok.error().message);
  const Layout layout(p, args.size);
  if (args.size > kFileSizeMax || layout.segment_count() > kSegmentCountMax) {
    return fail(Code::usage, "too large for this profile: more than 2^20 segments", {},
                "choose a larger --fragment-size");
  }
  Row row;
  row.name = profile_name(p);
  row.segments = layout.segment_count();
  row.stored = layout.stored_bytes();
  CESS_TRY_ASSIGN(row.segment, durability(p.k, p.m, p.copies, args.model));
  row.file_loss = of_any(row.segment.annual_loss, row.segments);
  row.file_unavailable = of_any(row.segment.unavailable, row.segments);
  return row;
}

// Below this the model only says that correlated failures and bugs come first.
std::string probability(double p) { return p < 1e-15 ? "< 1e-15" : fmt::format("{:.1e}", p); }

Status print_table(const std::vector<Row>& rows, cli::Context& ctx) {
  CESS_TRY(
      ctx.print(fmt::format("{:<10} {:>8} {:>9} {:>16} {:>12} {:>12} {:>12}", "profile", "overhead",
                            "segments", "stored bytes", "loss/year", "file/year", "unavailable")));
  for (const Row& r : rows) {
    CESS_TRY(ctx.print(fmt::format("{:<10} {:>8.2f} {:>9} {:>16} {:>12} {:>12} {:>12}", r.name,
                                   r.segment.overhead, r.segments, r.stored,
                                   probability(r.segment.annual_loss), probability(r.file_loss),
                                   probability(r.file_unavailable))));
  }
  return {};
}

Status print_json(const std::vector<Row>& rows, const PlanArgs& args, cli::Context& ctx) {
  Json j;
  j["schema"] = "cess.plan/1";
  j["size"] = args.size;
  j["model"] = Json{{"failures_per_year", args.model.failures_per_year},
                    {"repair_hours", args.model.repair_hours},
                    {"node_up", args.model.node_up}};
  j["profiles"] = Json::array();
  for (const Row& r : rows) {
    j["profiles"].push_back(Json{{"profile", r.name},
                                 {"overhead", r.segment.overhead},
                                 {"segment_count", r.segments},
                                 {"stored_bytes", r.stored},
                                 {"segment_annual_loss", r.segment.annual_loss},
                                 {"file_annual_loss", r.file_loss},
                                 {"segment_unavailable", r.segment.unavailable},
                                 {"file_unavailable", r.file_unavailable}});
  }
  return ctx.print(j);
}

Result<int> run_plan(const PlanArgs& args, cli::Context& ctx) {
  std::vector<std::string> names = args.profiles;
  if (names.empty()) {
    names = {"wp-3copy", "wp-3-2", "paper", "cess-4-8", "4+4", "8+4", "10+6", "16+8"};
  }
  std::vector<Row> rows;
  for (const std::string& name : names) {
    CESS_TRY_ASSIGN(auto row, make_row(name, args));
    rows.push_back(std::move(row));
  }
  CESS_TRY(ctx.json ? print_json(rows, args, ctx) : print_table(rows, ctx));
  return 0;
}

}  // namespace

cli::Command plan_command() {
  auto args = std::make_shared<PlanArgs>();
  cli::Command c;
  c.name = "plan";
  c.summary = "tell what profiles cost for a file of a given size, and how safe they are";
  c.declare = [args](cli::Options& o) {
    o.size("--size", "SIZE", args->size, "of the file", true);
    o.texts("--profile", "NAME", args->profiles, "repeatable; default: all named ones and more");
    o.number("--copies", "N", args->copies, 1, kCopiesMax, "replicas of each fragment");
    o.size("--fragment-size", "SIZE", args->fragment_size, "a multiple of 64KiB; default 8MiB");
    o.real("--failures", "RATE", args->model.failures_per_year, 0.000001, 1000,
           "permanent failures of a miner in a year; default 0.2");
    o.real("--repair-hours", "HOURS", args->model.repair_hours, 0.001, 100000,
           "from a loss to its repair; default 24");
    o.real("--up", "SHARE", args->model.node_up, 0, 1,
           "of time that a miner answers; default 0.95");
  };
  c.run = [args](cli::Context& ctx) { return run_plan(*args, ctx); };
  return c;
}

}  // namespace cess
