// SPDX-License-Identifier: Apache-2.0
#include "chain/sim/liar.hpp"

#include "chain/sim/counter_app.hpp"
#include "chain/sim/world.hpp"

namespace cess::sim {

using namespace consensus;

LiarMind::LiarMind(World& world, Node& node, std::uint32_t lies, std::shared_ptr<Plot> plot)
    : world_(&world),
      node_(&node),
      lies_(lies),
      plot_(std::move(plot)),
      random_(world.stream("liar", node.id())) {
  plot_->liars.push_back(&node);
}

void LiarMind::started() {
  const std::uint64_t mine = ++generation_;
  world_->queue().after(random_.between(50, 900) * kMs, [this, mine] {
    if (mine != generation_ || !node_->up()) return;
    tick();
    started();
  });
}

SignedVote LiarMind::sign(Node& as, const Vote& vote) const {
  SignedVote out;
  out.vote = vote;
  out.signer = node_->committee()->index_of(as.key()).value_or(0);
  out.signature = as.signer().sign(signed_bytes(world_->chain(), vote));
  return out;
}

void LiarMind::send(NodeId to, Message message) {
  node_->send_raw(to, std::make_shared<const Message>(std::move(message)));
}

void LiarMind::send_all(const Message& message) {
  const auto shared = std::make_shared<const Message>(message);
  for (NodeId n = 0; n < world_->node_count(); ++n) {
    if (n != node_->id()) node_->send_raw(n, shared);
  }
}

void LiarMind::join_plot(const Vote& vote, const BlockBytes& block) {
  auto& list = plot_->blocks[vote.height];
  const bool known = std::ranges::any_of(
      list, [&](const Plot::Other& o) { return o.digest == vote.digest && o.round == vote.round; });
  if (!known && list.size() < 8) list.push_back({vote.round, vote.digest, block});
  if (plot_->blocks.size() > 4) plot_->blocks.erase(plot_->blocks.begin());
  for (Node* l : plot_->liars) {
    if (l->up()) l->offer(vote.digest, block);
  }
}

void LiarMind::incoming(const MessagePtr& message) {
  if (does(kLieFrame)) overhear(*message);
  past_.push_back(message);
  if (past_.size() > 60) past_.pop_front();
  if (const auto* r = std::get_if<RoundChange>(message.get())) {
    auto& list = round_changes_[{r->vote.vote.height, r->vote.vote.round}];
    if (list.size() < 64) list.push_back(r->vote);
    if (round_changes_.size() > 20) round_changes_.erase(round_changes_.begin());
  } else if (const auto* c = std::get_if<CertificateMessage>(message.get())) {
    seen_ = c->certificate;
  } else if (const auto* p = std::get_if<Proposal>(message.get())) {
    if (does(kLieTwoVotes)) join_plot(p->vote.vote, p->block);
  }
}

void LiarMind::outgoing(NodeId to, const MessagePtr& message) {
  if (does(kLieSilent) && random_.chance(800)) return;
  if (const auto* p = std::get_if<Proposal>(message.get())) return proposal(to, *p);
  if (const auto* v = std::get_if<VoteMessage>(message.get())) return vote(to, *v);
  if (const auto* c = std::get_if<CertificateMessage>(message.get())) {
    return certificate(to, c->certificate);
  }
  round_change(to, std::get<RoundChange>(*message));
}

std::optional<Proposal> LiarMind::other_proposal(const Proposal& p, bool bad) {
  const auto found = others_.find(p.vote.vote.digest);
  if (found != others_.end()) return found->second;
  const auto parsed = world_->reader().parse(*p.block);
  if (parsed == nullptr) return std::nullopt;
  Block block = parsed->block;
  block.header.time_ms += 1 + random_.below(5);
  if (bad) {
    if (random_.chance(500)) block.header.state_root.bytes[3] ^= 1;
    if (random_.chance(300)) block.header.time_ms += 3'600'000;
  }
  Proposal out = p;
  out.block = std::make_shared<const Bytes>(encode_block(block));
  out.vote.vote.digest = Hash256::from(header_hash(block.header).view());
  out.vote = sign(*node_, out.vote.vote);
  if (others_.size() > 8) others_.clear();
  others_[p.vote.vote.digest] = out;
  join_plot(p.vote.vote, p.block);
  join_plot(out.vote.vote, out.block);
  return out;
}

void LiarMind::proposal(NodeId to, const Proposal& p) {
  if (does(kLieWithholdBody) && random_.chance(700)) return;
  if (does(kLieUnjustified) && p.vote.vote.round > 0) {
    // Afresh, though something was prepared, or on the word of too few.
    if (auto other = other_proposal(p, false)) {
      other->prepared.reset();
      if (random_.chance(500)) other->round_changes = poor_justification(other->vote.vote);
      return send(to, *other);
    }
  }
  if (does(kLieTwoProposals) || does(kLieBadBlock)) {
    if (auto other = other_proposal(p, does(kLieBadBlock))) {
      if (does(kLieOpenly)) send(to, p);
      if (does(kLieOpenly) || to % 2 == 1) return send(to, *other);
    }
  }
  send(to, p);
}

void LiarMind::vote(NodeId to, const VoteMessage& v) {
  VoteMessage out = v;
  if (does(kLieBadShare) && random_.chance(700)) {
    out.vote.signature[random_.below(8)] ^= 1;
  } else if (does(kLieRoundShift) && random_.chance(400)) {
    Vote shifted = out.vote.vote;
    shifted.round += random_.chance(500) || shifted.round == 0 ? 1 : ~Round{0};
    out.vote = sign(*node_, shifted);
  }
  send(to, out);
}

void LiarMind::certificate(NodeId to, const Certificate& c) {
  if (does(kLieWithholdQc) && (to % 3 != 0 || random_.chance(500))) return;
  if (does(kLieForgedQc) && random_.chance(400)) {
    Certificate f = c;
    switch (random_.below(4)) {
      case 0:
        f.round += 1;
        break;
      case 1:
        f.signers.bits &= f.signers.bits - 1;
        break;
      case 2:
        f.kind = f.kind == Kind::commit ? Kind::prepare : Kind::commit;
        break;
      default:
        f.digest.bytes[0] ^= 1;
        break;
    }
    return send(to, CertificateMessage{f});
  }
  if (does(kLieDelayQc)) {
    const auto delay = random_.between(100, 3000) * kMs;
    return world_->queue().after(delay, [this, to, c] {
      if (node_->up()) send(to, CertificateMessage{c});
    });
  }
  send(to, CertificateMessage{c});
}

void LiarMind::round_change(NodeId to, const RoundChange& r) {
  RoundChange out = r;
  if ((does(kLieRoundChange) || does(kLieAmnesia)) && r.prepared) {
    Vote v = r.vote.vote;
    v.prepared = 0;
    v.digest = Digest();
    out.vote = sign(*node_, v);
    out.prepared.reset();
  } else if (does(kLieRoundChange) && random_.chance(300)) {
    Vote v = r.vote.vote;
    v.round += static_cast<Round>(random_.between(1, 3));
    out.vote = sign(*node_, v);
  }
  send(to, out);
}

void LiarMind::tick() {
  const CoreView v = node_->view();
  if (does(kLieFrame)) accuse();
  if (!v.own) {
    if (does(kLieRogueKey)) use_rogue_key(v);
    return;
  }
  if (does(kLieReplay) && !past_.empty()) {
    node_->send_raw(static_cast<NodeId>(random_.below(world_->node_count())),
                    past_[random_.below(past_.size())]);
  }
  if (does(kLieTwoVotes)) vote_for_all(v);
  if (does(kLieOutOfTurn) || does(kLieUnjustified)) propose_wrongly(v);
  if (does(kLieForgedQc)) forge_certificate(v);
  if (does(kLieRogueKey)) use_rogue_key(v);
}

void LiarMind::vote_for_all(const CoreView& v) {
  const auto found = plot_->blocks.find(v.height);
  if (found == plot_->blocks.end()) return;
  for (const Plot::Other& o : found->second) {
    for (const Kind kind : {Kind::prepare, Kind::commit}) {
      const Vote vote{kind, node_->committee()->era(), v.height, o.round, o.digest, 0};
      send_all(VoteMessage{sign(*node_, vote), std::nullopt});
    }
  }
}

// Round changes to show where a quorum is wanted: one's own and the other liars', some of them
// twice.
std::vector<SignedVote> LiarMind::poor_justification(const Vote& vote) {
  std::vector<SignedVote> out;
  Vote v{Kind::round_change, vote.era, vote.height, vote.round, {}, 0};
  for (Node* l : plot_->liars) {
    if (node_->committee()->index_of(l->key())) out.push_back(sign(*l, v));
  }
  if (random_.chance(500)) {
    const auto seen = round_changes_.find({vote.height, vote.round});
    if (seen != round_changes_.end()) {
      out.insert(out.end(), seen->second.begin(), seen->second.end());
    }
  }
  while (random_.chance(900) && out.size() < node_->committee()->quorum()) out.push_back(out[0]);
  out.resize(std::min(out.size(), kCommitteeMax));
  return out;
}

void LiarMind::propose_wrongly(const CoreView& v) {
  Round round = v.round;
  if (does(kLieUnjustified) && (!does(kLieOutOfTurn) || random_.chance(500))) {
    // The next round that is this one's turn.
    for (Round r = std::max(1U, v.round); r < v.round + node_->committee()->size() + 1; ++r) {
      if (node_->committee()->proposer(v.height, r) == *v.own) {
        round = r;
        break;
      }
    }
  }
  if (v.height != node_->app().height() + 1) return;
  BuildInput in;
  in.height = v.height;
  in.parent = node_->parent();
  in.parent_certificate = node_->parent_certificate();
  in.own = node_->key();
  in.wall_ms = node_->wall_ms();
  in.variant = 1 + random_.below(1U << 30U);
  const Block block = node_->app().build(in);
  Proposal p;
  p.block = std::make_shared<const Bytes>(encode_block(block));
  const Vote vote{Kind::proposal,
                  node_->committee()->era(),
                  v.height,
                  round,
                  Hash256::from(header_hash(block.header).view()),
                  0};
  p.vote = sign(*node_, vote);
  if (round > 0) p.round_changes = poor_justification(vote);
  join_plot(vote, p.block);
  send_all(p);
}

// Certificates that prove nothing: of the liars alone, of another round, of an old height.
void LiarMind::forge_certificate(const CoreView& v) {
  Certificate c;
  if (seen_ && random_.chance(500)) {
    c = *seen_;
    if (random_.chance(500)) {
      c.round = v.round;
    } else {
      c.height = v.height;
    }
    return send_all(CertificateMessage{c});
  }
  const auto found = plot_->blocks.find(v.height);
  if (found == plot_->blocks.end() || found->second.empty()) return;
  const Plot::Other& o = found->second[random_.below(found->second.size())];
  c.kind = random_.chance(500) ? Kind::prepare : Kind::commit;
  c.era = node_->committee()->era();
  c.height = v.height;
  c.round = o.round;
  c.digest = o.digest;
  c.signers.size = static_cast<std::uint16_t>(node_->committee()->size());
  std::vector<Signature> shares;
  for (Node* l : plot_->liars) {
    const auto index = node_->committee()->index_of(l->key());
    if (!index) continue;
    c.signers.add(*index);
    shares.push_back(sign(*l, c.vote()).signature);
  }
  const auto sum = world_->crypto().verifier().aggregate(shares);
  if (!sum) return;
  c.aggregate = *sum;
  send_all(CertificateMessage{c});
}

void LiarMind::use_rogue_key(const CoreView& v) {
  Plot& plot = *plot_;
  if (!plot.rogue) {
    const std::size_t n = world_->options().validators;
    for (NodeId i = 0; i < n && plot.victims.size() + 1 < quorum(n); ++i) {
      if (world_->node(i).honest()) plot.victims.push_back(world_->node(i).key());
    }
    plot.rogue_number = 1'000'000 + node_->key_number();
    plot.rogue = world_->crypto().rogue_key(plot.rogue_number, plot.victims);
    CounterTxn t;
    t.number = (std::uint64_t{1} << 62U) + node_->key_number();
    t.key = *plot.rogue;
    t.possession = world_->crypto().rogue_aggregate(plot.rogue_number, *plot.rogue);
    world_->submit(encode_scale(t));
    return;
  }
  const consensus::Committee& committee = *node_->committee();
  const auto own = committee.index_of(*plot.rogue);
  if (!own) return;
  Certificate c;
  c.signers.size = static_cast<std::uint16_t>(committee.size());
  c.signers.add(*own);
  for (const PublicKey& victim : plot.victims) {
    const auto index = committee.index_of(victim);
    if (!index) return;
    c.signers.add(*index);
  }
  const auto found = plot.blocks.find(v.height);
  if (found == plot.blocks.end()) return propose_wrongly(v);
  c.kind = Kind::commit;
  c.era = committee.era();
  c.height = v.height;
  c.round = v.round;
  c.digest = found->second.front().digest;
  c.aggregate =
      world_->crypto().rogue_aggregate(plot.rogue_number, signed_bytes(world_->chain(), c.vote()));
  send_all(CertificateMessage{c});
}

}  // namespace cess::sim
