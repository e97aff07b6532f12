// SPDX-License-Identifier: Apache-2.0
// The files of a service folder: config.json, spec.json, validator.key (DESIGN.md). Reading is
// strict: an unknown key of the configuration is refused.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "chain/types/header.hpp"
#include "json/json.hpp"
#include "net/endpoint.hpp"
#include "net/score.hpp"
#include "sys/random.hpp"

namespace cess::node {

struct PeerAddress {
  net::Endpoint address;
  std::optional<net::NodeKey> node_key;
};

/// What a fresh node may trust instead of genesis.
struct SyncFrom {
  Height height = 0;
  BlockHash hash;
};

struct NodeConfig {
  net::Endpoint listen{"127.0.0.1", 0};
  net::Endpoint rpc{"127.0.0.1", 0};
  std::vector<PeerAddress> peers;
  bool archive = true;
  Height keep_blocks = 20'000;
  std::optional<SyncFrom> sync_from;
  std::vector<std::string> rpc_origins;
  std::size_t peers_max = 64;
};

/// Secrets of a node. An observer has the node seed alone.
struct NodeKeys {
  Key256 node_seed;           ///< Ed25519, TLS
  std::optional<Key256> bls;  ///< as bls::SecretKey::bytes
  std::optional<Key256> vrf_seed;
  std::optional<Key256> account;  ///< Ed25519 seed of the validator's account, if heartbeats and
                                  ///< scores are to be sent by the node itself
};

constexpr const char* kConfigFile = "config.json";
constexpr const char* kSpecFile = "spec.json";
constexpr const char* kKeyFile = "validator.key";

Result<NodeConfig> parse_config(std::string_view text);
std::string format_config(const NodeConfig& config);
Result<NodeConfig> read_config(const std::string& folder);
Status write_config(const std::string& folder, const NodeConfig& config, bool replace);

/// New keys. `validator`: with BLS and VRF keys.
NodeKeys make_keys(Random& random, bool validator);
/// validator.key, mode 0600, created exclusively unless `replace`.
Status write_keys(const std::string& folder, const NodeKeys& keys, bool replace);
Result<NodeKeys> read_keys(const std::string& folder);

/// The public halves, as the spec's "genesis"."election" and a registration need them. Code::input
/// if a secret is no key.
struct PublicKeys {
  std::array<std::uint8_t, 32> node_key{};
  std::array<std::uint8_t, 96> bls_key{};
  std::array<std::uint8_t, 48> bls_possession{};
  std::array<std::uint8_t, 32> vrf_key{};
};
Result<PublicKeys> public_keys(const NodeKeys& keys);

Result<Json> read_spec(const std::string& folder);

}  // namespace cess::node
