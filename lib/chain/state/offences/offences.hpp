// SPDX-License-Identifier: Apache-2.0
// Punishment. Consensus proves offences (types/offence.hpp), this module sees to it that each
// validator pays once per era, the more the more offended in that era (economy/slash.hpp), loses
// its reputation, is out of elections for some eras, and is no candidate until it says so again.
// When a further offender of the same era is convicted, the earlier ones pay the difference.
//
// Absence is no offence: it costs reputation (election), and a little money only if more than a
// tenth of the committee and one are absent together.
#pragma once

#include "chain/state/accounts/accounts.hpp"
#include "chain/types/offence.hpp"

namespace cess::offences {

inline constexpr ModuleId kModule = 5;
/// Slashes on their way; empty after every block.
inline constexpr PoolId kSlashPool{kModule, 0};

struct Params {
  std::uint32_t bar_eras = 28;  ///< elections of the era of conviction and this many more
  std::uint16_t reporter_share =
      1000;                            ///< of 10000 of a slash, for who put the evidence in a block
  std::uint32_t absence_ppm = 50'000;  ///< of the least stake, at most, for an era's absence
  CESS_RECORD(bar_eras, reporter_share, absence_ppm)
  static Params dev() { return {4, 1000, 50'000}; }
};

struct Conviction {
  OffenceKind kind = OffenceKind::double_proposal;  ///< the first that was proven
  Height height = 0;                                ///< of that offence
  Height convicted_at = 0;
  Amount slashed = 0;  ///< of own and nominated stake together, so far
  CESS_RECORD(kind, height, convicted_at, slashed)
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredMap<Conviction, Era, AccountId> kConvictions{kModule, 1, "conviction"};

/// Whether an offence would still be punished: in reach, of a member of that era, for the first
/// time. Lets proposers leave out evidence that changes nothing.
bool is_news(const State& state, const Offence& offence);

/// Event 0 convicted.
struct Convicted {
  OffenceKind kind = OffenceKind::double_proposal;
  AccountId offender;
  Era era = 0;
  Height height = 0;
  Era barred_through = 0;
  CESS_RECORD(kind, offender, era, height, barred_through)
};
/// Event 1 slashed: one validator with its nominators; `reporter` got its share of it.
struct Slashed {
  AccountId offender;
  Era era = 0;
  Amount amount = 0;
  AccountId reporter;
  Amount reward = 0;
  CESS_RECORD(offender, era, amount, reporter, reward)
};
/// Event 2 absent: did not take part in an era.
struct Absent {
  AccountId validator;
  Era era = 0;
  Amount amount = 0;
  CESS_RECORD(validator, era, amount)
};

}  // namespace cess::offences
