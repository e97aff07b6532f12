// SPDX-License-Identifier: Apache-2.0
// Rounds: timers, ROUND-CHANGE, jumping. (DESIGN.md, rule 7.)
#include <algorithm>

#include "chain/consensus/detail/core_impl.hpp"

namespace cess::consensus {

// Round 0 also covers the time that a proposer may wait for transactions.
TimeMs Core::Impl::round_time() const {
  const Timing& t = config.timing;
  if (round == 0) return t.interval_ms_max + t.round_ms;
  if (round >= 32 || t.round_ms > (t.round_ms_max >> round)) return t.round_ms_max;
  return t.round_ms << round;
}

void Core::Impl::enter_round(Round to, bool say_so) {
  round = to;
  accepted.reset();
  prepare_voted = commit_voted = proposed = false;
  justification.reset();
  own_round_change = nullptr;
  told.clear();
  repeated.clear();
  fallbacks.clear();
  build_at = repeat_at = kNever;
  build_empty = false;
  std::erase_if(votes, [&](const auto& entry) {
    const auto& [r, kind] = entry.first;
    return kind == Kind::prepare ? r < round : r + kRoundsBehind < round;
  });
  std::erase_if(certificates, [&](const auto& entry) {
    return entry.first.second == Kind::prepare && entry.first.first < round;
  });
  std::erase_if(proposals, [&](const auto& entry) { return entry.first < round; });
  prune_blocks();
  // On its own word a node goes on slowly, and ever more so; see keep_pace.
  lonely = alone && say_so ? std::min(lonely + 1, kAloneDoublings) : 0;
  alone = say_so;
  const TimeMs factor = alone ? kAloneFactor << lonely : 1;
  round_at = voting() && !decided ? now + round_time() * factor : kNever;
  if (round == 0 && is_proposer()) build_at = entered_ms + config.timing.interval_ms_min;
  if (!say_so || !voting() || decided) return;
  Outgoing change;
  change.vote = vote(Kind::round_change, {});
  if (prepared) {
    change.vote.digest = prepared->digest;
    change.vote.prepared = prepared->round + 1;
    change.prepared = prepared;
  }
  sign_later(std::move(change));
  keep_pace(false);
  try_propose();
}

// Capped timers all last the same, so a node that timed out alone while it was cut off would stay
// ahead for ever, and a quorum might never meet in one round. So a round lasts longer until a
// quorum is known to have come as far (PBFT starts its timer only then; but after a power cut of
// all nobody says again how far it had come, so to wait for that alone would be a deadlock).
void Core::Impl::keep_pace(bool quorum_here) {
  if (!alone || round_at == kNever) return;
  const auto here = std::ranges::count_if(
      round_changes, [&](const auto& entry) { return entry.second.vote.vote.round >= round; });
  if (!quorum_here && static_cast<std::size_t>(here) < committee->quorum()) return;
  alone = false;
  round_at = std::min(round_at, now + round_time());
}

void Core::Impl::on_round_change(const event::Received& e, const RoundChange& m) {
  const Vote& v = m.vote.vote;
  if (v.kind != Kind::round_change || v.round == 0 || v.round > kRoundMax || v.prepared > v.round) {
    return penalise(e.peer, "sent a malformed round change");
  }
  if (decided) {
    return emit(
        action::Reply{e.peer, std::make_shared<const Message>(CertificateMessage{*decided})});
  }
  const auto known_one = round_changes.find(m.vote.signer);
  if (known_one != round_changes.end() && known_one->second.vote.vote.round >= v.round) return;
  if (v.round < round) return;
  if (!verify_vote(*verifier, config.chain, *committee, m.vote)) {
    return penalise(e.peer, "sent a false signature");
  }
  check_amnesia(m.vote);
  if (m.prepared.has_value() != (v.prepared != 0)) {
    return penalise(e.peer, "reported a prepared block without proof");
  }
  if (m.prepared) {
    const Certificate& c = *m.prepared;
    if (c.kind != Kind::prepare || c.height != height || c.round + 1 != v.prepared ||
        c.digest != v.digest || !check_certificate(c, *committee)) {
      return penalise(e.peer, "reported a prepared block with a false proof");
    }
    check_own(c, *committee);
  }
  count_round_change(m);
}

void Core::Impl::count_round_change(const RoundChange& m) {
  round_changes[m.vote.signer] = m;
  jump();
  keep_pace(false);
  try_propose();
}

void Core::Impl::jump() {
  std::size_t above = 0;
  Round lowest = kRoundMax;
  for (const auto& [signer, change] : round_changes) {
    if (change.vote.vote.round <= round) continue;
    ++above;
    lowest = std::min(lowest, change.vote.vote.round);
  }
  if (voting() && above >= one_honest(committee->size())) enter_round(lowest, true);
}

}  // namespace cess::consensus
