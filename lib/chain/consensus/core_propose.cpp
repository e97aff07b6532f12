// SPDX-License-Identifier: Apache-2.0
// Proposing, checking proposals and their justification, PREPARE. (DESIGN.md, rules 1, 2 and 8.)
#include <algorithm>

#include "chain/consensus/detail/core_impl.hpp"

namespace cess::consensus {

bool Core::Impl::is_proposer() const {
  return voting() && committee->proposer(height, round) == *own;
}

void Core::Impl::on_proposal(const event::Received& e, const Proposal& m) {
  const Vote& v = m.vote.vote;
  if (decided || v.round < round || m.block == nullptr) return;
  if (v.kind != Kind::proposal || m.vote.signer != committee->proposer(height, v.round)) {
    return penalise(e.peer, "proposed out of turn");
  }
  if (v.round == round && accepted && accepted->vote.vote.digest == v.digest) return;
  if (!verify_vote(*verifier, config.chain, *committee, m.vote)) {
    return penalise(e.peer, "sent a false signature");
  }
  if (v.round <= round + kRoundsAhead) note_proposal(m.vote, true);
  if (v.round == round && (accepted || proposed)) return;  // one proposal per round
  bool fresh = false;
  if (!block_fits(e, m)) return;
  if (!justified(m, fresh)) return penalise(e.peer, "sent an unjustified proposal");
  if (v.round > round) enter_round(v.round, false);
  blocks[v.digest].bytes = m.block;
  accept(m.vote, fresh);
}

// What can be told from the header without the chain's state.
bool Core::Impl::block_fits(const event::Received& e, const Proposal& m) {
  const auto refuse = [&](const char* why) {
    penalise(e.peer, why);
    return false;
  };
  if (m.block->size() > config.block_size_max) return refuse("proposed a block that is too large");
  const auto view = reader->read_block(*m.block);
  if (!view) return refuse("proposed a malformed block");
  if (view->digest != m.vote.vote.digest) return refuse("proposed another block than it signed");
  if (view->height != height || view->era != committee->era() || view->parent != parent) {
    return refuse("proposed a block that does not belong here");
  }
  if (view->parent_certificate.has_value() != parent_certificate.has_value()) {
    return refuse("proposed a block without its parent's certificate");
  }
  if (!view->parent_certificate || *view->parent_certificate == *parent_certificate) return true;
  const Certificate& c = *view->parent_certificate;
  if (c.kind != Kind::commit || c.height + 1 != height || c.digest != parent ||
      !check_certificate(c, *parent_committee)) {
    return refuse("proposed a block with a false certificate of its parent");
  }
  return true;
}

// Rule 8, all of it. `fresh`: nothing was prepared, so the block may be new.
bool Core::Impl::justified(const Proposal& m, bool& fresh) {
  const Vote& v = m.vote.vote;
  fresh = true;
  if (v.round == 0) return m.round_changes.empty() && !m.prepared;
  if (m.round_changes.size() != committee->quorum()) return false;
  Round highest = 0;  // plus one
  for (std::size_t i = 0; i < m.round_changes.size(); ++i) {
    const SignedVote& change = m.round_changes[i];
    const Vote& c = change.vote;
    if (i > 0 && change.signer <= m.round_changes[i - 1].signer) return false;
    if (c.kind != Kind::round_change || c.era != v.era || c.height != v.height ||
        c.round != v.round || c.prepared > c.round) {
      return false;
    }
    highest = std::max(highest, c.prepared);
  }
  if ((highest != 0) != m.prepared.has_value()) return false;
  if (m.prepared) {
    const Certificate& qc = *m.prepared;
    if (qc.kind != Kind::prepare || qc.height != height || qc.round + 1 != highest ||
        qc.digest != v.digest || !check_certificate(qc, *committee)) {
      return false;
    }
    fresh = false;
  }
  for (const SignedVote& change : m.round_changes) {
    if (change.vote.prepared == highest && highest != 0 && change.vote.digest != v.digest) {
      return false;
    }
    const auto known = round_changes.find(change.signer);
    if (known != round_changes.end() && known->second.vote == change) continue;
    if (!verify_vote(*verifier, config.chain, *committee, change)) return false;
    check_amnesia(change);
  }
  return true;
}

void Core::Impl::accept(const SignedVote& signed_proposal, bool fresh) {
  accepted = Accepted{signed_proposal, true, fresh};
  keep_pace(true);
  repeat_at = kNever;
  ask_validation(signed_proposal.vote.digest, fresh);
  try_prepare_vote();
  try_commit_vote();
}

void Core::Impl::try_prepare_vote() {
  if (!accepted || prepare_voted || decided || !voting()) return;
  if (certificates.contains({round, Kind::prepare})) return;  // it would change nothing
  const Digest& digest = accepted->vote.vote.digest;
  if (blocks[digest].state != KnownBlock::State::valid) return;
  prepare_voted = true;
  voted.push_back(digest);
  if (voted.size() > kVotedBlocks) voted.pop_front();
  sign_later({0, vote(Kind::prepare, digest), nullptr, std::nullopt, false});
}

void Core::Impl::ask_build(bool allow_empty) {
  if (!is_proposer() || proposed || decided) return;
  if (late && parent_certificate) late->extend(*verifier, *parent_certificate);
  emit(action::Build{height, round, parent, parent_certificate, allow_empty});
}

void Core::Impl::on(const event::Built& e) {
  if (e.height != height || e.round != round || e.block == nullptr || decided) return;
  if (!is_proposer() || proposed) return;
  if (round > 0 && (!justification || justification->second)) return;
  const auto view = reader->read_block(*e.block);
  if (!view || view->height != height || view->parent != parent ||
      e.block->size() > config.block_size_max) {
    return emit(action::Alarm{"the block built here is not fit to be proposed"});
  }
  KnownBlock& b = blocks[view->digest];
  b.bytes = e.block;
  b.state = KnownBlock::State::valid;
  propose(view->digest, true);
}

// Rule 8, the proposer's side: with a quorum of round changes to this round.
void Core::Impl::try_propose() {
  if (round == 0 || !is_proposer() || proposed || decided) return;
  if (!justification) {
    std::vector<SignedVote> changes;
    const RoundChange* highest = nullptr;
    for (const auto& [signer, change] : round_changes) {
      if (change.vote.vote.round != round) continue;
      changes.push_back(change.vote);
      if (highest == nullptr || change.vote.vote.prepared > highest->vote.vote.prepared) {
        highest = &change;
      }
    }
    const std::size_t q = committee->quorum();
    if (changes.size() < q) return;
    while (changes.size() > q) {  // exactly a quorum, the highest prepared among it
      std::size_t out = changes.size() - 1;
      if (changes[out].signer == highest->vote.signer) --out;
      changes.erase(changes.begin() + static_cast<std::ptrdiff_t>(out));
    }
    justification = {std::move(changes), highest->prepared};
    if (!justification->second) return ask_build(true);
  }
  if (!justification->second) return;
  const Digest digest = justification->second->digest;
  want_block(digest, std::nullopt);
  if (blocks[digest].bytes != nullptr) propose(digest, false);
}

void Core::Impl::propose(const Digest& digest, bool fresh) {
  auto p = std::make_shared<Proposal>();
  p->vote = {vote(Kind::proposal, digest), *own, {}};
  p->block = blocks[digest].bytes;
  if (justification) {
    p->round_changes = justification->first;
    p->prepared = justification->second;
  }
  proposed = true;
  build_at = kNever;
  if (!sign_later({0, p->vote.vote, p, std::nullopt, false})) return;
  accepted = Accepted{p->vote, false, fresh};
  repeat_at = kNever;
  ask_validation(digest, fresh);
  try_prepare_vote();
  try_commit_vote();
}

}  // namespace cess::consensus
