// SPDX-License-Identifier: Apache-2.0
// AES-256-CTR keystream (NIST SP 800-38A) at any byte offset, for the fragment mask.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "base/secret.hpp"

namespace cess {

/// Keystream of one AES-256 key. One thread at a time per object.
class AesCtr {
 public:
  explicit AesCtr(const Key256& key);
  ~AesCtr();
  AesCtr(AesCtr&&) noexcept;
  AesCtr& operator=(AesCtr&&) noexcept;

  /// data ^= keystream bytes [offset, offset + data.size()), where keystream block b (16 bytes) is
  /// AES(prefix ‖ BE64 b). `prefix` fills the first 8 bytes of the counter block.
  void apply(MutByteView data, const std::array<std::uint8_t, 8>& prefix, std::uint64_t offset);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cess
