// SPDX-License-Identifier: Apache-2.0
// Where blobs live. A blob is immutable and has a kind and an id; it appears whole or not at all.
// Files in folders today (file_backend.cpp); an object store can implement the same calls. Reading:
// any number of threads and processes. Writing: one.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace cess {

class Budget;

enum class BlobKind : std::uint8_t { fragment = 1, sidecar = 2, manifest = 3, tagger = 4 };

struct BlobName {
  BlobKind kind = BlobKind::fragment;
  Hash256 id;
  friend auto operator<=>(const BlobName&, const BlobName&) = default;
};
template <class Tag>
BlobName blob(BlobKind kind, const Id<Tag>& id) {
  return {kind, Hash256::from(id.view())};
}

/// Bytes that are written, perhaps not synced yet, and have no name.
struct StagedBlob {
  BlobName name;
  std::uint64_t size = 0;
  std::string temporary;
};

class Backend {
 public:
  virtual ~Backend() = default;

  // ---- reading
  /// For messages: the file's name.
  [[nodiscard]] virtual std::string describe(const BlobName& name) const = 0;
  /// Code::no when there is none.
  virtual Result<std::uint64_t> size(const BlobName& name) const = 0;
  /// Exactly out.size() bytes from `offset`; Code::no when absent or shorter.
  virtual Status read(const BlobName& name, std::uint64_t offset, MutByteView out) const = 0;
  /// All blobs of a kind, in order of id. Files with names that are no blob's are given to `stray`.
  using Visit = std::function<Status(const BlobName&, std::uint64_t size)>;
  using Stray = std::function<Status(const std::string& path, std::uint64_t size)>;
  virtual Status each(BlobKind kind, const Visit& visit, const Stray& stray) const = 0;
  /// Bytes in temporary files.
  virtual Result<std::uint64_t> temporary_bytes() const = 0;
  [[nodiscard]] virtual bool is_marked(const BlobName& name) const = 0;
  virtual Result<std::vector<BlobName>> marked() const = 0;

  // ---- damage marks: any process may set one, the writer clears it
  virtual Status mark(const BlobName& name) = 0;
  virtual Status unmark(const BlobName& name) = 0;

  // ---- writing; every byte is charged to the budget before it is written
  /// Writes a nameless copy. Code::system with the numbers when it does not fit (before writing).
  virtual Result<StagedBlob> stage(const BlobName& name, ByteView data) = 0;
  /// Drops a staged blob.
  virtual void unstage(const StagedBlob& staged) = 0;
  /// Announces durably which names are about to appear or go, so that recovery after a kill knows
  /// where to look.
  virtual Status announce(std::span<const BlobName> names) = 0;
  /// Gives staged blobs their names, durably. Replaces what lies there.
  virtual Status publish(std::span<const StagedBlob> staged) = 0;
  /// Removes blobs; absent ones are no error. `sizes` are released from the budget.
  virtual Status remove(std::span<const BlobName> names, std::span<const std::uint64_t> sizes) = 0;
  /// The announcement is done with.
  virtual Status conclude() = 0;
  /// What a killed writer had announced.
  virtual Result<std::vector<BlobName>> announced() const = 0;
  /// Removes temporary files of a killed writer (not the announcement).
  virtual Status clear_temporaries() = 0;
  /// Bytes of folders made or grown since the backend was opened, less those removed.
  [[nodiscard]] virtual std::int64_t folder_bytes_change() const = 0;
  /// Bytes of all folders and fixed files, by looking at each.
  virtual Result<std::uint64_t> folder_bytes() const = 0;
};

/// The file backend of the store at `path`. `budget` may be null for readers.
std::unique_ptr<Backend> file_backend(const std::string& path, Budget* budget);
/// Makes its folders.
Status create_file_backend(const std::string& path);

}  // namespace cess
