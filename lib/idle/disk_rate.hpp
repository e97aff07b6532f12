// SPDX-License-Identifier: Apache-2.0
// How fast the disk under a folder takes what is written there, and gives it back when memory has
// forgotten it: what bounds the making of fillers whose layers lie there.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "sys/clock.hpp"
#include "sys/random.hpp"

namespace cess::idle {

struct DiskRate {
  double written = 0;  ///< bytes a second, until they are on the disk
  double read = 0;     ///< bytes a second; memory's where a file system keeps no other place
};

/// Bytes written at once, then synced: a disk's own memory takes less for nothing.
constexpr std::uint64_t kDiskPiece = std::uint64_t{32} << 20U;

/// Writes random pieces into a file of `folder` that has no name, for `seconds` and at most
/// `size_max` (at least a piece), and reads them back for no longer. Code::system.
Result<DiskRate> measure_disk(const std::string& folder, double seconds, std::uint64_t size_max,
                              Clock& clock, Random& random);

/// Seconds that the disk works on a byte of a filler: seven layers and the labels are written
/// there, and read once more for the trees.
double disk_seconds(const DiskRate& disk);
/// Bytes of fillers a second, where a processor makes `made` of them and a disk does that: it
/// writes while others are made, and reads after that.
double rate_with_disk(double made, const DiskRate& disk);

}  // namespace cess::idle
