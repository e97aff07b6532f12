// SPDX-License-Identifier: Apache-2.0
// Argon2id version 1.3 with one lane (RFC 9106) through libsodium: keys from passphrases.
// Not constant time as a whole: after the first half pass its memory access depends on the
// passphrase, by design (RFC 9106 section 3.4.1.3).
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace cess {

struct Argon2Params {
  std::uint32_t memory_kib = 256 * 1024;
  std::uint32_t passes = 3;
};
constexpr std::uint32_t kArgon2MemoryKibMin = 8;
using Argon2Salt = std::array<std::uint8_t, 16>;

/// Fills `out` (16 bytes to 1 MiB). Code::input when a parameter is out of the function's range,
/// Code::system when the memory cannot be had. Callers that take parameters from a file bound them
/// first: they decide how much memory and time this spends.
Status argon2id(MutByteView out, ByteView passphrase, const Argon2Salt& salt,
                const Argon2Params& params);

}  // namespace cess
