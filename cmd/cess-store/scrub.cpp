// SPDX-License-Identifier: Apache-2.0
#include "store/scrub.hpp"

#include "codec/manifest.hpp"
#include "commands.hpp"

namespace cess {
namespace {

struct ScrubArguments {
  std::uint64_t rate = 0;
  bool resume = false;
};

Status print_finding(const ScrubFinding& f, cli::Context& ctx) {
  Json doc;
  doc["schema"] = "cess.damaged/1";
  doc["kind"] = f.kind;
  doc["id"] = f.id;
  doc["path"] = f.path;
  doc["reason"] = f.reason;
  doc["marked"] = f.marked;
  return ctx.print(doc);
}

Result<int> run_scrub(const CommonOptions& common, const ScrubArguments& own, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const auto store, StoreReader::open(common.store));
  CESS_TRY_ASSIGN(const StoreStat stat, store->stat(false));
  const auto bar = ctx.make_progress("scrub", stat.fragment_bytes);
  ScrubOptions options;
  options.rate_bytes_s = own.rate;
  options.resume = own.resume;
  options.clock = ctx.clock;
  options.check_manifest = [](const Fid& fid, ByteView text) {
    const auto manifest = parse_manifest(text);
    return manifest && manifest->fid == fid;
  };
  options.found = [&ctx](const ScrubFinding& f) { return print_finding(f, ctx); };
  options.progress = [&bar](std::uint64_t bytes) { bar->add(bytes); };
  CESS_TRY_ASSIGN(const ScrubResult done, scrub(*store, options));
  bar->finish();
  ctx.note("checked " + std::to_string(done.checked_count) + " objects, " +
           std::to_string(done.checked_bytes) + " bytes; " + std::to_string(done.damaged_count) +
           " damaged");
  return done.damaged_count == 0 ? 0 : 1;
}

}  // namespace

cli::Command scrub_command(const Common& common) {
  const auto own = std::make_shared<ScrubArguments>();
  cli::Command c;
  c.name = "scrub";
  c.summary = "read everything and print one line for each damaged object";
  c.declare = [own](cli::Options& o) {
    o.size("--rate", "SIZE", own->rate, "read at most this many bytes a second");
    o.flag("--resume", own->resume, "go on where the last scrub was stopped");
  };
  c.run = [common, own](cli::Context& ctx) { return run_scrub(*common, *own, ctx); };
  return c;
}

}  // namespace cess
