// SPDX-License-Identifier: Apache-2.0
// What a validator's account must say each era to be elected again (state/election): a heartbeat in
// the last epoch, a score while it is asked for. Only if the folder holds the account's key.
#include "chain/node/detail/node_impl.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "chain/state/election/election.hpp"
#include "chain/state/system/system.hpp"
#include "crypto/vrf.hpp"

namespace cess::node {
namespace {

constexpr Height kDutyEvery = 2;      // blocks between two tries
constexpr Height kDutyLifetime = 20;  // of such a transaction

}  // namespace

void Node::do_duty() {
  if (!keys_.account || !keys_.vrf_seed || !synced() ||
      ledger_->height() < duty_height_ + kDutyEvery)
    return;
  duty_height_ = ledger_->height();
  const State& state = ledger_->state();
  const auto clock = system::clock(state);
  const bool last_epoch = clock.epoch_start + clock.epoch_blocks > clock.era_end();
  std::vector<std::pair<std::string, Bytes>> calls;
  const auto beat = election::kHeartbeats.get(state, *account_);
  if (last_epoch && clock.height < clock.committee_height() &&
      (!beat || *beat < clock.epoch_start)) {
    calls.emplace_back("election.heartbeat",
                       encode_scale(election::Heartbeat{
                           ledger_->height(), Hash256::from(ledger_->position().hash.view())}));
  }
  const auto alpha = election::score_alpha(state, ledger_->position().genesis);
  if (alpha && !election::kScores.has(state, clock.era, *account_)) {
    calls.emplace_back("election.submit_score",
                       encode_scale(election::SubmitScore{vrf_prove(*keys_.vrf_seed, *alpha)}));
  }
  const auto key = make_account_key(SignatureKind::ed25519, keys_.account->clone());
  std::uint64_t nonce = accounts::account(state, *account_).nonce;
  if (!key || pool_.next_nonce(*account_, nonce) != nonce) return;  // the last one still waits
  for (auto& [name, args] : calls) {
    const auto call = runtime_.find_call(name);
    if (!call) continue;
    TxnBody body;
    body.genesis = ledger_->position().genesis;
    body.sender = *account_;
    body.nonce = nonce++;
    body.valid_until = ledger_->height() + kDutyLifetime;
    body.module = call->first;
    body.call = call->second->index;
    body.args = std::move(args);
    submit(std::make_shared<const Bytes>(encode_scale(sign_txn(std::move(body), *key))),
           [this, n = name](const auto& r) {
             if (!r) log(n + ": " + r.error().message);
           });
  }
}

}  // namespace cess::node
