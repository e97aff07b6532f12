// SPDX-License-Identifier: Apache-2.0
// One segment: plaintext in, stored fragments and their roots out. The work is cut across the
// fragments, not along them: one item takes the same 64 KiB of every fragment through encryption,
// erasure code, mask and leaf hashes while they are in the second-level cache.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "codec/header.hpp"
#include "codec/keys.hpp"
#include "codec/layout.hpp"
#include "codec/workers.hpp"

namespace cess {

/// Stored bytes of one segment. Without a mask the replicas are equal and share their bytes.
class EncodedSegment {
 public:
  explicit EncodedSegment(const FileHeader& header);
  [[nodiscard]] ByteView fragment(unsigned column) const;

  std::uint32_t segment = 0;
  std::uint64_t plain_length = 0;
  std::uint64_t ciphertext_length = 0;
  std::uint32_t fragment_length = 0;
  std::vector<Hash256> roots;  ///< one per column

 private:
  friend class SegmentEncoder;
  unsigned distinct_;  // columns with bytes of their own
  Buffer bytes_;       // column c at c * fragment_length
};

/// Whether the roots of an encoded segment are computed: the same bytes have the same.
enum class Roots { compute, known };

/// Uses `pool` for the work; one segment at a time.
class SegmentEncoder {
 public:
  SegmentEncoder(const FileHeader& header, const FileKeys& keys, WorkPool& pool);
  ~SegmentEncoder();
  /// Plaintext bytes of a full segment.
  [[nodiscard]] std::size_t plain_size() const;
  /// `plain` is shorter than plain_size() only when `final`, and then may be empty. `known`: the
  /// roots in `out` are left as they are.
  void encode(EncodedSegment& out, std::uint32_t segment, ByteView plain, bool final,
              Roots roots = Roots::compute);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cess
