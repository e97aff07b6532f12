// SPDX-License-Identifier: Apache-2.0
// The small application: counters that transactions raise, validators that register with a proof of
// possession, eras that elect, evidence that bars. Enough for consensus to have all that it needs
// from a state, and fast.
#pragma once

#include "chain/sim/app.hpp"

namespace cess::sim {

/// A transaction raises one counter, or registers a key.
struct CounterTxn {
  std::uint64_t number = 0;   ///< unique; executed once
  std::uint64_t counter = 0;  ///< which one
  std::uint64_t amount = 0;
  std::optional<std::array<std::uint8_t, 96>> key;  ///< a registration
  std::array<std::uint8_t, 48> possession{};
  CESS_RECORD(number, counter, amount, key, possession)
};

struct CounterSpec {
  std::vector<consensus::PublicKey> genesis;  ///< committee of era 0, registered from the beginning
  std::vector<consensus::PublicKey> standby;  ///< registered from the beginning too
  std::size_t committee_size = 0;
  unsigned era_blocks = 20;
  unsigned barred_eras = 3;  ///< of a convicted validator
};

std::unique_ptr<App> make_counter_app(const CounterSpec& spec, CryptoWorld& crypto,
                                      const Hash256& chain);

}  // namespace cess::sim
