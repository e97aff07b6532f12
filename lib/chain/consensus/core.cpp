// SPDX-License-Identifier: Apache-2.0
// Routing of events and the clock; the rules are in core_*.cpp.
#include "chain/consensus/core.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "chain/consensus/detail/core_impl.hpp"

namespace cess::consensus {

Status check_timing(const Timing& t) {
  if (t.delta_ms == 0 || t.round_ms <= 5 * t.delta_ms) {
    return fail(Code::input, "timing refused: a round must last longer than 5 delays");
  }
  if (t.round_ms_max < t.round_ms || t.interval_ms_max < t.interval_ms_min ||
      t.grace_ms > t.delta_ms) {
    return fail(Code::input, "timing refused: a lower bound lies above its upper bound");
  }
  return {};
}

Core::Impl::Impl(const Config& c, const BlockReader& r, Verifier& v, Voter w, Position p)
    : config(c),
      reader(&r),
      verifier(&v),
      voter(std::move(w)),
      height(p.height),
      parent(p.parent),
      parent_certificate(std::move(p.parent_certificate)),
      committee(std::move(p.committee)),
      parent_committee(std::move(p.parent_committee)) {
  CESS_CHECK(committee != nullptr && check_timing(config.timing));
  if (parent_committee == nullptr) parent_committee = committee;
  if (parent_certificate) {
    CESS_CHECK(parent_certificate->height + 1 == height && parent_certificate->digest == parent);
  }
  if (voter.signer != nullptr && voter.record) {
    CESS_CHECK(voter.record->chain == config.chain && voter.record->key == voter.signer->key());
    record = *voter.record;
    can_vote = true;
  }
}

Actions Core::Impl::step(const Event& event, TimeMs now_ms) {
  now = std::max(now, now_ms);
  actions.clear();
  std::visit([this](const auto& e) { on(e); }, event);
  finish_step();
  return std::move(actions);
}

void Core::Impl::on(const event::Started& /*e*/) {
  CESS_CHECK(!started);
  started = true;
  if (voter.signer != nullptr && !can_vote && !voter.resume_era) {
    emit(action::Alarm{"not voting: there is no usable voter record"});
  }
  if (parent_certificate) check_own(*parent_certificate, *parent_committee);
  enter_height();
  resume_from_record();
}

void Core::Impl::on(const event::Received& e) {
  if (e.message != nullptr) route(e);
}

// What has left already, so the record covers it: nothing new is signed here. A limit, because a
// proposal is large and connections are cheap.
void Core::Impl::on(const event::Connected& e) {
  if (!started || e.from >= committee->size() || own == e.from) return;
  if (decided) {
    return emit(
        action::Reply{e.peer, std::make_shared<const Message>(CertificateMessage{*decided})});
  }
  if (told.empty() || ++repeated[e.from] > kRepeatsPerPeer) return;
  for (const MessagePtr& m : told) emit(action::Reply{e.peer, m});
}

void Core::Impl::route(const event::Received& e) {
  const Vote v = vote_of(*e.message);
  if (v.height != height) return on_other_height(e, v);
  if (v.era != committee->era()) return;  // of a liar, or of one who missed the change of eras
  struct {
    Core::Impl& core;
    const event::Received& e;
    void operator()(const Proposal& m) const { core.on_proposal(e, m); }
    void operator()(const VoteMessage& m) const { core.on_vote(e, m); }
    void operator()(const CertificateMessage& m) const { core.on_certificate(e, m.certificate); }
    void operator()(const RoundChange& m) const { core.on_round_change(e, m); }
  } visitor{*this, e};
  std::visit(visitor, *e.message);
}

void Core::Impl::on_other_height(const event::Received& e, const Vote& v) {
  if (v.height < height) return on_previous_height(e, v);
  const auto* c = std::get_if<CertificateMessage>(e.message.get());
  if (c != nullptr && v.kind == Kind::commit) {
    if (v.era != committee->era()) return hint_sync(v.height, e.peer, false);
    if (v.height <= sync_hint_height && now < sync_hint_at) return;
    if (!check_certificate(c->certificate, *committee)) {
      return penalise(e.peer, "sent a false certificate");
    }
    check_own(c->certificate, *committee);
    return hint_sync(v.height, e.peer, true);
  }
  if (v.height == height + 1) return keep_ahead(e);
  hint_sync(v.height - 1, e.peer, false);
}

void Core::Impl::on_previous_height(const event::Received& e, const Vote& v) {
  if (const auto* c = std::get_if<CertificateMessage>(e.message.get())) {
    if (v.height + 1 != height) return;
    silence(c->certificate, *parent_committee);
    return check_fork(c->certificate, e.peer);
  }
  const auto* vote = std::get_if<VoteMessage>(e.message.get());
  if (vote != nullptr && v.height + 1 == height && v.kind == Kind::commit) {
    return add_late(e, *vote);
  }
  // Somebody is behind: the last certificate tells how far.
  if (parent_certificate) {
    emit(action::Reply{e.peer,
                       std::make_shared<const Message>(CertificateMessage{*parent_certificate})});
  }
}

// One height ahead, a few messages per validator, one proposal of them.
void Core::Impl::keep_ahead(const event::Received& e) {
  if (!e.from) return;
  auto& kept = ahead[*e.from];
  const bool is_proposal = std::holds_alternative<Proposal>(*e.message);
  const auto same = [&](const event::Received& k) {
    return is_proposal && std::holds_alternative<Proposal>(*k.message);
  };
  if (kept.size() < kAheadPerPeer && std::ranges::none_of(kept, same)) kept.push_back(e);
}

void Core::Impl::hint_sync(Height to, PeerId peer, bool verified) {
  if (to < height || (to <= sync_hint_height && now < sync_hint_at)) return;
  sync_hint_height = to;
  sync_hint_at = now + 10 * config.timing.delta_ms;
  emit(action::RequestSync{to, peer, verified});
}

void Core::Impl::on(const event::Tick& /*e*/) {
  if (!started) return;
  timer_at = kNever;  // asked for again, should the tick be early
  std::vector<Pending> due;
  std::erase_if(pending, [&](const Pending& p) {
    if (p.at_ms <= now) due.push_back(p);
    return p.at_ms <= now;
  });
  for (const Pending& p : due) send_pending(p);
  if (round_at <= now && round < kRoundMax) enter_round(round + 1, true);
  std::erase_if(fallbacks, [&](const Fallback& f) {
    return f.turn.first != round || certificates.contains(f.turn) || decided.has_value();
  });
  for (Fallback& f : fallbacks) {
    if (f.at_ms > now) continue;
    send_to_all(f.message);
    f.at_ms = now + 2 * config.timing.delta_ms;
  }
  if (build_at <= now) {
    const bool empty = build_empty;
    build_at = empty ? kNever : entered_ms + config.timing.interval_ms_max;
    build_empty = true;
    ask_build(empty);
  }
  if (repeat_at <= now) {
    repeat_at = now + config.timing.round_ms;
    if (own_round_change != nullptr && !accepted) send_to_all(own_round_change);
  }
}

void Core::Impl::on(const event::RecordPersisted& e) {
  if (e.sequence == record.sequence) writing = false;
  release(e.sequence);
}

void Core::Impl::on(const event::RecordFailed& e) {
  outbox.clear();
  stop_voting("cannot write the voter record: " + e.message);
}

TimeMs Core::Impl::next_deadline() const {
  TimeMs at = std::min({round_at, build_at, repeat_at});
  for (const Pending& p : pending) at = std::min(at, p.at_ms);
  for (const Fallback& f : fallbacks) at = std::min(at, f.at_ms);
  return at;
}

void Core::Impl::finish_step() {
  if (dirty && !writing) {
    dirty = false;
    writing = true;
    ++record.sequence;
    for (Outgoing& o : outbox) {
      if (o.sequence == 0) o.sequence = record.sequence;
    }
    emit(action::Persist{record.sequence, slot_of(record.sequence), encode_voter_record(record),
                         block_to_keep_digest, std::move(block_to_keep)});
    block_to_keep = nullptr;
    block_to_keep_digest = {};
  }
  const TimeMs at = next_deadline();
  if (at != timer_at && at != kNever) emit(action::SetTimer{at});
  timer_at = at;
}

CoreView Core::Impl::view() const {
  CoreView v;
  v.height = height;
  v.round = round;
  v.committing = committing;
  v.voting = voting();
  v.own = own;
  if (prepared) {
    v.prepared_round = prepared->round;
    v.prepared_digest = prepared->digest;
  }
  v.last_signed = record.last;
  v.parent_certificate = parent_certificate;
  return v;
}

Core::Core(const Config& config, const BlockReader& reader, Verifier& verifier, Voter voter,
           Position position)
    : impl_(std::make_unique<Impl>(config, reader, verifier, std::move(voter),
                                   std::move(position))) {}
Core::~Core() = default;
Core::Core(Core&&) noexcept = default;
Core& Core::operator=(Core&&) noexcept = default;
Actions Core::step(const Event& event, TimeMs now_ms) { return impl_->step(event, now_ms); }
CoreView Core::view() const { return impl_->view(); }

}  // namespace cess::consensus
