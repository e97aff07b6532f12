// SPDX-License-Identifier: Apache-2.0
// The folder of a network on one machine: keys, configuration and service folder of every member.
// It is made whole or not at all, holds no absolute path, and may be moved while nothing runs.
//
//   network.json   cess.network/1: what it was made with
//   faucet.key     an account with tokens                spec.json    the chain's specification
//   node-0 …       validators (chain/node)               miner-00 …   account, signing key, store
//   tagger-0 …     account, tagger key                   home/        the user: account, identity
//   judge-0 …      a validator's: account, judge key
//   services/      s6 service folders                    log/         a file for each of them
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "json/json.hpp"
#include "sys/clock.hpp"
#include "sys/random.hpp"

namespace cess::localnet {

constexpr const char* kNetworkFile = "network.json";
constexpr std::uint64_t kCapacityMin = 256ULL << 20U;

struct Plan {
  std::uint64_t validators = 4;
  std::uint64_t miners = 16;
  std::uint64_t taggers = 3;
  std::uint64_t capacity_bytes = 2ULL << 30U;  ///< of each miner's store
  std::uint64_t filled_bytes = 0;              ///< of it with fillers from the start
  bool judges = true;              ///< one for each validator: probes, and judges idle space
  std::string host = "127.0.0.1";  ///< an IPv4 address of this machine
  std::uint16_t port = 0;          ///< first of all ports; 0: the first free ones
  std::uint64_t block_ms = 0;      ///< 0: the dev preset's
  /// Parameters of the chain other than the preset's, as in DevnetOptions; not kept.
  std::vector<std::pair<std::string, Json>> params{};
  friend bool operator==(const Plan&, const Plan&) = default;
};

struct Network {
  std::string folder;
  Plan plan;

  [[nodiscard]] std::vector<std::string> nodes() const;
  [[nodiscard]] std::vector<std::string> miners() const;
  [[nodiscard]] std::vector<std::string> taggers() const;
  [[nodiscard]] std::vector<std::string> judges() const;  ///< one for each validator, or none
  [[nodiscard]] std::uint16_t miner_port(std::size_t index) const;
  [[nodiscard]] std::uint16_t tagger_port(std::size_t index) const;
  /// Of a miner's prover: health and metrics.
  [[nodiscard]] std::uint16_t prover_port(std::size_t index) const;
  [[nodiscard]] std::uint16_t judge_port(std::size_t index) const;
  [[nodiscard]] std::string path(const std::string& inside) const { return folder + "/" + inside; }
};

/// Bytes a miner with this capacity offers on the chain: the rest is for tags, index and manifests.
std::uint64_t declared_bytes(std::uint64_t capacity_bytes);

/// Code::usage when the folder is there already; Code::system when no ports are free.
Result<Network> make_network(const std::string& folder, Plan plan, Random& random, Clock& clock);
/// Code::input: no network folder, or one of another version.
Result<Network> open_network(const std::string& folder);

}  // namespace cess::localnet
