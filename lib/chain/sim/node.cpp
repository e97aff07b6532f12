// SPDX-License-Identifier: Apache-2.0
#include "chain/sim/node.hpp"

#include "base/endian.hpp"
#include "base/hex.hpp"
#include "chain/sim/liar.hpp"
#include "chain/sim/node_keys.hpp"
#include "chain/sim/world.hpp"

namespace cess::sim {
namespace {

// Tells the checker what an honest key signs.
class WatchedSigner final : public consensus::Signer {
 public:
  WatchedSigner(std::unique_ptr<consensus::Signer> inner, const Node& node, Checker& checker)
      : inner_(std::move(inner)), node_(&node), checker_(&checker) {}
  [[nodiscard]] const consensus::PublicKey& key() const override { return inner_->key(); }
  [[nodiscard]] consensus::Signature sign(ByteView message) override {
    if (node_->honest()) checker_->signing(node_->key_number(), message);
    return inner_->sign(message);
  }

 private:
  std::unique_ptr<consensus::Signer> inner_;
  const Node* node_;
  Checker* checker_;
};

constexpr SimTime kAnnounceEvery = 5 * kSecond;

}  // namespace

Node::Node(World& world, NodeId id, std::uint64_t key_number, bool votes)
    : world_(&world),
      id_(id),
      key_number_(key_number),
      votes_(votes),
      key_(world.validator_key(key_number)),
      disk_(world.stream("disk", id)),
      random_(world.stream("node", id)),
      signer_(
          std::make_unique<WatchedSigner>(world.make_signer(key_number), *this, world.checker())) {
  DiskVoterStorage storage(disk_);
  if (votes_) CESS_CHECK(consensus::create_voter_record(storage, world.chain(), key_).has_value());
}

Node::~Node() = default;

void Node::set_liar(std::unique_ptr<LiarMind> liar) {
  liar_ = std::move(liar);
  honest_ = liar_ == nullptr;
}

std::uint64_t Node::wall_ms() const {
  const std::uint64_t start = in_1970_ ? 0 : kWorldStartMs;
  const auto t = static_cast<std::int64_t>(start + mono_ms()) + skew_ms_;
  return t > 0 ? static_cast<std::uint64_t>(t) : 0;
}

std::uint64_t Node::mono_ms() const {
  const auto now = static_cast<std::int64_t>(world_->queue().now());
  return static_cast<std::uint64_t>((now + now / 1'000'000 * drift_ppm_) / 1000);
}

SimTime Node::when_mono(std::uint64_t ms) const {
  const std::uint64_t now_ms = mono_ms();
  if (ms <= now_ms) return world_->queue().now() + kMs;
  // A little later than asked for: clocks that drift never make it early by much.
  const std::uint64_t wait = std::min<std::uint64_t>(ms - now_ms, 86'400'000'000U);
  return world_->queue().now() + (wait + 1) * kMs;
}

void Node::later(SimTime delay, std::function<void()> f) {
  world_->queue().after(delay, [this, born = incarnation_, f = std::move(f)] {
    if (incarnation_ == born && up()) f();
  });
}

void Node::boot() {
  ++incarnation_;
  if (disk_.power_on()) world_->note("the newest block is lost");
  app_ = world_->make_app();
  load_chain();
  start_ = !disk_.dead();
  consensus::Voter voter;
  if (votes_) voter = load_voter();
  if (!start_) {
    app_.reset();
    return world_->fell_over(id_);
  }
  const consensus::Position at = position();
  committee_ = at.committee;
  sync_ = std::make_unique<consensus::Sync>(world_->chain(), world_->reader(),
                                            world_->crypto().verifier(), consensus::SyncLimits{});
  consensus::Config config;
  config.chain = world_->chain();
  config.timing = world_->options().timing;
  core_ = std::make_unique<consensus::Core>(config, world_->reader(), world_->crypto().verifier(),
                                            std::move(voter), at);
  timer_ = sync_timer_ = 0;
  waiting_build_.reset();
  blocks_.clear();
  suspects_ = {};
  disk_free_at_ = 0;
  world_->trace().add(0xb007U << 8U | id_);
  feed(consensus::event::Started{});
  if (!up()) return;
  feed_sync(consensus::sync_event::Stand{at.height, at.parent, at.committee});
  later(random_.below(kAnnounceEvery), [this] { announce(); });
  world_->connect(id_);
  if (liar_) liar_->started();
}

void Node::connected(NodeId other) {
  if (!up()) return;
  const auto seat = committee_->index_of(world_->node(other).key());
  if (seat) feed(consensus::event::Connected{other, *seat});
}

void Node::stop(bool power) {
  if (!up()) return;
  world_->trace().add(0xdeadU << 8U | id_);
  core_.reset();
  sync_.reset();
  app_.reset();
  ++incarnation_;
  if (power) disk_.power_cut();
}

// The application from its last snapshot and the blocks after it; a block that rotted away, and
// what follows it, is fetched from others again.
void Node::load_chain() {
  if (const auto s = disk_.get(kSnapshotKey)) app_->restore(s);
  parent_ = world_->chain();
  parent_certificate_.reset();
  const auto stored = [&](consensus::Height h) {
    return std::static_pointer_cast<const StoredBlock>(disk_.get(block_key(h)));
  };
  while (const auto b = stored(app_->height() + 1)) {
    const auto parsed = world_->reader().parse(*b->block);
    if (parsed == nullptr) break;
    app_->execute(*parsed);
  }
  if (app_->height() == 0) return;
  auto last = stored(app_->height());
  if (last == nullptr) {
    // The snapshot's own block rotted: begin again from the beginning and fetch.
    app_ = world_->make_app();
    while (const auto b = stored(app_->height() + 1)) {
      const auto parsed = world_->reader().parse(*b->block);
      if (parsed == nullptr) break;
      app_->execute(*parsed);
      last = b;
    }
    if (last == nullptr) return;
  }
  parent_ = last->digest;
  parent_certificate_ = last->certificate;
}

consensus::Voter Node::load_voter() {
  consensus::Voter voter;
  voter.signer = signer_.get();
  DiskVoterStorage storage(disk_);
  voter.place = storage.place();
  auto record = consensus::load_voter_record(storage, world_->chain(), key_);
  // The disk does not work: the process ends and is started again.
  start_ = record.has_value() || record.error().code != Code::system;
  if (!start_) return voter;
  if (record) {
    if (honest_) world_->checker().durable(id_, consensus::encode_voter_record(*record));
    voter.record = std::move(*record);
    return voter;
  }
  // What an operator does: the record is gone, so the key rests until an era in which it cannot
  // have signed.
  world_->checker().forget_record(id_);
  world_->note("record refused");
  voter.resume_era = world_->safe_era();
  return voter;
}

consensus::Position Node::position() const {
  consensus::Position p;
  p.height = app_->height() + 1;
  p.parent = parent_;
  p.parent_certificate = parent_certificate_;
  p.committee = app_->committee();
  if (app_->height() > 0) p.parent_committee = app_->parent_committee();
  return p;
}

void Node::feed(const consensus::Event& event) {
  if (!up()) return;
  const std::uint64_t born = incarnation_;
  const auto actions = core_->step(event, mono_ms());
  for (const auto& a : actions) {
    std::visit([this](const auto& x) { handle(x); }, a);
    if (incarnation_ != born) return;
    if (disk_.dead()) return disk_failed();
  }
}

void Node::feed_later(SimTime delay, consensus::Event event) {
  later(delay, [this, event = std::move(event)] { feed(event); });
}

void Node::feed_sync(const consensus::SyncEvent& event) {
  if (!up()) return;
  const std::uint64_t born = incarnation_;
  for (const auto& a : sync_->step(event, mono_ms())) {
    act(a);
    if (incarnation_ != born) return;
  }
}

void Node::act(const consensus::SyncAction& action) {
  using namespace consensus::sync_action;
  if (const auto* ask = std::get_if<Ask>(&action)) {
    world_->send(id_, static_cast<NodeId>(ask->peer),
                 wire::make(wire::AskRange{ask->first, ask->count}));
  } else if (const auto* d = std::get_if<Deliver>(&action)) {
    feed_later(0, consensus::event::Synced{d->block, d->certificate});
  } else if (const auto* t = std::get_if<SetTimer>(&action)) {
    const std::uint64_t mine = ++sync_timer_;
    later(when_mono(t->at_ms) - world_->queue().now(), [this, mine] {
      if (mine == sync_timer_) feed_sync(consensus::sync_event::Tick{});
    });
  } else if (const auto* drop = std::get_if<Drop>(&action)) {
    world_->note("sync drops a peer");
    // As a real node does with a slow peer: hang up, and take it back when it calls again.
    if (!drop->lied) {
      later(3 * kSecond,
            [this, peer = drop->peer] { feed_sync(consensus::sync_event::PeerGone{peer}); });
    }
    if (drop->lied) world_->blamed(id_, static_cast<NodeId>(drop->peer), drop->reason);
  }
}

void Node::announce() {
  for (NodeId to = 0; to < world_->node_count(); ++to) {
    if (to != id_) world_->send(id_, to, wire::make(wire::Head{app_->height()}));
  }
  later(kAnnounceEvery, [this] { announce(); });
}

void Node::submit(const Bytes& txn) {
  if (!up()) return;
  app_->submit(txn);
  if (waiting_build_ && app_->has_work()) build_now(*std::exchange(waiting_build_, std::nullopt));
}

void Node::offer(const consensus::Digest& digest, consensus::BlockBytes block) {
  blocks_[digest] = std::move(block);
}

void Node::deliver(NodeId from, const wire::Ptr& message) {
  if (!up()) return;
  std::visit([&](const auto& m) { receive(from, m); }, *message);
}

void Node::receive(NodeId from, const wire::Consensus& m) {
  if (liar_) liar_->incoming(m.message);
  consensus::event::Received e;
  e.peer = from;
  e.from = committee_->index_of(world_->node(from).key());
  e.message = m.message;
  feed(e);
}

void Node::receive(NodeId from, const wire::Encoded& m) {
  auto decoded = consensus::decode_message(m.bytes);
  if (!decoded) return world_->blamed(id_, from, decoded.error().message);
  receive(from, wire::Consensus{std::make_shared<const consensus::Message>(std::move(*decoded))});
}

void Node::receive(NodeId from, const wire::AskRange& m) {
  wire::Range out;
  out.first = m.first;
  for (consensus::Height h = m.first; out.blocks.size() < std::min<std::size_t>(m.count, 64); ++h) {
    const auto b = std::static_pointer_cast<const StoredBlock>(disk_.get(block_key(h)));
    if (b == nullptr) break;
    out.blocks.push_back(b->block);
    out.last = b->certificate;
  }
  world_->send(id_, from, wire::make(std::move(out)));
}

void Node::receive(NodeId from, const wire::Range& m) {
  feed_sync(consensus::sync_event::Range{from, m.first, m.blocks, m.last});
}

void Node::receive(NodeId from, const wire::AskBlock& m) {
  consensus::BlockBytes block;
  if (const auto found = blocks_.find(m.digest); found != blocks_.end()) block = found->second;
  if (block == nullptr) {
    if (const auto p = disk_.get(pending_key(m.height, m.digest))) {
      block = std::static_pointer_cast<const Bytes>(p);
    }
  }
  if (block == nullptr) {
    const auto b = std::static_pointer_cast<const StoredBlock>(disk_.get(block_key(m.height)));
    if (b != nullptr && b->digest == m.digest) block = b->block;
  }
  if (block != nullptr) world_->send(id_, from, wire::make(wire::OneBlock{m.digest, block}));
}

void Node::receive(NodeId from, const wire::OneBlock& m) {
  feed(consensus::event::Fetched{from, m.digest, m.block});
}

void Node::receive(NodeId from, const wire::Head& m) {
  feed_sync(consensus::sync_event::PeerHeight{from, m.height});
}

void Node::receive(NodeId /*from*/, const wire::Txn& m) { submit(m.bytes); }

void Node::receive(NodeId /*from*/, const wire::Evidence& m) { app_->report(m.bytes); }

}  // namespace cess::sim
