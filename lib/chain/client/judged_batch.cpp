// SPDX-License-Identifier: Apache-2.0
#include "chain/client/judged_batch.hpp"

#include <algorithm>
#include <functional>

#include "base/hex.hpp"
#include "chain/client/events.hpp"
#include "chain/client/state.hpp"

namespace cess::client {
namespace {

using idle_space::BatchResult;
using idle_space::Kind;

constexpr std::size_t kResultsMax = 1'000'000;

// Visits the events in blocks [from, to], until one is the last.
Status visit_events(Rpc& rpc, Height from, Height to, const std::string& filter,
                    const std::function<Result<bool>(const Event&)>& visit) {
  while (from <= to) {
    CESS_TRY_ASSIGN(const Json answer,
                    rpc.call("chain_events", {{"from", from}, {"to", to}, {"filter", filter}}));
    for (const Json& document : answer.value("events", Json::array())) {
      CESS_TRY_ASSIGN(const Event event, parse_event(document));
      CESS_TRY_ASSIGN(const bool more, visit(event));
      if (!more) return {};
    }
    const Json next = answer.value("next", Json());
    if (next.is_null()) return {};
    if (!next.is_number_unsigned() || next.get<Height>() <= from)
      return fail(Code::peer, "the node's events do not go on");
    from = next.get<Height>();
  }
  return {};
}

// Whether that is `miner`'s batch from filler `first` on.
template <class Record>
Result<std::optional<Record>> of_batch(const Event& event, const AccountId& miner,
                                       std::uint64_t first) {
  Record record;
  CESS_TRY(from_json_value(event.data, record, event.name));
  if (record.miner != miner || record.kind != Kind::batch || record.number != first)
    return std::optional<Record>();
  return std::optional(std::move(record));
}

// The transaction that began the trial which ended in block `end`: the last one before it.
Result<std::optional<TxnHash>> find_commit(Rpc& rpc, const IdleView& now, const AccountId& miner,
                                           std::uint64_t first, Height end) {
  const idle_space::Params& p = now.params;
  const Height longest = p.beacon_blocks + p.batch_blocks + 1 +
                         Height{p.redraws + 1} * p.batch_judge_blocks + p.redraws + 8;
  std::optional<TxnHash> found;
  CESS_TRY(visit_events(rpc, end - std::min(end, longest), end, "idle.stage_entered",
                        [&](const Event& event) -> Result<bool> {
                          CESS_TRY_ASSIGN(const auto stage,
                                          of_batch<idle_space::StageEntered>(event, miner, first));
                          if (stage && stage->stage == idle_space::Stage::beacon && event.txn)
                            found = event.txn;
                          return true;
                        }));
  return found;
}

// What the transaction committed to.
Result<idle_space::Commit> read_commit(Rpc& rpc, const TxnHash& hash) {
  CESS_TRY_ASSIGN(const Json txn, rpc.call("chain_txn", {{"hash", to_hex(hash)}}));
  const Json body = txn.value("txn", Json::object());
  if (body.value("call", "") != "idle.commit")
    return fail(Code::peer, "the node's transaction is no commitment");
  idle_space::Commit out;
  CESS_TRY(from_json_value(body.value("args", Json()), out, "args"));
  return out;
}

}  // namespace

Result<JudgedBatch> judged_batch(Rpc& rpc, const IdleView& now, const AccountId& miner,
                                 std::uint64_t first) {
  JudgedBatch out;
  CESS_TRY_ASSIGN(const auto running, get(rpc, idle_space::kBatches, miner));
  if (running && running->first == first && !running->trial.digest.is_zero()) {
    out.asked = {idle_space::batch_of(now.params, now.info.genesis, miner, *running),
                 running->trial.beacon};
    out.digest = running->trial.digest;
    return out;
  }
  CESS_TRY_ASSIGN(auto results,
                  list(rpc, "idle.batch_result", idle_space::kBatchResults, kResultsMax));
  std::erase_if(results, [&](const auto& entry) {
    return std::get<1>(entry.first) != miner || entry.second.digest.is_zero();
  });
  for (auto at = results.rbegin(); at != results.rend(); ++at) {
    const Height end = std::get<0>(at->first);
    const BatchResult& result = at->second;
    bool this_one = false;
    CESS_TRY(visit_events(rpc, end, end, "idle.concluded", [&](const Event& event) -> Result<bool> {
      CESS_TRY_ASSIGN(const auto concluded, of_batch<idle_space::Concluded>(event, miner, first));
      this_one = concluded.has_value();
      return !this_one;
    }));
    if (!this_one) continue;
    CESS_TRY_ASSIGN(const auto txn, find_commit(rpc, now, miner, first, end));
    if (!txn) return fail(Code::peer, "the node has not kept the block of the commitment");
    CESS_TRY_ASSIGN(idle_space::Commit commit, read_commit(rpc, *txn));
    out.asked = {{now.owner, commit.first, std::move(commit.comms)}, result.beacon};
    // What the node says stands for itself.
    if (!pois::check_batch(out.asked.batch) ||
        pois::batch_digest(out.asked.batch) != result.comms_digest)
      return fail(Code::peer, "the node's commitments are not those that were judged");
    out.digest = result.digest;
    out.outcome = result.outcome;
    return out;
  }
  return fail(Code::no, "no proof of a batch from filler " + std::to_string(first) + " on");
}

}  // namespace cess::client
