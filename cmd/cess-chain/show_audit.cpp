// SPDX-License-Identifier: Apache-2.0
#include "show_audit.hpp"

#include "audit/challenge_json.hpp"
#include "audit/opened_challenge.hpp"
#include "audit/proof.hpp"
#include "chain/client/audits.hpp"
#include "chain/client/idle.hpp"
#include "chain/client/state.hpp"
#include "chain/state/audits/document.hpp"

namespace cess {
namespace {

constexpr std::uint32_t kPagesMax = 64;

}  // namespace

Result<Json> show_audit(client::Rpc& rpc, const std::string& miner, const std::string& epoch) {
  CESS_TRY_ASSIGN(const AccountId who, parse_account(miner, "miner"));
  Epoch number = 0;
  CESS_TRY(from_json_value(Json(epoch), number, "epoch"));
  CESS_TRY_ASSIGN(const auto rejected, client::get(rpc, audits::kRejected, number, who));
  if (!rejected) {
    CESS_TRY_ASSIGN(const auto result, client::get(rpc, audits::kResults, number, who));
    if (!result) return fail(Code::no, "no audit of '" + miner + "' in epoch " + epoch, miner);
    Json out = {{"schema", "cess.audit/1"}, {"miner", to_ss58(who)}, {"epoch", number}};
    out.update(to_json_value(*result));
    return out;
  }
  if (rejected->pages > kPagesMax)
    return fail(Code::peer, "the node's record of the audit is over the limit", miner);
  std::vector<audits::RejectedPage> pages;
  for (std::uint32_t i = 0; i < rejected->pages; ++i) {
    CESS_TRY_ASSIGN(auto page, client::require(rpc, audits::kRejectedPages, number, who, i));
    pages.push_back(std::move(page));
  }
  CESS_TRY_ASSIGN(const auto info, client::node_info(rpc));
  CESS_TRY_ASSIGN(const AuditProof proof,
                  audits::rejected_document(info.genesis, number, who, *rejected, pages));
  return proof_to_json(proof);
}

Result<Json> show_challenge(client::Rpc& rpc, const std::string& miner) {
  CESS_TRY_ASSIGN(const AccountId who, parse_account(miner, "miner"));
  CESS_TRY(client::synced_info(rpc));
  CESS_TRY_ASSIGN(const auto turn, client::audit_turn(rpc, who));
  if (turn.turn != client::Turn::now)
    return no_challenge_to_json({MinerId::from(who.view()), client::describe(turn)});
  CESS_TRY_ASSIGN(const auto opened, client::open_challenge(rpc, who, *turn.challenge));
  return opened_challenge_to_json(opened);
}

Result<Json> show_idle_challenge(client::Rpc& rpc, const std::string& miner) {
  CESS_TRY_ASSIGN(const AccountId who, parse_account(miner, "miner"));
  CESS_TRY_ASSIGN(const auto now, client::idle_view(rpc, who));
  CESS_TRY_ASSIGN(const auto round, client::idle_round(rpc, now, who));
  if (round.round) return pois::epoch_to_json(*round.round);
  CESS_TRY_ASSIGN(const auto batch, client::idle_batch(rpc, now, who));
  if (batch.batch) return pois::batch_to_json(*batch.batch);
  std::string why = round.why;
  if (!why.empty() && !batch.why.empty()) why += "; ";
  why += batch.why;
  if (why.empty()) why = "no round is open, or no filler is in it";
  return no_challenge_to_json({MinerId::from(who.view()), why});
}

}  // namespace cess
