// SPDX-License-Identifier: Apache-2.0
// Heights: entering, deciding, what blocks are held. (DESIGN.md, rule 5 and the era's change.)
#include <algorithm>

#include "base/check.hpp"
#include "chain/consensus/detail/core_impl.hpp"

namespace cess::consensus {

void Core::Impl::enter_height() {
  own.reset();
  if (voter.signer != nullptr) own = committee->index_of(voter.signer->key());
  decided.reset();
  committing = false;
  prepared.reset();
  blocks.clear();
  votes.clear();
  certificates.clear();
  known_certificates.clear();
  round_changes.clear();
  proposals.clear();
  reported.clear();
  voted.clear();
  voter_peers.clear();
  fallbacks.clear();
  entered_ms = now;
  maybe_resume_era();
  enter_round(0, false);
}

void Core::Impl::resume_from_record() {
  const Vote last = record.last;
  if (!voting() || last.height != height || last.era != committee->era()) return;
  if (record.prepared && record.prepared->height == height) {
    prepared = record.prepared;
    certificates.emplace(Turn{prepared->round, Kind::prepare}, *prepared);
    known_certificates.push_back(*prepared);
    want_block(prepared->digest, std::nullopt);
  }
  if (last.round != 0) enter_round(last.round, false);
  prepare_voted = last.kind >= Kind::prepare;
  commit_voted = last.kind == Kind::commit;
  proposed = is_proposer() && last.kind >= Kind::proposal;
  if (last.kind == Kind::proposal) return;  // its block is gone; the round will pass
  Outgoing again{record.sequence, last, nullptr, std::nullopt, true};
  if (last.prepared != 0) again.prepared = record.prepared;
  outbox.push_back(std::move(again));
  release(record.sequence);
}

void Core::Impl::on(const event::Advanced& e) {
  CESS_CHECK(committing && e.height == height + 1 && e.committee != nullptr);
  const bool same =
      e.committee->era() == committee->era() && e.committee->hash() == committee->hash();
  if (!same) {  // the old committee's members will not be asked again
    for (const Pending& p : std::exchange(pending, {})) send_pending(p);
  }
  const Turn turn{decided->round, Kind::commit};
  const auto found = votes.find(turn);
  late.reset();
  if (found != votes.end()) late = std::move(found->second);
  parent = decided->digest;
  parent_certificate = decided;
  parent_committee = committee;
  if (!same) committee = e.committee;
  height = e.height;
  enter_height();
  // A node that lost blocks comes back to the height of its record only now, and is still bound.
  resume_from_record();
  replay_ahead();
}

void Core::Impl::replay_ahead() {
  const auto kept = std::move(ahead);
  ahead.clear();
  const bool same = committee == parent_committee;
  for (const auto& [peer, messages] : kept) {
    for (event::Received e : messages) {
      if (!same) e.from.reset();  // indices of another committee
      route(e);
    }
  }
}

void Core::Impl::on(const event::Synced& e) {
  if (e.block == nullptr || committing || e.certificate.height != height) return;
  blocks[e.certificate.digest].bytes = e.block;
  // Decided already by a certificate whose block nobody could be found to have.
  if (decided) return try_commit();
  check_own(e.certificate, *committee);
  decide(e.certificate, std::nullopt);
}

void Core::Impl::decide(const Certificate& c, std::optional<PeerId> peer) {
  if (decided) return;
  decided = c;
  round_at = build_at = repeat_at = kNever;
  fallbacks.clear();
  want_block(c.digest, peer);
  try_commit();
}

void Core::Impl::try_commit() {
  if (!decided || committing) return;
  const auto found = blocks.find(decided->digest);
  if (found == blocks.end() || found->second.bytes == nullptr) return;
  committing = true;
  emit(action::Commit{height, decided->digest, found->second.bytes, *decided});
}

void Core::Impl::want_block(const Digest& digest, std::optional<PeerId> peer) {
  KnownBlock& b = blocks[digest];
  if (b.bytes != nullptr || b.fetching) return;
  b.fetching = true;
  emit(action::Fetch{height, digest, peer});
}

void Core::Impl::on(const event::Fetched& e) {
  const auto found = blocks.find(e.digest);
  if (found == blocks.end() || found->second.bytes != nullptr || e.block == nullptr) return;
  const auto view = e.block->size() <= config.block_size_max
                        ? reader->read_block(*e.block)
                        : fail(Code::input, "block refused: too large");
  if (!view || view->digest != e.digest) {
    penalise(e.peer, "sent another block than it was asked for");
    found->second.fetching = false;
    return want_block(e.digest, std::nullopt);
  }
  found->second.bytes = e.block;
  block_arrived(e.digest);
}

void Core::Impl::block_arrived(const Digest& /*digest*/) {
  if (decided) return try_commit();
  try_commit_vote();
  try_propose();
}

void Core::Impl::ask_validation(const Digest& digest, bool fresh) {
  KnownBlock& b = blocks[digest];
  using State = KnownBlock::State;
  if (!voting()) return;
  if (b.bytes == nullptr || b.state == State::valid || b.state == State::invalid) return;
  if (b.state == State::asked || b.state == State::asked_fresh) return;  // its answer asks again
  if (b.state == State::refused && fresh) return;
  b.state = fresh ? State::asked_fresh : State::asked;
  emit(action::Validate{height, round, digest, b.bytes, fresh, committee->proposer(height, round)});
}

void Core::Impl::on(const event::Validated& e) {
  const auto found = blocks.find(e.digest);
  if (e.height != height || found == blocks.end()) return;
  KnownBlock& b = found->second;
  using State = KnownBlock::State;
  if (b.state != State::asked && b.state != State::asked_fresh) return;
  const bool was_fresh = b.state == State::asked_fresh;
  switch (e.verdict) {
    case event::Verdict::valid:
      b.state = State::valid;
      break;
    case event::Verdict::refused:
      b.state = was_fresh ? State::refused : State::unchecked;
      break;
    case event::Verdict::invalid:
      b.state = State::invalid;
      if (accepted && accepted->fresh && accepted->has_signature && was_fresh && !e.proof.empty() &&
          accepted->vote.vote.digest == e.digest) {
        report(InvalidProposal{accepted->vote, e.proof}, accepted->vote.signer);
      }
      if (!was_fresh) {
        emit(action::Alarm{"a quorum has found a block valid that is invalid here"});
      }
      break;
  }
  if (decided || b.state == State::invalid) return;
  if (b.state == State::refused && accepted && accepted->vote.vote.digest == e.digest &&
      !accepted->fresh) {
    return ask_validation(e.digest, false);
  }
  try_prepare_vote();
  if (b.state == State::valid || was_fresh) try_commit_vote();
}

// Keeps what may still be proposed, voted for or decided; of blocks only voted for, the last few,
// for their PREPARE-QC may be shown late.
void Core::Impl::prune_blocks() {
  std::set<Digest> keep(voted.begin(), voted.end());
  if (prepared) keep.insert(prepared->digest);
  if (decided) keep.insert(decided->digest);
  for (const auto& [signer, change] : round_changes) {
    if (change.prepared) keep.insert(change.prepared->digest);
  }
  std::erase_if(blocks, [&](const auto& entry) { return !keep.contains(entry.first); });
}

}  // namespace cess::consensus
