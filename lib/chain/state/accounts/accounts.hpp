// SPDX-License-Identifier: Apache-2.0
// Accounts: what they own, what of it is held, and the counting of their transactions. Everything
// that moves money goes through the functions here and in treasury/treasury.hpp; nothing else
// writes these items. So money neither appears nor vanishes:
//
//   sum of free + sum of held + sum of pools = issued        (checked after every block in tests)
//
// Free is the owner's. Held is the owner's too but tied to a reason (a bond, a lock of a deal) that
// one module answers for: it holds, releases, moves or slashes under its own reasons only. Every
// function changes all or nothing; errors are Code::input and read as a receipt's error does.
//
// A record once made by a sender stays for ever with its nonce, so no old transaction can come
// back. To open a record takes `existential` at least; a record that never sent goes when it is
// empty.
#pragma once

#include "chain/state/kernel/module.hpp"

namespace cess {

/// A purse without a key, that one module answers for (treasury/treasury.hpp lists the common
/// ones). `inline constexpr PoolId kBondPool{kModule, 0};`
struct PoolId {
  ModuleId module = 0;
  std::uint8_t kind = 0;
  CESS_RECORD(module, kind)
  friend bool operator==(const PoolId&, const PoolId&) = default;
};

/// Why something is held. `inline constexpr HoldReason kBonded{kModule, 0};`
struct HoldReason {
  ModuleId module = 0;
  std::uint8_t kind = 0;
  CESS_RECORD(module, kind)
  friend bool operator==(const HoldReason&, const HoldReason&) = default;
};

namespace accounts {

inline constexpr ModuleId kModule = 1;

struct Params {
  Amount existential = kBaseUnitsPerToken;      ///< least that opens an account
  Amount fee_per_weight = 10'000'000'000;       ///< base units per nanosecond of work
  Amount fee_per_byte = 1'000'000'000'000;      ///< base units per byte of the transaction
  std::uint64_t base_weight = 60'000;           ///< of any transaction: signature and nonce
  std::uint16_t author_share = 2000;            ///< of 10000 of the fee; the rest to the treasury
  std::uint32_t lifetime_blocks_max = 100'000;  ///< how far ahead valid_until may lie
  CESS_RECORD(existential, fee_per_weight, fee_per_byte, base_weight, author_share,
              lifetime_blocks_max)
  static Params dev() {
    Params p;
    p.existential = kBaseUnitsPerToken / 1000;
    return p;
  }
};

struct Account {
  std::uint64_t nonce = 0;  ///< transactions sent so far; the next one carries this number
  Amount free = 0;
  Amount held = 0;  ///< sum of its holds
  CESS_RECORD(nonce, free, held)
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredMap<Account, AccountId> kAccounts{kModule, 1, "account"};
/// Never zero.
inline constexpr StoredMap<Amount, AccountId, ModuleId, std::uint8_t> kHolds{kModule, 2, "hold"};
/// Never zero.
inline constexpr StoredMap<Amount, ModuleId, std::uint8_t> kPools{kModule, 3, "pool"};
/// All money there is.
inline constexpr StoredValue<Amount> kIssued{kModule, 4, "issued"};
using Address20 = std::array<std::uint8_t, 20>;
inline constexpr StoredMap<AccountId, Address20> kBoundAccounts{kModule, 5, "bound_account"};
inline constexpr StoredMap<Address20, AccountId> kBoundAddresses{kModule, 6, "bound_address"};

// ---- for other modules

/// The record, or an empty one.
Account account(const State& state, const AccountId& who);
inline Amount balance(const State& state, const AccountId& who) { return account(state, who).free; }
Amount held(const State& state, const AccountId& who, HoldReason reason);

/// Free to free. To oneself: only checks.
Status transfer(State& state, const AccountId& from, const AccountId& to, Amount amount);
/// Free to held, both of `who`. Adds to what is held for this reason.
Status hold(State& state, const AccountId& who, HoldReason reason, Amount amount);
/// Held to free.
Status release(State& state, const AccountId& who, HoldReason reason, Amount amount);
/// Held by `from` to free of `to`.
Status move_held(State& state, const AccountId& from, HoldReason reason, const AccountId& to,
                 Amount amount);
/// Held to a pool, as much as is there and at most `amount_max`. Returns what was taken.
Amount slash_held(State& state, const AccountId& who, HoldReason reason, Amount amount_max,
                  PoolId to);
/// Held for one reason to held for another, same account.
Status change_reason(State& state, const AccountId& who, HoldReason from, HoldReason to,
                     Amount amount);

Amount pool(const State& state, PoolId id);
/// Free to a pool: a price that is paid.
Status account_to_pool(State& state, const AccountId& from, PoolId to, Amount amount);
/// A pool to free: a reward. Fails if the pool has less, or if it would open an account with less
/// than the existential amount.
Status pool_to_account(State& state, PoolId from, const AccountId& to, Amount amount);
/// A pool to held: a reward that vests.
Status pool_to_held(State& state, PoolId from, const AccountId& to, HoldReason reason,
                    Amount amount);
Status pool_to_pool(State& state, PoolId from, PoolId to, Amount amount);
/// Out of a pool and out of existence.
Status burn(State& state, PoolId from, Amount amount);
/// Into a pool out of nothing; genesis alone calls this.
void issue(State& state, PoolId to, Amount amount);

/// What a transaction pays beside its tip.
Amount fee_of(const Params& params, std::uint64_t weight, std::size_t size_bytes);
/// The account an Ethereum address stands for: the bound one, else ethereum_account(address).
AccountId resolve_ethereum(const State& state, const Address20& address);
/// What an Ethereum key signs, as personal_sign does (EIP-191), to bind itself to an account.
std::string bind_text(const AccountId& account, const Hash256& genesis);

// ---- calls

/// Call 0.
struct Transfer {
  AccountId to;
  Amount amount = 0;
  CESS_RECORD(to, amount)
};
/// Call 1: all that is free after the fee.
struct TransferAll {
  AccountId to;
  CESS_RECORD(to)
};
/// Call 2: ties the sender and an Ethereum address to each other, once and for ever. The sender
/// signs the transaction, the address bind_text. What is free at ethereum_account(address) moves to
/// the sender.
struct BindEthereum {
  std::array<std::uint8_t, 65> signature{};
  CESS_RECORD(signature)
};

// ---- events

/// Event 0.
struct Transferred {
  AccountId from;
  AccountId to;
  Amount amount = 0;
  CESS_RECORD(from, to, amount)
};
/// Event 1.
struct EthereumBound {
  AccountId account;
  Address20 address{};
  Amount moved = 0;
  CESS_RECORD(account, address, moved)
};

/// One entry of "genesis"."accounts"."balances": taken from the treasury's pool of this name.
struct GenesisBalance {
  AccountId account;
  Amount amount = 0;
  std::optional<std::string> pool;  ///< "sale" if absent
  CESS_RECORD(account, amount, pool)
};
struct Genesis {
  std::vector<GenesisBalance> balances;
  CESS_RECORD(balances)
};

}  // namespace accounts
}  // namespace cess
