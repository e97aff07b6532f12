// SPDX-License-Identifier: Apache-2.0
// idle plan: how long filling takes on this machine, and whether the processor or the disk that
// layers are written to says so.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <optional>
#include <thread>

#include "commands.hpp"
#include "idle/disk_rate.hpp"
#include "idle/layers.hpp"
#include "idle/maker.hpp"
#include "pois/labels.hpp"
#include "sys/pages.hpp"

namespace cess {
namespace {

constexpr double kDiskSeconds = 3;
constexpr std::uint64_t kDiskBytesMax = std::uint64_t{1} << 30U;

// Bytes of labels of an inner layer that one thread makes in a second, at this many side by side.
Result<double> measure_rate(const pois::Params& params, std::size_t lanes) {
  pois::Graph graph(params);
  pois::Owner owner;
  owner.params = params;
  std::vector<pois::FillerId> ids;
  for (std::size_t i = 0; i < lanes; ++i) ids.push_back(pois::filler_id(owner, i));
  pois::Labeler labeler(graph, ids);
  const std::uint64_t bytes = lanes * params.file_bytes();
  CESS_TRY_ASSIGN(const Pages first, Pages::make(bytes));
  CESS_TRY_ASSIGN(const Pages second, Pages::make(bytes));
  const std::span labels(reinterpret_cast<Hash256*>(first.data()), bytes / pois::kLabelSize);
  const std::span before(reinterpret_cast<Hash256*>(second.data()), bytes / pois::kLabelSize);
  for (std::uint64_t at = 0; at < bytes; at += 4096) first.data()[at] = second.data()[at] = 1;
  const std::uint32_t n = params.nodes();
  const std::uint32_t step = std::min(n / 4, 1U << 12U);
  std::uint32_t v = n / 2;
  std::uint64_t made = 0;
  // Its own processor time: what else the machine does meanwhile is no part of the plan.
  const std::clock_t start = std::clock();
  double passed = 0;
  while (passed < 1) {
    labeler.run(labels, before, 5, v, v + step);
    made += std::uint64_t{step} * lanes * pois::kLabelSize;
    v = v + 2 * step > n ? n / 2 : v + step;
    passed = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  }
  return static_cast<double>(made) / passed;
}

struct PlanOptions {
  std::uint64_t size = std::uint64_t{1} << 30U;
  std::uint64_t memory = 0;
  std::string scratch;
};

std::string whole(double number) { return std::to_string(static_cast<std::uint64_t>(number)); }

// What filling does with so many threads.
struct Plan {
  unsigned cores = 1;
  std::size_t lanes = 1;
  std::uint64_t memory_bytes = 0;
  double processor = 0;                // bytes of fillers a second, were there no disk
  std::optional<idle::DiskRate> disk;  // none: not measured, or no layers are written
  [[nodiscard]] double rate() const {
    return disk ? idle::rate_with_disk(processor, *disk) : processor;
  }
  // Whether the disk has more to do than the processor.
  [[nodiscard]] bool disk_limits() const {
    return disk && idle::disk_seconds(*disk) > 1 / processor;
  }
};

Status print_plan(const Plan& plan, cli::Context& ctx) {
  const double hours = static_cast<double>(std::uint64_t{1} << 40U) / plan.rate() / 3600;
  if (ctx.json) {
    Json doc;
    doc["schema"] = "cess.idle_plan/1";
    doc["cores"] = plan.cores;
    doc["side_by_side"] = plan.lanes;
    doc["memory_bytes"] = std::to_string(plan.memory_bytes);
    doc["bytes_per_second"] = whole(plan.rate());
    doc["seconds_per_tib"] = whole(hours * 3600);
    doc["processor_bytes_per_second"] = whole(plan.processor);
    if (plan.disk) {
      doc["disk_written_per_second"] = whole(plan.disk->written);
      doc["disk_read_per_second"] = whole(plan.disk->read);
      doc["limit"] = plan.disk_limits() ? "disk" : "processor";
    }
    return ctx.print(doc);
  }
  char line[160];
  const char* limit = plan.disk_limits() ? "  disk" : "  processor";
  std::snprintf(line, sizeof line, "%5u  %20zu  %6.1f GiB  %6.1f MB/s  %9.1f h%s", plan.cores,
                plan.lanes, static_cast<double>(plan.memory_bytes) / (1U << 30U), plan.rate() / 1e6,
                hours, plan.disk ? limit : "");
  return ctx.print(line);
}

Result<int> idle_plan(const PlanOptions& own, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const pois::Params params, idle_params(own.size));
  const std::uint64_t memory = own.memory != 0 ? own.memory : physical_memory_bytes() / 2;
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const bool on_disk = !idle::choose_way(params, cores, memory, false).in_series;
  std::optional<idle::DiskRate> disk;
  if (!own.scratch.empty() && on_disk) {
    CESS_TRY_ASSIGN(disk, idle::measure_disk(own.scratch, kDiskSeconds, kDiskBytesMax, *ctx.clock,
                                             *ctx.random));
  }
  // The layer measured is one of 2^21 labels, larger than any cache.
  const pois::Params sample{std::min(params.log2_nodes, 21U)};
  if (!ctx.json) {
    CESS_TRY(ctx.print(std::string("cores  fillers side by side      memory        rate    "
                                   "1 TiB takes") +
                       (disk ? "  limit" : "")));
  }
  for (unsigned n = 1; n <= cores; n = n == cores ? n + 1 : std::min(2 * n, cores)) {
    const idle::MakeWay way = idle::choose_way(params, n, memory, false);
    CESS_TRY_ASSIGN(const double layer_rate, measure_rate(sample, way.lanes));
    // 8 compressions of the 69 that a kept label costs were measured.
    const double processor = layer_rate * 8 / 69 * n;
    CESS_TRY(print_plan(
        {n, way.lanes, way.memory_bytes * n, processor, way.in_series ? std::nullopt : disk}, ctx));
  }
  if (!on_disk) {
    ctx.note("one core was measured; so small fillers are made in memory, and written once");
  } else if (disk) {
    ctx.note("one core was measured; the disk of '" + own.scratch + "' takes " +
             whole(disk->written / 1e6) + " MB/s and gives " + whole(disk->read / 1e6) +
             ": each byte of a filler is written and read there eight times");
  } else {
    ctx.note(
        "one core was measured, no disk: each byte of a filler is written and read eight times "
        "where layers lie; --scratch DIR measures that, too");
  }
  return 0;
}

}  // namespace

cli::Command idle_plan_command() {
  const auto own = std::make_shared<PlanOptions>();
  cli::Command c;
  c.name = "idle plan";
  c.summary = "measure how long this machine takes to fill 1 TiB";
  c.declare = [own](cli::Options& o) {
    o.size("--size", "SIZE", own->size, "bytes of a filler, the network's (default 1GiB)");
    o.size("--memory", "SIZE", own->memory, "memory to use (default: half of the machine's)");
    o.text("--scratch", "DIR", own->scratch,
           "measure the disk of this folder, too, for layers (up to 1 GiB is written)");
  };
  c.run = [own](cli::Context& ctx) { return idle_plan(*own, ctx); };
  return c;
}

}  // namespace cess
