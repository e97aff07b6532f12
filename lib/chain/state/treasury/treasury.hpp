// SPDX-License-Identifier: Apache-2.0
// Where money comes from and where fees and fines go. All of the supply exists from genesis on, in
// pools; issuing means moving it out of them (accounts/accounts.hpp: pool_to_account). The split is
// the white paper's: contributors 15 %, community 10, partners 5, reserve 5, sale 10, miners 55.
//
// Grants vest linearly: their money waits in kGrants, anybody may have the vested part paid out to
// the grantee. Invariant: kGrants = sum over grants of total - paid.
#pragma once

#include "chain/state/accounts/accounts.hpp"

namespace cess::treasury {

inline constexpr ModuleId kModule = 2;

/// Common pools. A module's own escrow is a PoolId of its own module id.
inline constexpr PoolId kTreasury{kModule, 0};  ///< fees, fines; spent by governance
inline constexpr PoolId kCommunity{kModule, 1};
inline constexpr PoolId kContributors{kModule, 2};
inline constexpr PoolId kPartners{kModule, 3};
inline constexpr PoolId kReserve{kModule, 4};
inline constexpr PoolId kSale{kModule, 5};
inline constexpr PoolId kMiners{kModule, 6};  ///< all that is ever issued by eras (rewards)
inline constexpr PoolId kGrants{kModule, 7};

inline constexpr std::array kPoolNames = {"treasury", "community", "contributors", "partners",
                                          "reserve",  "sale",      "miners",       "grants"};
/// One of the common pools by its name. Code::input.
Result<PoolId> pool_by_name(std::string_view name);

/// Fixed at genesis: setting them fills the pools, and nobody can set them again.
struct Params {
  Amount supply = Amount{10'000'000'000} * kBaseUnitsPerToken;
  std::uint16_t contributors = 1500;  ///< parts of 10000 of the supply
  std::uint16_t community = 1000;
  std::uint16_t partners = 500;
  std::uint16_t reserve = 500;
  std::uint16_t sale = 1000;  ///< miners: the rest
  CESS_RECORD(supply, contributors, community, partners, reserve, sale)
  static Params dev() { return {}; }
};

struct Grant {
  AccountId to;
  Amount total = 0;
  Amount paid = 0;
  Height start = 0;
  std::uint64_t blocks = 1;  ///< until all is vested
  CESS_RECORD(to, total, paid, start, blocks)
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredMap<Grant, std::uint32_t> kGrantList{kModule, 1, "grant"};
inline constexpr StoredValue<std::uint32_t> kGrantCount{kModule, 2, "grant_count"};

/// What of a grant has vested by a height.
Amount vested(const Grant& grant, Height height);

// ---- calls

/// Call 0, by anybody: pays out what has vested.
struct ClaimGrant {
  std::uint32_t grant = 0;
  CESS_RECORD(grant)
};
/// Call 1, by governance.
struct Spend {
  std::string pool;  ///< one of kPoolNames but "grants"
  AccountId to;
  Amount amount = 0;
  CESS_RECORD(pool, to, amount)
};
/// Call 2, by governance: a linear vesting from a pool.
struct MakeGrant {
  std::string pool;
  AccountId to;
  Amount amount = 0;
  Height start = 0;
  std::uint64_t blocks = 0;
  CESS_RECORD(pool, to, amount, start, blocks)
};
/// Call 3, by governance.
struct Burn {
  std::string pool;
  Amount amount = 0;
  CESS_RECORD(pool, amount)
};

// ---- events: 0 paid, 1 granted, 2 burned

struct Paid {
  std::string pool;
  AccountId to;
  Amount amount = 0;
  CESS_RECORD(pool, to, amount)
};
struct Granted {
  std::uint32_t grant = 0;
  AccountId to;
  Amount amount = 0;
  CESS_RECORD(grant, to, amount)
};
struct Burned {
  std::string pool;
  Amount amount = 0;
  CESS_RECORD(pool, amount)
};

/// "genesis"."treasury".
struct Genesis {
  std::vector<MakeGrant> grants;
  CESS_RECORD(grants)
};

}  // namespace cess::treasury
