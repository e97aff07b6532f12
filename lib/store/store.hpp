// SPDX-License-Identifier: Apache-2.0
// A miner's disk: fragments as files, their index in a database, one declared capacity for both.
// StoreReader looks (many at once, also beside a writer and on a read-only disk); Store is the one
// writer. Byte layout: doc/formats/store.md; why it survives a kill: lib/store/DESIGN.md.
// Threads: the const functions of an object may be called by many threads at once, the others by
// one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "merkle/sum_tree.hpp"
#include "podr2/descriptor.hpp"
#include "podr2/tag_file.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/random.hpp"

namespace cess {

/// What `init` wrote down, once and for ever.
struct StoreConfig {
  MinerId miner;
  std::uint64_t capacity_bytes = 0;  ///< every byte under the folder counts
  std::string created;               ///< RFC 3339 UTC
};

/// One stored fragment as the index knows it.
struct StoredFragment {
  FragId id;
  Descriptor descriptor;
  std::uint64_t position = 0;    ///< in the service index
  Hash256 sidecar;               ///< names the tag sidecar of its segment
  std::uint32_t tag_offset = 0;  ///< of its tag file in the sidecar
  std::uint32_t tag_size = 0;
};

/// Where a block number of the service index leads.
struct BlockHit {
  std::uint64_t position = 0;
  IndexEntry entry;
  std::uint64_t block_in_fragment = 0;
};

/// A stored file: its manifest is here, some of its fragments perhaps.
struct StoredFile {
  Fid fid;
  FileId file;
  std::uint64_t manifest_size = 0;
  Hash256 manifest_hash;  ///< SHA-256: the fid does not cover every byte, its name for one
};

struct StoreStat {
  StoreConfig config;
  std::uint64_t fragment_count = 0;
  std::uint64_t block_count = 0;
  std::uint64_t file_count = 0;  ///< with a manifest
  std::uint64_t fragment_bytes = 0;
  std::uint64_t tag_bytes = 0;
  std::uint64_t manifest_bytes = 0;
  std::uint64_t tagger_bytes = 0;
  std::uint64_t folder_bytes = 0;         ///< the folders themselves
  std::uint64_t fixed_bytes = 0;          ///< charged for the small records
  std::uint64_t index_bytes = 0;          ///< the database as it is
  std::uint64_t index_reserve_bytes = 0;  ///< what is kept free for it
  std::uint64_t temporary_bytes = 0;      ///< tmp/: of a living writer, or left by a dead one
  std::uint64_t filler_bytes = 0;  ///< idle/: fillers, and what is being made (fillers.hpp)
  std::uint64_t used_bytes = 0;  ///< all of the above, the reserve in place of the index if larger
  std::uint64_t idle_bytes = 0;  ///< capacity less used
  std::uint64_t damaged_count = 0;  ///< marked by scrub
  std::uint64_t orphan_count = 0;   ///< files without an index entry; `gc` removes them
  std::uint64_t orphan_bytes = 0;
};

class Kv;
class Backend;
class Budget;
class AckFile;
struct BlobName;

/// Charged for what is always there: store.json, lock, ack, damage marks, scrub's cursor, the
/// announcement of a group, and the store's own folders at their first size.
constexpr std::uint64_t kStoreFixedBytes = 128U << 10U;

/// Names a tag sidecar: H("CESS-SIDECAR-v1" ‖ bytes).
Hash256 sidecar_id(ByteView bytes);

/// Looks at a store. What it sees is the state at open, or later; `refresh` looks again.
class StoreReader {
 public:
  /// Code::system where no store is ("no store.json"), Code::input for a newer version (nothing is
  /// touched), Code::system "index behind" when the index knows less than was acknowledged.
  static Result<std::unique_ptr<StoreReader>> open(const std::string& path);
  virtual ~StoreReader();
  StoreReader(const StoreReader&) = delete;
  StoreReader& operator=(const StoreReader&) = delete;

  [[nodiscard]] const StoreConfig& config() const { return config_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Sees what writers have committed meanwhile. A writer sees its own commits at once.
  virtual Status refresh();

  // ---- the service index (crypto: Merkle sum tree; merkle/sum_tree.hpp)
  Result<std::uint64_t> service_count() const;
  /// Root hash and number of blocks; zero for an empty store.
  Result<SumNode> service_root() const;
  Result<IndexEntry> service_entry(std::uint64_t position) const;
  /// Code::usage when block >= service_root().sum.
  Result<BlockHit> service_find(std::uint64_t block) const;
  Result<std::vector<SumNode>> service_path(std::uint64_t position) const;
  /// All entries in order; stops at the first failure of `visit`.
  Status each_entry(const std::function<Status(std::uint64_t, const IndexEntry&)>& visit) const;

  // ---- fragments
  /// Code::no when there is none.
  Result<StoredFragment> fragment(const FragId& id) const;
  Result<std::optional<FragId>> fragment_at(const FileId& file, std::uint32_t segment,
                                            std::uint16_t index, std::uint16_t replica) const;
  /// All fragments of a file by segment, replica, index.
  Status each_fragment_of(const FileId& file,
                          const std::function<Status(const StoredFragment&)>& visit) const;
  /// Marked by scrub and not yet repaired.
  [[nodiscard]] bool is_damaged(const FragId& id) const;
  Result<std::vector<FragId>> damaged() const;
  /// Whether its file is there with the right size; nothing is read.
  [[nodiscard]] bool looks_whole(const StoredFragment& fragment) const;
  /// Raw stored bytes [offset, offset + out.size()), not checked against the root.
  /// Code::no when the fragment is absent or marked damaged or the range passes its end.
  Status read(const FragId& id, std::uint64_t offset, MutByteView out) const;
  /// The whole fragment, its root checked. Code::no, "fragment '…' is damaged", when it differs.
  Result<Bytes> read_verified(const StoredFragment& fragment) const;
  /// Reads it whole and compares; marks it damaged when it differs. True: it is good. Code::no: there
  /// is none; others: it could not be judged.
  Result<bool> check_fragment(const FragId& id);
  /// The tag file of a stored fragment, its descriptor checked against the fragment's id.
  Result<TagFile> tag_file(const StoredFragment& fragment) const;
  /// All tag files of the fragment's segment, concatenated; the sidecar's own id is checked.
  Result<Bytes> sidecar(const StoredFragment& fragment) const;

  // ---- files and taggers
  Status each_file(const std::function<Status(const StoredFile&)>& visit) const;
  Result<std::optional<StoredFile>> file(const Fid& fid) const;
  Result<std::optional<Fid>> fid_of(const FileId& file) const;
  Result<Bytes> manifest(const Fid& fid) const;
  /// The tagger's public file as it was put (podr2 parses it); its id is not recomputed here.
  Result<Bytes> tagger_public(const TaggerId& id) const;
  /// Whether the stored file has the id it is stored under.
  [[nodiscard]] bool tagger_is_good(const TaggerId& id) const;
  [[nodiscard]] bool has_tagger(const TaggerId& id) const;
  Status each_tagger(const std::function<Status(const TaggerId&)>& visit) const;

  /// Counts; `orphans`: also walks all folders for files without an index entry.
  Result<StoreStat> stat(bool orphans) const;

 protected:
  friend class Scrubber;
  StoreReader();
  Status check_config() const;
  Status check_sequence(std::uint64_t acknowledged) const;
  Result<Bytes> whole_blob(const BlobName& name, std::uint64_t size_max) const;
  Result<std::uint64_t> blob_size(const BlobName& name, const FragId& id) const;

  std::string path_;
  StoreConfig config_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Kv> kv_;
};

}  // namespace cess
