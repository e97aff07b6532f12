// SPDX-License-Identifier: Apache-2.0
// Calls and events of the delivery module.
#pragma once

#include "chain/state/delivery/delivery.hpp"

namespace cess::delivery {

/// Call 0; again: changes what is registered, and takes back an exit.
struct Register {
  Role role = Role::cacher;
  std::string endpoint;
  std::optional<AccountId> payee;  ///< none: the sender
  Amount price_per_byte = 0;
  std::array<std::uint8_t, 32> receipt_key{};
  std::string region;
  CESS_RECORD(role, endpoint, payee, price_per_byte, receipt_key, region)
};
/// Call 1: announces the exit; open receipts can be settled for a while.
struct Exit {
  Role role = Role::cacher;
  CESS_RECORD(role)
};
/// Call 2: leaves for good, once that while is over.
struct Leave {
  Role role = Role::cacher;
  CESS_RECORD(role)
};

/// Event 0.
struct Registered {
  Role role = Role::cacher;
  AccountId server;
  Amount price_per_byte = 0;
  CESS_RECORD(role, server, price_per_byte)
};
/// Event 1.
struct Exiting {
  Role role = Role::cacher;
  AccountId server;
  Height leaves_at = 0;
  CESS_RECORD(role, server, leaves_at)
};
/// Event 2.
struct Left {
  Role role = Role::cacher;
  AccountId server;
  CESS_RECORD(role, server)
};

}  // namespace cess::delivery
