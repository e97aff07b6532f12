// SPDX-License-Identifier: Apache-2.0
// What is put together from several stored things: how a validator is, what a miner is asked.
#include "audit/challenge_json.hpp"
#include "chain/node/detail/rpc.hpp"
#include "chain/node/detail/rpc_params.hpp"
#include "chain/state/audits/audits.hpp"
#include "chain/state/election/election.hpp"
#include "chain/state/miners/miners.hpp"

namespace cess::node {
namespace {

Result<AccountId> account_param(const Json& params, const char* key) {
  CESS_TRY_ASSIGN(const auto text, text_param(params, key));
  const auto account = parse_account(text, key);
  if (!account) return wrong_param(key, account.error().message);
  return *account;
}

// The newest open round; rounds are few.
std::optional<Epoch> newest_round(const State& state) {
  std::optional<Epoch> newest;
  audits::kRounds.scan(state, [&](const auto& key, const audits::Round&) {
    newest = std::get<0>(key);
    return true;
  });
  return newest;
}

}  // namespace

void Rpc::chain_validator(Call& c) {
  CESS_RPC_ASSIGN(const AccountId who, account_param(c.params, "account"));
  Json out = {{"account", to_ss58(who)}, {"height", node_.ledger().height()}};
  out.update(to_json_value(election::validator_status(node_.ledger().state(), who)));
  c.reply(std::move(out));
}

void Rpc::audit_turn(Call& c) {
  CESS_RPC_ASSIGN(const AccountId who, account_param(c.params, "miner"));
  const State& state = node_.ledger().state();
  auto epoch = newest_round(state);
  if (c.params.contains("epoch")) {
    CESS_RPC_ASSIGN(epoch, number_param(c.params, "epoch", ~Epoch{0}));
  }
  Json out = {{"miner", to_ss58(who)}, {"height", node_.ledger().height()},
              {"epoch", nullptr},      {"first", nullptr},
              {"last", nullptr},       {"submitted", false},
              {"result", nullptr},     {"challenge", nullptr}};
  const auto round = epoch ? audits::kRounds.get(state, *epoch) : std::nullopt;
  if (!round) return c.reply(std::move(out));
  const auto window = audits::window_of(*round, who);
  out["epoch"] = *epoch;
  out["first"] = window.first;
  out["last"] = window.last;
  const auto submission = audits::kSubmissions.get(state, *epoch, who);
  out["submitted"] = submission && submission->leaves_due == 0;
  if (const auto result = audits::kResults.get(state, *epoch, who))
    out["result"] = to_json_value(*result);
  const auto miner = miners::kMiners.get(state, who);
  if (miner && miners::is_audited(miner->state)) {
    const auto challenge =
        audits::challenge_of(state, node_.ledger().position().genesis, *epoch, who);
    if (challenge) out["challenge"] = challenge_to_json(*challenge);
  }
  c.reply(std::move(out));
}

}  // namespace cess::node
