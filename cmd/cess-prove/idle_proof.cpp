// SPDX-License-Identifier: Apache-2.0
// idle-proof: what a miner proved of its idle space in an epoch, or of a batch of fillers, fetched
// from it, with the challenge as the chain has it. `cess-prove verify` or `idle verify` judges that
// without a network.
#include <memory>

#include "base/hex.hpp"
#include "chain/client/home.hpp"
#include "chain/client/judged_batch.hpp"
#include "chain/client/state.hpp"
#include "chain/state/idle/idle.hpp"
#include "commands.hpp"
#include "crypto/sha256.hpp"
#include "lines.hpp"
#include "pois/batch_proof.hpp"
#include "pois/documents.hpp"
#include "proto/fragment_client.hpp"

namespace cess {
namespace {

struct IdleProofOptions {
  std::string node, network, miner, out, asked;
  std::uint64_t epoch = 0;
  std::uint64_t batch = 0;
  bool latest = true;
  bool force = false;
};

// From the miner's own endpoint, where its key answers.
Result<Bytes> fetch_blob(client::Rpc& rpc, const Hash256& genesis, const AccountId& miner,
                         const Hash256& digest) {
  CESS_TRY_ASSIGN(const auto record, client::require(rpc, miners::kMiners, miner));
  CESS_TRY_ASSIGN(const auto endpoint, proto::parse_miner_endpoint(record.endpoint));
  proto::FragmentClient client(endpoint, record.sign_key, genesis, nullptr,
                               {.limits = {.body_size_max = pois::kBatchProofSizeMax}});
  CESS_TRY_ASSIGN(Bytes blob, client.get_idle_blob(digest));
  if (sha256(blob) != digest) {
    return fail(Code::peer, "the miner's bytes are not those it announced", to_ss58(miner));
  }
  return blob;
}

// The proof of a batch is too long for a line of JSON: its bytes, and what was asked, apart.
Status fetch_batch(client::Rpc& rpc, const IdleProofOptions& o, const AccountId& miner,
                   cli::Context& ctx) {
  CESS_TRY_ASSIGN(const auto now, client::idle_view(rpc, miner));
  CESS_TRY_ASSIGN(const auto found, client::judged_batch(rpc, now, miner, o.batch));
  CESS_TRY_ASSIGN(const Bytes blob, fetch_blob(rpc, now.info.genesis, miner, found.digest));
  CESS_TRY_ASSIGN(Output asked, Output::create(ctx, o.asked, o.force, false));
  CESS_TRY_ASSIGN(Output out, Output::create(ctx, o.out, o.force, true));
  CESS_TRY(asked.line(write_json(pois::batch_to_json(found.asked))));
  CESS_TRY(out.write(blob));
  CESS_TRY(asked.commit());
  return out.commit();
}

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
  if (o.asked.empty() && o.batch != 0) {
    return fail(Code::usage, "--batch goes with --asked FILE", "--batch");
  }
  if (!o.asked.empty() && o.out.empty()) {
    return fail(Code::usage, "--asked goes with --output FILE", "--asked");
  }
  CESS_TRY_ASSIGN(auto rpc, client::RpcClient::connect(node));
  CESS_TRY_ASSIGN(const auto info, client::synced_info(rpc));
  AccountId miner;
  CESS_TRY(from_json_value(Json(o.miner), miner, "--miner"));
  if (!o.asked.empty()) {
    CESS_TRY(fetch_batch(rpc, o, miner, ctx));
    return 0;
  }
  CESS_TRY_ASSIGN(const auto found, find_trial(rpc, o, info.epoch, miner));
  const auto& [epoch, trial] = found;
  CESS_TRY_ASSIGN(const auto params, client::get(rpc, idle_space::kParams));
  pois::EpochProofDocument doc;
  CESS_TRY_ASSIGN(doc.proof, fetch_blob(rpc, info.genesis, miner, trial.trial.digest));
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
    opt.number("--batch", "FIRST", o->batch, 0, pois::kFileNumbersMax,
               "with --asked: of the batch whose first filler has this number (default 0)");
    opt.text("--asked", "FILE", o->asked,
             "of a batch, for `idle verify`: write there what was committed to and asked");
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
