// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4): one message, and many equal-length messages at once in SIMD lanes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>

#include "base/bytes.hpp"
#include "base/id.hpp"

namespace cess {

/// SHA-256 of the concatenation of `parts`.
Hash256 sha256(std::initializer_list<ByteView> parts);
inline Hash256 sha256(ByteView one) { return sha256({one}); }

/// Incremental SHA-256. Movable, not copyable; not for use by two threads at once.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  Sha256& update(ByteView v);
  /// Finishes; the object is then as new.
  Hash256 finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// out[i] = SHA-256(prefix ‖ messages[i][0..size)) for every i. All messages have `size` bytes.
/// Uses 16 AVX-512 lanes, 8 AVX2 lanes or SHA-NI, whichever the processor runs best; the result is
/// the same.
void sha256_many(std::span<Hash256> out, std::uint8_t prefix,
                 std::span<const std::uint8_t* const> messages, std::size_t size);

/// out[i] = SHA-256(0x01 ‖ pairs[2i] ‖ pairs[2i+1]): one level of a Merkle tree. out may not
/// overlap pairs.
void sha256_pairs(std::span<Hash256> out, std::span<const Hash256> pairs);

}  // namespace cess
