// SPDX-License-Identifier: Apache-2.0
// Stages of a trial: beacons, draws of judges, verdicts, and what a missed stage means.
#include <algorithm>
#include <bit>

#include "base/check.hpp"
#include "chain/state/election/election.hpp"
#include "chain/state/idle/internal.hpp"
#include "chain/state/system/system.hpp"
#include "chain/state/treasury/treasury.hpp"
#include "chain/types/draw.hpp"
#include "crypto/bls_sign.hpp"
#include "crypto/sha256.hpp"
#include "pois/batch_proof.hpp"
#include "pois/epoch.hpp"

namespace cess::idle_space {
namespace {

// A stored trial of either kind, to change.
struct Case {
  AccountId miner;
  Kind kind = Kind::batch;
  Epoch epoch = 0;
  BatchTrial batch;
  EpochTrial round;

  Trial& trial() { return kind == Kind::batch ? batch.trial : round.trial; }
  [[nodiscard]] std::uint64_t number() const { return kind == Kind::batch ? batch.first : epoch; }
  void save(State& state) const {
    if (kind == Kind::batch) {
      kBatches.put(state, miner, batch);
    } else {
      kEpochs.put(state, epoch, miner, round);
    }
  }
};

std::optional<Case> load(const State& state, const AccountId& miner, Kind kind, Epoch epoch) {
  Case c{miner, kind, epoch, {}, {}};
  if (kind == Kind::batch) {
    const auto batch = kBatches.get(state, miner);
    if (!batch) return std::nullopt;
    c.batch = *batch;
  } else {
    const auto round = kEpochs.get(state, epoch, miner);
    if (!round) return std::nullopt;
    c.round = *round;
  }
  return c;
}

// Without a limit of its own a batch takes what it needs.
Height latest_of(const State& state, const Case& c) {
  return c.kind == Kind::batch ? ~Height{0} : idle_space::latest_of(state, c.epoch);
}

void conclude_batch(Context& ctx, Case& c, Outcome outcome) {
  const auto params = kParams.get_or_default(ctx.state);
  const BatchTrial& b = c.batch;
  BatchResult result;
  result.outcome = outcome;
  result.count = static_cast<std::uint32_t>(b.comms.size());
  result.comms_digest = pois::batch_digest(batch_of(params, ctx.genesis, c.miner, b));
  result.beacon = b.trial.beacon;
  result.digest = b.trial.digest;
  kBatchResults.put(ctx.state, ctx.block.height, c.miner, result);
  kBatches.erase(ctx.state, c.miner);
  if (outcome == Outcome::refused || outcome == Outcome::missed) {
    accounts::slash_held(ctx.state, c.miner, kDeposit, b.deposit, treasury::kTreasury);
  } else {
    CESS_CHECK(accounts::release(ctx.state, c.miner, kDeposit, b.deposit).has_value());
  }
  if (outcome == Outcome::accepted) grow(ctx, c.miner, b.comms);
  ctx.events.emit(kModule, 1, Concluded{c.miner, Kind::batch, b.first, outcome, result.count});
}

// What still lives of what was answered.
std::uint64_t shown(const State& state, const Case& c) {
  const Space now = kSpaces.get_or_default(state, c.miner);
  Space live;
  live.front = std::min(std::max({c.round.opened_front, now.front, c.round.front}), c.round.rear);
  live.rear = c.round.rear;
  live.holes = holes_from(c.round.holes, live.front);
  return live_of(live).count();
}

void conclude_epoch(Context& ctx, Case& c, Outcome outcome) {
  Trial& t = c.trial();
  t.stage = Stage::done;
  t.outcome = outcome;
  const std::uint64_t fillers = outcome == Outcome::accepted ? shown(ctx.state, c) : 0;
  c.save(ctx.state);
  ctx.events.emit(kModule, 1, Concluded{c.miner, Kind::epoch, c.epoch, outcome, fillers});
  // Missed: another try may come; without one audits see nothing.
  if (outcome == Outcome::missed || latest_of(ctx.state, c) == 0) return;
  audits::IdleVerdict verdict;
  // Judges who do not judge are no fault of the miner: it passes, and nothing was shown.
  verdict.passed = outcome != Outcome::refused;
  verdict.bytes = fillers * kParams.get_or_default(ctx.state).filler_bytes();
  verdict.proof_hash = t.digest;
  // It cannot come late: latest_of is before the round's end.
  CESS_CHECK(audits::report_idle(ctx, c.epoch, c.miner, verdict).has_value());
}

void conclude(Context& ctx, Case& c, Outcome outcome) {
  if (c.kind == Kind::batch) {
    conclude_batch(ctx, c, outcome);
  } else {
    conclude_epoch(ctx, c, outcome);
  }
}

void step_to(Context& ctx, Case& c, Stage stage, std::uint64_t blocks) {
  enter(ctx, c.miner, c.kind, c.number(), c.epoch, c.trial(), stage, blocks,
        latest_of(ctx.state, c));
  c.save(ctx.state);
}

void draw_judges(const State& state, const Hash256& chance, Case& c, const Params& params) {
  Trial& t = c.trial();
  t.judges.clear();
  t.accepted = t.refused = t.absent = 0;
  ++t.draws;
  const auto committee = election::committee_of(state, system::clock(state).era);
  if (!committee) return;
  DrawStream draw(chance, "idle judges" + to_hex(c.miner) + to_hex(t.digest));
  const std::vector<Amount> even(committee->members.size(), 1);
  for (const auto i : draw.weighted_distinct(even, params.judges)) {
    t.judges.push_back(committee->members[i].account);
  }
}

void on_time(Context& ctx, Case& c, const Hash256& chance) {
  const auto params = kParams.get_or_default(ctx.state);
  Trial& t = c.trial();
  const Height latest = latest_of(ctx.state, c);
  if (ctx.block.height >= latest) {  // the round ends
    const bool judges = t.stage == Stage::verdict || t.stage == Stage::draw;
    return conclude(ctx, c, judges ? Outcome::undecided : Outcome::missed);
  }
  const std::uint32_t judging =
      c.kind == Kind::batch ? params.batch_judge_blocks : params.judge_blocks;
  switch (t.stage) {
    case Stage::asked:
      c.round.challenge = chance;
      return step_to(ctx, c, Stage::answer, params.answer_blocks);
    case Stage::beacon:
      t.beacon = chance;
      if (c.kind == Kind::epoch) {
        const auto now = kSpaces.get_or_default(ctx.state, c.miner);
        c.round.opened_front = std::min(std::max(now.front, c.round.front), c.round.rear);
        if (shown(ctx.state, c) == 0) return conclude(ctx, c, Outcome::undecided);
      }
      return step_to(ctx, c, Stage::proof,
                     c.kind == Kind::batch ? params.batch_blocks : params.opening_blocks);
    case Stage::answer:
    case Stage::proof:
      return conclude(ctx, c, Outcome::missed);
    case Stage::draw:
      draw_judges(ctx.state, chance, c, params);
      return step_to(ctx, c, Stage::verdict, judging);
    case Stage::verdict:
      if (t.draws > params.redraws) return conclude(ctx, c, Outcome::undecided);
      draw_judges(ctx.state, chance, c, params);
      return step_to(ctx, c, Stage::verdict, judging);
    case Stage::done:
      return;
  }
}

// The sum of the signers' keys; the possession of each was proven when it was appointed.
Result<bls::KeySum> keys_of(const State& state, const Trial& t, std::uint16_t signers) {
  bls::KeySum sum;
  for (std::size_t i = 0; i < t.judges.size(); ++i) {
    if ((unsigned{signers} >> i & 1U) == 0) continue;
    const auto bytes = kJudges.get(state, t.judges[i]);
    const auto key = bytes ? bls::PublicKey::parse(*bytes) : std::nullopt;
    if (!key) return refuse("signers: judge " + std::to_string(i) + " has appointed no key");
    sum.add(*key);
  }
  return sum;
}

std::uint16_t& bits_of(Trial& t, Opinion opinion) {
  switch (opinion) {
    case Opinion::good:
      return t.accepted;
    case Opinion::absent:
      return t.absent;
    case Opinion::bad:
      break;
  }
  return t.refused;
}

// Enough of one opinion. Who hands nothing to some judges and something bad to others gains nothing
// by it: both count against it, and as missed.
Outcome outcome_of(const Trial& t, std::uint32_t needed) {
  const auto enough = [&](unsigned bits) {
    return static_cast<std::uint32_t>(std::popcount(bits)) >= needed;
  };
  if (enough(t.accepted)) return Outcome::accepted;
  if (enough(t.refused)) return Outcome::refused;
  return enough(unsigned{t.refused} | t.absent) ? Outcome::missed : Outcome::open;
}

}  // namespace

void enter(Context& ctx, const AccountId& miner, Kind kind, std::uint64_t number, Epoch epoch,
           Trial& trial, Stage stage, std::uint64_t blocks, Height latest) {
  kTimers.erase(ctx.state, trial.due, miner, kind);
  trial.stage = stage;
  trial.due = std::max(ctx.block.height + 1,
                       std::min(latest, ctx.block.height + std::max<std::uint64_t>(1, blocks)));
  kTimers.put(ctx.state, trial.due, miner, kind, epoch);
  ctx.events.emit(kModule, 0, StageEntered{miner, kind, number, stage, trial.due});
}

Height latest_of(const State& state, Epoch epoch) {
  const auto round = audits::kRounds.get(state, epoch);
  return round ? round->end() - 1 : 0;
}

void run_timers(Context& ctx) {
  if (kTimers.keys(ctx.state, 1).empty()) return;
  const Hash256 chance =
      sha256({as_bytes("CESS-IDLE-STEP-v1"), kStep.get_or_default(ctx.state).view(),
              ctx.block.parent.view(), ctx.block.vrf_output.view()});
  kStep.put(ctx.state, chance);
  std::vector<std::tuple<Height, AccountId, Kind, Epoch>> due;
  kTimers.scan(ctx.state, [&](const auto& key, Epoch epoch) {
    if (std::get<0>(key) > ctx.block.height) return false;
    due.emplace_back(std::get<0>(key), std::get<1>(key), std::get<2>(key), epoch);
    return true;
  });
  for (const auto& [height, miner, kind, epoch] : due) {
    kTimers.erase(ctx.state, height, miner, kind);
    auto c = load(ctx.state, miner, kind, epoch);
    CESS_CHECK(c.has_value());
    on_time(ctx, *c, chance);
  }
}

Status run_prove(Context& ctx, const Prove& call) {
  CESS_TRY_ASSIGN(const auto miner, sender(ctx));
  const auto& who = ctx.origin.account;
  auto c = load(ctx.state, who, call.kind, call.kind == Kind::epoch ? call.number : 0);
  if (!c || c->number() != call.number) return refuse("stale: nothing of this number is asked");
  Trial& t = c->trial();
  if (t.stage != Stage::proof) {
    return refuse("stage: '" + std::string(kStageNames[static_cast<std::size_t>(t.stage)]) +
                  "' takes no blob");
  }
  const std::uint64_t most =
      call.kind == Kind::batch ? pois::kBatchProofSizeMax : pois::kEpochProofSizeMax;
  if (call.size == 0 || call.size > most) {
    return refuse("size: of a blob is 1 to " + std::to_string(most) + " bytes");
  }
  t.digest = call.digest;
  t.size = call.size;
  step_to(ctx, *c, Stage::draw, 1);
  return {};
}

Status run_verdict(Context& ctx, const Verdict& call) {
  auto c = load(ctx.state, call.miner, call.kind, call.kind == Kind::epoch ? call.number : 0);
  if (!c || c->number() != call.number) return refuse("stale: nothing of this number is judged");
  Trial& t = c->trial();
  if (t.stage != Stage::verdict) return refuse("stage: no verdict is waited for");
  const auto params = kParams.get_or_default(ctx.state);
  const unsigned fresh = call.signers & ~t.judged();
  if (call.signers >> t.judges.size() != 0 || call.signers == 0) {
    return refuse("signers: bits for the " + std::to_string(t.judges.size()) + " drawn judges");
  }
  if (fresh == 0) return refuse("submitted: these judges have judged");
  std::uint16_t& same = bits_of(t, call.opinion);
  if ((call.signers & t.judged() & ~unsigned{same}) != 0) {
    return refuse("signers: one of them has judged otherwise");
  }
  const auto signature = bls::Signature::parse(call.signature);
  if (!signature) return refuse("signature: no point of the group");
  CESS_TRY_ASSIGN(const auto keys, keys_of(ctx.state, t, call.signers));
  const Bytes message =
      verdict_message(ctx.genesis, call.miner, call.kind, call.number, t, call.opinion);
  if (!bls::verify_aggregate(keys, message, *signature)) {
    return refuse("signature: not the signers' over this verdict");
  }
  same = static_cast<std::uint16_t>(same | fresh);
  for (std::size_t i = 0; i < t.judges.size(); ++i) {
    if ((fresh >> i & 1U) != 0) {
      election::credit(ctx.state, t.judges[i], election::CreditKind::draw);
    }
  }
  const Outcome outcome = outcome_of(t, needed_of(params, t.judges.size()));
  if (outcome != Outcome::open) {
    kTimers.erase(ctx.state, t.due, call.miner, call.kind);
    conclude(ctx, *c, outcome);
  } else {
    c->save(ctx.state);
  }
  return {};
}

}  // namespace cess::idle_space
