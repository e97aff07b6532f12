// SPDX-License-Identifier: Apache-2.0
// watch: answers a miner's challenges as they come, until SIGTERM. Nothing is kept on disk: what
// was answered is on the chain, so a kill at any point costs the work of one proof. Says why it
// waits, once for each reason.
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <set>

#include "audit/prover.hpp"
#include "base/hex.hpp"
#include "chain/client/audits.hpp"
#include "chain/client/block_wait.hpp"
#include "chain/client/key_file.hpp"
#include "chain/client/send.hpp"
#include "commands.hpp"
#include "idle_duty.hpp"
#include "store_source.hpp"
#include "watch_server.hpp"

namespace cess {
namespace {

constexpr std::size_t kConfigSizeMax = 1U << 20U;
constexpr std::size_t kNodesMax = 64;
constexpr std::uint64_t kAnswerWaitMs = 30'000;

struct WatchOptions {
  std::string folder = ".";
  std::string listen;
  std::uint64_t ready_fd = 0;
  std::uint64_t reads = 8;
};

struct MinerFiles {
  std::vector<std::string> nodes;
  AccountKey key;
  std::string store;
  std::string listen;  // may be empty
};

// A path of config.json, which is relative to its folder.
std::string inside(const std::string& folder, const std::string& path) {
  const bool absolute = path.starts_with('/') || path.starts_with("http:");
  return absolute ? path : folder + "/" + path;
}

Result<MinerFiles> read_miner_files(const std::string& folder) {
  const std::string file = folder + "/config.json";
  CESS_TRY_ASSIGN(const Bytes text, read_file(file, kConfigSizeMax));
  CESS_TRY_ASSIGN(const Json json, parse_json(as_text(text), file));
  const JsonView view(json, file);
  CESS_TRY(view.schema("cess.miner/1"));
  MinerFiles m;
  const Json nodes = json.value("node", Json());
  for (const Json& n : nodes) {
    if (!nodes.is_array() || !n.is_string() || m.nodes.size() == kNodesMax)
      return fail(Code::input, file + ": node: not a list of at most 64 texts", "node");
    m.nodes.push_back(inside(folder, n.get<std::string>()));
  }
  if (m.nodes.empty()) return fail(Code::input, file + ": node: names no node", "node");
  CESS_TRY_ASSIGN(const std::string key, view.text("account_key"));
  CESS_TRY_ASSIGN(m.key, client::read_key_file(inside(folder, key)));
  CESS_TRY_ASSIGN(const std::string store, view.text("store"));
  m.store = inside(folder, store);
  if (view.has("prover_listen")) {
    CESS_TRY_ASSIGN(m.listen, view.text("prover_listen"));
  }
  return m;
}

// Asks the first of the nodes that is in sync, and stays with it while it answers.
class Nodes {
 public:
  explicit Nodes(const std::vector<std::string>& names) : names_(names) {}
  Result<client::Rpc*> get() {
    Status last;
    for (std::size_t i = 0; i < names_.size(); ++i, ++at_) {
      if (!rpc_) {
        rpc_ = client::RpcClient::lazy(names_[at_ % names_.size()],
                                       {.wait_ms_max = kAnswerWaitMs,
                                        .body_size_max = client::RpcClient::kLimits.body_size_max});
      }
      const auto info = client::synced_info(*rpc_);
      if (info) return &*rpc_;
      last = tl::unexpected<Error>(info.error());
      rpc_.reset();
    }
    return tl::unexpected<Error>(last.error());
  }
  [[nodiscard]] const std::string& name() const { return names_[at_ % names_.size()]; }

 private:
  const std::vector<std::string>& names_;
  std::size_t at_ = 0;
  std::optional<client::RpcClient> rpc_;
};

class Watcher {
 public:
  Watcher(const MinerFiles& miner, StoreSource& source, const WatchOptions& options,
          WatchState& state, cli::Context& ctx)
      : miner_(miner),
        source_(source),
        options_(options),
        state_(state),
        ctx_(ctx),
        nodes_(miner.nodes),
        idle_(options.folder, miner.store, miner.key) {}

  Status run(const std::atomic<bool>& stop) {
    bool told = false;
    while (!stop) {
      Status done = look();
      const Status idle_done = look_idle();
      if (done && !idle_done) done = idle_done;
      if (!done) say(done.error().message);
      state_.change([&](WatchState::View& v) {
        v.healthy = done.has_value();
        v.why = said_;
        if (!done) ++v.failures;
      });
      if (done && !told) {
        CESS_TRY(net::notify_ready(static_cast<int>(options_.ready_fd)));
        told = true;
      }
      wait_.next(nodes_.name(), [&] { return stop.load(); });
    }
    return {};
  }

 private:
  // Fillers are answered for beside the fragments: neither waits for the other's fault.
  Status look_idle() {
    CESS_TRY_ASSIGN(client::Rpc * rpc, nodes_.get());
    CESS_TRY_ASSIGN(const std::string did, idle_.look(*rpc));
    if (!did.empty() && did != idle_said_) ctx_.warn(did);
    idle_said_ = did;
    return {};
  }

  Status look() {
    CESS_TRY_ASSIGN(client::Rpc * rpc, nodes_.get());
    CESS_TRY_ASSIGN(const auto turn, client::audit_turn(*rpc, miner_.key.id));
    say(client::describe(turn));
    state_.change([&](WatchState::View& v) {
      v.height = turn.height;
      v.epoch = turn.epoch;
    });
    if (turn.turn == client::Turn::judged) after_verdict(turn);
    if (turn.turn != client::Turn::now) return {};
    const auto begun = std::chrono::steady_clock::now();
    CESS_TRY(source_.refresh());
    ProverOptions prover;
    prover.reads_in_flight = static_cast<unsigned>(options_.reads);
    prover.openings = false;  // the chain has the index itself
    prover.bad_fragment = [this](const FragId& frag, const std::string& why) {
      ctx_.warn("fragment " + to_hex(frag) + ": " + why);
      state_.change([](WatchState::View& v) { ++v.bad_fragments; });
    };
    CESS_TRY_ASSIGN(const auto asked, client::open_challenge(*rpc, miner_.key.id, *turn.challenge));
    asked_.clear();
    for (const auto& opening : asked.openings) asked_.insert(opening.entry.frag);
    CESS_TRY_ASSIGN(const AuditProof proof, answer_challenge(source_, asked, prover));
    CESS_TRY_ASSIGN(const auto parts, client::submissions_of(proof));
    for (const auto& part : parts) {
      CESS_TRY_ASSIGN(auto call, client::encode_call("audits.submit_proof", part));
      CESS_TRY(client::send(*rpc, miner_.key, std::move(call)));
    }
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begun);
    state_.change([&](WatchState::View& v) {
      ++v.answers;
      v.answer_ms = static_cast<std::uint64_t>(took.count());
    });
    say("answered epoch " + std::to_string(turn.epoch));
    return {};
  }

  // A false or incomplete answer: what it was made of is read again, and what is damaged is marked,
  // so that the miner's server reports it.
  void after_verdict(const client::AuditTurn& turn) {
    if (turn.result->outcome != audits::Outcome::passed) {
      for (const FragId& frag : asked_) {
        const auto good = source_.check(frag);
        if (good && !*good) ctx_.warn("fragment " + to_hex(frag) + " is damaged");
      }
    }
    asked_.clear();
  }

  void say(const std::string& text) {
    if (text == said_) return;
    said_ = text;
    ctx_.warn(text);
  }

  const MinerFiles& miner_;
  StoreSource& source_;
  const WatchOptions& options_;
  WatchState& state_;
  cli::Context& ctx_;
  Nodes nodes_;
  IdleDuty idle_;
  std::string idle_said_;
  client::BlockWait wait_;
  std::string said_;
  std::set<FragId> asked_;  // in the round that waits for its verdict
};

Result<int> watch(const WatchOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const MinerFiles miner, read_miner_files(o.folder));
  CESS_TRY_ASSIGN(const auto source, StoreSource::open(miner.store));
  if (source->miner() != MinerId::from(miner.key.id.view())) {
    return fail(Code::input, "the store is of miner '" + to_hex(source->miner()) +
                                 "', the key of '" + to_hex(miner.key.id) + "'");
  }
  std::optional<net::Endpoint> listen;
  if (const std::string& text = o.listen.empty() ? miner.listen : o.listen; !text.empty()) {
    CESS_TRY_ASSIGN(listen, net::parse_endpoint(text, "--listen"));
  }
  std::atomic<bool> stop = false;
  WatchState state;
  CESS_TRY_ASSIGN(const auto server, WatchServer::start(state, stop, listen));
  if (const auto local = server->local()) {
    CESS_TRY(ctx.print(Json{{"schema", "cess.listening/1"},
                            {"role", "prover"},
                            {"miner", to_hex(source->miner())},
                            {"listen", net::format_endpoint(*local)}}));
  }
  CESS_TRY(Watcher(miner, *source, o, state, ctx).run(stop));
  return 0;
}

}  // namespace

cli::Command watch_command() {
  auto o = std::make_shared<WatchOptions>();
  cli::Command c;
  c.name = "watch";
  c.summary = "answer a miner's challenges as they come, until SIGTERM";
  c.declare = [o](cli::Options& opt) {
    opt.text("-d,--dir", "DIR", o->folder,
             "the miner's folder: config.json, its keys, its store (default .)");
    opt.text(
        "--listen", "HOST:PORT", o->listen,
        "answer GET /health and /metrics there, without TLS (default: config's prover_listen)");
    opt.number("-T,--threads", "N", o->reads, 1, 256, "reads in flight (default 8)");
    opt.number("--ready-fd", "N", o->ready_fd, 3, 1'000'000,
               "write a newline to this descriptor once a node has answered");
  };
  c.run = [o](cli::Context& ctx) { return watch(*o, ctx); };
  return c;
}

}  // namespace cess
