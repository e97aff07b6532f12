// SPDX-License-Identifier: Apache-2.0
#include "chain/node/node.hpp"

#include "chain/node/detail/node_impl.hpp"
#include "chain/node/detail/rpc.hpp"
#include "chain/state/kernel/genesis.hpp"
#include "chain/state/system/system.hpp"
#include "crypto/ed25519.hpp"
#include "sys/file.hpp"

namespace cess::node {
namespace {

constexpr std::size_t kCheckerThreads = 2;

}  // namespace

Node::Node(net::Loop& loop, NodeOptions options)
    : loop_(loop), options_(std::move(options)), started_ms_(loop.now_ms()) {}

Node::~Node() {
  *alive_ = false;
  // Those who report to us go first.
  rpc_.reset();
  peers_.reset();
  checker_.reset();
  disk_.reset();
}

void Node::log(const std::string& line) const {
  if (options_.log) options_.log(line);
}

Status Node::open() {
  const std::string& folder = options_.folder;
  CESS_TRY_ASSIGN(config_, read_config(folder));
  CESS_TRY_ASSIGN(keys_, read_keys(folder));
  CESS_TRY_ASSIGN(spec_, read_spec(folder));
  CESS_TRY_ASSIGN(lock_, lock_file(folder + "/lock", true));
  const std::string data = folder + "/data";
  const bool fresh = !path_exists(data);
  CESS_TRY(make_dir(data, 0700, true));
  verifier_ = consensus::make_bls_verifier();
  if (keys_.bls) {
    CESS_TRY_ASSIGN(signer_, consensus::make_bls_signer(*keys_.bls));
  }
  if (keys_.account) account_ = AccountId::from(ed25519_public(*keys_.account));
  CESS_TRY_ASSIGN(auto kv, open_rocks_wide(data + "/db"));
  store_ = std::make_unique<ChainStore>(std::move(kv));
  CESS_TRY(open_chain());
  CESS_TRY(open_voter(fresh));
  disk_ = std::make_unique<Disk>(loop_);
  checker_ = std::make_unique<Checker>(loop_, kCheckerThreads);
  CESS_TRY(start_net());
  // Only an empty chain may begin in the middle.
  if (config_.sync_from && ledger_->height() == 0) {
    begin_join();
    return {};
  }
  return start_core();
}

Status Node::open_chain() {
  CESS_TRY_ASSIGN(const auto position, store_->position());
  CESS_TRY_ASSIGN(const auto root, store_->genesis_root());
  // The spec in the folder must be the one of the database. Its state, which can be large, is made
  // again only if its name does not follow from what the database noted.
  std::unique_ptr<ledger::Ledger> genesis;
  if (!position || !root || genesis_id(spec_, *root) != position->genesis) {
    CESS_TRY_ASSIGN(genesis, ledger::Ledger::genesis(runtime_, *verifier_, spec_));
  }
  if (position) {
    if (genesis && position->genesis != genesis->position().genesis) {
      return fail(Code::input,
                  "cannot open chain: data is of genesis '" + to_hex(position->genesis) +
                      "', spec.json of '" + to_hex(genesis->position().genesis) + "'",
                  options_.folder);
    }
    CESS_TRY_ASSIGN(State state, store_->load_state());
    CESS_TRY_ASSIGN(ledger_,
                    ledger::Ledger::restore(runtime_, *verifier_, std::move(state), *position));
    if (!root)
      CESS_TRY(store_->apply(ChainStore::genesis_root_changes(genesis->position().state_root)));
  } else {
    ledger_ = std::move(genesis);
    CESS_TRY(store_->clear_state());  // pairs of a state that never became whole
    if (!config_.sync_from)
      CESS_TRY(store_->apply(ChainStore::genesis_changes(ledger_->state(), ledger_->position())));
  }
  durable_ = ledger_->height();
  durable_hash_ = ledger_->position().hash;
  CESS_TRY_ASSIGN(oldest_, store_->oldest());
  return {};
}

Status Node::open_voter(bool fresh) {
  if (!signer_) return {};
  voter_ = open_voter_files(options_.folder + "/data");
  const Hash256& chain = ledger_->position().genesis;
  if (fresh) CESS_TRY(create_voter_record(*voter_, chain, signer_->key()));
  auto loaded = options_.adopt_voter ? adopt_voter_record(*voter_, chain, signer_->key())
                                     : load_voter_record(*voter_, chain, signer_->key());
  if (loaded) {
    record_ = std::move(*loaded);
    return {};
  }
  // Without a record nobody knows what this key has signed. It may vote again from the next era on.
  resume_era_ = ledger_->next_era() + 1;
  log("voter record: " + loaded.error().message + "; not voting before era " +
      std::to_string(*resume_era_) +
      (loaded.error().hint.empty() ? "" : " (" + loaded.error().hint + ")"));
  return {};
}

consensus::Timing Node::timing() const {
  const std::uint64_t block_ms = system::kParams.get_or_default(ledger_->state()).block_ms;
  consensus::Timing t;
  t.interval_ms_min = block_ms;
  t.interval_ms_max = block_ms;
  if (options_.round_ms != 0) t.round_ms = t.round_ms_max = options_.round_ms;
  return t;
}

Status Node::start_core() {
  consensus::Config config;
  config.chain = ledger_->position().genesis;
  config.timing = timing();
  CESS_TRY(check_timing(config.timing));
  consensus::Position at;
  at.height = ledger_->height() + 1;
  at.parent = ledger::digest_of(ledger_->position().hash);
  if (ledger_->height() > 0) {
    CESS_TRY_ASSIGN(at.parent_certificate, store_->certificate(ledger_->height()));
    at.parent_committee = ledger_->parent_voters();
  }
  at.committee = ledger_->voters();
  consensus::Voter voter;
  voter.signer = signer_.get();
  voter.record = record_;
  voter.resume_era = resume_era_;
  if (voter_) voter.place = voter_->place();
  core_ = std::make_unique<consensus::Core>(config, reader_, *verifier_, std::move(voter),
                                            std::move(at));
  sync_ =
      std::make_unique<consensus::Sync>(config.chain, reader_, *verifier_, consensus::SyncLimits{});
  feed(consensus::event::Started{});
  feed_sync(consensus::sync_event::Stand{
      ledger_->height() + 1, ledger::digest_of(ledger_->position().hash), ledger_->voters()});
  return {};
}

Status Node::start_net() {
  net::PeersConfig c;
  c.node_seed = keys_.node_seed.clone();
  c.genesis = ledger_->position().genesis;
  c.channels = wire::channel_rules();
  c.listen = config_.listen;
  c.peer_count_max = config_.peers_max;
  CESS_TRY_ASSIGN(peers_, net::Peers::open(loop_, std::move(c), *this));
  CESS_TRY_ASSIGN(rpc_, Rpc::open(*this));
  update_reserved();
  for (const PeerAddress& p : config_.peers) peers_->dial(p.address, p.node_key);
  Json line = {{"schema", "cess.listening/1"},
               {"peer", net::format_endpoint(*peers_->local())},
               {"rpc", net::format_endpoint(rpc_->local())},
               {"genesis", to_hex(ledger_->position().genesis)},
               {"node_key", to_hex(peers_->own_key())}};
  const std::string text = write_json(line);
  CESS_TRY(write_file(options_.folder + "/data/listening.json", as_bytes(text + "\n"),
                      {.replace = true}));
  if (options_.out) options_.out(text);
  CESS_TRY(net::notify_ready(options_.ready_fd));
  return {};
}

void Node::fail_node(const Error& error) {
  if (failed_) return;
  failed_ = true;
  error_ = error;
  log("stopping: " + error.message);
  loop_.stop();
}

void Node::close() {
  if (closing_) return;
  closing_ = true;
  log("stopping");
  ::unlink((options_.folder + "/data/listening.json").c_str());
  rpc_.reset();
  peers_->close();
  // What was begun is written; peers have a moment to hear the goodbye.
  const std::uint64_t until = loop_.now_ms() + 2'000;
  while (loop_.now_ms() < until && (peers_->count() > 0 || disk_->pending() > 0))
    loop_.run_some(100);
}

Status run_node(const NodeOptions& options) {
  net::Loop loop;
  Node node(loop, options);
  CESS_TRY(node.open());
  loop.on_stop_signal([&] { loop.stop(); });
  if (!node.failed_) loop.run();
  node.close();
  if (node.error_) return tl::unexpected(*node.error_);
  return {};
}

}  // namespace cess::node
