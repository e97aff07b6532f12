// SPDX-License-Identifier: Apache-2.0
// The key strings of the age tool as X25519 keys: recipients "age1…" and identities
// "AGE-SECRET-KEY-1…", and files of them (one a line; blank lines and '#' comments are skipped).
// Compatible keys, not compatible files: what age encrypts is another format.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/x25519.hpp"

namespace cess {

constexpr std::size_t kAgeKeyFileSizeMax = 64 * 1024;
constexpr std::size_t kAgeKeyCountMax = 64;

/// Code::input when malformed. No message repeats what might be a secret.
Result<X25519Public> parse_age_recipient(std::string_view text);
Result<Key256> parse_age_identity(std::string_view text);

std::string format_age_recipient(const X25519Public& key);
/// The caller wipes the string.
std::string format_age_identity(const Key256& key);

/// All keys of a file's text, in order; at least one, at most 64. Errors name `what` and the line.
Result<std::vector<X25519Public>> parse_age_recipient_file(std::string_view text,
                                                           std::string_view what);
Result<std::vector<Key256>> parse_age_identity_file(std::string_view text, std::string_view what);

}  // namespace cess
