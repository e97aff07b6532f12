// SPDX-License-Identifier: Apache-2.0
// A network of one's own: keys, chain spec and a service folder for each node, as `cess-chain
// devnet` makes them.
#pragma once

#include <string>
#include <vector>

#include "chain/node/config.hpp"

namespace cess {
class Runtime;
}

namespace cess::node {

/// A validator as the spec's genesis names it: its account has the balance, the bond and the keys.
struct GenesisValidator {
  AccountId account;
  PublicKeys keys;
};

/// Adds balances, stakes and keys of `validators` to the genesis of `spec` and sets the seats to
/// their number. Every account of `rich` gets `balance` from the sale pool.
void add_genesis(Json& spec, const std::vector<GenesisValidator>& validators,
                 const std::vector<AccountId>& rich, Amount balance);

/// "system.blocks_per_epoch=50": a parameter's name, and its value as JSON or else as text.
/// Code::usage.
Result<std::pair<std::string, Json>> parse_param(const std::string& text);

struct DevnetOptions {
  std::size_t validators = 4;
  std::size_t observers = 0;
  std::string preset = "dev";
  std::string host = "127.0.0.1";
  std::uint16_t port = 30'300;  ///< of node i: port + 2 i for peers, port + 2 i + 1 for RPC
  std::uint64_t block_ms = 0;   ///< 0: the preset's
  std::vector<AccountId> rich;  ///< more accounts with money
  /// Parameters other than the preset's: "system.blocks_per_epoch" and its value.
  std::vector<std::pair<std::string, Json>> params;
};

/// Creates folder/spec.json, folder/faucet.key (cess.account_key/1, rich) and folder/node-0 .. with
/// all they need. Code::usage if the folder exists.
Status make_devnet(const std::string& folder, const DevnetOptions& options, const Runtime& runtime,
                   Random& random);

}  // namespace cess::node
