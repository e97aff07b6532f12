// SPDX-License-Identifier: Apache-2.0
#include "chain/sim/world.hpp"

#include <bit>

#include "base/endian.hpp"
#include "base/hex.hpp"
#include "chain/sim/counter_app.hpp"
#include "chain/sim/liar.hpp"
#include "chain/sim/miners.hpp"
#include "crypto/sha256.hpp"

namespace cess::sim {
namespace {

Hash256 chain_id(std::uint64_t seed) {
  std::uint8_t b[8];
  store_le(b, seed);
  return sha256({as_bytes("cess.sim/chain"), ByteView(b)});
}

std::size_t all_nodes(const Options& o) {
  return o.validators + o.standby + o.observers + static_cast<std::size_t>(std::popcount(o.twins));
}

// A number for the trace that says what a message is.
std::uint64_t brief(const wire::Any& m) {
  std::uint64_t out = m.index();
  if (const auto* c = std::get_if<wire::Consensus>(&m)) {
    const consensus::Vote v = consensus::vote_of(*c->message);
    out = c->message->index() << 8U | v.round << 16U;
    out ^= load_le<std::uint64_t>(v.digest.bytes.data()) + v.height * 0x9e3779b97f4a7c15U;
  } else if (const auto* e = std::get_if<wire::Encoded>(&m)) {
    out = mix(e->bytes, 1);
  } else if (const auto* h = std::get_if<wire::Head>(&m)) {
    out ^= h->height << 8U;
  }
  return out;
}

std::string words(const wire::Any& m) {
  static constexpr const char* kWires[] = {"message", "bytes", "ask range", "range",   "ask block",
                                           "block",   "head",  "txn",       "evidence"};
  static constexpr const char* kMessages[] = {"PROPOSAL", "VOTE", "QC", "ROUND-CHANGE"};
  static constexpr const char* kKinds[] = {"?", "round-change", "proposal", "prepare", "commit"};
  const auto* c = std::get_if<wire::Consensus>(&m);
  if (c == nullptr) return kWires[m.index()];
  const consensus::Vote v = consensus::vote_of(*c->message);
  return std::string(kMessages[c->message->index()]) + ' ' + kKinds[static_cast<int>(v.kind)] +
         " h" + std::to_string(v.height) + " r" + std::to_string(v.round) + ' ' +
         to_hex(v.digest).substr(0, 8) + " p" + std::to_string(v.prepared);
}

// Progress must be back after so many of the longest timeouts.
constexpr SimTime kTimeouts = 12;
constexpr consensus::Height kHeightsWanted = 3;

}  // namespace

World::World(const Options& options)
    : options_(options),
      crypto_(options.seed, options.real_crypto, options.state),
      state_(options.state ? std::make_unique<StateWorld>(options_, crypto_) : nullptr),
      chain_(state_ ? state_->genesis() : chain_id(options.seed)),
      checker_(crypto_, chain_),
      network_(options.seed, options.network, all_nodes(options)),
      random_(stream("world", 0)),
      links_(stream("links", 0)),
      plot_(std::make_shared<Plot>()) {
  if (state_) {
    checker_.set_names([this](const consensus::PublicKey& key) { return state_->account(key); });
  }
  add_nodes();
}

World::~World() = default;

consensus::PublicKey World::validator_key(std::uint64_t number) const {
  return crypto_.key(number);
}

std::unique_ptr<consensus::Signer> World::make_signer(std::uint64_t number) const {
  return crypto_.make_signer(number);
}

void World::add_nodes() {
  const unsigned voters = options_.validators + options_.standby;
  const unsigned own = voters + options_.observers;
  const auto add = [&](std::uint64_t key_number, bool votes) {
    const auto id = static_cast<NodeId>(nodes_.size());
    nodes_.push_back(std::make_unique<Node>(*this, id, key_number, votes));
    by_key_[nodes_.back()->key()].push_back(id);
  };
  for (unsigned i = 0; i < own; ++i) add(i, i < voters);
  for (unsigned i = 0; i < voters; ++i) {
    if ((options_.twins >> i & 1U) == 0) continue;
    add(i, true);
    nodes_[i]->set_honest(false);
    nodes_.back()->set_honest(false);
  }
  for (const Liar& l : options_.liars) {
    nodes_[l.node]->set_liar(std::make_unique<LiarMind>(*this, *nodes_[l.node], l.lies, plot_));
  }
  for (const auto& n : nodes_) {
    if (n->honest() && n->key_number() < voters) checker_.protect(n->key(), n->key_number());
    n->set_drift(static_cast<int>(random_.below(2 * options_.drift_ppm_max + 1)) -
                 static_cast<int>(options_.drift_ppm_max));
    n->set_skew(static_cast<std::int64_t>(random_.below(2 * options_.skew_ms_max + 1)) -
                static_cast<std::int64_t>(options_.skew_ms_max));
    if (n->id() < 64 && (options_.nodes_in_1970 >> n->id() & 1U) != 0) n->set_in_1970();
  }
}

std::unique_ptr<App> World::make_app() {
  if (state_) return state_->make_app();
  CounterSpec spec;
  for (unsigned i = 0; i < options_.validators; ++i) spec.genesis.push_back(validator_key(i));
  for (unsigned i = 0; i < options_.standby; ++i) {
    spec.standby.push_back(validator_key(options_.validators + i));
  }
  spec.committee_size = options_.validators;
  spec.era_blocks = options_.era_blocks;
  return make_counter_app(spec, crypto_, chain_);
}

const std::vector<NodeId>& World::nodes_of(const consensus::PublicKey& key) const {
  static const std::vector<NodeId> kNone;
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? kNone : found->second;
}

void World::send(NodeId from, NodeId to, const wire::Ptr& message) {
  for (const SimTime at : network_.plan(from, to, queue_.now())) {
    queue_.at(at, [this, from, to, message] {
      trace_.add(queue_.now() << 16U | std::uint64_t{from} << 8U | to);
      trace_.add(brief(*message));
      if (log_)
        log_(std::to_string(queue_.now() / kMs) + " ms " + std::to_string(from) + ">" +
             std::to_string(to) + ' ' + words(*message));
      nodes_[to]->deliver(from, message);
    });
  }
}

void World::connect(NodeId id) {
  for (NodeId other = 0; other < nodes_.size(); ++other) {
    if (other == id) continue;
    queue_.after(links_.between(1, 500) * kMs, [this, id, other] {
      nodes_[id]->connected(other);
      nodes_[other]->connected(id);
    });
  }
}

void World::submit(const Bytes& txn) {
  const auto from = static_cast<NodeId>(random_.below(nodes_.size()));
  nodes_[from]->submit(txn);
  const auto message = wire::make(wire::Txn{txn});
  for (NodeId n = 0; n < nodes_.size(); ++n) {
    if (n != from) send(from, n, message);
  }
}

consensus::Era World::safe_era() const { return checker_.highest() / options_.era_blocks + 2; }

void World::blamed(NodeId by, NodeId peer, const std::string& reason) {
  note("blamed: " + reason);
  if (nodes_[by]->honest() && peer < nodes_.size() && nodes_[peer]->honest()) {
    checker_.fail("blame", "node " + std::to_string(by) + " blames honest node " +
                               std::to_string(peer) + ": " + reason);
  }
}

void World::fell_over(NodeId id) {
  note("fell over");
  queue_.after(random_.between(500, 3000) * kMs, [this, id] {
    if (!nodes_[id]->up()) nodes_[id]->boot();
  });
}

void World::executed(Node& node) {
  trace_.add(node.app().root().view());
  if (options_.invariants_blocks > 0 && node.app().height() % options_.invariants_blocks == 0) {
    const std::string broken = node.app().broken_invariant();
    if (!broken.empty()) checker_.fail("invariant", broken);
  }
  if (!state_) return;
  state_->executed(*this, node);
  const std::string unfair = state_->miners().unfairness();
  if (!unfair.empty()) checker_.fail("audit", unfair);
}

Node* World::newest_node() {
  Node* best = nullptr;
  for (const auto& n : nodes_) {
    if (!n->up() || !n->honest()) continue;
    if (best == nullptr || n->app().height() > best->app().height()) best = n.get();
  }
  return best;
}

void World::schedule_load() {
  if (options_.load_per_second == 0) return;
  queue_.after(kSecond / options_.load_per_second, [this] {
    if (state_) {
      state_->transfer(*this);
      return schedule_load();
    }
    CounterTxn t;
    t.number = next_txn_++;
    t.counter = random_.below(8);
    t.amount = random_.below(1000);
    submit(encode_scale(t));
    schedule_load();
  });
}

bool World::recovered() {
  for (const auto& n : nodes_) {
    if (!n->honest()) continue;
    if (!n->up() || n->app().height() < calm_height_ + kHeightsWanted) return false;
  }
  return true;
}

std::string World::standing() const {
  std::string out = "no progress after faults ended; wanted " +
                    std::to_string(calm_height_ + kHeightsWanted) + ", stand:";
  for (const auto& n : nodes_) {
    out += ' ' + std::to_string(n->id()) + (n->honest() ? "" : "!") + "@" +
           (n->up() ? std::to_string(n->app().height()) : "down");
    if (!n->up()) continue;
    const auto v = n->view();
    out += "/r" + std::to_string(v.round) + (v.own ? "" : "-") + (v.voting ? "v" : "");
  }
  return out;
}

Report World::run() {
  for (const auto& n : nodes_) queue_.at(random_.below(200 * kMs), [&node = *n] { node.boot(); });
  schedule_faults();
  schedule_load();
  queue_.at(options_.duration, [this] { start_calm(); });
  const SimTime calm_max =
      options_.calm != 0 ? options_.calm : kTimeouts * options_.timing.round_ms_max * kMs;
  Report r;
  SimTime next_look = options_.duration;
  while (!checker_.violation()) {
    if (queue_.next_at() > options_.duration + calm_max) {
      if (!recovered()) checker_.fail("liveness", standing());
      break;
    }
    queue_.step();
    if (calm_ && queue_.now() >= next_look) {
      next_look = queue_.now() + 100 * kMs;
      if (recovered()) break;
    }
  }
  r.seed = options_.seed;
  r.violation = checker_.violation();
  r.trace = trace_.hex();
  r.events = queue_.done();
  r.simulated = queue_.now();
  r.recovered_in = queue_.now() > options_.duration ? queue_.now() - options_.duration : 0;
  r.height = checker_.highest();
  r.era = checker_.era();
  r.convictions = checker_.convictions();
  r.notes = notes_;
  if (state_) r.miners = state_->miners().report();
  return r;
}

Json to_json(const Report& r) {
  Json out;
  out["schema"] = "cess.sim-report/1";
  out["seed"] = std::to_string(r.seed);
  out["ok"] = !r.violation;
  if (r.violation) out["violation"] = {{"rule", r.violation->rule}, {"what", r.violation->what}};
  out["trace"] = r.trace;
  out["events"] = r.events;
  out["simulated_ms"] = r.simulated / kMs;
  out["height"] = r.height;
  out["era"] = r.era;
  out["convictions"] = r.convictions;
  out["recovered_in_ms"] = r.recovered_in / kMs;
  if (!r.miners.is_null()) out["audits"] = r.miners;
  out["notes"] = r.notes;
  return out;
}

}  // namespace cess::sim
