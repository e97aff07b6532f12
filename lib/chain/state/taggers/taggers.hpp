// SPDX-License-Identifier: Apache-2.0
// Taggers: whose tags audits accept. A tagger is named by the hash over its public key (podr2/
// keys.hpp); the 400 kB list of points stays off the chain, its hash is here. Registration shows
// possession of the Ed25519 key for the registering account; alpha signs nothing but tags.
#pragma once

#include "chain/state/kernel/module.hpp"
#include "podr2/keys.hpp"

namespace cess::taggers {

inline constexpr ModuleId kModule = 15;

enum class TaggerState : std::uint8_t { active, exiting, revoked };
inline constexpr std::array kTaggerStateNames = {"active", "exiting", "revoked"};
constexpr auto& record_names(TaggerState) { return kTaggerStateNames; }

/// What vouches for a tagger. file: a document whose SHA-256 is the key's attestation digest.
enum class Attestation : std::uint8_t { none, file };
inline constexpr std::array kAttestationNames = {"none", "file"};
constexpr auto& record_names(Attestation) { return kAttestationNames; }

/// podr2's classes by number: A attested, B staked, C owner.
enum class Class : std::uint8_t { attested, staked, owner };
inline constexpr std::array kClassNames = {"attested", "staked", "owner"};
constexpr auto& record_names(Class) { return kClassNames; }

struct TaggerRecord {
  AccountId account;
  Class cls = Class::owner;
  Attestation attestation = Attestation::none;
  Hash256 attestation_digest;
  std::array<std::uint8_t, 32> sign_key{};  ///< Ed25519: signs descriptors
  std::array<std::uint8_t, 96> v{};
  std::array<std::uint8_t, 96> w{};
  Hash256 list_hash;
  std::string endpoint;
  TaggerState state = TaggerState::active;
  Amount stake = 0;  ///< held; class B
  Height since = 0;  ///< of the state
  CESS_RECORD(account, cls, attestation, attestation_digest, sign_key, v, w, list_hash, endpoint,
              state, stake, since)
};

struct Params {
  Amount stake = 10'000 * kBaseUnitsPerToken;  ///< of a class B tagger
  bool allow_list = true;  ///< attestations of class A must be on the list kept by governance
  std::uint64_t exit_ms = 28ULL * 86'400'000;
  std::uint64_t retag_ms = 14ULL * 86'400'000;  ///< a revoked key's fragments count as class C then
  CESS_RECORD(stake, allow_list, exit_ms, retag_ms)
  static Params dev() { return {kBaseUnitsPerToken, false, 60'000, 60'000}; }
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredMap<TaggerRecord, TaggerId> kTaggers{kModule, 1, "tagger"};
inline constexpr StoredMap<bool, Hash256> kAllowed{kModule, 2, "allowed_attestation"};

/// Whether new fragments may carry its tags.
[[nodiscard]] bool is_active(const State& state, const TaggerId& id);
/// The class its fragments count as at this height; owner for one that is unknown or revoked for
/// longer than Params::retag_ms.
[[nodiscard]] Class effective_class(const State& state, const TaggerId& id);
/// What verification needs, parsed; nullopt if unknown. v and w were checked at registration.
std::optional<TaggerHead> head_of(const State& state, const TaggerId& id);
/// What the Ed25519 key signs at registration: "CESS-TAGGER-REGISTER-v1" ‖ genesis ‖ account ‖ id.
Bytes registration_message(const Hash256& genesis, const AccountId& account, const TaggerId& id);

}  // namespace cess::taggers
