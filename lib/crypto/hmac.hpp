// SPDX-License-Identifier: Apache-2.0
// HMAC-SHA256 (RFC 2104, FIPS 198-1) and HKDF-SHA256 (RFC 5869). Constant time in keys and
// messages; sizes are public.
#pragma once

#include <initializer_list>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/secret.hpp"

namespace cess {

/// HMAC-SHA256 of the concatenation of `parts`.
Hash256 hmac_sha256(ByteView key, std::initializer_list<ByteView> parts);

/// PRK = HMAC(salt, ikm). An empty salt stands for 32 zero bytes.
Key256 hkdf_sha256_extract(ByteView salt, std::initializer_list<ByteView> ikm);
/// Fills `out` (at most 255 * 32 bytes) from a pseudorandom key.
void hkdf_sha256_expand(MutByteView out, ByteView prk, std::initializer_list<ByteView> info);
/// Extract, then expand.
void hkdf_sha256(MutByteView out, ByteView ikm, ByteView salt,
                 std::initializer_list<ByteView> info);

inline void hkdf_sha256(MutByteView out, ByteView ikm, ByteView salt, ByteView info) {
  hkdf_sha256(out, ikm, salt, {info});
}

/// True when both are equal; takes the same time whichever byte differs. Sizes are public.
[[nodiscard]] bool equal_ct(ByteView a, ByteView b);

}  // namespace cess
