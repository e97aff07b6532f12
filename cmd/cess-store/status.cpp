// SPDX-License-Identifier: Apache-2.0
// status: how a miner stands, and why it waits if it does; from its store and a node, whether its
// daemon runs or not.
#include "base/hex.hpp"
#include "chain/client/key_file.hpp"
#include "commands.hpp"
#include "miner/node_pool.hpp"
#include "miner/room.hpp"
#include "miner/standing.hpp"
#include "miner_config.hpp"

namespace cess {
namespace {

Result<Json> miner_status(const std::string& folder) {
  CESS_TRY_ASSIGN(const MinerConfig config, read_miner_config(folder));
  CESS_TRY_ASSIGN(const AccountKey key, client::read_key_file(config.sign_key));
  CESS_TRY_ASSIGN(const auto store, StoreReader::open(config.store));
  CESS_TRY_ASSIGN(const StoreStat stat, store->stat(false));
  miner::NodePool nodes(config.nodes, kNodeAnswerLimits);
  Json out = {{"schema", "cess.miner_status/1"}};
  out.update(miner::standing_json(miner::stand(nodes, AccountId::from(store->config().miner.view()),
                                               ed25519_public(key.secret))));
  out["fragments"] = stat.fragment_count;
  out["damaged"] = stat.damaged_count;
  out["used_bytes"] = std::to_string(stat.used_bytes);
  out["idle_bytes"] = std::to_string(stat.idle_bytes);
  out["disk_free_bytes"] = std::to_string(miner::disk_free_bytes(*store));
  if (const auto why = miner::why_no_room(*store, stat.idle_bytes, 0); !why.empty())
    out["waits"] = why;
  out["capacity_bytes"] = std::to_string(stat.config.capacity_bytes);
  return out;
}

Status print_miner_status(cli::Context& ctx, const Json& s) {
  const auto line = [&](const std::string& name, const std::string& value) {
    return ctx.print(name + std::string(12 - name.size(), ' ') + value);
  };
  const auto text = [&](const char* field) { return s.value(field, std::string()); };
  CESS_TRY(line("miner", text("miner")));
  if (s.contains("height"))
    CESS_TRY(line("node", "at " + std::to_string(s["height"].get<std::uint64_t>()) + " of " +
                              std::to_string(s["best_height"].get<std::uint64_t>())));
  if (s.contains("state")) {
    CESS_TRY(line("state", text("state")));
    CESS_TRY(line("on chain", text("service_bytes") + " bytes hold files, " + text("locked_bytes") +
                                  " are promised, " + text("idle_on_chain_bytes") + " idle of " +
                                  text("declared_bytes")));
    CESS_TRY(line("audit", text("audit")));
  }
  CESS_TRY(line("store", std::to_string(s["fragments"].get<std::uint64_t>()) + " fragments, " +
                             std::to_string(s["damaged"].get<std::uint64_t>()) + " damaged, " +
                             text("idle_bytes") + " bytes idle of " + text("capacity_bytes") +
                             ", " + text("disk_free_bytes") + " free on the disk"));
  if (s.contains("clock")) CESS_TRY(line("clock", text("clock")));
  const std::string why = text("waits");
  return line("waits", why.empty() ? "no: it is at work" : why);
}

}  // namespace

cli::Command status_command() {
  const auto folder = std::make_shared<std::string>(".");
  cli::Command c;
  c.name = "status";
  c.summary = "how a miner stands, and why it waits";
  c.declare = [folder](cli::Options& opt) {
    opt.text("-d,--dir", "DIR", *folder,
             "the miner's folder: config.json, its keys, its store (default .)");
  };
  c.run = [folder](cli::Context& ctx) -> Result<int> {
    CESS_TRY_ASSIGN(const Json status, miner_status(*folder));
    CESS_TRY(ctx.json ? ctx.print(status) : print_miner_status(ctx, status));
    return 0;
  };
  return c;
}

}  // namespace cess
