// SPDX-License-Identifier: Apache-2.0
#include "chain/consensus/sync.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

namespace cess::consensus {
namespace {

struct Peer {
  Height height = 0;
  Height oldest = 1;
  std::uint32_t failures = 0;
  std::optional<Height> asked;  // first height of the range in flight
};

struct Request {
  PeerId peer = 0;
  std::size_t count = 0;
  TimeMs deadline = 0;
};

// An answer whose turn to be checked has not come.
struct Held {
  PeerId peer = 0;
  std::vector<BlockBytes> blocks;
  std::optional<Certificate> last;
};

struct Verified {
  Height height = 0;
  BlockBytes block;
  Certificate certificate;
};

}  // namespace

struct Sync::Impl {
  Hash256 chain;
  const BlockReader* reader;
  Verifier* verifier;
  SyncLimits limits;
  std::map<PeerId, Peer> peers;
  std::set<PeerId> dropped;
  std::map<PeerId, TimeMs> resting;  // and until when
  std::map<Height, Request> requests;
  std::map<Height, Held> held;
  std::deque<Verified> verified;
  Height height = 0;  // 0: nobody said Stand yet
  Height delivered = 0;
  Digest parent;
  CommitteePtr committee;
  PeerId last_asked = 0;
  TimeMs timer_at = 0;
  TimeMs now = 0;
  SyncActions actions;

  void on(const sync_event::PeerHeight& e);
  void on(const sync_event::PeerGone& e);
  void on(const sync_event::Range& e);
  void on(const sync_event::Stand& e);
  void on(const sync_event::Tick& e);
  void drop(PeerId peer, std::string reason, bool lied);
  void failed(PeerId peer);
  void check_held();
  // Why the range is junk; empty: its good part is in `verified`, the rest is held again.
  std::string check_range(Held& range);
  void ask();
  std::optional<PeerId> idle_peer(Height first) const;
  void finish();
};

void Sync::Impl::on(const sync_event::PeerHeight& e) {
  if (dropped.contains(e.peer)) return;
  std::uint32_t failures = 0;
  if (const auto rest = resting.find(e.peer); rest != resting.end()) {
    if (now < rest->second) return;
    resting.erase(rest);
    failures = limits.failures_max - 1;  // one more silence, and it rests again
  }
  const auto found = peers.find(e.peer);
  if (found != peers.end()) {
    found->second.height = std::max(found->second.height, e.height);
    found->second.oldest = std::max(found->second.oldest, e.oldest);
  } else if (peers.size() < limits.peers_max) {
    peers[e.peer] = {e.height, e.oldest, failures, {}};
  }
}

void Sync::Impl::on(const sync_event::PeerGone& e) {
  dropped.erase(e.peer);
  resting.erase(e.peer);
  peers.erase(e.peer);
  std::erase_if(requests, [&](const auto& r) { return r.second.peer == e.peer; });
}

void Sync::Impl::drop(PeerId peer, std::string reason, bool lied) {
  peers.erase(peer);
  if (lied) {
    dropped.insert(peer);
  } else {
    resting[peer] = now + limits.rest_ms;
  }
  std::erase_if(requests, [&](const auto& r) { return r.second.peer == peer; });
  if (lied) std::erase_if(held, [&](const auto& h) { return h.second.peer == peer; });
  actions.emplace_back(sync_action::Drop{peer, std::move(reason), lied});
}

void Sync::Impl::failed(PeerId peer) {
  const auto found = peers.find(peer);
  if (found == peers.end()) return;
  found->second.asked.reset();
  if (++found->second.failures >= limits.failures_max) drop(peer, "does not answer", false);
}

void Sync::Impl::on(const sync_event::Range& e) {
  const auto found = requests.find(e.first);
  if (found == requests.end() || found->second.peer != e.peer) return;  // too late
  const std::size_t count = found->second.count;
  requests.erase(found);
  peers[e.peer].asked.reset();
  if (e.blocks.empty()) return failed(e.peer);
  // More than was asked now may be the late answer to an earlier question: no lie, and of no use.
  if (e.blocks.size() > count && e.blocks.size() <= limits.range_blocks) return;
  std::size_t size = 0;
  bool whole = e.last.has_value() && e.blocks.size() <= count;
  for (const BlockBytes& b : e.blocks) {
    whole = whole && b != nullptr;
    if (b != nullptr) size += b->size();
  }
  if (!whole || size > limits.range_bytes) return drop(e.peer, "sent a malformed range", true);
  peers[e.peer].failures = 0;
  if (e.first + e.blocks.size() > height) held[e.first] = {e.peer, e.blocks, e.last};
}

void Sync::Impl::on(const sync_event::Stand& e) {
  height = e.height;
  parent = e.parent;
  committee = e.committee;
  while (!verified.empty() && verified.front().height < height) verified.pop_front();
  // What begins below is of no use: its beginning is no longer known here.
  std::erase_if(held, [&](const auto& h) { return h.first < height; });
  std::erase_if(requests, [&](const auto& r) {
    if (r.first >= height) return false;
    const auto peer = peers.find(r.second.peer);
    if (peer != peers.end()) peer->second.asked.reset();
    return true;
  });
}

void Sync::Impl::on(const sync_event::Tick& /*e*/) {
  timer_at = 0;
  std::vector<PeerId> late;
  std::erase_if(requests, [&](const auto& r) {
    if (r.second.deadline > now) return false;
    late.push_back(r.second.peer);
    return true;
  });
  for (const PeerId peer : late) failed(peer);
}

std::string Sync::Impl::check_range(Held& range) {
  std::vector<HeaderView> views;
  Digest before = parent;
  for (const BlockBytes& block : range.blocks) {
    auto view = reader->read_block(*block);
    if (!view) return "sent a malformed block";
    if (view->height != height + views.size() || view->parent != before) {
      return "sent blocks that do not follow each other";
    }
    before = view->digest;
    views.push_back(std::move(*view));
  }
  std::size_t m = 0;  // blocks that the present committee has certified
  while (m < views.size() && views[m].era == committee->era()) ++m;
  if (m == 0) return "sent blocks of another era";
  const auto certificate_of = [&](std::size_t i) {
    return i + 1 < views.size() ? views[i + 1].parent_certificate : range.last;
  };
  for (std::size_t i = 0; i < m; ++i) {
    const auto c = certificate_of(i);
    if (!c || c->kind != Kind::commit || c->height != views[i].height ||
        c->digest != views[i].digest || c->era != committee->era()) {
      return "sent certificates of other blocks";
    }
  }
  if (!verify_certificate(*verifier, chain, *committee, *certificate_of(m - 1))) {
    return "sent a false certificate";
  }
  for (std::size_t i = 0; i < m; ++i) {
    verified.push_back({views[i].height, range.blocks[i], *certificate_of(i)});
  }
  if (m < views.size()) {
    Held rest{range.peer,
              {range.blocks.begin() + static_cast<std::ptrdiff_t>(m), range.blocks.end()},
              range.last};
    held[height + m] = std::move(rest);
  }
  return {};
}

void Sync::Impl::check_held() {
  while (verified.empty() && committee != nullptr) {
    const auto found = held.find(height);
    if (found == held.end()) break;
    Held range = std::move(found->second);
    held.erase(found);
    if (const std::string why = check_range(range); !why.empty()) drop(range.peer, why, true);
  }
  if (verified.empty() || verified.front().height != height || delivered >= height) return;
  delivered = height;
  const Verified& v = verified.front();
  actions.emplace_back(sync_action::Deliver{v.height, v.block, v.certificate});
}

// The peer with the fewest failures, and of these the next after the one asked last.
std::optional<PeerId> Sync::Impl::idle_peer(Height first) const {
  std::optional<PeerId> best;
  const auto rank = [&](PeerId id) {
    return std::tuple(peers.at(id).failures, id <= last_asked, id);
  };
  for (const auto& [id, peer] : peers) {
    if (peer.asked || peer.height < first || peer.oldest > first) continue;
    if (!best || rank(id) < rank(*best)) best = id;
  }
  return best;
}

void Sync::Impl::ask() {
  if (height == 0) return;
  Height first = height + verified.size();
  for (std::size_t n = 0; n < limits.ranges_in_flight; ++n) {
    if (const auto h = held.find(first); h != held.end()) {
      first += h->second.blocks.size();
      continue;
    }
    if (const auto r = requests.find(first); r != requests.end()) {
      first += r->second.count;
      continue;
    }
    const auto id = idle_peer(first);
    if (!id) return;
    Peer& peer = peers.at(*id);
    std::size_t count =
        static_cast<std::size_t>(std::min<Height>(limits.range_blocks, peer.height - first + 1));
    const auto ahead = [&](const auto& map) {  // no further than what is there already
      const auto next = map.upper_bound(first);
      if (next != map.end()) count = std::min<std::size_t>(count, next->first - first);
    };
    ahead(held);
    ahead(requests);
    peer.asked = first;
    last_asked = *id;
    requests[first] = {*id, count, now + limits.answer_ms};
    actions.emplace_back(sync_action::Ask{*id, first, count});
    first += count;
  }
}

void Sync::Impl::finish() {
  check_held();
  ask();
  TimeMs at = ~TimeMs{0};
  for (const auto& [first, r] : requests) at = std::min(at, r.deadline);
  if (at != ~TimeMs{0} && at != timer_at) {
    timer_at = at;
    actions.emplace_back(sync_action::SetTimer{at});
  }
}

Sync::Sync(const Hash256& chain, const BlockReader& reader, Verifier& verifier, SyncLimits limits)
    : impl_(std::make_unique<Impl>()) {
  impl_->chain = chain;
  impl_->reader = &reader;
  impl_->verifier = &verifier;
  impl_->limits = limits;
}
Sync::~Sync() = default;
Sync::Sync(Sync&&) noexcept = default;
Sync& Sync::operator=(Sync&&) noexcept = default;

SyncActions Sync::step(const SyncEvent& event, TimeMs now_ms) {
  impl_->now = std::max(impl_->now, now_ms);
  impl_->actions.clear();
  std::visit([this](const auto& e) { impl_->on(e); }, event);
  impl_->finish();
  return std::move(impl_->actions);
}

Height Sync::best_height() const {
  Height best = 0;
  const bool left = left_behind();
  for (const auto& [id, peer] : impl_->peers) {
    if (left || peer.oldest <= impl_->height) best = std::max(best, peer.height);
  }
  return best;
}

bool Sync::left_behind() const {
  std::size_t pruned = 0;
  for (const auto& [id, peer] : impl_->peers) {
    if (peer.oldest <= impl_->height) {
      if (peer.height >= impl_->height) return false;
      continue;
    }
    ++pruned;
  }
  return 2 * pruned > impl_->peers.size();
}

std::size_t Sync::held_bytes() const {
  std::size_t size = 0;
  for (const auto& [first, range] : impl_->held) {
    for (const BlockBytes& b : range.blocks) size += b->size();
  }
  for (const Verified& v : impl_->verified) size += v.block->size();
  return size;
}

}  // namespace cess::consensus
