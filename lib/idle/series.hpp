// SPDX-License-Identifier: Apache-2.0
// Small fillers, made in series. All eight layers of a group fit into memory, so nothing but labels
// and trees is written, and one sync of the file system stands between a whole series and its
// names. After a kill or a power cut before that, what a filler has is hashed, and whole ones are
// kept.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "idle/layers.hpp"
#include "sys/file.hpp"

namespace cess::idle {

/// The largest filler that is made so, in bytes: 1 MiB. A larger one is worth going on with.
constexpr std::uint64_t kSeriesFillerMax = std::uint64_t{1} << 20U;
/// Fillers under one sync: 32 MiB of them, at most 1,024.
std::uint64_t series_count(const pois::Params& params);
/// Bytes of memory for `lanes` fillers side by side.
std::uint64_t series_memory_bytes(const pois::Params& params, std::size_t lanes);

/// One series in one store. The folders are there, and the room of its fillers is claimed.
class Series {
 public:
  static Result<Series> begin(const pois::Owner& owner, const std::string& store);
  /// Writes labels, trees and commitments of fillers that are not named yet, `lanes` side by side
  /// in each thread, but for those that a killed run wrote whole; nothing is durable. `progress`
  /// gets bytes of fillers, in any thread.
  Status write(std::span<const std::uint64_t> numbers, std::size_t lanes, unsigned threads,
               const std::function<void(std::uint64_t)>& progress) const;
  /// What was written is on disk.
  [[nodiscard]] Status sync() const;
  /// Names, labels first; after sync. May be repeated after a kill at any point.
  [[nodiscard]] Status publish(std::span<const std::uint64_t> numbers) const;

 private:
  Group group_;  // of nobody: whose, and where
  Fd folder_;    // open since before the first byte, as sync_file_system wants it
};

}  // namespace cess::idle
