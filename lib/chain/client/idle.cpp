// SPDX-License-Identifier: Apache-2.0
#include "chain/client/idle.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "chain/client/state.hpp"
#include "chain/state/system/system.hpp"
#include "pois/batch_proof.hpp"
#include "pois/epoch.hpp"

namespace cess::client {
namespace {

using idle_space::EpochTrial;
using idle_space::Kind;
using idle_space::Stage;

constexpr std::string_view kIdleBlobSchema = "cess.idle_blob/1";

std::string stage_words(const idle_space::Trial& t) {
  if (t.stage == Stage::done)
    return std::string(idle_space::kOutcomeNames[static_cast<std::size_t>(t.outcome)]);
  return std::string(idle_space::kStageNames[static_cast<std::size_t>(t.stage)]) + " until block " +
         std::to_string(t.due);
}

bool begins_with_schema(std::string_view line, std::string_view schema) {
  const std::size_t at = line.find(schema);
  return at != std::string_view::npos && at < 32;
}

Status same_owner(const IdleView& now, const pois::Owner& owner, const std::string& what) {
  if (owner.chain_id != now.owner.chain_id)
    return fail(Code::input, what + ": for another chain: '" + owner.chain_id + "'");
  if (owner != now.owner) return fail(Code::input, what + ": not of the key's miner");
  return {};
}

// The first round: all that lived at the snapshot and has not given way since.
Result<IdleTurn> first_round(Rpc& rpc, const IdleView& now, const AccountId& miner,
                             EpochTrial trial) {
  const Epoch epoch = now.info.epoch;
  idle_space::Space then = now.space;
  for (const Epoch snapshot : {epoch + 1, epoch}) {  // the earlier one counts
    CESS_TRY_ASSIGN(const auto old, get(rpc, idle_space::kOldSpaces, snapshot, miner));
    if (old) then = *old;
  }
  trial.files_root = idle_space::range_of(then).root();
  trial.front = now.space.front;
  trial.rear = then.rear;
  trial.holes = idle_space::holes_from(then.holes, trial.front);
  IdleTurn turn;
  if (trial.front >= trial.rear) return turn;
  pois::EpochDocument doc;
  doc.challenge = idle_space::epoch_challenge(now.params, now.info.genesis, epoch, miner, trial);
  if (pois::check_epoch(doc.challenge)) turn.round = std::move(doc);
  return turn;
}

}  // namespace

Result<IdleView> idle_view(Rpc& rpc, const AccountId& miner) {
  IdleView now;
  CESS_TRY_ASSIGN(now.info, synced_info(rpc));
  CESS_TRY_ASSIGN(const auto clock, require(rpc, system::kClock));
  now.time_ms = clock.time_ms;
  CESS_TRY_ASSIGN(const auto params, get(rpc, idle_space::kParams));
  now.params = params.value_or(idle_space::Params{});
  now.owner = idle_space::owner_of(now.params, now.info.genesis, miner);
  CESS_TRY_ASSIGN(const auto record, get(rpc, miners::kMiners, miner));
  if (!record) return fail(Code::no, "the account is not a miner's", to_ss58(miner));
  now.miner = *record;
  CESS_TRY_ASSIGN(const auto space, get(rpc, idle_space::kSpaces, miner));
  now.space = space.value_or(idle_space::Space{});
  return now;
}

Result<IdleTurn> idle_round(Rpc& rpc, const IdleView& now, const AccountId& miner) {
  const Epoch epoch = now.info.epoch;
  IdleTurn turn;
  CESS_TRY_ASSIGN(const auto round, get(rpc, audits::kRounds, epoch));
  if (!round) return turn;
  CESS_TRY_ASSIGN(auto trial, get(rpc, idle_space::kEpochs, epoch, miner));
  if (trial && trial->trial.stage == Stage::proof) {
    pois::EpochDocument doc;
    doc.challenge = idle_space::epoch_challenge(now.params, now.info.genesis, epoch, miner, *trial);
    doc.answers_root = trial->root;
    doc.opening_beacon = trial->trial.beacon;
    doc.skipped = idle_space::skipped(*trial);
    turn.round = std::move(doc);
    return turn;
  }
  if (trial && trial->trial.stage != Stage::answer) {
    turn.why = "idle epoch " + std::to_string(epoch) + ": " + stage_words(trial->trial);
    return turn;
  }
  if (!trial) {
    if (now.info.height >= round->start + now.params.answer_blocks) return turn;
    trial.emplace();
    trial->challenge = round->beacon;
  }
  return first_round(rpc, now, miner, *trial);
}

Result<IdleTurn> idle_batch(Rpc& rpc, const IdleView& now, const AccountId& miner) {
  IdleTurn turn;
  CESS_TRY_ASSIGN(const auto trial, get(rpc, idle_space::kBatches, miner));
  if (!trial) return turn;
  if (trial->trial.stage != Stage::proof) {
    turn.why = "batch from " + std::to_string(trial->first) + ": " + stage_words(trial->trial);
    return turn;
  }
  turn.batch = pois::BatchDocument{
      idle_space::batch_of(now.params, now.info.genesis, miner, *trial), trial->trial.beacon};
  return turn;
}

Json idle_blob_to_json(const IdleBlob& blob) {
  Json out;
  out["schema"] = kIdleBlobSchema;
  out["kind"] = idle_space::kKindNames[static_cast<std::size_t>(blob.kind)];
  out["chain_id"] = blob.owner.chain_id;
  out["miner_id"] = to_hex(blob.owner.miner);
  out["log2_nodes"] = blob.owner.params.log2_nodes;
  out["number"] = std::to_string(blob.number);
  out["sha256"] = to_hex(blob.digest);
  out["size"] = std::to_string(blob.size);
  return out;
}

Result<IdleBlob> parse_idle_blob(std::string_view text, std::string_view what) {
  CESS_TRY_ASSIGN(const Json json, parse_json(text, what, {.size_max = 4096}));
  const JsonView view(json, std::string(what));
  CESS_TRY(view.schema(kIdleBlobSchema));
  IdleBlob blob;
  CESS_TRY_ASSIGN(const std::string kind, view.text("kind"));
  const auto at = std::ranges::find(idle_space::kKindNames, kind);
  if (at == idle_space::kKindNames.end())
    return fail(Code::input, std::string(what) + ": kind: expected batch or epoch");
  blob.kind = static_cast<Kind>(at - idle_space::kKindNames.begin());
  CESS_TRY_ASSIGN(blob.owner.chain_id, view.text("chain_id"));
  CESS_TRY_ASSIGN(blob.owner.miner, view.id<MinerId>("miner_id"));
  CESS_TRY_ASSIGN(const std::uint64_t log2, view.number("log2_nodes", 64));
  blob.owner.params.log2_nodes = static_cast<unsigned>(log2);
  CESS_TRY(pois::check_owner(blob.owner));
  const bool batch = blob.kind == Kind::batch;
  CESS_TRY_ASSIGN(blob.number, view.number("number", batch ? pois::kFileNumbersMax : UINT32_MAX));
  CESS_TRY_ASSIGN(blob.digest, view.id<Hash256>("sha256"));
  CESS_TRY_ASSIGN(blob.size,
                  view.number("size", batch ? pois::kBatchProofSizeMax : pois::kEpochProofSizeMax));
  if (blob.size == 0) return fail(Code::input, std::string(what) + ": size: is 0");
  return blob;
}

Result<std::optional<CallData>> idle_submission(const IdleView& now, std::string_view line,
                                                const std::string& what) {
  if (begins_with_schema(line, kIdleBlobSchema)) {
    CESS_TRY_ASSIGN(const IdleBlob blob, parse_idle_blob(line, what));
    CESS_TRY(same_owner(now, blob.owner, what));
    return encode_call("idle.prove",
                       idle_space::Prove{blob.kind, blob.number, blob.digest, blob.size});
  }
  if (!begins_with_schema(line, "cess.idle_challenge/1")) return std::optional<CallData>();
  CESS_TRY_ASSIGN(const auto doc, pois::parse_epoch_document(line, what));
  CESS_TRY(same_owner(now, doc.challenge.owner, what));
  if (!doc.answers_root || doc.opening_beacon)
    return fail(Code::input, what + ": not an answered first round");
  return encode_call(
      "idle.answer",
      idle_space::Answer{doc.challenge.epoch, doc.challenge.live.front, *doc.answers_root});
}

}  // namespace cess::client
