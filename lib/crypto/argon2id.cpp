// SPDX-License-Identifier: Apache-2.0
#include "crypto/argon2id.hpp"

#include <sodium.h>

#include "base/check.hpp"

namespace cess {

Status argon2id(MutByteView out, ByteView passphrase, const Argon2Salt& salt,
                const Argon2Params& params) {
  CESS_CHECK(out.size() >= crypto_pwhash_BYTES_MIN && out.size() <= (std::size_t{1} << 20U));
  // libsodium picks its fastest code in sodium_init; without it the portable code runs.
  CESS_CHECK(sodium_init() >= 0);
  if (params.memory_kib < kArgon2MemoryKibMin || params.passes < 1) {
    return fail(Code::input, "argon2id: needs at least 8 KiB of memory and one pass");
  }
  if (passphrase.size() > crypto_pwhash_PASSWD_MAX) {
    return fail(Code::input, "argon2id: passphrase is too long");
  }
  // An empty view may be null, which libsodium does not take even for no bytes.
  const char* const text = passphrase.empty() ? "" : as_text(passphrase).data();
  const int rc =
      crypto_pwhash(out.data(), out.size(), text, passphrase.size(), salt.data(), params.passes,
                    std::size_t{params.memory_kib} * 1024, crypto_pwhash_ALG_ARGON2ID13);
  if (rc != 0) {
    return fail(Code::system,
                "argon2id: cannot get " + std::to_string(params.memory_kib) + " KiB of memory");
  }
  return {};
}

}  // namespace cess
