// SPDX-License-Identifier: Apache-2.0
// A miner's config.json (cess.miner/1), as serve and status read it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "chain/state/miners/miners.hpp"
#include "miner/service.hpp"
#include "net/endpoint.hpp"
#include "net/http_client.hpp"

namespace cess {

/// Of a question to a node; longer than the node holds an answer back.
constexpr net::ClientLimits kNodeAnswerLimits{.wait_ms_max = 30'000, .body_size_max = 64U << 20U};

struct MinerConfig {
  std::vector<std::string> nodes;
  net::Endpoint listen;
  std::string endpoint;  ///< for the chain, as all until account_key
  std::string region;
  std::optional<miners::IpAddress> ip;
  std::string sign_key;
  std::string account_key;  ///< empty: no duties
  bool report_any = false;  ///< losses, however many
  std::string store;
  miner::MinerSettings settings;
};

Result<MinerConfig> read_miner_config(const std::string& folder);

/// What `register` declares of a store's capacity: the rest is for tags, index, manifests.
std::uint64_t offered_bytes(std::uint64_t capacity);

}  // namespace cess
