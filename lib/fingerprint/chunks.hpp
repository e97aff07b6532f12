// SPDX-License-Identifier: Apache-2.0
// The features of any file (algorithm data/1): its bytes are cut where their content says (FastCDC,
// Xia et al. 2016, with ISO 24138's parameters: 256 bytes at least, about 1 KiB, 8 KiB at most), so
// that an insertion moves only the cuts around it, and each chunk is a feature. A sketch of them
// finds files that contain others, archives and disk images that were not compressed, and new
// versions. The same chunks make the ISCC data unit.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "fingerprint/sketch.hpp"

namespace cess::fp {

/// Length of the first chunk of `data`: that of the whole stream's if 8 KiB or the stream's end are
/// in reach.
std::size_t cut_chunk(ByteView data);

struct DataFeatures {
  std::uint64_t size_bytes = 0;
  Sketch sketch;
  Bits256 minhash{};
  Bits256 iscc{};  ///< body of the ISCC data unit (ISO 24138)
};

/// Takes a stream in parts of any size. Not for use by two threads at once.
class DataHasher {
 public:
  DataHasher();
  ~DataHasher();
  DataHasher(DataHasher&&) noexcept;
  DataHasher& operator=(DataHasher&&) noexcept;
  void update(ByteView part);
  /// Ends the stream.
  DataFeatures finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cess::fp
