// SPDX-License-Identifier: Apache-2.0
// AES-128 (FIPS 197) on whole blocks under a public key: a source of numbers that everybody can
// draw alike. Not for secrets: equal blocks give equal blocks.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.hpp"

namespace cess {

/// One key. One thread at a time per object.
class Aes128Blocks {
 public:
  explicit Aes128Blocks(const std::array<std::uint8_t, 16>& key);
  ~Aes128Blocks();
  Aes128Blocks(Aes128Blocks&&) noexcept;
  Aes128Blocks& operator=(Aes128Blocks&&) noexcept;

  /// Enciphers every block of 16 bytes in place; many at once are quickest.
  void encrypt(MutByteView blocks) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cess
