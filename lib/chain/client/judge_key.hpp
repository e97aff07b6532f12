// SPDX-License-Identifier: Apache-2.0
// The key with which a validator's judge signs verdicts on idle space (cess.judge_key/1): a BLS key
// of its own, so that the process that reads strangers' proofs has no key that votes.
#pragma once

#include <string>

#include "base/secret.hpp"
#include "chain/state/idle/idle.hpp"
#include "crypto/bls_sign.hpp"

namespace cess::client {

/// A new file of mode 0600 with a key made from `seed`. An old one is never replaced.
Status write_judge_key(const std::string& path, const Key256& seed);
/// Code::input, Code::system.
Result<bls::SecretKey> read_judge_key(const std::string& path);
/// What the validator's account sends (idle.appoint).
idle_space::Appoint make_appointment(const Hash256& genesis, const AccountId& validator,
                                     const bls::SecretKey& key);

}  // namespace cess::client
