// SPDX-License-Identifier: Apache-2.0
// idle commit, idle status.
#include <algorithm>

#include "base/hex.hpp"
#include "commands.hpp"
#include "idle/layers.hpp"
#include "idle/maker.hpp"
#include "idle/prover.hpp"
#include "idle_network.hpp"
#include "pois/documents.hpp"
#include "store/fillers.hpp"
#include "store/store.hpp"

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

// Layers that `generate --keep-layers` left in a folder of their own.
struct KeptLayers {
  std::uint64_t fillers = 0;
  std::uint64_t taken = 0;  // of these, fillers that the chain has: no proof will ask for them
  std::uint64_t bytes = 0;
};

Result<KeptLayers> find_layers(const std::string& scratch, const idle::IdleState& state) {
  KeptLayers out;
  CESS_TRY_ASSIGN(const auto sizes,
                  fillers::work_sizes(idle::scratch_of(scratch, state.owner.miner)));
  for (const auto& [number, bytes] : sizes) {
    ++out.fillers;
    out.taken += number < state.committed ? 1 : 0;
    out.bytes += bytes;
  }
  return out;
}

Result<int> idle_status(const CommonOptions& common, const std::string& scratch,
                        cli::Context& ctx) {
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
  KeptLayers layers;
  if (!scratch.empty()) {
    CESS_TRY_ASSIGN(layers, find_layers(scratch, folder.state()));
    doc["layers_fillers"] = layers.fillers;
    doc["layers_taken"] = layers.taken;
    doc["layers_bytes"] = std::to_string(layers.bytes);
  }
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
  if (scratch.empty()) return 0;
  CESS_TRY(ctx.print("layers     " + std::to_string(layers.bytes) + " bytes of " +
                     std::to_string(layers.fillers) + " fillers in '" + scratch + "', of which " +
                     std::to_string(layers.taken) +
                     " are accepted: the next generate removes those"));
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
  const auto scratch = std::make_shared<std::string>();
  cli::Command c;
  c.name = "idle status";
  c.summary = "say which fillers are here and how much room is left";
  c.declare = [scratch](cli::Options& o) {
    o.text("--scratch", "DIR", *scratch, "say what `idle generate --keep-layers` left there");
  };
  c.run = [common, scratch](cli::Context& ctx) { return idle_status(*common, *scratch, ctx); };
  return c;
}

}  // namespace cess
