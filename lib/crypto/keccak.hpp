// SPDX-License-Identifier: Apache-2.0
// Keccak-256 as Ethereum uses it: the Keccak team's submission with padding 0x01, not FIPS 202's
// SHA3-256 (padding 0x06). Constant time in the message; its size is public.
#pragma once

#include <initializer_list>

#include "base/bytes.hpp"
#include "base/id.hpp"

namespace cess {

/// Keccak-256 of the concatenation of `parts`.
Hash256 keccak256(std::initializer_list<ByteView> parts);
inline Hash256 keccak256(ByteView one) { return keccak256({one}); }

}  // namespace cess
