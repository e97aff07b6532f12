// SPDX-License-Identifier: Apache-2.0
#include "chain/sim/state_world.hpp"

#include "base/endian.hpp"
#include "chain/sim/miners.hpp"
#include "chain/sim/state_app.hpp"
#include "chain/sim/world.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "chain/state/election/election.hpp"
#include "chain/state/staking/staking.hpp"
#include "chain/state/system/system.hpp"
#include "crypto/sha256.hpp"

namespace cess::sim {
namespace {

constexpr Amount kTokens = kBaseUnitsPerToken;
constexpr std::size_t kUsers = 16;

}  // namespace

Key256 secret_of(std::uint64_t seed, std::string_view purpose, std::uint64_t number) {
  std::uint8_t b[16];
  store_le(b, seed);
  store_le(b + 8, number);
  return Key256(sha256({as_bytes("cess.sim/key"), as_bytes(purpose), ByteView(b)}).view());
}

AccountKey account_key(std::uint64_t seed, std::string_view purpose, std::uint64_t number) {
  auto key = make_account_key(SignatureKind::ed25519, secret_of(seed, purpose, number));
  CESS_CHECK(key.has_value());
  return std::move(*key);
}

StateWorld::StateWorld(const Options& options, CryptoWorld& crypto)
    : crypto_(&crypto), random_(Random::stream(options.seed, "state")) {
  miners_ = std::make_unique<MinerCrowd>(*this, options);
  for (std::size_t i = 0; i < options.validators + options.standby; ++i) {
    Validator v;
    v.bls = crypto.key(i);
    v.vrf = secret_of(options.seed, "vrf", i);
    v.account = account_key(options.seed, "validator", i);
    by_bls_[v.bls] = i;
    validators_.push_back(std::move(v));
  }
  for (std::size_t i = 0; i < kUsers; ++i) {
    users_.push_back(account_key(options.seed, "user", i));
  }
  auto ledger = ledger::Ledger::genesis(runtime_, crypto.verifier(), make_spec(options, crypto));
  if (!ledger) std::fprintf(stderr, "cess: %s\n", ledger.error().message.c_str());
  CESS_CHECK(ledger.has_value());
  genesis_position_ = (*ledger)->position();
  genesis_pairs_ = pairs_of((*ledger)->state(), genesis_position_.state_root);
}

StateWorld::~StateWorld() = default;

Json StateWorld::make_spec(const Options& o, CryptoWorld& crypto) {
  Json spec = runtime_.default_spec(o.main_times ? "main" : "dev");
  accounts::Genesis money;
  staking::Genesis stakes;
  election::Genesis keys;
  const Amount bond = 5'000'000 * kTokens;
  for (std::size_t i = 0; i < validators_.size(); ++i) {
    const Validator& v = validators_[i];
    money.balances.push_back({v.account.id, bond + 1000 * kTokens, {}});
    stakes.stakers.push_back({v.account.id, bond, std::uint16_t{1000}, {}});
    election::GenesisValidator g;
    g.account = v.account.id;
    g.keys = {v.bls, vrf_public(v.vrf), ed25519_public(secret_of(o.seed, "node", i))};
    g.bls_possession = crypto.prove_possession(i);
    keys.validators.push_back(g);
  }
  for (const AccountKey& u : users_) money.balances.push_back({u.id, 100'000 * kTokens, {}});
  for (const auto& [id, amount] : miners_->purses()) money.balances.push_back({id, amount, {}});
  spec["genesis"]["accounts"] = to_json_value(money);
  spec["genesis"]["staking"] = to_json_value(stakes);
  spec["genesis"]["election"] = to_json_value(keys);
  spec["genesis"]["system"]["time_ms"] = kWorldStartMs - 1000;
  auto& params = spec["params"]["election"];
  params["seats"] = o.validators;
  params["seats_min"] = std::min(o.validators, 4U);
  miners_->adjust(spec);
  return spec;
}

std::unique_ptr<App> StateWorld::make_app() { return std::make_unique<StateApp>(*this); }

std::uint64_t StateWorld::era_blocks() const {
  const auto ledger = const_cast<StateWorld*>(this)->genesis_ledger();
  return system::clock(ledger->state()).era_blocks;
}

std::unique_ptr<ledger::Ledger> StateWorld::restore(const Pairs& pairs,
                                                    const ledger::Position& position) {
  State state;
  for (const auto& [key, value] : pairs) state.put(key, value);
  auto ledger = ledger::Ledger::restore(runtime_, crypto_->verifier(), std::move(state), position);
  CESS_CHECK(ledger.has_value());
  return std::move(*ledger);
}

std::shared_ptr<const StateWorld::Pairs> StateWorld::pairs_of(const State& state,
                                                              const Hash256& root) {
  const auto found = pairs_.find(root);
  if (found != pairs_.end()) return found->second;
  auto out = std::make_shared<Pairs>();
  state.scan("", "", [&](std::string_view key, std::string_view value) {
    out->emplace_back(key, value);
    return true;
  });
  if (pairs_.size() > 16) pairs_.clear();
  return pairs_[root] = out;
}

ledger::ParsedPtr StateWorld::parse(const ParsedBlock& block) {
  const BlockHash hash = ledger::hash_of(block.view.digest);
  const auto found = parsed_.find(hash);
  if (found != parsed_.end()) return found->second;
  auto parsed = ledger::parse_whole(encode_block(block.block));
  if (!parsed) return nullptr;
  for (const ReadTxn& t : (*parsed)->txns) {
    if (!signed_.contains(t.hash) && verify_txn_signature(t.txn)) signed_.insert(t.hash);
  }
  if (signed_.size() > 50'000) signed_.clear();
  if (parsed_.size() > 64) parsed_.clear();
  return parsed_[hash] = *parsed;
}

const Key256& StateWorld::vrf_seed(const consensus::PublicKey& key) const {
  return validators_[by_bls_.at(key)].vrf;
}

AccountId StateWorld::account(const consensus::PublicKey& key) const {
  const auto found = by_bls_.find(key);
  return found == by_bls_.end() ? AccountId() : validators_[found->second].account.id;
}

consensus::PublicKey StateWorld::key_of(const AccountId& account) const {
  for (const Validator& v : validators_) {
    if (v.account.id == account) return v.bls;
  }
  return {};
}

Bytes StateWorld::make_txn_of(const AccountKey& key, std::uint64_t nonce, Height height,
                              std::string_view call, Bytes args) {
  const auto found = runtime_.find_call(call);
  CESS_CHECK(found.has_value());
  TxnBody body;
  body.genesis = genesis();
  body.sender = key.id;
  body.nonce = nonce;
  body.valid_until = height + 50;
  body.module = found->first;
  body.call = found->second->index;
  body.args = std::move(args);
  return encode_scale(sign_txn(std::move(body), key));
}

void StateWorld::executed(World& world, Node& node) {
  duties(world, node);
  auto& app = dynamic_cast<StateApp&>(node.app());
  if (app.height() <= newest_ || !node.honest()) return;
  newest_ = app.height();
  miners_->new_block(world, app);
}

// What a validator's node does beside voting: heartbeats in time for the election, and its score.
void StateWorld::duties(World& world, Node& node) {
  if (node.key_number() >= validators_.size()) return;
  Validator& v = validators_[node.key_number()];
  auto& app = dynamic_cast<StateApp&>(node.app());
  const State& state = app.ledger().state();
  const auto alpha = election::score_alpha(state, genesis());
  if (!alpha) return;
  // One at a time; again if it was lost.
  if (v.tried_at + 4 > app.height() && v.tried_at <= app.height()) return;
  const auto clock = system::clock(state);
  const std::uint64_t nonce = accounts::account(state, v.account.id).nonce;
  Bytes txn;
  if (!election::kScores.has(state, clock.era, v.account.id)) {
    txn = make_txn(v.account, nonce, app.height(), "election.submit_score",
                   election::SubmitScore{vrf_prove(v.vrf, *alpha)});
  } else {
    const auto beat = election::kHeartbeats.get(state, v.account.id);
    const auto since = clock.committee_height() -
                       std::min<Height>(clock.committee_height(), clock.epoch_blocks - 1);
    if ((beat && *beat > since) || app.height() < since) return;
    election::Heartbeat h;
    const auto limit = election::kParams.get(state)->heartbeat_blocks;
    const auto named =
        election::kRecent.get(state, static_cast<std::uint32_t>((app.height() - 1) % limit));
    if (!named) return;
    h.height = named->height;
    h.hash = named->hash;
    txn = make_txn(v.account, nonce, app.height(), "election.heartbeat", h);
  }
  v.tried_at = app.height();
  world.submit(txn);
}

void StateWorld::transfer(World& world) {
  Node* node = world.newest_node();
  if (node == nullptr) return;
  auto& app = dynamic_cast<StateApp&>(node->app());
  const std::size_t from = random_.below(users_.size());
  const std::size_t to = random_.below(users_.size());
  const std::uint64_t nonce = accounts::account(app.ledger().state(), users_[from].id).nonce;
  accounts::Transfer t;
  t.to = users_[to].id;
  t.amount = (1 + random_.below(1000)) * kTokens / 1000;
  world.submit(make_txn(users_[from], nonce, app.height(), "accounts.transfer", t));
}

}  // namespace cess::sim
