// SPDX-License-Identifier: Apache-2.0
// Votes, collectors, certificates, COMMIT, late shares. (DESIGN.md, rules 3 to 6 and 9.)
#include <algorithm>

#include "chain/consensus/detail/core_impl.hpp"

namespace cess::consensus {

VoteSet& Core::Impl::votes_of(Turn turn) {
  const auto found = votes.find(turn);
  if (found != votes.end()) return found->second;
  const Vote v{turn.second, committee->era(), height, turn.first, {}, 0};
  return votes.emplace(turn, VoteSet(config.chain, committee, v)).first->second;
}

void Core::Impl::on_vote(const event::Received& e, const VoteMessage& m) {
  const Vote& v = m.vote.vote;
  if (v.kind != Kind::prepare && v.kind != Kind::commit) return;
  if (m.vote.signer >= committee->size()) return penalise(e.peer, "voted without a seat");
  if (own == m.vote.signer) return check_own_vote(m.vote);
  const Turn turn{v.round, v.kind};
  // Who asks late is told; a share that a collector did not have yet still counts.
  const auto known_one = certificates.find(turn);
  const bool collector = own && committee->collector_rank(height, v.round, *own).has_value();
  if (known_one != certificates.end() || decided) {
    const bool same = known_one != certificates.end() && known_one->second.digest == v.digest;
    const bool fresh = same && votes_of(turn).add(*verifier, m.vote.signer,
                                                  {v.digest, m.vote.signature, m.proposal, false},
                                                  e.from == m.vote.signer) == VoteSet::Added::fresh;
    if (fresh && collector) return;
    const Certificate& c = decided ? *decided : known_one->second;
    return emit(action::Reply{e.peer, std::make_shared<const Message>(CertificateMessage{c})});
  }
  const bool too_far = v.round > round + kRoundsAhead;
  const bool too_old = v.kind == Kind::prepare ? v.round < round : v.round + kRoundsBehind < round;
  if (too_far || too_old) return;
  count_vote(m.vote, m.proposal, e.from == m.vote.signer, false, e.peer);
}

void Core::Impl::count_vote(const SignedVote& v, const std::optional<Signature>& proposal,
                            bool trusted, bool checked, PeerId peer) {
  const Turn turn{v.vote.round, v.vote.kind};
  VoteSet& set = votes_of(turn);
  if (trusted && !checked) voter_peers[v.signer] = peer;
  switch (set.add(*verifier, v.signer, {v.vote.digest, v.signature, proposal, checked}, trusted)) {
    case VoteSet::Added::refused:
      return penalise(peer, "sent a false vote");
    case VoteSet::Added::conflict:
      return conflict(set.signed_vote(v.signer), v);
    case VoteSet::Added::again:
      return;
    case VoteSet::Added::fresh:
      break;
  }
  if (proposal && v.vote.round >= round) {
    SignedVote p{v.vote, committee->proposer(height, v.vote.round), *proposal};
    p.vote.kind = Kind::proposal;
    note_proposal(p, false);
  }
  if (v.vote.kind == Kind::commit) {
    for (const auto& [signer, change] : round_changes) {
      if (signer == v.signer) check_amnesia(change.vote);
    }
  }
  try_certify(turn, v.vote.digest);
}

void Core::Impl::try_certify(Turn turn, const Digest& digest) {
  if (certificates.contains(turn) || decided) return;
  VoteSet& set = votes_of(turn);
  std::vector<ValidatorIndex> bad;
  const auto c = set.certify(*verifier, digest, bad);
  for (const ValidatorIndex i : bad) penalise(voter_peers[i], "sent a false vote");
  if (!c) return;
  known_certificates.push_back(*c);
  const auto rank =
      own ? committee->collector_rank(height, turn.first, *own) : std::optional<std::size_t>();
  if (rank) {
    const Timing& t = config.timing;
    const bool all = c->signers.count() == committee->size();
    const TimeMs at = now + (all ? 0 : t.grace_ms) + *rank * t.delta_ms;
    pending.push_back({at, turn, height, digest, *rank});
  }
  apply(*c, std::nullopt);
  if (rank && pending.back().at_ms <= now) {
    const Pending p = pending.back();
    pending.pop_back();
    send_pending(p);
  }
}

// Broadcasts with whatever shares have come during the grace time.
void Core::Impl::send_pending(const Pending& p) {
  std::optional<Certificate> c;
  if (p.height == height && certificates.contains(p.turn)) {
    c = certificates.at(p.turn);
    votes_of(p.turn).extend(*verifier, *c);
  } else if (p.height + 1 == height && p.turn.second == Kind::commit && parent_certificate) {
    if (late) late->extend(*verifier, *parent_certificate);
    c = parent_certificate;
  }
  if (c) send_to_all(std::make_shared<const Message>(CertificateMessage{*c}));
}

bool Core::Impl::known(const Certificate& c) const {
  return std::ranges::find(known_certificates, c) != known_certificates.end();
}

// One verification per certificate, however many messages carry it.
bool Core::Impl::check_certificate(const Certificate& c, const Committee& by) {
  if (known(c)) return true;
  if (!verify_certificate(*verifier, config.chain, by, c)) return false;
  if (known_certificates.size() >= kKnownCertificates) {
    known_certificates.erase(known_certificates.begin());
  }
  known_certificates.push_back(c);
  return true;
}

// The second and third collector need not repeat what another has said.
void Core::Impl::silence(const Certificate& c, const Committee& by) {
  const auto mine = [&](const Pending& p) {
    return p.height == c.height && p.turn == Turn{c.round, c.kind} && p.rank > 0;
  };
  if (std::ranges::any_of(pending, mine) && check_certificate(c, by)) {
    std::erase_if(pending, mine);
  }
}

void Core::Impl::on_certificate(const event::Received& e, const Certificate& c) {
  const Turn turn{c.round, c.kind};
  const auto found = certificates.find(turn);
  const bool news = found == certificates.end() || found->second.digest != c.digest;
  if (!news) {
    return silence(c, *committee);
  }
  if (c.kind == Kind::prepare && (c.round < round || decided)) return;
  if (!check_certificate(c, *committee)) return penalise(e.peer, "sent a false certificate");
  check_own(c, *committee);
  if (found != certificates.end()) {
    const bool in_order = found->second.digest < c.digest;
    const TwoCertificates both{in_order ? found->second : c, in_order ? c : found->second};
    for (ValidatorIndex i = 0; i < committee->size(); ++i) {
      if (both.first.signers.has(i) && both.second.signers.has(i)) {
        report(both, i);
        break;
      }
    }
    return;
  }
  apply(c, e.peer);
}

void Core::Impl::apply(const Certificate& c, std::optional<PeerId> peer) {
  certificates.emplace(Turn{c.round, c.kind}, c);
  if (c.kind == Kind::commit) {
    if (decided && decided->digest != c.digest) {
      return emit(action::Alarm{"fork: two blocks are final at one height"});
    }
    return decide(c, peer);
  }
  if (c.round < round || decided) return;
  if (c.round > round) enter_round(c.round, false);
  if (voting()) want_block(c.digest, peer);
  try_commit_vote();
}

// Rule 4: the block of this round's PREPARE-QC is prepared once it is at hand and valid.
void Core::Impl::try_commit_vote() {
  if (commit_voted || decided || !voting()) return;
  const auto found = certificates.find({round, Kind::prepare});
  if (found == certificates.end()) return;
  const Certificate& c = found->second;
  KnownBlock& b = blocks[c.digest];
  if (b.bytes == nullptr) return want_block(c.digest, std::nullopt);
  if (b.state != KnownBlock::State::valid) return ask_validation(c.digest, false);
  commit_voted = true;
  const auto before = std::exchange(prepared, c);
  if (!sign_later({0, vote(Kind::commit, c.digest), nullptr, std::nullopt, false})) {
    prepared = before;
    return;
  }
  block_to_keep = b.bytes;
  block_to_keep_digest = c.digest;
}

// Rule 9. Reply only where a collector has not just learnt something.
void Core::Impl::add_late(const event::Received& e, const VoteMessage& m) {
  const Vote& v = m.vote.vote;
  if (late && parent_certificate && v.era == parent_certificate->era && v.digest == parent &&
      v.round == parent_certificate->round && m.vote.signer < late->committee()->size()) {
    const bool trusted = e.from == m.vote.signer && committee == parent_committee;
    const auto added = late->add(*verifier, m.vote.signer,
                                 {v.digest, m.vote.signature, std::nullopt, false}, trusted);
    const auto me = voter.signer != nullptr ? parent_committee->index_of(voter.signer->key())
                                            : std::optional<ValidatorIndex>();
    if (added == VoteSet::Added::fresh && me &&
        parent_committee->collector_rank(height - 1, v.round, *me)) {
      return;
    }
  }
  if (parent_certificate) {
    emit(action::Reply{e.peer,
                       std::make_shared<const Message>(CertificateMessage{*parent_certificate})});
  }
}

}  // namespace cess::consensus
