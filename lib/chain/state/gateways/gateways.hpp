// SPDX-License-Identifier: Apache-2.0
// Gateways (DeOSS): services that encode and declare files on behalf of users who authorise them.
#pragma once

#include "chain/state/kernel/module.hpp"

namespace cess::gateways {

inline constexpr ModuleId kModule = 11;
constexpr std::size_t kDomainSizeMax = 128;

struct Gateway {
  std::string domain;                       ///< "https://gw.example:8443"
  std::array<std::uint8_t, 32> node_key{};  ///< Ed25519, of its service
  Height since = 0;
  CESS_RECORD(domain, node_key, since)
};
struct Authorisation {
  std::optional<Height> until;  ///< last height; none: until cancelled
  CESS_RECORD(until)
};
struct Params {
  std::uint32_t gateways_per_user = 20;
  CESS_RECORD(gateways_per_user)
  static Params dev() { return {}; }
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredMap<Gateway, AccountId> kGateways{kModule, 1, "gateway"};
/// user, gateway.
inline constexpr StoredMap<Authorisation, AccountId, AccountId> kAuthorised{kModule, 2,
                                                                            "authorisation"};

/// Whether `sender` may act for `user`: is the user, or a registered gateway the user authorised.
[[nodiscard]] bool may_act(const State& state, const AccountId& user, const AccountId& sender);
/// The same as Code::no.
Status check_may_act(const State& state, const AccountId& user, const AccountId& sender);

}  // namespace cess::gateways
