// SPDX-License-Identifier: Apache-2.0
// Transactions of one step go out together and are waited for together: a step costs a block or
// two, whatever the number of members.
#include <arpa/inet.h>
#include <poll.h>

#include "audit/tagger_key.hpp"
#include "chain/client/judge_key.hpp"
#include "chain/client/key_file.hpp"
#include "chain/client/send.hpp"
#include "chain/client/state.hpp"
#include "chain/node/config.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "chain/state/miners/calls.hpp"
#include "chain/state/taggers/calls.hpp"
#include "chain/state/territory/calls.hpp"
#include "localnet/config.hpp"
#include "localnet/members.hpp"
#include "sys/file.hpp"

namespace cess::localnet {
namespace {

constexpr Amount kTokens = kBaseUnitsPerToken;
constexpr Amount kMinerPurse = 5'000 * kTokens;  ///< stake, fines and top-ups, fees
constexpr Amount kTaggerPurse = 10'000 * kTokens;
constexpr Amount kJudgePurse = 1'000 * kTokens;
constexpr Amount kHomePurse = 100'000 * kTokens;
constexpr std::uint32_t kLeaseDays = 3'650;

struct Member {
  std::string name;
  AccountKey key;
  Amount purse = 0;
};

class Step {
 public:
  Step(client::Rpc& rpc, const std::function<bool()>& go_on) : rpc_(rpc), go_on_(go_on) {}

  template <Record A>
  Status send(const Member& who, const std::string& call, const A& args) {
    CESS_TRY_ASSIGN(auto data, client::encode_call(call, args));
    CESS_TRY_ASSIGN(TxnBody body, client::prepare(rpc_, who.key.id, std::move(data)));
    Txn txn = sign_txn(std::move(body), who.key);
    CESS_TRY(client::submit(rpc_, txn));
    sent_.emplace_back(who.name, std::move(txn));
    return {};
  }
  Status wait() {
    client::WaitOptions options;
    options.go_on = go_on_;
    for (const auto& [name, txn] : sent_) {
      CESS_TRY_ASSIGN(const auto outcome, client::wait(rpc_, txn, options));
      if (!outcome.ok)
        return fail(Code::no, "cannot bring '" + name + "' to the chain: " + outcome.error, name);
    }
    return {};
  }
  [[nodiscard]] std::size_t count() const { return sent_.size(); }

 private:
  client::Rpc& rpc_;
  const std::function<bool()>& go_on_;
  std::vector<std::pair<std::string, Txn>> sent_;
};

Result<Member> read_member(const Network& network, const std::string& name, Amount purse) {
  CESS_TRY_ASSIGN(AccountKey key, client::read_key_file(network.path(name + "/account.key")));
  return Member{name, std::move(key), purse};
}

Result<std::vector<Member>> read_members(const Network& network,
                                         const std::vector<std::string>& names, Amount purse) {
  std::vector<Member> out;
  for (const auto& name : names) {
    // A member whose folder is gone is for the network to miss, not for us.
    if (!path_exists(network.path(name + "/account.key"))) continue;
    CESS_TRY_ASSIGN(Member m, read_member(network, name, purse));
    out.push_back(std::move(m));
  }
  return out;
}

Status fund(const Network& network, client::Rpc& rpc, const std::vector<const Member*>& members,
            Step& step) {
  CESS_TRY_ASSIGN(AccountKey key, client::read_key_file(network.path("faucet.key")));
  const Member faucet{"faucet", std::move(key), 0};
  for (const Member* m : members) {
    CESS_TRY_ASSIGN(const auto account, client::get(rpc, accounts::kAccounts, m->key.id));
    // Once: who has spent it, or was fined, gets no more.
    if (account) continue;
    CESS_TRY(step.send(faucet, "accounts.transfer", accounts::Transfer{m->key.id, m->purse}));
  }
  return step.wait();
}

std::size_t index_of(const std::string& name) {
  return static_cast<std::size_t>(std::stoul(name.substr(name.find('-') + 1)));
}

Status register_miner(const Network& network, client::Rpc& rpc, const Member& m, Step& step) {
  CESS_TRY_ASSIGN(const auto record, client::get(rpc, miners::kMiners, m.key.id));
  if (record && record->state != miners::MinerState::withdrawn) return {};
  CESS_TRY_ASSIGN(const auto sign, client::read_key_file(network.path(m.name + "/sign.key")));
  CESS_TRY_ASSIGN(const auto params, client::require(rpc, miners::kParams));
  const std::size_t index = index_of(m.name);
  miners::Register r;
  r.endpoint = miner_endpoint(network, index);
  r.ip[10] = r.ip[11] = 0xff;
  if (::inet_pton(AF_INET, network.plan.host.c_str(), r.ip.data() + 12) != 1)
    return fail(Code::input, "'" + network.plan.host + "' is no IPv4 address", network.plan.host);
  r.region = miner_region(index);
  r.sign_key = sign.id.bytes;
  r.declared = declared_bytes(network.plan.capacity_bytes);
  constexpr std::uint64_t kTib = std::uint64_t{1} << 40U;
  r.stake = params.stake_per_tib * ((r.declared + kTib - 1) / kTib);
  return step.send(m, "miners.register", r);
}

Status register_tagger(const Network& network, client::Rpc& rpc, const Hash256& genesis,
                       const Member& m, Step& step) {
  const std::string file = network.path(m.name + "/tagger.key");
  CESS_TRY_ASSIGN(const Bytes text, read_secret_file(file, kTaggerKeySizeMax));
  CESS_TRY_ASSIGN(const auto secret, parse_tagger_key(text, file));
  CESS_TRY_ASSIGN(const Bytes open, read_file(tagger_public_path(file), kTaggerPublicSize));
  CESS_TRY_ASSIGN(const TaggerHead head, parse_tagger_head(open));
  CESS_TRY_ASSIGN(const auto record, client::get(rpc, taggers::kTaggers, head.id));
  if (record) return {};
  taggers::Register r;
  r.cls = taggers::Class::staked;
  r.sign_key = head.sign_key;
  r.v = head.v.compress();
  r.w = head.w.compress();
  r.list_hash = head.list_hash;
  r.possession =
      ed25519_sign(secret.sign_seed(), taggers::registration_message(genesis, m.key.id, head.id));
  r.endpoint = tagger_endpoint(network, index_of(m.name));
  return step.send(m, "taggers.register", r);
}

// The validator's account says which key judges for it.
Status appoint_judge(const Network& network, client::Rpc& rpc, const Hash256& genesis,
                     std::size_t index, Step& step) {
  CESS_TRY_ASSIGN(auto keys, node::read_keys(network.path(network.nodes()[index])));
  if (!keys.account) return {};
  CESS_TRY_ASSIGN(AccountKey key,
                  make_account_key(SignatureKind::ed25519, std::move(*keys.account)));
  CESS_TRY_ASSIGN(const auto judge,
                  client::read_judge_key(network.path(network.judges()[index] + "/judge.key")));
  const auto appointment = client::make_appointment(genesis, key.id, judge);
  CESS_TRY_ASSIGN(const auto known, client::get(rpc, idle_space::kJudges, key.id));
  if (known == appointment.key) return {};
  const Member validator{network.nodes()[index], std::move(key), 0};
  return step.send(validator, "idle.appoint", appointment);
}

// Half of `bytes`, in whole GiB, at least one.
Status lease(client::Rpc& rpc, const Member& home, std::uint64_t bytes, Step& step) {
  const std::string name = kTerritory;
  CESS_TRY_ASSIGN(const auto have, client::get(rpc, territory::kNames, home.key.id, name));
  if (have || bytes < territory::kGib) return {};
  const auto gib = static_cast<std::uint32_t>(std::max<std::uint64_t>(1, bytes >> 31U));
  return step.send(home, "territory.mint", territory::Mint{name, gib, kLeaseDays, {}});
}

// Whether room counts only once it has been shown.
Result<bool> is_shown_first(client::Rpc& rpc) {
  CESS_TRY_ASSIGN(const auto rules, client::require(rpc, miners::kParams));
  return rules.idle_proofs;
}

constexpr int kBetweenLooksMs = 500;

}  // namespace

Status lease_what_is_shown(const Network& network, client::Rpc& rpc,
                           const std::function<void(const std::string&)>& say,
                           const std::function<bool()>& go_on) {
  CESS_TRY_ASSIGN(const bool shown_first, is_shown_first(rpc));
  if (!shown_first || network.plan.filled_bytes == 0) return {};
  CESS_TRY_ASSIGN(const auto params, client::require(rpc, idle_space::kParams));
  CESS_TRY_ASSIGN(const Member home, read_member(network, "home", kHomePurse));
  const std::uint64_t want =
      network.plan.miners *
      (network.plan.filled_bytes - network.plan.filled_bytes % params.filler_bytes());
  for (std::uint64_t shown = 0; shown < want;) {
    CESS_TRY_ASSIGN(const auto totals, client::get(rpc, miners::kTotals));
    if (totals) shown = totals->idle + totals->locked + totals->service;
    if (!go_on()) return fail(Code::busy, "stopping");
    if (shown < want) ::poll(nullptr, 0, kBetweenLooksMs);
  }
  say("shown by fillers: " + std::to_string(want) + " bytes");
  Step leasing(rpc, go_on);
  CESS_TRY(lease(rpc, home, want, leasing));
  CESS_TRY(leasing.wait());
  if (leasing.count() != 0) say(std::string("leased the territory '") + kTerritory + "'");
  if (want < territory::kGib) say("no territory is leased: it takes a GiB that is shown");
  return {};
}

Status join_members(const Network& network, client::Rpc& rpc,
                    const std::function<void(const std::string&)>& say,
                    const std::function<bool()>& go_on) {
  CESS_TRY_ASSIGN(const auto info, client::synced_info(rpc));
  CESS_TRY_ASSIGN(const auto miners, read_members(network, network.miners(), kMinerPurse));
  CESS_TRY_ASSIGN(const auto taggers, read_members(network, network.taggers(), kTaggerPurse));
  CESS_TRY_ASSIGN(const auto judges, read_members(network, network.judges(), kJudgePurse));
  CESS_TRY_ASSIGN(const Member home, read_member(network, "home", kHomePurse));
  std::vector<const Member*> all{&home};
  for (const auto& m : miners) all.push_back(&m);
  for (const auto& t : taggers) all.push_back(&t);
  for (const auto& g : judges) all.push_back(&g);

  Step funding(rpc, go_on);
  CESS_TRY(fund(network, rpc, all, funding));
  if (funding.count() != 0) say("funded " + std::to_string(funding.count()) + " accounts");

  Step joining(rpc, go_on);
  for (const auto& m : miners) CESS_TRY(register_miner(network, rpc, m, joining));
  for (const auto& t : taggers) {
    CESS_TRY(register_tagger(network, rpc, info.genesis, t, joining));
  }
  CESS_TRY(joining.wait());
  if (joining.count() != 0) {
    say("registered " + std::to_string(miners.size()) + " miners and " +
        std::to_string(taggers.size()) + " taggers");
  }
  Step appointing(rpc, go_on);
  for (const auto& g : judges) {
    CESS_TRY(appoint_judge(network, rpc, info.genesis, index_of(g.name), appointing));
  }
  CESS_TRY(appointing.wait());
  if (appointing.count() != 0) {
    say("appointed " + std::to_string(appointing.count()) + " judges");
  }
  // There is no space to lease before there are miners.
  Step leasing(rpc, go_on);
  CESS_TRY_ASSIGN(const bool shown_first, is_shown_first(rpc));
  const std::uint64_t declared = network.plan.miners * declared_bytes(network.plan.capacity_bytes);
  if (!shown_first) CESS_TRY(lease(rpc, home, declared, leasing));
  CESS_TRY(leasing.wait());
  if (leasing.count() != 0) say(std::string("leased the territory '") + kTerritory + "'");
  return {};
}

}  // namespace cess::localnet
