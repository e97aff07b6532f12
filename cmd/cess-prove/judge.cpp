// SPDX-License-Identifier: Apache-2.0
// judge: fetches proofs of idle space that a validator was drawn to judge, judges them, and sends
// what it signed; asks miners for the ranges that it was drawn to probe; until SIGTERM. It has a
// key of its own, which the validator appointed.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <tuple>

#include "base/hex.hpp"
#include "chain/client/block_wait.hpp"
#include "chain/client/judge_key.hpp"
#include "chain/client/judge_turn.hpp"
#include "chain/client/key_file.hpp"
#include "chain/client/send.hpp"
#include "chain/client/state.hpp"
#include "commands.hpp"
#include "crypto/sha256.hpp"
#include "net/loop.hpp"
#include "pois/batch_proof.hpp"
#include "pois/epoch.hpp"
#include "prober.hpp"
#include "proto/fragment_client.hpp"
#include "sys/file.hpp"
#include "watch_server.hpp"

namespace cess {
namespace {

using idle_space::Kind;
using idle_space::Opinion;
using idle_space::Stage;
using idle_space::Trial;

constexpr std::size_t kJudgeConfigMax = 64U << 10U;
constexpr std::size_t kTrialsMax = 100'000;
/// A verdict that is not in a block after so many is lost, and sent again.
constexpr std::uint64_t kVerdictBlocks = 8;

struct JudgeOptions {
  std::string folder = ".";
  std::uint64_t ready_fd = 0;
};

struct JudgeFiles {
  std::vector<std::string> nodes;
  AccountKey account;
  bls::SecretKey key;
  AccountId validator;
  std::optional<net::Endpoint> listen;  ///< for health and metrics
};

Result<JudgeFiles> read_judge_files(const std::string& folder) {
  const std::string file = folder + "/config.json";
  CESS_TRY_ASSIGN(const Bytes text, read_file(file, kJudgeConfigMax));
  CESS_TRY_ASSIGN(const Json json, parse_json(as_text(text), file));
  const JsonView view(json, file);
  CESS_TRY(view.schema("cess.judge/1"));
  const auto inside = [&](const std::string& path) {
    return path.starts_with('/') || path.starts_with("http:") ? path : folder + "/" + path;
  };
  std::vector<std::string> nodes;
  for (const Json& n : json.value("node", Json::array())) {
    if (!n.is_string()) return fail(Code::input, file + ": node: not a list of texts", "node");
    nodes.push_back(inside(n.get<std::string>()));
  }
  if (nodes.empty()) return fail(Code::input, file + ": node: names no node", "node");
  CESS_TRY_ASSIGN(const std::string account, view.text("account_key"));
  CESS_TRY_ASSIGN(const std::string key, view.text("judge_key"));
  CESS_TRY_ASSIGN(const std::string validator, view.text("validator"));
  AccountId who;
  CESS_TRY(from_json_value(Json(validator), who, "validator"));
  CESS_TRY_ASSIGN(AccountKey purse, client::read_key_file(inside(account)));
  CESS_TRY_ASSIGN(bls::SecretKey secret, client::read_judge_key(inside(key)));
  JudgeFiles out{std::move(nodes), std::move(purse), std::move(secret), who, {}};
  if (view.has("listen")) {
    CESS_TRY_ASSIGN(const std::string listen, view.text("listen"));
    CESS_TRY_ASSIGN(out.listen, net::parse_endpoint(listen, "listen"));
  }
  return out;
}

class Judge {
 public:
  Judge(const JudgeFiles& files, const JudgeOptions& options, cli::Context& ctx, WatchState& state)
      : files_(files),
        options_(options),
        ctx_(ctx),
        state_(state),
        prober_({files.account, files.key, files.validator,
                 [this](const std::string& text) { ctx_.warn(text); },
                 [this] { return stop_ != nullptr && *stop_; }}) {}

  Status run(const std::atomic<bool>& stop) {
    stop_ = &stop;
    bool told = false;
    while (!stop) {
      const Status done = look();
      note(done);
      if (!done) {
        say("waits: " + done.error().message);
        rpc_.reset();
        ++at_;
      } else if (!told) {
        CESS_TRY(net::notify_ready(static_cast<int>(options_.ready_fd)));
        told = true;
      }
      wait_.next(node(), [&] { return stop.load(); });
    }
    return {};
  }

 private:
  void note(const Status& done) {
    state_.change([&](WatchState::View& v) {
      v.healthy = done.has_value();
      v.why = done ? "" : done.error().message;
      if (!done) ++v.failures;
      v.height = info_.height;
      v.epoch = info_.epoch;
    });
  }

  [[nodiscard]] const std::string& node() const { return files_.nodes[at_ % files_.nodes.size()]; }

  Status look() {
    if (!rpc_) rpc_ = client::RpcClient::lazy(node());
    CESS_TRY_ASSIGN(const auto info, client::synced_info(*rpc_));
    info_ = info;
    // Before what takes longer: a slot has twenty blocks.
    CESS_TRY_ASSIGN(const std::size_t probed, prober_.look(*rpc_, info));
    if (probed != 0) {
      state_.change([&](WatchState::View& v) { v.answers += probed; });
      CESS_TRY_ASSIGN(info_, client::synced_info(*rpc_));
    }
    return look_idle();
  }

  Status look_idle() {
    const client::NodeInfo& info = info_;
    CESS_TRY_ASSIGN(const auto params, client::get(*rpc_, idle_space::kParams));
    params_ = params.value_or(idle_space::Params{});
    std::erase_if(turns_, [&](const auto& entry) { return entry.second.due() < info.height; });
    CESS_TRY_ASSIGN(const auto batches,
                    client::list(*rpc_, "idle.batch", idle_space::kBatches, kTrialsMax));
    for (const auto& [key, b] : batches) {
      const AccountId miner = std::get<0>(key);
      const auto asked = idle_space::batch_of(params_, info.genesis, miner, b);
      CESS_TRY(turn(miner, Kind::batch, b.first, b.trial, [&](ByteView blob) {
        const auto proof = pois::parse_batch_proof(blob);
        pois::Graph graph(asked.owner.params);
        return proof && pois::verify_batch(graph, asked, b.trial.beacon, *proof);
      }));
    }
    CESS_TRY_ASSIGN(const auto epochs,
                    client::list(*rpc_, "idle.epoch", idle_space::kEpochs, kTrialsMax, info.epoch));
    for (const auto& [key, e] : epochs) {
      const auto& [epoch, miner] = key;
      if (e.trial.stage != Stage::verdict) continue;
      const auto asked = idle_space::epoch_challenge(params_, info.genesis, epoch, miner, e);
      CESS_TRY(turn(miner, Kind::epoch, epoch, e.trial, [&](ByteView blob) {
        const auto proof = pois::parse_epoch_proof(blob);
        return proof && pois::check_epoch(asked) &&
               pois::verify_epoch(asked, e.root, e.trial.beacon, *proof, idle_space::skipped(e));
      }));
    }
    return {};
  }

  template <class Verify>
  Status turn(const AccountId& miner, Kind kind, std::uint64_t number, const Trial& t,
              const Verify& verify) {
    if (t.stage != Stage::verdict) return {};
    const auto at = std::ranges::find(t.judges, files_.validator);
    if (at == t.judges.end()) return {};
    const auto bit = static_cast<std::uint16_t>(1U << (at - t.judges.begin()));
    if ((t.judged() & bit) != 0) return {};
    client::JudgeTurn& turn = turns_[{miner, kind}];
    const auto act = turn.next(info_.height, t.due);
    if (act == client::JudgeTurn::Act::wait) return {};
    if (act == client::JudgeTurn::Act::again)
      say("the verdict on '" + to_ss58(miner) + "' was lost and is sent again");
    if (act == client::JudgeTurn::Act::absent)
      return give(turn, {miner, kind, number, Opinion::absent, bit, {}}, t);
    const auto blob = fetch(miner, t);
    if (!blob) {
      turn.failed(info_.height);
      say("cannot get the proof of '" + to_ss58(miner) + "' yet: " + blob.error().message);
      return {};
    }
    const Opinion opinion = verify(*blob) ? Opinion::good : Opinion::bad;
    return give(turn, {miner, kind, number, opinion, bit, {}}, t);
  }

  Status give(client::JudgeTurn& turn, idle_space::Verdict v, const Trial& t) {
    v.signature = files_.key
                      .sign(idle_space::verdict_message(info_.genesis, v.miner, v.kind, v.number, t,
                                                        v.opinion))
                      .bytes();
    CESS_TRY_ASSIGN(auto call, client::encode_call("idle.verdict", v));
    client::SendOptions send;
    send.valid_blocks = kVerdictBlocks;
    CESS_TRY_ASSIGN(TxnBody body, client::prepare(*rpc_, files_.account.id, std::move(call), send));
    const Height until = body.valid_until;
    CESS_TRY(client::submit(*rpc_, sign_txn(std::move(body), files_.account)));
    turn.sent(until);
    state_.change([](WatchState::View& view) { ++view.answers; });
    say("finds the proof of '" + to_ss58(v.miner) + "' for " +
        std::string(idle_space::kKindNames[static_cast<std::size_t>(v.kind)]) + " " +
        std::to_string(v.number) + " " +
        std::string(idle_space::kOpinionNames[static_cast<std::size_t>(v.opinion)]));
    return {};
  }

  Result<Bytes> fetch(const AccountId& miner, const Trial& t) {
    CESS_TRY_ASSIGN(const auto record, client::get(*rpc_, miners::kMiners, miner));
    if (!record) return fail(Code::no, "no such miner");
    CESS_TRY_ASSIGN(const auto endpoint, proto::parse_miner_endpoint(record->endpoint));
    proto::FragmentClient client(
        endpoint, record->sign_key, info_.genesis, nullptr,
        {.limits = {.wait_ms_max = 10'000, .body_size_max = pois::kBatchProofSizeMax}});
    CESS_TRY_ASSIGN(Bytes blob, client.get_idle_blob(t.digest));
    if (blob.size() != t.size || sha256(blob) != t.digest) {
      return fail(Code::peer, "the miner's bytes are not those it announced");
    }
    return blob;
  }

  void say(const std::string& text) {
    if (text == said_) return;
    said_ = text;
    ctx_.warn(text);
  }

  const JudgeFiles& files_;
  const JudgeOptions& options_;
  cli::Context& ctx_;
  WatchState& state_;
  std::size_t at_ = 0;
  std::optional<client::RpcClient> rpc_;
  client::NodeInfo info_;
  idle_space::Params params_;
  std::map<std::pair<AccountId, Kind>, client::JudgeTurn> turns_;
  client::BlockWait wait_;
  std::string said_;
  const std::atomic<bool>* stop_ = nullptr;
  Prober prober_;
};

Result<int> judge(const JudgeOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const JudgeFiles files, read_judge_files(o.folder));
  std::atomic<bool> stop = false;
  WatchState state;
  state.change([](WatchState::View& v) { v.role = "judge"; });
  CESS_TRY_ASSIGN(const auto server, WatchServer::start(state, stop, files.listen));
  CESS_TRY(Judge(files, o, ctx, state).run(stop));
  return 0;
}

struct AppointOptions {
  std::string key;
  std::string validator;
  std::string genesis;
};

// Arguments of `cess-chain tx call idle.appoint --args`, which the validator's account sends.
Result<int> appoint(const AppointOptions& o, cli::Context& ctx) {
  if (!path_exists(o.key)) CESS_TRY(client::write_judge_key(o.key, ctx.random->key()));
  CESS_TRY_ASSIGN(const auto key, client::read_judge_key(o.key));
  AccountId who;
  CESS_TRY(from_json_value(Json(o.validator), who, "--validator"));
  CESS_TRY_ASSIGN(const auto genesis, parse_id<Hash256>(o.genesis, "--genesis"));
  CESS_TRY(ctx.print(to_json_value(client::make_appointment(genesis, who, key))));
  return 0;
}

}  // namespace

cli::Command judge_command() {
  auto o = std::make_shared<JudgeOptions>();
  cli::Command c;
  c.name = "judge";
  c.summary = "judge idle space and probe miners for a validator, until SIGTERM";
  c.declare = [o](cli::Options& opt) {
    opt.text("-d,--dir", "DIR", o->folder,
             "the judge's folder: config.json (cess.judge/1) and its keys (default .)");
    opt.number("--ready-fd", "N", o->ready_fd, 3, 1'000'000,
               "write a newline to this descriptor once a node has answered");
  };
  c.run = [o](cli::Context& ctx) { return judge(*o, ctx); };
  return c;
}

cli::Command judge_appoint_command() {
  auto o = std::make_shared<AppointOptions>();
  cli::Command c;
  c.name = "judge-appoint";
  c.summary = "print what a validator's account sends to appoint a judge (idle.appoint)";
  c.declare = [o](cli::Options& opt) {
    opt.text("--key", "FILE", o->key, "the judge's key, made if it is not there", true);
    opt.text("--validator", "ADDRESS", o->validator, "whose judge it is", true);
    opt.text("--genesis", "HASH", o->genesis, "the chain's id", true);
  };
  c.run = [o](cli::Context& ctx) { return appoint(*o, ctx); };
  return c;
}

}  // namespace cess
