// SPDX-License-Identifier: Apache-2.0
// SHA-512 (FIPS 180-4) of one message: for scalars drawn from a seed with a bias below 2^-250.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include "base/bytes.hpp"

namespace cess {

using Hash512 = std::array<std::uint8_t, 64>;

/// SHA-512 of the concatenation of `parts`.
Hash512 sha512(std::initializer_list<ByteView> parts);

}  // namespace cess
