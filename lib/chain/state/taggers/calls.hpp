// SPDX-License-Identifier: Apache-2.0
// Calls and events of the taggers module.
#pragma once

#include "chain/state/accounts/accounts.hpp"
#include "chain/state/taggers/taggers.hpp"

namespace cess::taggers {

inline constexpr HoldReason kStake{kModule, 0};
constexpr std::size_t kDocumentSizeMax = 16U << 10U;
constexpr std::size_t kEndpointSizeMax = 128;

/// Call 0.
struct Register {
  Class cls = Class::owner;
  Attestation attestation = Attestation::none;
  Bytes document;  ///< attestation by file: hashes to the digest in the key; else empty
  std::array<std::uint8_t, 32> sign_key{};
  std::array<std::uint8_t, 96> v{};
  std::array<std::uint8_t, 96> w{};
  Hash256 list_hash;
  std::array<std::uint8_t, 64> possession{};  ///< sign_key over registration_message()
  std::string endpoint;
  CESS_RECORD(cls, attestation, document, sign_key, v, w, list_hash, possession, endpoint)
};
/// Call 1.
struct Update {
  TaggerId tagger;
  std::string endpoint;
  CESS_RECORD(tagger, endpoint)
};
/// Call 2: no new fragments; the stake comes back after a while.
struct Exit {
  TaggerId tagger;
  CESS_RECORD(tagger)
};
/// Call 3.
struct Withdraw {
  TaggerId tagger;
  CESS_RECORD(tagger)
};
/// Call 4, by governance: a leaked key. Its stake goes to the treasury.
struct Revoke {
  TaggerId tagger;
  CESS_RECORD(tagger)
};
/// Call 5, by governance: an attestation that class A may bring, or may not any more.
struct Allow {
  Hash256 digest;
  bool allowed = true;
  CESS_RECORD(digest, allowed)
};

/// Event 0.
struct Registered {
  TaggerId tagger;
  AccountId account;
  Class cls = Class::owner;
  CESS_RECORD(tagger, account, cls)
};
/// Event 1.
struct StateChanged {
  TaggerId tagger;
  TaggerState state = TaggerState::active;
  CESS_RECORD(tagger, state)
};
/// Event 2.
struct Withdrawn {
  TaggerId tagger;
  Amount released = 0;
  CESS_RECORD(tagger, released)
};

}  // namespace cess::taggers
