// SPDX-License-Identifier: Apache-2.0
// Catching up by ranges of blocks, as consensus/sync.hpp decides.
#include "chain/node/detail/node_impl.hpp"

namespace cess::node {

using namespace consensus;  // NOLINT: this file is about nothing else

void Node::feed_sync(const SyncEvent& event) {
  if (!sync_ || failed_) return;
  for (const SyncAction& action : sync_->step(event, loop_.now_ms())) {
    std::visit([this](const auto& a) { act(a); }, action);
  }
  const bool left = sync_->left_behind();
  if (left && !left_behind_) {
    log("block " + std::to_string(ledger_->height() + 1) +
        " is pruned at most peers and nobody has it: connect to an archive node, or begin with a "
        "later state (sync_from) in a folder without data/db; keep data/voter-0 and data/voter-1");
  }
  left_behind_ = left;
}

void Node::act(const sync_action::Ask& a) {
  if (const Peer* peer = peer_of(a.peer))
    send(peer->key, wire::AskRange{a.first, static_cast<std::uint32_t>(a.count)});
}

void Node::act(const sync_action::Deliver& a) { feed(event::Synced{a.block, a.certificate}); }

void Node::act(const sync_action::Drop& a) {
  const Peer* peer = peer_of(a.peer);
  if (peer == nullptr) return;
  if (a.lied) {
    misbehaved(peer->key, 100, a.reason);
  } else {
    log("peer " + to_hex(peer->key).substr(0, 8) +
        " not asked for blocks for a while: " + a.reason);
  }
}

void Node::act(const sync_action::SetTimer& a) {
  loop_.cancel_timer(sync_timer_);
  sync_timer_ = 0;
  if (a.at_ms == ~TimeMs{0}) return;
  const std::uint64_t now = loop_.now_ms();
  sync_timer_ = loop_.start_timer(a.at_ms > now ? a.at_ms - now : 0,
                                  alive([this] { feed_sync(sync_event::Tick{}); }));
}

void Node::receive(Peer& peer, wire::Range&& m) {
  feed_sync(sync_event::Range{peer.id, m.first, std::move(m.blocks), m.last});
}

Height Node::best_height() const {
  Height best = std::max(durable_, sync_ ? sync_->best_height() : 0);
  return best;
}

/// In sync: nobody we know is more than one block ahead, and there is somebody to know (or we are
/// the whole committee).
bool Node::synced() const {
  if (!core_) return false;
  const bool alone =
      is_validator() && ledger_->committee().members.size() == 1 && core_->view().own.has_value();
  if (by_key_.empty() && !alone) return false;
  if (sync_ && sync_->left_behind()) return false;
  return best_height() <= ledger_->height() + 1;
}

}  // namespace cess::node
