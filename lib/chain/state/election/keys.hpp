// SPDX-License-Identifier: Apache-2.0
// The keys of validators: BLS for votes, VRF for chance, Ed25519 for TLS. Registered with a proof
// for each that its owner has it and means this account on this chain, so nobody can register
// another's key. A key belongs to the account that registered it first, for ever.
//
// Keys serve in elections from the era after their registration on: by then the first block that
// enters the seed they are scored with is still to be made (RFC 9381 section 7.1 would otherwise be
// of no use: keys could be tried until one is lucky).
#pragma once

#include "chain/state/kernel/module.hpp"
#include "crypto/bls_sign.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/vrf.hpp"

namespace cess::election {

inline constexpr ModuleId kModule = 4;

struct Keys {
  std::array<std::uint8_t, 96> bls_key{};  ///< compressed G2
  std::array<std::uint8_t, 32> vrf_key{};
  std::array<std::uint8_t, 32> node_key{};  ///< Ed25519, for TLS
  CESS_RECORD(bls_key, vrf_key, node_key)
  friend bool operator==(const Keys&, const Keys&) = default;
};

struct StoredKeys {
  Keys keys;
  Era from = 0;              ///< first era whose election may use them
  std::optional<Keys> next;  ///< registered later
  Era next_from = 0;
  CESS_RECORD(keys, from, next, next_from)
};

enum class KeyKind : std::uint8_t { bls, vrf, node };
inline constexpr std::array kKeyKindNames = {"bls", "vrf", "node"};
constexpr auto& record_names(KeyKind) { return kKeyKindNames; }

inline constexpr StoredMap<StoredKeys, AccountId> kKeys{kModule, 1, "keys"};
/// By SHA-256 of the key; entries stay.
inline constexpr StoredMap<AccountId, KeyKind, Hash256> kKeyOwners{kModule, 2, "key_owner"};

/// Call 0: registers keys, or rotates to them: the earlier ones serve until the era ends.
struct RegisterKeys {
  Keys keys;
  std::array<std::uint8_t, 48> bls_possession{};  ///< PopProve
  std::array<std::uint8_t, 48> bls_signature{};   ///< over claim_bytes
  std::array<std::uint8_t, 80> vrf_proof{};       ///< over claim_bytes
  std::array<std::uint8_t, 64> node_signature{};  ///< over claim_bytes
  CESS_RECORD(keys, bls_possession, bls_signature, vrf_proof, node_signature)
};

/// What each key signs: "CESS-KEYS-v1" ‖ genesis ‖ account ‖ SCALE(keys).
Bytes claim_bytes(const Hash256& genesis, const AccountId& account, const Keys& keys);
/// The registration that proves possession of all three. For wallets and nodes; signs.
RegisterKeys make_registration(const Hash256& genesis, const AccountId& account,
                               const bls::SecretKey& bls_key, const Key256& vrf_seed,
                               const Key256& node_seed);
/// Checks a registration: validity of each key and all four proofs. About 4 ms.
Status verify_registration(const Hash256& genesis, const AccountId& account, const RegisterKeys& r);

/// The keys an election held in `era` may use.
std::optional<Keys> keys_at(const State& state, const AccountId& who, Era era);
/// Stores keys that were checked. Code::input if one belongs to another account.
Status store_keys(State& state, const AccountId& who, const Keys& keys, Era from);

}  // namespace cess::election
