// SPDX-License-Identifier: Apache-2.0
// Drawing miners by the free space they have. A scope is the whole network or one country; in each,
// miners sit at dense positions, and a tree of fan-out 16 over their weights is kept, so that a
// draw and a change touch a handful of small values, however many miners there are. Weight: free
// space of positive miners in whole KiB, zero otherwise. At most 2^20 members in a scope.
#pragma once

#include "chain/state/miners/miners.hpp"

namespace cess::miners {

/// 0: everywhere; else 1 + 26·(first letter) + second letter of a country.
using Scope = std::uint16_t;
constexpr Scope kEverywhere = 0;
/// Of a valid region code; the part before the hyphen counts.
Scope country_scope(std::string_view region);

struct WeightPage {
  std::vector<std::uint64_t> sums;  ///< up to 16
  CESS_RECORD(sums)
};
inline constexpr StoredMap<AccountId, Scope, std::uint32_t> kMembers{kModule, 3, "member"};
inline constexpr StoredMap<std::uint32_t, Scope> kMemberCounts{kModule, 4, "member_count"};
inline constexpr StoredMap<WeightPage, Scope, std::uint8_t, std::uint32_t> kWeights{kModule, 5,
                                                                                    "weight"};

/// Sum of the weights of a scope.
std::uint64_t total_weight(const State& state, Scope scope);
/// The member on which point `at` falls; at < total_weight().
AccountId member_at(const State& state, Scope scope, std::uint64_t at);

// For the miners module only.
std::uint32_t add_member(State& state, Scope scope, const AccountId& miner);
/// Fills the hole with the last member; returns who moved, if somebody did.
std::optional<AccountId> remove_member(State& state, Scope scope, std::uint32_t position);
void set_weight(State& state, Scope scope, std::uint32_t position, std::uint64_t weight);

}  // namespace cess::miners
