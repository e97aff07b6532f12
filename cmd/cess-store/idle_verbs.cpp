// SPDX-License-Identifier: Apache-2.0
// idle commit, idle status, idle plan.
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <ctime>
#include <thread>

#include "base/hex.hpp"
#include "commands.hpp"
#include "idle/layers.hpp"
#include "idle/maker.hpp"
#include "idle/prover.hpp"
#include "idle_network.hpp"
#include "pois/documents.hpp"
#include "store/store.hpp"
#include "sys/pages.hpp"

namespace cess {
namespace {

struct CommitOptions {
  std::uint64_t accept = 0;
  std::uint64_t wait_s = 0;
  IdleNode node;
};

// What the chain says before a commitment; nothing, where the store knows no network or no node
// answers: then the store's word holds, and the chain says no if it is old.
Result<std::optional<IdleTerms>> terms_for(const std::string& store, const IdleNode& named,
                                           cli::Context& ctx) {
  CESS_TRY_ASSIGN(const auto nodes, nodes_of_store(store, named));
  if (nodes.empty()) return std::optional<IdleTerms>();
  auto terms = ask_terms(store, nodes);
  if (terms) return std::optional(std::move(*terms));
  if (terms.error().code != Code::peer) return tl::unexpected<Error>(terms.error());
  ctx.warn("warning: the chain was not asked what it has taken: " + terms.error().message);
  return std::optional<IdleTerms>();
}

Result<int> idle_commit(const CommonOptions& common, const CommitOptions& own, cli::Context& ctx) {
  if (own.accept != 0) {
    CESS_TRY(idle::accept_commitments(common.store, own.accept, own.wait_s));
    return 0;
  }
  CESS_TRY_ASSIGN(auto folder, idle::IdleFolder::open(common.store));
  CESS_TRY_ASSIGN(const auto terms, terms_for(common.store, own.node, ctx));
  if (terms) {
    CESS_TRY(check_terms(common.store, folder.state().owner, *terms));
    if (!terms->judging.empty()) {
      return fail(Code::no, "the last commitment waits for its verdict: " + terms->judging);
    }
    if (terms->declared.accepted > folder.state().committed) {
      CESS_TRY(idle::accept_commitments(common.store, terms->declared.accepted, own.wait_s));
      CESS_TRY_ASSIGN(folder, idle::IdleFolder::open(common.store));
    }
  }
  CESS_TRY_ASSIGN(pois::Batch batch, folder.next_batch());
  if (batch.comms.empty()) {
    return fail(Code::no, "there is no filler to commit to: all " +
                              std::to_string(folder.numbers().size()) + " are on the chain");
  }
  if (terms) {
    const std::uint64_t most = std::min<std::uint64_t>(terms->declared.fillers, terms->batch_max);
    if (most == 0) {
      return fail(Code::no, "the chain takes no more fillers: all of the " +
                                std::to_string(terms->bytes) + " bytes declared are taken");
    }
    batch.comms.resize(std::min<std::size_t>(batch.comms.size(), most));
  }
  CESS_TRY(ctx.print(pois::batch_to_json({std::move(batch), std::nullopt})));
  return 0;
}

Result<int> idle_status(const CommonOptions& common, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const auto store, StoreReader::open(common.store));
  CESS_TRY_ASSIGN(const StoreStat stat, store->stat(false));
  CESS_TRY_ASSIGN(const auto folder, idle::IdleFolder::open(common.store));
  CESS_TRY_ASSIGN(const pois::LiveSet live, folder.live());
  const auto& numbers = folder.numbers();
  const std::uint64_t size = folder.params().file_bytes();
  const auto made = static_cast<std::uint64_t>(
      numbers.end() - std::ranges::lower_bound(numbers, folder.state().committed));
  CESS_TRY_ASSIGN(const Hash256 root, idle::files_root(folder, live.rear));
  Json doc;
  doc["schema"] = "cess.idle_status/1";
  doc["miner_id"] = to_hex(folder.state().owner.miner);
  doc["chain_id"] = folder.state().owner.chain_id;
  doc["filler_bytes"] = std::to_string(size);
  doc["fillers"] = numbers.size();
  doc["live"] = std::to_string(live.count());
  doc["front"] = std::to_string(live.front);
  doc["rear"] = std::to_string(live.rear);
  doc["holes"] = live.holes.size();
  doc["uncommitted"] = made;
  doc["being_made"] = folder.claimed().size();
  doc["files_root"] = to_hex(root);
  doc["idle_bytes"] = std::to_string(numbers.size() * size);
  doc["free_bytes"] = std::to_string(stat.idle_bytes);
  doc["capacity"] = std::to_string(stat.config.capacity_bytes);
  if (ctx.json) {
    CESS_TRY(ctx.print(doc));
    return 0;
  }
  CESS_TRY(ctx.print("fillers    " + std::to_string(numbers.size()) + " of " +
                     std::to_string(size) + " bytes, " + std::to_string(folder.claimed().size()) +
                     " being made"));
  CESS_TRY(ctx.print("committed  " + std::to_string(live.count()) + " live in [" +
                     std::to_string(live.front) + ", " + std::to_string(live.rear) + "), " +
                     std::to_string(live.holes.size()) + " holes; " + std::to_string(made) +
                     " not yet committed"));
  CESS_TRY(ctx.print("room left  " + std::to_string(stat.idle_bytes) + " of " +
                     std::to_string(stat.config.capacity_bytes) + " bytes"));
  return 0;
}

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
};

Result<int> idle_plan(const PlanOptions& own, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const pois::Params params, idle_params(own.size));
  const std::uint64_t memory = own.memory != 0 ? own.memory : physical_memory_bytes() / 2;
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  // The layer measured is one of 2^21 labels, larger than any cache.
  const pois::Params sample{std::min(params.log2_nodes, 21U)};
  if (!ctx.json) {
    CESS_TRY(ctx.print("cores  fillers side by side      memory        rate    1 TiB takes"));
  }
  for (unsigned n = 1; n <= cores; n = n == cores ? n + 1 : std::min(2 * n, cores)) {
    const std::size_t lanes = idle::lanes_for(params, n, memory);
    CESS_TRY_ASSIGN(const double layer_rate, measure_rate(sample, lanes));
    // 8 compressions of the 69 that a kept label costs were measured.
    const double rate = layer_rate * 8 / 69 * n;
    const double hours = static_cast<double>(std::uint64_t{1} << 40U) / rate / 3600;
    const std::uint64_t taken = idle::layers_memory_bytes(params, lanes) * n;
    Json doc;
    doc["schema"] = "cess.idle_plan/1";
    doc["cores"] = n;
    doc["side_by_side"] = lanes;
    doc["memory_bytes"] = std::to_string(taken);
    doc["bytes_per_second"] = std::to_string(static_cast<std::uint64_t>(rate));
    doc["seconds_per_tib"] = std::to_string(static_cast<std::uint64_t>(hours * 3600));
    if (ctx.json) {
      CESS_TRY(ctx.print(doc));
      continue;
    }
    char line[128];
    std::snprintf(line, sizeof line, "%5u  %20zu  %6.1f GiB  %6.1f MB/s  %9.1f h", n, lanes,
                  static_cast<double>(taken) / (1U << 30U), rate / 1e6, hours);
    CESS_TRY(ctx.print(line));
  }
  ctx.note("one core was measured; disks must take 9 times the rate while layers are written");
  return 0;
}

}  // namespace

cli::Command idle_commit_command(const Common& common) {
  const auto own = std::make_shared<CommitOptions>();
  cli::Command c;
  c.name = "idle commit";
  c.summary = "print the commitment to the fillers made since the last one";
  c.declare = [own](cli::Options& o) {
    o.number("--accept", "REAR", own->accept, 1, pois::kFileNumbersMax,
             "note that the chain has accepted all fillers below REAR");
    o.number("--wait", "SECONDS", own->wait_s, 0, 86400, "wait for another writer of the store");
    declare_idle_node(o, own->node);
  };
  c.run = [common, own](cli::Context& ctx) { return idle_commit(*common, *own, ctx); };
  return c;
}

cli::Command idle_status_command(const Common& common) {
  cli::Command c;
  c.name = "idle status";
  c.summary = "say which fillers are here and how much room is left";
  c.declare = [](cli::Options&) {};
  c.run = [common](cli::Context& ctx) { return idle_status(*common, ctx); };
  return c;
}

cli::Command idle_plan_command() {
  const auto own = std::make_shared<PlanOptions>();
  cli::Command c;
  c.name = "idle plan";
  c.summary = "measure how long this machine takes to fill 1 TiB";
  c.declare = [own](cli::Options& o) {
    o.size("--size", "SIZE", own->size, "bytes of a filler, the network's (default 1GiB)");
    o.size("--memory", "SIZE", own->memory, "memory to use (default: half of the machine's)");
  };
  c.run = [own](cli::Context& ctx) { return idle_plan(*own, ctx); };
  return c;
}

}  // namespace cess
