// SPDX-License-Identifier: Apache-2.0
// The record before the signature, and the reasons to stop signing.
#include <algorithm>

#include "chain/consensus/detail/core_impl.hpp"

namespace cess::consensus {

// False if the record forbids it. The signature is made when the record is durable.
bool Core::Impl::sign_later(Outgoing out) {
  if (!voting() || !may_sign(record.last, out.vote)) return false;
  out.sequence = 0;  // finish_step gives it that of the record which covers it
  record.last = out.vote;
  record.prepared = prepared;
  dirty = true;
  outbox.push_back(std::move(out));
  return true;
}

void Core::Impl::release(std::uint64_t sequence) {
  while (!outbox.empty() && outbox.front().sequence != 0 && outbox.front().sequence <= sequence) {
    const Outgoing out = std::move(outbox.front());
    outbox.pop_front();
    if (voting()) dispatch(out);
  }
}

void Core::Impl::dispatch(const Outgoing& out) {
  // A COMMIT of the height before may still go out, as a late share; nothing else of the past.
  const bool late_commit = out.vote.height + 1 == height && out.vote.kind == Kind::commit &&
                           committee == parent_committee && out.vote.digest == parent;
  if (!late_commit && (out.vote.height != height || out.vote.round != round)) return;
  const Signature signature = voter.signer->sign(signed_bytes(config.chain, out.vote));
  const SignedVote v{out.vote, *own, signature};
  switch (out.vote.kind) {
    case Kind::proposal: {
      out.proposal->vote = v;
      if (accepted && accepted->vote.vote == v.vote) {
        accepted->vote = v;
        accepted->has_signature = true;
      }
      note_proposal(v, true);
      told.push_back(std::make_shared<const Message>(std::move(*out.proposal)));
      return send_to_all(told.back());
    }
    case Kind::round_change: {
      const RoundChange change{v, out.prepared};
      own_round_change = std::make_shared<const Message>(change);
      repeat_at = accepted ? kNever : now + config.timing.round_ms;
      told.push_back(own_round_change);
      send_to_all(own_round_change);
      if (!decided) count_round_change(change);
      return;
    }
    case Kind::prepare:
    case Kind::commit:
      return send_vote(out, signature);
  }
}

void Core::Impl::send_vote(const Outgoing& out, const Signature& signature) {
  const SignedVote v{out.vote, *own, signature};
  VoteMessage m{v, std::nullopt};
  if (v.vote.kind == Kind::prepare && accepted && accepted->has_signature &&
      accepted->vote.vote.digest == v.vote.digest) {
    m.proposal = accepted->vote.signature;
  }
  const auto message = std::make_shared<const Message>(m);
  if (out.to_all) {
    send_to_all(message);
  } else {
    for (const ValidatorIndex to : committee->collectors(v.vote.height, v.vote.round)) {
      if (to != *own) emit(action::Send{to, message});
    }
  }
  if (v.vote.height != height || decided) return;
  told.push_back(message);
  const Turn turn{v.vote.round, v.vote.kind};
  fallbacks.push_back({now + 2 * config.timing.delta_ms, turn, message});
  count_vote(v, m.proposal, true, true, 0);
}

void Core::Impl::stop_voting(std::string why) {
  if (!can_vote) return;
  can_vote = false;
  round_at = build_at = repeat_at = kNever;
  outbox.clear();
  fallbacks.clear();
  emit(action::Alarm{"not voting: " + std::move(why)});
}

// A verified certificate with the own bit tells what this key has signed. The record is written
// first, so it is never behind: if it is, it is an old copy, or another node uses this key.
void Core::Impl::check_own(const Certificate& c, const Committee& by) {
  if (!can_vote) return;
  const auto index = by.index_of(voter.signer->key());
  if (!index || !c.signers.has(*index)) return;
  check_signed(c.vote());
}

// Somebody has a vote with this node's name on it.
void Core::Impl::check_own_vote(const SignedVote& v) {
  if (!can_vote || v.vote == record.last) return;
  if (verify_vote(*verifier, config.chain, *committee, v)) check_signed(v.vote);
}

void Core::Impl::check_signed(const Vote& v) {
  const Vote& last = record.last;
  if (v == last || !config.heed_twins) return;
  const bool same_turn = v.height == last.height && v.round == last.round && v.kind == last.kind;
  if (same_turn || last.height == 0 || may_sign(last, v)) {
    stop_voting("this key has signed what the voter record does not know");
  }
}

// A lost record is begun anew where nothing can have been signed yet: in an era to come.
void Core::Impl::maybe_resume_era() {
  if (can_vote || voter.signer == nullptr || !voter.resume_era || voter.record) return;
  if (committee->era() < *voter.resume_era) return;
  voter.resume_era.reset();
  record.sequence = voter.sequence;
  record.place = voter.place;
  record.chain = config.chain;
  record.key = voter.signer->key();
  record.last = {Kind::commit, committee->era(), height - 1, kRoundMax, {}, 0};
  can_vote = true;
}

}  // namespace cess::consensus
