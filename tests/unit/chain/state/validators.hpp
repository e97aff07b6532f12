// SPDX-License-Identifier: Apache-2.0
// Validators in a test: their keys, a genesis with them, heartbeats, scores, votes.
// Files that include it say   // links: chain_state chain_types economy crypto json base
#pragma once

#include <set>

#include "chain/state/election/election.hpp"
#include "chain/state/offences/offences.hpp"
#include "chain/state/staking/staking.hpp"
#include "chain/state/treasury/treasury.hpp"
#include "unit/chain/state/test_chain.hpp"

namespace cess {

constexpr Amount kCess = kBaseUnitsPerToken;

inline Key256 seed_for(const std::string& name, const std::string& purpose) {
  return Key256(sha256(as_bytes(purpose + " key of " + name)).view());
}
inline const bls::SecretKey& bls_for(const std::string& name) {
  static std::map<std::string, bls::SecretKey> known;
  const auto it = known.find(name);
  if (it != known.end()) return it->second;
  const auto seed = sha256(as_bytes("bls key of " + name));
  return known.emplace(name, *bls::SecretKey::generate(seed.view())).first->second;
}
inline election::Keys keys_for(const std::string& name) {
  return {bls_for(name).public_key().bytes(), vrf_public(seed_for(name, "vrf")),
          ed25519_public(seed_for(name, "node"))};
}
/// `who` registers the keys made for `owner`.
inline election::RegisterKeys registration(const TestChain& chain, const std::string& who,
                                           const std::string& owner) {
  return election::make_registration(chain.genesis(), TestChain::id(who), bls_for(owner),
                                     seed_for(owner, "vrf"), seed_for(owner, "node"));
}

/// "v0", "v1", …
inline std::vector<std::string> names(const std::string& prefix, std::size_t count) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(prefix + std::to_string(i));
  return out;
}

struct ValidatorsOptions {
  std::size_t validators = 4;  ///< v0 …, candidates with keys in genesis
  std::uint32_t seats = 4;
  std::size_t others = 4;  ///< u0 …, with money only
  Amount bond = 1000 * kCess;
  std::uint16_t commission = 1000;
  std::uint32_t blocks_per_epoch = 3;
  Json params = Json::object();  ///< by module, over everything else
  std::string without;           ///< the name of a module to leave out
};

inline TestChain::Options with_validators(const ValidatorsOptions& o) {
  TestChain::Options out;
  out.names = names("v", o.validators);
  for (const auto& u : names("u", o.others)) out.names.push_back(u);
  Json stakers = Json::array();
  Json validators = Json::array();
  for (const auto& v : names("v", o.validators)) {
    const Json account = to_ss58(TestChain::id(v));
    stakers.push_back({{"account", account},
                       {"bond", to_decimal(o.bond)},
                       {"commission", o.commission},
                       {"targets", nullptr}});
    validators.push_back(
        {{"account", account},
         {"keys", to_json_value(keys_for(v))},
         {"bls_possession", to_hex(ByteView(bls_for(v).prove_possession().bytes()))}});
  }
  Json params = {{"system", {{"blocks_per_epoch", o.blocks_per_epoch}}},
                 {"election", {{"seats", o.seats}, {"seats_min", std::min(4U, o.seats)}}}};
  for (const auto& [name, value] : o.params.items()) params[name].update(value);
  for (auto& m : make_all_modules()) {
    if (!o.without.empty() && m->name() != o.without) out.modules.push_back(std::move(m));
  }
  out.spec = {{"params", params},
              {"genesis",
               {{"staking", {{"stakers", stakers}}}, {"election", {{"validators", validators}}}}}};
  return out;
}

/// A chain whose validators do their work unless told otherwise.
class ValidatorChain : public TestChain {
 public:
  explicit ValidatorChain(const ValidatorsOptions& o) : TestChain(with_validators(o)) {
    for (const auto& v : names("v", o.validators)) add(v);
    for (const auto& u : names("u", o.others)) known_[id(u)] = u;
  }

  std::string name_of(const AccountId& who) const { return known_.at(who); }
  /// Takes part in step() from now on.
  void add(const std::string& name) {
    known_[id(name)] = name;
    working_.insert(name);
  }
  /// Neither votes nor beats nor submits from now on.
  void stop(const std::string& name) { working_.erase(name); }

  system::Clock clock() { return system::clock(state()); }
  Committee committee() { return *election::committee_of(state(), clock().era); }
  std::vector<std::string> members(Era era) {
    std::vector<std::string> out;
    const auto committee = *election::committee_of(state(), era);
    for (const auto& m : committee.members) out.push_back(name_of(m.account));
    return out;
  }
  election::Election result(Era era) { return *election::kElections.get(state(), era); }

  /// A block with votes of all who work, proposed by one of them in turn.
  const BlockResult& step() {
    const auto now = clock();
    const bool begins = now.height + 1 > now.era_end();
    const auto parents = committee();
    next.signers.clear();
    for (const auto& m : parents.members)
      next.signers.push_back(working_.contains(name_of(m.account)));
    const auto mine = begins ? *election::committee_of(state(), now.era + 1) : parents;
    for (std::size_t i = 0; i < mine.members.size() && !next.proposer; ++i) {
      const auto& m = mine.members[(now.height + i) % mine.members.size()];
      if (working_.contains(name_of(m.account))) next.proposer = m.account;
    }
    return block();
  }
  void beat(const std::string& name) {
    const Height parent = height() - 1;
    const auto limit = election::kParams.get(state())->heartbeat_blocks;
    const auto named = election::kRecent.get(state(), static_cast<std::uint32_t>(parent % limit));
    ASSERT_TRUE(named.has_value());
    queue(name, "election.heartbeat", election::Heartbeat{named->height, named->hash});
  }
  void submit(const std::string& name) {
    const auto alpha = election::score_alpha(state(), genesis());
    ASSERT_TRUE(alpha.has_value());
    queue(name, "election.submit_score",
          election::SubmitScore{vrf_prove(seed_for(name, "vrf"), *alpha)});
  }
  /// To the block at which the seed is known: submitting may begin.
  void to_seed() {
    while (!system::next_era_seed(state())) step();
  }
  /// Through the rest of the era to the first block of the next; everybody who works and is a
  /// candidate with keys beats and submits.
  void finish_era() {
    to_seed();
    for (const auto& v : working_) {
      if (!staking::is_candidate(state(), id(v)) || !election::keys_at(state(), id(v), clock().era))
        continue;
      beat(v);
      if (election::score_alpha(state(), genesis())) submit(v);
    }
    const Era era = clock().era;
    while (clock().era == era) step();
  }

 private:
  std::map<AccountId, std::string> known_;
  std::set<std::string> working_;
};

}  // namespace cess
