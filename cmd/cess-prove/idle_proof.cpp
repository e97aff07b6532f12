// SPDX-License-Identifier: Apache-2.0
// idle-proof: what a miner proved of its idle space in an epoch, fetched from it, with the
// challenge as the chain has it. `cess-prove verify` judges the document without a network.
#include <memory>

#include "base/hex.hpp"
#include "chain/client/home.hpp"
#include "chain/client/state.hpp"
#include "chain/state/idle/idle.hpp"
#include "commands.hpp"
#include "crypto/sha256.hpp"
#include "lines.hpp"
#include "pois/documents.hpp"
#include "proto/fragment_client.hpp"

namespace cess {
namespace {

struct IdleProofOptions {
  std::string node, network, miner, out;
  std::uint64_t epoch = 0;
  bool latest = true;
  bool force = false;
};

// The epoch that was asked for, or the miner's newest that has a blob.
Result<std::pair<Epoch, idle_space::EpochTrial>> find_trial(client::Rpc& rpc,
                                                            const IdleProofOptions& o, Epoch now,
                                                            const AccountId& miner) {
  const Epoch last = o.latest ? now : o.epoch;
  for (Epoch e = last; e + 100 > last; --e) {
    CESS_TRY_ASSIGN(const auto trial, client::get(rpc, idle_space::kEpochs, e, miner));
    if (trial && !trial->trial.digest.is_zero()) return std::pair(e, *trial);
    if (!o.latest || e == 0) break;
  }
  return fail(Code::no, "no proof of idle space by '" + o.miner + "'", o.miner);
}

Result<int> idle_proof(const IdleProofOptions& o, cli::Context& ctx) {
  client::Home home;
  if (o.node.empty()) {
    CESS_TRY_ASSIGN(home, client::find_home(o.network));
  }
  CESS_TRY_ASSIGN(const std::string node, client::choose_node(o.node, home));
  CESS_TRY_ASSIGN(auto rpc, client::RpcClient::connect(node));
  CESS_TRY_ASSIGN(const auto info, client::synced_info(rpc));
  AccountId miner;
  CESS_TRY(from_json_value(Json(o.miner), miner, "--miner"));
  CESS_TRY_ASSIGN(const auto found, find_trial(rpc, o, info.epoch, miner));
  const auto& [epoch, trial] = found;
  CESS_TRY_ASSIGN(const auto params, client::get(rpc, idle_space::kParams));
  CESS_TRY_ASSIGN(const auto record, client::require(rpc, miners::kMiners, miner));
  CESS_TRY_ASSIGN(const auto endpoint, proto::parse_miner_endpoint(record.endpoint));
  proto::FragmentClient client(endpoint, record.sign_key, info.genesis, nullptr);
  pois::EpochProofDocument doc;
  CESS_TRY_ASSIGN(doc.proof, client.get_idle_blob(trial.trial.digest));
  if (sha256(doc.proof) != trial.trial.digest) {
    return fail(Code::peer, "the miner's bytes are not those it announced", o.miner);
  }
  doc.asked.challenge = idle_space::epoch_challenge(params.value_or(idle_space::Params{}),
                                                    info.genesis, epoch, miner, trial);
  doc.asked.answers_root = trial.root;
  doc.asked.opening_beacon = trial.trial.beacon;
  doc.asked.skipped = idle_space::skipped(trial);
  CESS_TRY_ASSIGN(Output out, Output::create(ctx, o.out, o.force, false));
  CESS_TRY(out.line(write_json(pois::epoch_proof_to_json(doc))));
  CESS_TRY(out.commit());
  return 0;
}

}  // namespace

cli::Command idle_proof_command() {
  auto o = std::make_shared<IdleProofOptions>();
  cli::Command c;
  c.name = "idle-proof";
  c.summary = "fetch a miner's proof of idle space, for `cess-prove verify`";
  c.declare = [o](cli::Options& opt) {
    opt.text("--miner", "ADDRESS", o->miner, "whose", true);
    opt.text("--node", "URL|DIR", o->node, "node to ask: its URL or its folder");
    opt.text("--network", "NAME", o->network,
             "a network's folder or configuration, which names nodes");
    opt.number("--epoch", "N", o->epoch, 1, 0xffffffffU, "of which epoch (default: the newest)");
    opt.text("-o,--output", "FILE", o->out, "write to FILE");
    opt.flag("--force", o->force, "replace an existing output file");
  };
  c.run = [o](cli::Context& ctx) {
    o->latest = o->epoch == 0;
    return idle_proof(*o, ctx);
  };
  return c;
}

}  // namespace cess
