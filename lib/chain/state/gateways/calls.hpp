// SPDX-License-Identifier: Apache-2.0
// Calls and events of the gateways module.
#pragma once

#include "chain/state/gateways/gateways.hpp"

namespace cess::gateways {

/// How many gateways a user has authorised.
inline constexpr StoredMap<std::uint32_t, AccountId> kAuthorisedCounts{kModule, 3,
                                                                       "authorised_count"};

/// Call 0; again: changes what is registered.
struct Register {
  std::string domain;
  std::array<std::uint8_t, 32> node_key{};
  CESS_RECORD(domain, node_key)
};
/// Call 1.
struct Exit {
  CESS_RECORD_EMPTY
};
/// Call 2, by a user; again: another end.
struct Authorise {
  AccountId gateway;
  std::optional<Height> until;
  CESS_RECORD(gateway, until)
};
/// Call 3, by a user.
struct Cancel {
  AccountId gateway;
  CESS_RECORD(gateway)
};

/// Event 0.
struct Registered {
  AccountId gateway;
  std::string domain;
  CESS_RECORD(gateway, domain)
};
/// Event 1.
struct Left {
  AccountId gateway;
  CESS_RECORD(gateway)
};
/// Event 2.
struct Authorised {
  AccountId user;
  AccountId gateway;
  std::optional<Height> until;
  CESS_RECORD(user, gateway, until)
};
/// Event 3.
struct Cancelled {
  AccountId user;
  AccountId gateway;
  CESS_RECORD(user, gateway)
};

}  // namespace cess::gateways
