// SPDX-License-Identifier: Apache-2.0
// What is put together from several stored things: how a validator is, what a miner is asked.
#include <algorithm>

#include "audit/challenge_json.hpp"
#include "audit/opened_challenge.hpp"
#include "chain/node/detail/rpc.hpp"
#include "chain/node/detail/rpc_params.hpp"
#include "chain/state/audits/audits.hpp"
#include "chain/state/audits/document.hpp"
#include "chain/state/election/election.hpp"
#include "chain/state/miners/miners.hpp"
#include "chain/state/probes/probes.hpp"

namespace cess::node {
namespace {

// Of one answer of audit_openings: half a megabyte at a million fragments, few milliseconds of
// work.
constexpr std::size_t kOpeningsPerPage = 256;
// Miners that one answer of probe_list looks at: some ten milliseconds of work.
constexpr std::size_t kProbedPerPage = 2000;

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

void Rpc::audit_openings(Call& c) {
  CESS_RPC_ASSIGN(const AccountId who, account_param(c.params, "miner"));
  CESS_RPC_ASSIGN(const Epoch epoch, number_param(c.params, "epoch", ~Epoch{0}));
  CESS_RPC_ASSIGN(const std::uint64_t from, number_param(c.params, "from", kIndexBlocksMax, 0));
  const State& state = node_.ledger().state();
  const auto challenge = audits::challenge_of(state, node_.ledger().position().genesis, epoch, who);
  if (!challenge) {
    return c.reply(fail(
        Code::no, "nothing is asked of '" + to_ss58(who) + "' in epoch " + std::to_string(epoch)));
  }
  IndexView view(state, who, epoch);
  const auto page = audits::openings_from(*challenge, view, from, kOpeningsPerPage);
  Json out = {{"miner", to_ss58(who)}, {"epoch", epoch}};
  out["openings"] = Json::array();
  for (const auto& o : page.openings) out["openings"].push_back(opening_to_json(o));
  out["next"] = page.next ? Json(*page.next) : Json(nullptr);
  c.reply(std::move(out));
}

void Rpc::probe_list(Call& c) {
  CESS_RPC_ASSIGN(const AccountId who, account_param(c.params, "verifier"));
  CESS_RPC_ASSIGN(const Height slot, number_param(c.params, "slot", ~Height{0}));
  std::optional<AccountId> from;
  if (c.params.contains("from")) {
    CESS_RPC_ASSIGN(from, account_param(c.params, "from"));
  }
  const State& state = node_.ledger().state();
  std::vector<AccountId> looked;
  miners::kMiners.scan(state, [&](const auto& key, const miners::Miner& m) {
    const AccountId& miner = std::get<0>(key);
    if ((!from || *from < miner) && miners::is_audited(m.state)) looked.push_back(miner);
    return looked.size() < kProbedPerPage;
  });
  Json out = {{"slot", slot}, {"probes", Json::array()}};
  for (const AccountId& miner : looked) {
    const auto drawn = probes::verifiers_of(state, slot, miner);
    const auto at = std::ranges::find(drawn, who);
    if (at == drawn.end()) continue;
    const auto probe = probes::probe_of(state, slot, miner);
    if (!probe) continue;
    out["probes"].push_back({{"miner", to_ss58(miner)},
                             {"bit", at - drawn.begin()},
                             {"frag", to_hex(probe->fragment.frag)},
                             {"length", probe->fragment.length},
                             {"offset", probe->offset},
                             {"size", probe->size}});
  }
  out["next"] = looked.size() < kProbedPerPage ? Json(nullptr) : Json(to_ss58(looked.back()));
  c.reply(std::move(out));
}

}  // namespace cess::node
