// SPDX-License-Identifier: Apache-2.0
// What a node does with the actions of its core.
#include "chain/sim/liar.hpp"
#include "chain/sim/node.hpp"
#include "chain/sim/node_keys.hpp"
#include "chain/sim/world.hpp"

namespace cess::sim {

using namespace consensus;

namespace {
// The own vote in a message, if it carries one.
const SignedVote* own_vote(const Message& m) {
  if (const auto* p = std::get_if<Proposal>(&m)) return &p->vote;
  if (const auto* v = std::get_if<VoteMessage>(&m)) return &v->vote;
  if (const auto* r = std::get_if<RoundChange>(&m)) return &r->vote;
  return nullptr;
}
}  // namespace

void Node::send_raw(NodeId to, MessagePtr message) {
  if (world_->options().real_bytes) {
    world_->send(id_, to, wire::make(wire::Encoded{encode_message(*message)}));
  } else {
    world_->send(id_, to, wire::make(wire::Consensus{std::move(message)}));
  }
}

void Node::send(NodeId to, const MessagePtr& message) {
  if (to == id_) return;
  if (honest_ && votes_) {
    const SignedVote* vote = own_vote(*message);
    const auto own = committee_->index_of(key_);
    if (vote != nullptr && own && vote->signer == *own) {
      world_->checker().leaving(id_, vote->vote);
    }
  }
  if (liar_) {
    liar_->outgoing(to, message);
  } else {
    send_raw(to, message);
  }
}

void Node::send_to_validator(ValidatorIndex to, const MessagePtr& message) {
  if (to >= committee_->size()) return;
  for (const NodeId n : world_->nodes_of(committee_->keys()[to])) send(n, message);
}

void Node::handle(const action::Send& a) { send_to_validator(a.to, a.message); }

void Node::handle(const action::Broadcast& a) {
  const bool to_all = std::holds_alternative<CertificateMessage>(*a.message);
  for (NodeId n = 0; n < world_->node_count(); ++n) {
    if (n == id_) continue;
    if (to_all || committee_->index_of(world_->node(n).key())) send(n, a.message);
  }
}

void Node::handle(const action::Reply& a) { send(static_cast<NodeId>(a.peer), a.message); }

void Node::handle(const action::Persist& a) {
  // One record after the other: were the slot of record n+2 touched before n+1 is durable, one
  // power cut could take both, and n-1 would pass for the newest.
  const SimTime now = world_->queue().now();
  const SimTime start = std::max(disk_free_at_, now);
  const SimTime end = start + random_.between(100, 4000);
  disk_free_at_ = end;
  later(start - now, [this, a, end] {
    Status status;
    if (a.block) {
      const auto record = decode_voter_record(a.record);
      const Height h = record ? record->last.height : app_->height() + 1;
      status = disk_.commit({{pending_key(h, a.digest), a.block}});
    }
    if (status) status = disk_.write(a.slot, a.record);
    if (disk_.dead()) return disk_failed();
    if (!status) return feed(event::RecordFailed{status.error().message});
    later(end - world_->queue().now(), [this, a] { record_written(a); });
  });
}

void Node::record_written(const action::Persist& a) {
  const Status synced = disk_.sync(a.slot);
  if (disk_.dead()) return disk_failed();
  if (!synced) return feed(event::RecordFailed{synced.error().message});
  if (honest_) world_->checker().durable(id_, a.record);
  feed(event::RecordPersisted{a.sequence});
}

void Node::handle(const action::SetTimer& a) {
  const std::uint64_t mine = ++timer_;
  if (a.at_ms == ~TimeMs{0}) return;
  later(when_mono(a.at_ms) - world_->queue().now(), [this, mine] {
    if (mine == timer_) feed(event::Tick{});
  });
}

void Node::handle(const action::Build& a) {
  waiting_build_.reset();
  if (!a.allow_empty && !app_->has_work()) {
    waiting_build_ = a;
    return;
  }
  build_now(a);
}

void Node::build_now(const action::Build& a) {
  later(random_.between(500, 5000), [this, a] {
    if (app_->height() + 1 != a.height) return;
    BuildInput in;
    in.height = a.height;
    in.parent = a.parent;
    in.parent_certificate = a.parent_certificate;
    in.own = key_;
    in.wall_ms = wall_ms();
    const auto bytes = std::make_shared<const Bytes>(encode_block(app_->build(in)));
    feed(event::Built{a.height, a.round, bytes});
  });
}

void Node::handle(const action::Validate& a) {
  blocks_[a.digest] = a.block;
  later(random_.between(500, 8000), [this, a] {
    event::Validated out{a.height, a.digest, event::Verdict::refused, {}};
    const auto parsed = world_->reader().parse(*a.block);
    if (parsed && app_->height() + 1 == a.height && a.proposer < committee_->size()) {
      out.verdict = app_->validate(*parsed, a.fresh, committee_->keys()[a.proposer], wall_ms());
      if (out.verdict == event::Verdict::invalid) out.proof = encode_scale(parsed->block.header);
    }
    feed(out);
  });
}

void Node::handle(const action::Fetch& a) {
  if (const auto p = disk_.get(pending_key(a.height, a.digest))) {
    return feed_later(0, event::Fetched{id_, a.digest, std::static_pointer_cast<const Bytes>(p)});
  }
  if (const auto found = blocks_.find(a.digest); found != blocks_.end()) {
    return feed_later(0, event::Fetched{id_, a.digest, found->second});
  }
  if (a.peer && *a.peer != id_) {
    world_->send(id_, static_cast<NodeId>(*a.peer), wire::make(wire::AskBlock{a.height, a.digest}));
  }
  fetch_again(a.height, a.digest, 0);
}

void Node::fetch_again(Height height, const Digest& digest, std::size_t tries) {
  later(300 * kMs, [this, height, digest, tries] {
    if (app_->height() >= height || blocks_.contains(digest)) return;
    const auto peer = static_cast<NodeId>((id_ + 1 + tries) % world_->node_count());
    if (peer != id_) world_->send(id_, peer, wire::make(wire::AskBlock{height, digest}));
    fetch_again(height, digest, tries + 1);
  });
}

void Node::handle(const action::Commit& a) {
  if (honest_) world_->checker().final(id_, a, *committee_);
  world_->trace().add(a.digest.view());
  const auto parsed = world_->reader().parse(*a.block);
  if (parsed == nullptr || a.height != app_->height() + 1) {
    return world_->checker().fail("commit", "a block that cannot be executed is final");
  }
  if (honest_) {
    world_->checker().header(id_, parsed->block.header, a.certificate, *committee_);
  }
  app_->execute(*parsed);
  for (const Evidence& e : suspects_.settle(parsed->block.header, a.certificate)) spread(e);
  if (honest_) world_->checker().executed(id_, *app_);
  world_->executed(*this);
  Disk::Batch batch;
  batch.emplace_back(block_key(a.height), std::make_shared<const StoredBlock>(
                                              StoredBlock{a.digest, a.block, a.certificate}));
  for (const std::string& key : disk_.list("p")) {
    if (key < height_key('p', a.height + 1)) batch.emplace_back(key, nullptr);
  }
  if (a.height % world_->options().snapshot_blocks == 0) {
    batch.emplace_back(kSnapshotKey, app_->snapshot());
  }
  const Status stored = disk_.commit(batch);
  if (!stored) return disk_failed();
  parent_ = a.digest;
  parent_certificate_ = a.certificate;
  later(random_.between(200, 3000), [this] { advanced(); });
}

void Node::advanced() {
  committee_ = app_->committee();
  waiting_build_.reset();
  drop_old_blocks();
  feed(event::Advanced{app_->height() + 1, committee_});
  // What was kept for this height may have decided it on the spot; then there is more to come.
  if (!up() || view().committing) return;
  feed_sync(sync_event::Stand{app_->height() + 1, parent_, committee_});
}

void Node::drop_old_blocks() {
  if (blocks_.size() > 16) blocks_.clear();
}

void Node::handle(const action::Report& a) {
  if (const auto* suspect = std::get_if<InvalidProposal>(&a.evidence))
    return suspects_.add(*suspect);
  spread(a.evidence);
}

void Node::spread(const Evidence& evidence) {
  const Bytes bytes = encode_evidence(evidence);
  world_->note(std::string("evidence (") + letter_of(evidence) + ") reported");
  app_->report(bytes);
  const auto message = wire::make(wire::Evidence{bytes});
  for (NodeId n = 0; n < world_->node_count(); ++n) {
    if (n != id_) world_->send(id_, n, message);
  }
}

void Node::handle(const action::RequestSync& a) {
  feed_sync(sync_event::PeerHeight{a.peer, a.height - 1});
}

void Node::handle(const action::Penalise& a) {
  if (honest_) world_->blamed(id_, static_cast<NodeId>(a.peer), a.reason);
}

void Node::handle(const action::Alarm& a) { world_->note("alarm: " + a.message); }

void Node::disk_failed() {
  if (!up()) return;
  stop(disk_.without_power());
  world_->fell_over(id_);
}

}  // namespace cess::sim
