// SPDX-License-Identifier: Apache-2.0
#include "chain/node/devnet.hpp"

#include "chain/node/service.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "chain/state/election/election.hpp"
#include "chain/state/governance/governance.hpp"
#include "chain/state/kernel/runtime.hpp"
#include "chain/state/staking/staking.hpp"
#include "chain/types/account_key.hpp"
#include "crypto/ed25519.hpp"
#include "sys/file.hpp"

namespace cess::node {
namespace {

constexpr Amount kTokens = kBaseUnitsPerToken;
constexpr Amount kBond = 5'000'000 * kTokens;
constexpr Amount kPurse = 1'000 * kTokens;
constexpr Amount kRichBalance = 10'000'000 * kTokens;

AccountId account_of(const Key256& seed) { return AccountId::from(ed25519_public(seed)); }

Status set_param(Json& spec, const std::string& name, const Json& value) {
  const auto dot = name.find('.');
  auto& params = spec["params"];
  const std::string module = name.substr(0, dot);
  if (dot == std::string::npos || !params.contains(module) ||
      !params[module].contains(name.substr(dot + 1))) {
    return fail(Code::usage, "no parameter '" + name + "'", name,
                "`cess-chain spec --preset dev` shows them all");
  }
  params[module][name.substr(dot + 1)] = value;
  return {};
}

}  // namespace

Result<std::pair<std::string, Json>> parse_param(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos)
    return fail(Code::usage, "--param '" + text + "': want NAME=VALUE", text);
  const std::string value = text.substr(equals + 1);
  auto json = parse_json(value, "--param");
  return std::pair(text.substr(0, equals), json ? std::move(*json) : Json(value));
}

void add_genesis(Json& spec, const std::vector<GenesisValidator>& validators,
                 const std::vector<AccountId>& rich, Amount balance) {
  accounts::Genesis money;
  staking::Genesis stakes;
  election::Genesis keys;
  for (const AccountId& id : rich) money.balances.push_back({id, balance, {}});
  for (const GenesisValidator& v : validators) {
    money.balances.push_back({v.account, kBond + kPurse, {}});
    stakes.stakers.push_back({v.account, kBond, std::uint16_t{0}, {}});
    election::GenesisValidator g;
    g.account = v.account;
    g.keys = {v.keys.bls_key, v.keys.vrf_key, v.keys.node_key};
    g.bls_possession = v.keys.bls_possession;
    keys.validators.push_back(g);
  }
  spec["genesis"]["accounts"] = to_json_value(money);
  spec["genesis"]["staking"] = to_json_value(stakes);
  spec["genesis"]["election"] = to_json_value(keys);
  auto& params = spec["params"]["election"];
  params["seats"] = validators.size();
  params["seats_min"] = std::min<std::size_t>(validators.size(), 4);
}

Status make_devnet(const std::string& folder, const DevnetOptions& options, const Runtime& runtime,
                   Random& random) {
  std::vector<NodeKeys> keys;
  std::vector<GenesisValidator> validators;
  for (std::size_t i = 0; i < options.validators + options.observers; ++i) {
    keys.push_back(make_keys(random, i < options.validators));
    if (i >= options.validators) continue;
    keys.back().account = random.key();
    CESS_TRY_ASSIGN(const PublicKeys open, public_keys(keys.back()));
    validators.push_back({account_of(*keys.back().account), open});
  }
  CESS_TRY_ASSIGN(const AccountKey faucet, make_account_key(SignatureKind::ed25519, random.key()));
  std::vector<AccountId> rich = options.rich;
  rich.push_back(faucet.id);

  Json spec = runtime.default_spec(options.preset);
  add_genesis(spec, validators, rich, kRichBalance);
  // The faucet's key governs, too: whoever tries a network out can change all of it.
  spec["genesis"]["governance"] = to_json_value(governance::Genesis{{faucet.id}, 1});
  if (options.block_ms != 0) spec["params"]["system"]["block_ms"] = options.block_ms;
  for (const auto& [name, value] : options.params) CESS_TRY(set_param(spec, name, value));
  // A specification that no node would begin with leaves no folder behind.
  State probe;
  CESS_TRY(runtime.genesis(probe, spec));
  CESS_TRY(make_dir(folder, 0755, false));
  const std::string spec_text = spec.dump(2) + "\n";
  CESS_TRY(write_file(folder + "/" + kSpecFile, as_bytes(spec_text), {}));
  std::string secret = write_account_key(faucet) + "\n";
  const Status kept = write_file(folder + "/faucet.key", as_bytes(secret), {.mode = 0600});
  wipe({reinterpret_cast<std::uint8_t*>(secret.data()), secret.size()});
  CESS_TRY(kept);

  const auto port_of = [&](std::size_t i) {
    return static_cast<std::uint16_t>(options.port + 2 * i);
  };
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::string own = folder + "/node-" + std::to_string(i);
    CESS_TRY(make_dir(own, 0755, false));
    NodeConfig config;
    config.listen = {options.host, port_of(i)};
    config.rpc = {options.host, static_cast<std::uint16_t>(port_of(i) + 1)};
    for (std::size_t j = 0; j < keys.size(); ++j) {
      // The larger number dials: one connection for each pair.
      if (j < i) {
        config.peers.push_back(
            {{options.host, port_of(j)}, net::NodeKey::from(ed25519_public(keys[j].node_seed))});
      }
    }
    CESS_TRY(write_file(own + "/" + kSpecFile, as_bytes(spec_text), {}));
    CESS_TRY(write_config(own, config, false));
    CESS_TRY(write_keys(own, keys[i], false));
    CESS_TRY(write_service(folder, node_service(i)));
  }
  return {};
}

}  // namespace cess::node
