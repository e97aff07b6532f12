// SPDX-License-Identifier: Apache-2.0
// Delivery: cachers and retrievers, who sell traffic by the byte.
#pragma once

#include "chain/state/kernel/module.hpp"

namespace cess::delivery {

inline constexpr ModuleId kModule = 12;
constexpr std::size_t kEndpointSizeMax = 128;

enum class Role : std::uint8_t { cacher, retriever };
inline constexpr std::array kRoleNames = {"cacher", "retriever"};
constexpr auto& record_names(Role) { return kRoleNames; }

struct Server {
  std::string endpoint;
  AccountId payee;
  Amount price_per_byte = 0;                   ///< base units
  std::array<std::uint8_t, 32> receipt_key{};  ///< Ed25519: signs what was served
  std::string region;
  Height since = 0;
  std::optional<Height> leaves_at;  ///< exit announced: from here on it may be forgotten
  CESS_RECORD(endpoint, payee, price_per_byte, receipt_key, region, since, leaves_at)
};
struct Params {
  Amount price_max = kBaseUnitsPerToken / 1'000'000;  ///< per byte
  std::uint64_t exit_ms = 86'400'000;                 ///< receipts can be settled until then
  CESS_RECORD(price_max, exit_ms)
  static Params dev() { return {kBaseUnitsPerToken / 1'000'000, 60'000}; }
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredMap<Server, Role, AccountId> kServers{kModule, 1, "server"};

}  // namespace cess::delivery
