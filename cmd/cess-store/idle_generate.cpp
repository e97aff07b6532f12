// SPDX-License-Identifier: Apache-2.0
// idle generate: fillers into the room that nothing else takes.
#include <algorithm>
#include <bit>
#include <thread>

#include "commands.hpp"
#include "idle/maker.hpp"
#include "idle_network.hpp"
#include "store/fillers.hpp"
#include "sys/pages.hpp"

namespace cess {
namespace {

constexpr std::uint64_t kAskAgainNs = 10'000'000'000;

struct GenerateOptions {
  bool until_full = false;
  std::uint64_t count = 0;
  std::uint64_t size = 0;
  std::string chain;
  IdleNode node;
  std::uint64_t threads = 0;
  std::uint64_t memory = 0;
  std::string scratch;
  bool keep_layers = false;
  std::uint64_t wait_s = 0;
};

// What the fillers have to be: like those that are there; else as the network wants them; else as
// the options say. An option that contradicts is refused.
Result<pois::Owner> choose_owner(const std::string& store, const GenerateOptions& own,
                                 const std::optional<IdleTerms>& terms, cli::Context& ctx) {
  pois::Owner owner;
  owner.chain_id = own.chain.empty() ? "local" : own.chain;
  CESS_TRY_ASSIGN(owner.params, idle_params(own.size == 0 ? 1ULL << 30U : own.size));
  const auto folder = idle::IdleFolder::open(store);
  if (!folder && folder.error().code != Code::no) return tl::unexpected<Error>(folder.error());
  if (folder && terms) CESS_TRY(check_terms(store, folder->state().owner, *terms));
  if (!folder && !terms) {
    if (own.chain.empty())
      ctx.warn("warning: no network is known: these fillers are for the chain 'local'");
    return owner;
  }
  const pois::Owner& want = folder ? folder->state().owner : terms->owner;
  const std::string whose =
      folder ? "store '" + store + "' has fillers" : std::string("the network has fillers");
  if (own.size != 0 && owner.params != want.params)
    return fail(Code::usage,
                whose + " of another size: " + std::to_string(want.params.file_bytes()) + " bytes",
                "--size", "leave --size away");
  if (!own.chain.empty() && owner.chain_id != want.chain_id)
    return fail(Code::usage, whose + " of another chain: '" + want.chain_id + "'", "--chain",
                "leave --chain away");
  return want;
}

// The chain's word, not asked for each filler; while no node answers, the last one holds.
std::function<Result<idle::Declared>()> declared_by(const std::string& store,
                                                    std::vector<std::string> nodes,
                                                    const IdleTerms& first, cli::Context& ctx) {
  return [store, nodes = std::move(nodes), last = first.declared, &ctx,
          asked = ctx.clock->monotonic_ns()]() mutable -> Result<idle::Declared> {
    const std::uint64_t now = ctx.clock->monotonic_ns();
    if (now - asked < kAskAgainNs) return last;
    asked = now;
    if (const auto terms = ask_terms(store, nodes)) last = terms->declared;
    return last;
  };
}

Result<int> generate_fillers(const CommonOptions& common, const GenerateOptions& own,
                             cli::Context& ctx) {
  if (own.until_full == (own.count != 0)) {
    return fail(Code::usage, "expected either --until-full or --count");
  }
  if (own.size != 0) CESS_TRY(idle_params(own.size));
  CESS_TRY_ASSIGN(const auto nodes, nodes_of_store(common.store, own.node));
  const bool told = path_exists(fillers::path_in(common.store, "state.json")) ||
                    (own.size != 0 && !own.chain.empty());
  std::optional<IdleTerms> terms;
  if (!nodes.empty() && (own.until_full || !told)) {
    CESS_TRY_ASSIGN(terms, ask_terms(common.store, nodes));
  }
  idle::MakeOptions options;
  CESS_TRY_ASSIGN(const pois::Owner owner, choose_owner(common.store, own, terms, ctx));
  options.params = owner.params;
  options.chain_id = owner.chain_id;
  if (own.until_full && terms) {
    options.declared = declared_by(common.store, nodes, *terms, ctx);
    ctx.note(
        (terms->registered ? "declared on the chain: " : "not on the chain yet; to declare: ") +
        std::to_string(terms->bytes) + " bytes, room for " +
        std::to_string(terms->declared.fillers) + " fillers after those it has");
  }
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
  if (own.until_full && made.layers_in_store && !made.all_wanted &&
      made.free_bytes >= made.cost_bytes) {
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
    o.flag("--until-full", own->until_full, "as many as were declared and there is room for");
    o.number("--count", "N", own->count, 1, UINT32_MAX, "so many");
    o.size("--size", "SIZE", own->size,
           "bytes of a filler (default: the store's or the network's)");
    o.text("--chain", "ID", own->chain,
           "chain the fillers are for (default: the store's or the network's)");
    declare_idle_node(o, own->node);
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
