// SPDX-License-Identifier: Apache-2.0
// What a transaction audit asks (white paper 6.3), counted as transactions run:
//
//   1. transactions of an account on a day           day(state, day, who).count
//   2. the same by type of call                      day(state, day, who).types
//   3. accounts that acted without standing on the operator's list       .unregistered != 0
//   4. executions that are not on the operator's white list              .types[i].outside
//
// One record per day and account holds all four, so that a transaction costs one write; questions
// over a day are a scan of kDays by its first key part. Days are UTC days of block time. Records
// older than keep_days go, a few per block. The lists only count: they forbid nothing.
#pragma once

#include "chain/state/kernel/module.hpp"

namespace cess::records {

inline constexpr ModuleId kModule = 13;
constexpr std::size_t kListPartMax = 1000;  ///< entries in one call

using Day = std::uint32_t;  ///< since 1970-01-01
constexpr std::uint64_t kDayMs = 86'400'000;

struct Params {
  std::vector<AccountId> operators;  ///< who keeps the lists
  bool register_on = false;          ///< count accounts that are not registered
  bool white_list_on = false;        ///< count executions that are not on the white list
  std::uint32_t keep_days = 90;
  std::uint32_t prune_per_block = 1000;
  CESS_RECORD(operators, register_on, white_list_on, keep_days, prune_per_block)
  static Params dev() {
    Params p;
    p.keep_days = 2;
    return p;
  }
};

struct TypeCount {
  std::uint8_t module = 0;
  std::uint8_t call = 0;
  std::uint32_t count = 0;
  std::uint32_t outside = 0;  ///< of these, not on the white list when they ran
  CESS_RECORD(module, call, count, outside)
};

struct DayRecord {
  std::uint32_t count = 0;         ///< transactions that paid
  std::uint32_t failed = 0;        ///< of these, whose call failed
  std::uint32_t unregistered = 0;  ///< of these, sent while not on the list
  std::vector<TypeCount> types;    ///< in order of first use; at most one per call
  CESS_RECORD(count, failed, unregistered, types)
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredMap<DayRecord, Day, AccountId> kDays{kModule, 1, "day"};
/// Since when.
inline constexpr StoredMap<Height, AccountId> kRegistered{kModule, 2, "registered"};
/// Module, call, and a contract's id, zero for the calls of the chain itself; since when.
inline constexpr StoredMap<Height, std::uint8_t, std::uint8_t, Hash256> kWhiteList{kModule, 3,
                                                                                   "white_list"};

constexpr Day day_of(TimeMs time_ms) { return static_cast<Day>(time_ms / kDayMs); }
/// The record, or an empty one.
DayRecord day(const State& state, Day day, const AccountId& who);

// ---- calls, all by an operator

/// Call 0.
struct Register {
  std::vector<AccountId> accounts;
  CESS_RECORD(accounts)
};
/// Call 1.
struct Unregister {
  std::vector<AccountId> accounts;
  CESS_RECORD(accounts)
};
struct Executable {
  std::uint8_t module = 0;
  std::uint8_t call = 0;
  Hash256 contract;
  CESS_RECORD(module, call, contract)
};
/// Call 2.
struct Allow {
  std::vector<Executable> list;
  CESS_RECORD(list)
};
/// Call 3.
struct Disallow {
  std::vector<Executable> list;
  CESS_RECORD(list)
};

}  // namespace cess::records
