// SPDX-License-Identifier: Apache-2.0
// Accounts as people write them: SS58 with prefix 11330 ("cX…"; the two-byte form, checksum
// Blake2b-512 over "SS58PRE" and the bytes before it), or 0x and 64 hex digits. Both are accepted
// everywhere, SS58 is printed.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "chain/types/ids.hpp"

namespace cess {

constexpr std::uint16_t kSs58Prefix = 11330;

std::string to_ss58(const AccountId& id, std::uint16_t prefix = kSs58Prefix);
/// SS58 under our prefix, or hex with or without 0x.
Result<AccountId> parse_account(std::string_view text, std::string_view what);
/// SS58 of any chain: prefix and id.
Result<std::pair<std::uint16_t, AccountId>> parse_ss58(std::string_view text,
                                                       std::string_view what);

}  // namespace cess
