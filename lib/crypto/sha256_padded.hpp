// SPDX-License-Identifier: Apache-2.0
// SHA-256 over messages that the caller has padded: for labels of idle space, where every message
// has the same few blocks, so that its padding is written once and its hash is bare compressions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/id.hpp"

namespace cess {

/// The widths that sha256_padded is quickest at here, widest last: 1, then 2 with SHA
/// instructions, 16 with AVX-512, 8 with AVX2.
std::span<const std::size_t> sha256_widths();

/// out[i] = the hash of the message of `block_count` blocks of 64 bytes at messages[i], whose last
/// bytes are the padding of FIPS 180-4 (section 5.1.1) already. Any number of messages; out may
/// not overlap them.
void sha256_padded(std::span<Hash256> out, std::span<const std::uint8_t* const> messages,
                   std::size_t block_count);

/// Writes the padding of a message of `size` bytes behind it; `block` is a whole number of blocks
/// of 64 bytes, at least 9 bytes longer than the message and less than 73.
void pad_sha256(MutByteView block, std::size_t size);

}  // namespace cess
