// SPDX-License-Identifier: Apache-2.0
// The ingest check: before a miner signs for fragments, it checks their tags against their bytes,
// many fragments of one tagger at once. With random 128-bit ρ_i per block and F_j = Σ ρ_i m_{i,j}:
//   e(Σρ_i σ_i, g2) = e(Σρ_i h_i + Σ_j F_j P_j, v).
// One sum over the key list covers a whole group (>= 64 fragments for full speed). Public data
// only: variable time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "podr2/keys.hpp"
#include "podr2/tag_file.hpp"

namespace cess {

/// One group of fragments of one tagger. Keeps 480 kB per fragment, so that a bad one is found
/// without its bytes. Not for use by two threads at once.
class IngestCheck {
 public:
  /// `key` must have passed check_key() and outlive the object. `seed`: fresh and secret.
  IngestCheck(const TaggerPublic& key, const CheckSeed& seed);
  IngestCheck(IngestCheck&&) noexcept;
  IngestCheck& operator=(IngestCheck&&) noexcept;
  ~IngestCheck();

  /// Takes a fragment in. Refused at once (Code::no, the group unchanged): another suite or tagger,
  /// wrong signature, length or root not that of `data`, a tag that is no point of the curve.
  Status add(const TagFile& tags, ByteView data);
  /// Fills `out` with the fragment's bytes from `offset` on.
  using ReadBytes = std::function<Status(std::uint64_t offset, MutByteView out)>;
  /// The same for bytes whose root has been compared before: they are read block by block and not
  /// hashed again. An error of `read` is returned as it is.
  Status add_known(const TagFile& tags, const ReadBytes& read);
  /// The same for bytes that are in memory. Code::no also when they have another length.
  Status add_known(const TagFile& tags, ByteView data);
  [[nodiscard]] std::size_t count() const;
  /// Checks the group and empties it. Returns the positions, in order of add(), of fragments whose
  /// tags do not fit their bytes or are not of G1; none is the good answer.
  std::vector<std::size_t> finish();

 private:
  struct Impl;
  /// The bytes of a block, until the next call.
  using BlockAt = std::function<Result<ByteView>(std::uint64_t offset, std::size_t size)>;
  Status add_blocks(const TagFile& tags, const BlockAt& block_at);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cess
