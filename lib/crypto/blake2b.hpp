// SPDX-License-Identifier: Apache-2.0
// BLAKE2b (RFC 7693) without key, through libsodium: for SS58 checksums and the mapping of Ethereum
// addresses to accounts. The digest length is a parameter of the hash: the 256-bit digest is no
// prefix of the 512-bit one.
#pragma once

#include <initializer_list>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "crypto/sha512.hpp"

namespace cess {

/// BLAKE2b with 32 bytes of output over the concatenation of `parts`.
Hash256 blake2b_256(std::initializer_list<ByteView> parts);
inline Hash256 blake2b_256(ByteView one) { return blake2b_256({one}); }
/// BLAKE2b with 64 bytes of output.
Hash512 blake2b_512(std::initializer_list<ByteView> parts);
inline Hash512 blake2b_512(ByteView one) { return blake2b_512({one}); }

}  // namespace cess
