// SPDX-License-Identifier: Apache-2.0
// What consensus must know of a header, read for it by whoever owns the header's format.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "chain/consensus/types.hpp"

namespace cess::consensus {

struct HeaderView {
  Digest digest;  ///< of the header as it was read
  Height height = 0;
  Era era = 0;
  Digest parent;
  /// COMMIT-QC of the parent; absent only in the first block after genesis.
  std::optional<Certificate> parent_certificate;
  TimeMs time_ms = 0;  ///< the proposer's wall clock, Unix time
  Hash256 state_root;  ///< after the parent block
  /// Committee::hash() of this era, which certifies this header; zero if the format does not say.
  Hash256 committee;
  /// Committee::hash() of era + 1 once it is fixed, zero before.
  Hash256 next_committee;
};

/// Reads bytes from strangers: refuses what is malformed or over a limit, checks that the body
/// belongs to the header, and needs no state. Pure.
class BlockReader {
 public:
  BlockReader() = default;
  BlockReader(const BlockReader&) = delete;
  BlockReader& operator=(const BlockReader&) = delete;
  virtual ~BlockReader() = default;
  /// A whole block: header and body.
  [[nodiscard]] virtual Result<HeaderView> read_block(ByteView block) const = 0;
  /// A header alone.
  [[nodiscard]] virtual Result<HeaderView> read_header(ByteView header) const = 0;
};

}  // namespace cess::consensus
