// SPDX-License-Identifier: Apache-2.0
// BLAKE3 (O'Connor, Aumasson, Neves, Wilcox-O'Hearn, 2020), unkeyed, 32 bytes: what ISO 24138 names
// a file's bytes with (the instance unit). Plain code in one thread, for that alone: what this
// project relies on is SHA-256 (crypto/sha256.hpp). Letters and names of the paper, section 2.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "fingerprint/types.hpp"

namespace cess::fp {

class Blake3 {
 public:
  void update(ByteView bytes);
  /// Ends it: nothing may follow.
  [[nodiscard]] Bits256 finish();

 private:
  using Chain = std::array<std::uint32_t, 8>;
  void compress_block(bool last_of_all);
  void close_chunk();
  void take_chunks(ByteView bytes);
  [[nodiscard]] Chain parent(const Chain& left, const Chain& right, bool root) const;

  std::array<std::uint8_t, 64> block_{};
  std::uint32_t filled_ = 0;  ///< of the block
  std::uint32_t blocks_ = 0;  ///< of the chunk, compressed
  std::uint64_t chunks_ = 0;  ///< closed
  Chain chain_{};             ///< of the chunk; meaningful when blocks_ is not 0
  std::vector<Chain> left_;   ///< roots of the closed subtrees, largest first
};

}  // namespace cess::fp
