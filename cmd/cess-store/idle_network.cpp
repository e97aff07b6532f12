// SPDX-License-Identifier: Apache-2.0
#include "idle_network.hpp"

#include <filesystem>

#include "chain/client/home.hpp"
#include "chain/client/idle.hpp"
#include "chain/client/state.hpp"
#include "miner/node_pool.hpp"
#include "miner_config.hpp"
#include "store/store.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

std::string filler_words(const pois::Owner& owner) {
  return "fillers of " + std::to_string(owner.params.file_bytes()) + " bytes for chain '" +
         owner.chain_id + "'";
}

}  // namespace

void declare_idle_node(cli::Options& o, IdleNode& node) {
  o.text("--node", "URL|DIR", node.node,
         "node to ask (default: those of the config.json beside the store)");
  o.text("--network", "NAME", node.network,
         "a network's folder or configuration, which names nodes");
}

Result<std::vector<std::string>> nodes_of_store(const std::string& store, const IdleNode& named) {
  if (!named.node.empty()) return std::vector{named.node};
  if (!named.network.empty()) {
    CESS_TRY_ASSIGN(const auto home, client::find_home(named.network));
    return home.nodes;
  }
  // The folder that the store really lies in, whatever link leads to it.
  const std::string folder = store + "/..";
  if (!path_exists(folder + "/config.json")) return std::vector<std::string>();
  CESS_TRY_ASSIGN(const MinerConfig config, read_miner_config(folder));
  std::error_code error;
  if (!std::filesystem::equivalent(config.store, store, error)) return std::vector<std::string>();
  return config.nodes;
}

Result<IdleTerms> ask_terms(const std::string& store, const std::vector<std::string>& nodes) {
  CESS_TRY_ASSIGN(const auto reader, StoreReader::open(store));
  const AccountId miner = AccountId::from(reader->config().miner.view());
  miner::NodePool pool(nodes, kNodeAnswerLimits);
  IdleTerms terms;
  const auto now = client::idle_view(pool, miner);
  if (!now && now.error().code != Code::no) return tl::unexpected<Error>(now.error());
  if (now && now->miner.state != miners::MinerState::withdrawn) {
    const miners::Miner& m = now->miner;
    const std::uint64_t taken = m.fillers + m.locked + m.service;
    terms.owner = now->owner;
    terms.bytes = m.declared;
    terms.declared = {now->space.rear,
                      (m.declared - std::min(m.declared, taken)) / now->params.filler_bytes()};
    terms.registered = true;
    terms.batch_max = now->params.batch_files_max;
    CESS_TRY_ASSIGN(const auto turn, client::idle_batch(pool, *now, miner));
    if (turn.batch)
      terms.judging = "batch from " + std::to_string(turn.batch->batch.first) + ": proof";
    if (!turn.why.empty()) terms.judging = turn.why;
    return terms;
  }
  CESS_TRY_ASSIGN(const auto info, client::synced_info(pool));
  CESS_TRY_ASSIGN(const auto found, client::get(pool, idle_space::kParams));
  const auto params = found.value_or(idle_space::Params{});
  CESS_TRY_ASSIGN(const auto space, client::get(pool, idle_space::kSpaces, miner));
  terms.owner = idle_space::owner_of(params, info.genesis, miner);
  terms.bytes = offered_bytes(reader->config().capacity_bytes);
  terms.declared = {space ? space->rear : 0, terms.bytes / params.filler_bytes()};
  terms.batch_max = params.batch_files_max;
  return terms;
}

Status check_terms(const std::string& store, const pois::Owner& there, const IdleTerms& terms) {
  if (there == terms.owner) return {};
  return fail(Code::usage,
              "store '" + store + "' has " + filler_words(there) + ", its network wants " +
                  filler_words(terms.owner),
              store, "name another network with --node, or remove the folder 'idle' to begin anew");
}

}  // namespace cess
