// SPDX-License-Identifier: Apache-2.0
// idle generate: fillers into the room that nothing else takes.
#include <algorithm>
#include <bit>
#include <thread>

#include "commands.hpp"
#include "idle/maker.hpp"
#include "sys/pages.hpp"

namespace cess {
namespace {

struct GenerateOptions {
  bool until_full = false;
  std::uint64_t count = 0;
  std::uint64_t size = std::uint64_t{1} << 30U;
  std::string chain = "local";
  std::uint64_t threads = 0;
  std::uint64_t memory = 0;
  std::string scratch;
  bool keep_layers = false;
  std::uint64_t wait_s = 0;
};

Result<int> generate_fillers(const CommonOptions& common, const GenerateOptions& own,
                             cli::Context& ctx) {
  if (own.until_full == (own.count != 0)) {
    return fail(Code::usage, "expected either --until-full or --count");
  }
  idle::MakeOptions options;
  CESS_TRY_ASSIGN(options.params, idle_params(own.size));
  options.chain_id = own.chain;
  options.count = own.count;
  options.threads = own.threads != 0 ? static_cast<unsigned>(own.threads)
                                     : std::max(1U, std::thread::hardware_concurrency());
  options.memory_bytes = own.memory != 0 ? own.memory : physical_memory_bytes() / 2;
  options.scratch = own.scratch;
  options.keep_layers = own.keep_layers;
  options.wait_s = own.wait_s;
  std::unique_ptr<cli::Progress> bar;
  options.planned = [&](std::uint64_t bytes) { bar = ctx.make_progress("generate", bytes); };
  options.progress = [&](std::uint64_t bytes) { bar->add(bytes); };
  CESS_TRY_ASSIGN(const idle::MakeResult made, idle::make_fillers(common.store, options));
  bar->finish();
  if (own.until_full && made.free_bytes >= made.cost_bytes) {
    ctx.warn("room for " + std::to_string(made.free_bytes / made.cost_bytes) +
             " fillers more, but not for their layers: run again with --scratch DIR");
  }
  Json doc;
  doc["schema"] = "cess.idle_generated/1";
  doc["fillers"] = made.count;
  doc["bytes"] = std::to_string(made.count * options.params.file_bytes());
  doc["free_bytes"] = std::to_string(made.free_bytes);
  if (ctx.json) CESS_TRY(ctx.print(doc));
  if (own.count != 0 && made.count < own.count) {
    return fail(Code::no, "made " + std::to_string(made.count) + " of " +
                              std::to_string(own.count) + " fillers: the store is full");
  }
  return 0;
}

}  // namespace

Result<pois::Params> idle_params(std::uint64_t size) {
  pois::Params params;
  params.log2_nodes = static_cast<unsigned>(std::bit_width(size / pois::kLabelSize)) - 1;
  if (size < pois::kLabelSize || !std::has_single_bit(size) || !pois::check_params(params)) {
    return fail(Code::usage, "size of a filler is not 16KiB, 64KiB, 256KiB, .. 256MiB or 1GiB",
                "--size");
  }
  return params;
}

cli::Command idle_generate_command(const Common& common) {
  const auto own = std::make_shared<GenerateOptions>();
  cli::Command c;
  c.name = "idle generate";
  c.summary = "fill the room that nothing else takes with fillers; goes on where it was stopped";
  c.declare = [own](cli::Options& o) {
    o.flag("--until-full", own->until_full, "as many as there is room for");
    o.number("--count", "N", own->count, 1, UINT32_MAX, "so many");
    o.size("--size", "SIZE", own->size, "bytes of a filler, the network's (default 1GiB)");
    o.text("--chain", "ID", own->chain, "chain the fillers belong to (default local)");
    o.number("-T,--threads", "N", own->threads, 1, 1024, "threads (default: one per processor)");
    o.size("--memory", "SIZE", own->memory, "memory to use (default: half of the machine's)");
    o.text("--scratch", "DIR", own->scratch,
           "folder for 7 layers of each filler being made (default: in the store)");
    o.flag("--keep-layers", own->keep_layers, "keep them for the proof of the commitment");
    o.number("--wait", "SECONDS", own->wait_s, 0, 86400, "wait for another writer of the store");
  };
  c.run = [common, own](cli::Context& ctx) { return generate_fillers(*common, *own, ctx); };
  return c;
}

}  // namespace cess
