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

/// Sixteen hashes in rows: word j of hash i, as a number, at 16 j + i. Sixteen messages can be
/// hashed straight from such rows, and the result is one, so that a hash which becomes part of the
/// next message is never transposed.
constexpr std::size_t kRowLanes = 16;
constexpr std::size_t kRowHashWords = 8 * kRowLanes;
/// Whether that is the quickest way here.
bool sha256_prefers_rows();
/// out = the hashes of 16 messages, padded, whose word j lies at rows[j]: 16 numbers. 16 rows a
/// block.
void sha256_rows(std::span<std::uint32_t, kRowHashWords> out,
                 std::span<const std::uint32_t* const> rows);
/// `hashes` (a multiple of kRowHashWords) to bytes: hash k of lane i to out[i][k].
void sha256_unpack_rows(std::span<Hash256* const> out, std::span<const std::uint32_t> hashes);

/// A message that begins with 44 bytes of its own and goes on with hashes that lie elsewhere, in
/// chunks of 32 bytes, is read where it lies by crypto/sha256_chunks.hpp: a copy of it would take a
/// tenth of the time of the hash. Whether that can be used here:
bool sha256_has_shani();
constexpr std::size_t kChunkHead = 44;
/// The padding behind so many chunks (an even number), in the place of one more.
Hash256 chunk_padding(std::size_t chunk_count);

/// Writes the padding of a message of `size` bytes behind it; `block` is a whole number of blocks
/// of 64 bytes, at least 9 bytes longer than the message and less than 73.
void pad_sha256(MutByteView block, std::size_t size);

}  // namespace cess
