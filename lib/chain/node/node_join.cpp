// SPDX-License-Identifier: Apache-2.0
// A fresh node that begins with a later state: it trusts one block that the operator named, follows
// one header per era from there to a recent block, and takes the state before that block in pieces
// from whoever has it. Nothing is believed but the checkpoint; nothing is kept until the root is
// right.
#include "chain/consensus/light.hpp"
#include "chain/consensus/messages.hpp"
#include "chain/node/detail/node_impl.hpp"
#include "chain/state/staking/staking.hpp"
#include "chain/state/system/system.hpp"
#include "sys/clock.hpp"

namespace cess::node {
namespace {

constexpr std::uint64_t kAskAgainMs = 5'000;
constexpr std::size_t kStateBytesMax = std::size_t{16} << 30U;
constexpr std::size_t kWriteBatch = 50'000;

}  // namespace

/// What has come of a state so far.
struct Node::Join {
  wire::SnapshotOffer offer;
  ledger::Position position;
  consensus::Certificate parent_certificate;
  State state;
  Bytes after;  // the last key
  std::size_t bytes = 0;
  bool chosen = false;                // an offer was accepted
  std::set<net::NodeKey> givers;      // of pieces
  std::set<net::NodeKey> useless;     // had nothing, or lied
  std::optional<net::NodeKey> asked;  // now
  net::TimerId timer = 0;
};

bool Node::join_asked() const { return join_->asked.has_value(); }

Node::JoinPtr Node::make_join() {
  return {new Join, [](Join* j) { delete j; }};
}

void Node::begin_join() {
  log("beginning with the state of a later block, from checkpoint " +
      std::to_string(config_.sync_from->height));
  join_ = make_join();
  ask_for_state();
}

/// Asks a peer that has a snapshot for the offer, or for the next piece.
void Node::ask_for_state() {
  if (!join_ || closing_) return;
  Join& j = *join_;
  loop_.cancel_timer(j.timer);
  j.timer = loop_.start_timer(kAskAgainMs, alive([this] {
                                if (!join_) return;
                                if (join_->asked) join_->useless.insert(*join_->asked);
                                ask_for_state();
                              }));
  j.asked.reset();
  std::vector<net::NodeKey> able;
  for (const auto& [key, peer] : by_key_) {
    // The block after it proves the snapshot, so that one must be there too.
    const Height snapshot = peer.head.snapshot_height;
    const bool has = j.chosen ? snapshot >= j.offer.height
                              : snapshot > config_.sync_from->height && peer.head.height > snapshot;
    if (has && !j.useless.contains(key)) able.push_back(key);
  }
  if (able.empty()) {
    // Begin again, with whoever is there: the snapshot may have become too old.
    if (!j.useless.empty()) {
      auto timer = j.timer;
      join_ = make_join();
      join_->timer = timer;
    }
    return;
  }
  // The same one as long as it answers.
  j.asked = able.front();
  if (j.chosen) {
    send(able.front(), wire::AskChunk{j.offer.height, j.after});
  } else {
    send(able.front(), wire::AskSnapshot{config_.sync_from->height});
  }
}

Status Node::check_offer(const wire::SnapshotOffer& m) {
  consensus::HeaderChain chain;
  chain.checkpoint_header = m.checkpoint_header;
  for (const Bytes& bytes : m.committees) {
    CESS_TRY_ASSIGN(const auto committee, decode_scale<Committee>(bytes, "committee"));
    CESS_TRY_ASSIGN(auto voters, ledger::voters_of(committee));
    chain.committees.push_back(std::move(voters));
  }
  const auto certified =
      [](const wire::SnapshotOffer::Certified& c) -> Result<consensus::CertifiedHeader> {
    CESS_TRY_ASSIGN(const auto certificate, consensus::decode_certificate(c.certificate));
    return consensus::CertifiedHeader{c.header, certificate};
  };
  for (const auto& l : m.links) {
    CESS_TRY_ASSIGN(auto link, certified(l));
    chain.links.push_back(std::move(link));
  }
  CESS_TRY_ASSIGN(chain.target, certified(m.target));
  const State& state = ledger_->state();
  const auto era_blocks = system::clock(state).era_blocks;
  consensus::LightRules rules;
  rules.chain = ledger_->position().genesis;
  rules.unbonding_ms = std::uint64_t{staking::kParams.get_or_default(state).unbonding_eras} *
                       era_blocks * system::kParams.get_or_default(state).block_ms;
  rules.now_ms = static_cast<std::uint64_t>(system_clock().unix_seconds()) * 1000;
  const consensus::Checkpoint checkpoint{config_.sync_from->height,
                                         ledger::digest_of(config_.sync_from->hash)};
  CESS_TRY(verify_header_chain(*verifier_, reader_, rules, checkpoint, chain));

  CESS_TRY_ASSIGN(const Header target, ledger::parse_header(m.target.header));
  CESS_TRY_ASSIGN(const Header parent, ledger::parse_header(m.parent_header));
  CESS_TRY_ASSIGN(auto position, decode_scale<ledger::Position>(m.position, "position"));
  CESS_TRY_ASSIGN(const auto peaks, MmrPeaks::parse(position.mmr_peaks));
  const bool fits = target.height == m.height + 1 && position.height == m.height &&
                    header_hash(parent) == target.parent && position.hash == target.parent &&
                    position.time_ms == parent.time_ms && position.genesis == rules.chain &&
                    position.state_root == target.state_root &&
                    position.receipts_root == target.receipts_root &&
                    peaks.root() == target.mmr_root && peaks.count() == target.height;
  if (!fits)
    return fail(Code::input, "cannot use offered state: it does not fit its header", "snapshot");
  CESS_TRY_ASSIGN(join_->parent_certificate,
                  consensus::decode_certificate(target.parent_certificate));
  join_->position = std::move(position);
  return {};
}

void Node::receive(Peer& peer, wire::SnapshotOffer&& m) {
  if (!join_ || join_->chosen || join_->asked != peer.key) return;
  if (const Status ok = check_offer(m); !ok) {
    join_->useless.insert(peer.key);
    misbehaved(peer.key, 100, ok.error().message);
    return ask_for_state();
  }
  log("taking the state after block " + std::to_string(m.height));
  join_->offer = std::move(m);
  join_->chosen = true;
  ask_for_state();
}

void Node::receive(Peer& peer, wire::Chunk&& m) {
  if (!join_ || !join_->chosen || join_->asked != peer.key || m.height != join_->offer.height ||
      m.after != join_->after)
    return;
  Join& j = *join_;
  for (const auto& [key, value] : m.pairs) {
    // In order, each once: a state of n pairs is n pairs of memory.
    if (key.empty() || as_text(key) <= as_text(j.after)) {
      j.useless.insert(peer.key);
      misbehaved(peer.key, 100, "a piece of state out of order");
      return ask_for_state();
    }
    j.bytes += key.size() + value.size();
    j.state.put(as_text(key), as_text(value));
    j.after = key;
  }
  j.givers.insert(peer.key);
  if (j.bytes > kStateBytesMax || (m.pairs.empty() && !m.end)) {
    j.useless.insert(peer.key);
    return ask_for_state();
  }
  if (!m.end) return ask_for_state();
  j.state.take_changes();
  if (j.state.root() == j.position.state_root) return finish_join();
  log("the state that came does not have the right root");
  // Who gave all of it has lied; of several, one has: none of them is asked again.
  std::set<net::NodeKey> bad = std::move(j.givers);
  if (bad.size() == 1) misbehaved(*bad.begin(), 100, "a state with another root");
  join_ = make_join();
  join_->useless = std::move(bad);
  ask_for_state();
}

void Node::finish_join() {
  Join& j = *join_;
  loop_.cancel_timer(j.timer);
  const auto done = [&]() -> Status {
    KvChanges batch;
    Status written;
    j.state.scan({}, {}, [&](std::string_view key, std::string_view value) {
      batch.emplace_hint(batch.end(), "s" + std::string(key), std::string(value));
      if (batch.size() < kWriteBatch) return true;
      written = store_->apply(std::exchange(batch, {}));
      return written.has_value();
    });
    CESS_TRY(written);
    CESS_TRY(store_->apply(batch));
    // The position last: without it the pairs above do not count.
    CESS_TRY(store_->apply(ChainStore::joined_changes(j.position, j.parent_certificate)));
    CESS_TRY_ASSIGN(ledger_,
                    ledger::Ledger::restore(runtime_, *verifier_, std::move(j.state), j.position));
    return {};
  }();
  if (!done) return fail_node(done.error());
  durable_ = ledger_->height();
  durable_hash_ = ledger_->position().hash;
  oldest_ = durable_ + 1;
  join_.reset();
  log("state of block " + std::to_string(durable_) + " is in place");
  if (const Status started = start_core(); !started) return fail_node(started.error());
  update_reserved();
  for (const auto& [key, peer] : by_key_)
    feed_sync(consensus::sync_event::PeerHeight{peer.id, peer.head.height, peer.head.oldest});
}

}  // namespace cess::node
