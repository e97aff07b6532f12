// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/endian.hpp"
#include "base/hex.hpp"
#include "chain/state/election/election.hpp"
#include "chain/state/idle/internal.hpp"
#include "chain/state/staking/staking.hpp"
#include "chain/state/system/system.hpp"
#include "chain/state/treasury/treasury.hpp"
#include "crypto/sha256.hpp"

namespace cess::idle_space {

pois::Owner owner_of(const Params& params, const Hash256& genesis, const AccountId& miner) {
  return {to_hex(genesis), MinerId::from(miner.view()), pois::Params{params.log2_nodes}};
}

pois::Batch batch_of(const Params& params, const Hash256& genesis, const AccountId& miner,
                     const BatchTrial& trial) {
  return {owner_of(params, genesis, miner), trial.first, trial.comms};
}

pois::EpochChallenge epoch_challenge(const Params& params, const Hash256& genesis, Epoch epoch,
                                     const AccountId& miner, const EpochTrial& trial) {
  pois::EpochChallenge c;
  c.owner = owner_of(params, genesis, miner);
  c.epoch = static_cast<std::uint32_t>(epoch);
  c.beacon = trial.challenge;
  c.files_root = trial.files_root;
  c.live = live_of({trial.front, trial.rear, trial.holes, {}, 0, {}});
  return c;
}

std::uint64_t skipped(const EpochTrial& trial) {
  const pois::LiveSet live = live_of({trial.front, trial.rear, trial.holes, {}, 0, {}});
  std::uint64_t out = std::max(trial.opened_front, trial.front) - trial.front;
  for (const auto& h : live.holes) {
    if (h.first < trial.opened_front) out -= std::min(h.end, trial.opened_front) - h.first;
  }
  return out;
}

std::uint32_t needed_of(const Params& params, std::size_t drawn) {
  return static_cast<std::uint32_t>((drawn * params.needed + params.judges - 1) / params.judges);
}

Bytes verdict_message(const Hash256& genesis, const AccountId& miner, Kind kind,
                      std::uint64_t number, const Trial& trial, Opinion opinion) {
  std::array<std::uint8_t, 8> le{};
  store_le(le.data(), number);
  Bytes out;
  append(out, "CESS-IDLE-VERDICT-v1");
  append(out, genesis.view());
  append(out, miner.view());
  out.push_back(static_cast<std::uint8_t>(kind));
  append(out, le);
  append(out, trial.beacon.view());
  append(out, trial.digest.view());
  out.push_back(static_cast<std::uint8_t>(opinion));
  return out;
}

Bytes appoint_message(const Hash256& genesis, const AccountId& account) {
  Bytes out;
  append(out, "CESS-IDLE-JUDGE-v1");
  append(out, genesis.view());
  append(out, account.view());
  return out;
}

Result<miners::Miner> sender(const Context& ctx) {
  CESS_TRY(require_account(ctx));
  auto miner = miners::kMiners.get(ctx.state, ctx.origin.account);
  if (!miner ||
      (!miners::is_audited(miner->state) && miner->state != miners::MinerState::not_ready)) {
    return refuse("sender is not a miner in business");
  }
  return std::move(*miner);
}

Status run_commit(Context& ctx, const Commit& call) {
  CESS_TRY_ASSIGN(const auto miner, sender(ctx));
  const auto& who = ctx.origin.account;
  const auto params = kParams.get_or_default(ctx.state);
  if (kBatches.has(ctx.state, who)) return refuse("pending: the last batch waits for its verdict");
  const Space space = kSpaces.get_or_default(ctx.state, who);
  if (call.first != space.rear) {
    return refuse("first: the next filler is number " + std::to_string(space.rear));
  }
  if (call.comms.empty() || call.comms.size() > params.batch_files_max) {
    return refuse("comms: a batch has 1 to " + std::to_string(params.batch_files_max) + " fillers");
  }
  if (call.first > pois::kFileNumbersMax - call.comms.size()) {
    return refuse("first: no numbers are left");
  }
  const std::uint64_t taken = miner.fillers + miner.locked + miner.service;
  if (taken + call.comms.size() * params.filler_bytes() > miner.declared) {
    return refuse("space: " + std::to_string(miner.declared - taken) +
                  " bytes of what is declared are left");
  }
  CESS_TRY(accounts::hold(ctx.state, who, kDeposit, params.deposit));
  BatchTrial batch;
  batch.first = call.first;
  batch.comms = call.comms;
  batch.deposit = params.deposit;
  enter(ctx, who, Kind::batch, call.first, 0, batch.trial, Stage::beacon, params.beacon_blocks,
        ~Height{0});
  kBatches.put(ctx.state, who, batch);
  return {};
}

Status run_answer(Context& ctx, const Answer& call) {
  CESS_TRY_ASSIGN(const auto miner, sender(ctx));
  const auto& who = ctx.origin.account;
  const auto params = kParams.get_or_default(ctx.state);
  const auto round = audits::kRounds.get(ctx.state, call.epoch);
  const Height latest = latest_of(ctx.state, call.epoch);
  if (!round || ctx.block.height >= latest) {
    return refuse("stale: no open round of epoch " + std::to_string(call.epoch));
  }
  auto trial = kEpochs.get(ctx.state, call.epoch, who);
  if (!trial) {
    if (ctx.block.height > round->start + params.answer_blocks) {
      return refuse("late: the answer was due with block " +
                    std::to_string(round->start + params.answer_blocks));
    }
    trial.emplace();
    trial->challenge = round->beacon;
  } else if (trial->trial.stage != Stage::answer) {
    return refuse("submitted: this epoch is answered");
  }
  const Space then = space_at(ctx.state, call.epoch, who);
  const Space now = kSpaces.get_or_default(ctx.state, who);
  if (call.front < then.front || call.front > now.front) {
    return refuse("front: the first filler is number " + std::to_string(now.front));
  }
  trial->files_root = range_of(then).root();
  trial->front = call.front;
  trial->rear = then.rear;
  trial->holes = holes_from(then.holes, call.front);
  trial->root = call.root;
  if (call.front >= then.rear ||
      live_of({call.front, then.rear, trial->holes, {}, 0, {}}).count() == 0) {
    return refuse("binding: no filler was live at the snapshot");
  }
  enter(ctx, who, Kind::epoch, call.epoch, call.epoch, trial->trial, Stage::beacon,
        params.beacon_blocks, latest);
  kEpochs.put(ctx.state, call.epoch, who, *trial);
  return {};
}

Status run_hole(Context& ctx, const DeclareHole& call) {
  CESS_TRY(sender(ctx));
  const auto params = kParams.get_or_default(ctx.state);
  CESS_TRY(accounts::account_to_pool(ctx.state, ctx.origin.account, treasury::kTreasury,
                                     params.hole_fee));
  return make_hole(ctx, ctx.origin.account, call);
}

Status run_retry(Context& ctx, const Retry& call) {
  CESS_TRY_ASSIGN(const auto miner, sender(ctx));
  const auto& who = ctx.origin.account;
  const auto params = kParams.get_or_default(ctx.state);
  const auto round = audits::kRounds.get(ctx.state, call.epoch);
  const Height latest = latest_of(ctx.state, call.epoch);
  if (!round || ctx.block.height >= latest) {
    return refuse("stale: no open round of epoch " + std::to_string(call.epoch));
  }
  auto trial = kEpochs.get_or_default(ctx.state, call.epoch, who);
  const bool missed = trial.trial.outcome == Outcome::missed ||
                      (!kEpochs.has(ctx.state, call.epoch, who) &&
                       ctx.block.height > round->start + params.answer_blocks);
  if (!missed) return refuse("early: no deadline was missed");
  Space space = kSpaces.get_or_default(ctx.state, who);
  if (space.retried &&
      ctx.block.height < *space.retried + system::blocks_in(ctx.state, params.retry_ms)) {
    return refuse("retried: in block " + std::to_string(*space.retried) + " already");
  }
  CESS_TRY(accounts::account_to_pool(ctx.state, who, treasury::kTreasury, params.retry_fee));
  const Space before = space;
  space.retried = ctx.block.height;
  put_space(ctx, who, before, space, miner.proven);
  trial = {};
  enter(ctx, who, Kind::epoch, call.epoch, call.epoch, trial.trial, Stage::asked,
        params.beacon_blocks, latest);
  kEpochs.put(ctx.state, call.epoch, who, trial);
  return {};
}

Status run_appoint(Context& ctx, const Appoint& call) {
  CESS_TRY(require_account(ctx));
  const auto& who = ctx.origin.account;
  if (!election::is_on_duty(ctx.state, who) && !staking::is_candidate(ctx.state, who)) {
    return refuse("sender is no validator");
  }
  const auto key = bls::PublicKey::parse(call.key);
  const auto possession = bls::Signature::parse(call.possession);
  const auto signature = bls::Signature::parse(call.signature);
  if (!key || !possession || !signature) return refuse("key: not points of their groups");
  if (!bls::verify_possession(*key, *possession) ||
      !bls::verify(*key, appoint_message(ctx.genesis, who), *signature)) {
    return refuse("possession: not shown for this account");
  }
  const Hash256 name = sha256(call.key);
  const auto owner = kJudgeKeys.get(ctx.state, name);
  if ((owner && *owner != who) ||
      election::kKeyOwners.has(ctx.state, election::KeyKind::bls, name)) {
    return refuse("key: has another use");
  }
  kJudges.put(ctx.state, who, call.key);
  kJudgeKeys.put(ctx.state, name, who);
  ctx.events.emit(kModule, 4, Appointed{who});
  return {};
}

}  // namespace cess::idle_space
