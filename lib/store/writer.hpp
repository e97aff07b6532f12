// SPDX-License-Identifier: Apache-2.0
// The one writer of a store. Each call that changes something returns only when the change is on
// disk and acknowledged in the ack record; the caller may then tell the world. After a failure
// inside a commit the object refuses further changes ("must be opened again"); what is on disk
// stays right. One thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "store/store.hpp"

namespace cess {

class SegmentPut;
class KvView;
struct StagedBlob;

namespace records {
struct Counters;
}

class Store final : public StoreReader {
 public:
  /// Makes a new store in `path` (absent, empty but for lost+found, or left by an
  /// interrupted init).
  static Status init(const std::string& path, const StoreConfig& config);
  /// Takes the writer's lock (Code::busy names the holder; waits up to `wait_s`), cleans up after a
  /// killed writer.
  static Result<std::unique_ptr<Store>> open(const std::string& path, std::uint64_t wait_s = 0);
  ~Store() override;
  Status refresh() override { return {}; }

  /// Keeps a tagger's public file; its id is recomputed. Does nothing when it is there.
  Status put_tagger(const TaggerId& id, ByteView file);
  /// Keeps a manifest, whose fid the caller has checked. Does nothing when it is there.
  Status put_manifest(const Fid& fid, const FileId& file, ByteView manifest);
  /// Removes fragments, at most kBatchMax at once; absent ones are Code::no and nothing is removed.
  static constexpr std::size_t kBatchMax = 256;
  Status remove_fragments(std::span<const FragId> ids);
  /// Removes a manifest.
  Status remove_manifest(const Fid& fid);

  /// Puts good bytes in the place of a damaged or missing fragment; its root is checked first.
  /// False, and nothing done, when the stored one is good.
  Result<bool> restore_fragment(const StoredFragment& fragment, ByteView data);
  /// The same for a tag sidecar, checked by its id.
  Result<bool> restore_sidecar(const StoredFragment& fragment, ByteView data);
  Result<bool> restore_tagger(const TaggerId& id, ByteView data);
  /// `data` has been checked against the fid by the caller.
  Result<bool> restore_manifest(const Fid& fid, ByteView data);

  /// Removes every file without an index entry, and unreferenced tagger keys; counts anew.
  struct GcResult {
    std::uint64_t file_count = 0;
    std::uint64_t size_bytes = 0;
  };
  Result<GcResult> collect_garbage();

  /// Room for user data: what nothing takes, and what fillers would give back.
  [[nodiscard]] std::uint64_t idle_bytes() const;
  /// What nothing takes, not even fillers.
  [[nodiscard]] std::uint64_t free_bytes() const;
  /// A write failed in the middle of a commit: only another open can say what is on the disk.
  [[nodiscard]] bool must_reopen() const { return broken_; }

  /// Makes files of these sizes in idle/work for a filler that is about to be made, so that its
  /// room is its own; they are filled and renamed by the idle module. False, and nothing is left,
  /// when they do not fit: fillers do not give way to fillers.
  struct ClaimedFile {
    std::string path;
    std::uint64_t size = 0;
  };
  Result<bool> claim_filler(std::span<const ClaimedFile> files);
  /// Removes a filler, and what is left of its making.
  Status remove_filler(std::uint64_t number);

 private:
  friend class SegmentPut;
  Store() = default;
  Status open_parts(bool create);
  Status adopt_sizes(const records::Counters& counters);
  Status recover();
  Status recover_fillers();
  bool give_way();
  void settle_fillers();
  Status usable() const;
  /// Publishes blobs and writes index changes as one group.
  Status commit(KvView& view, records::Counters& counters, std::span<const StagedBlob> staged);
  /// Writes index changes, then removes blobs.
  Status commit_removal(KvView& view, records::Counters& counters, std::span<const BlobName> names,
                        std::span<const std::uint64_t> sizes);
  Status write_index(KvView& view, records::Counters& counters);
  void count_folders(records::Counters& counters);
  void roll_back(std::span<const StagedBlob> staged);
  Result<GcResult> recount(GcResult result);
  Result<bool> has_record(const BlobName& name) const;
  Result<bool> restore(const BlobName& name, ByteView data, std::uint64_t charged);
  Status put_shared_file(const BlobName& name, ByteView data, const std::string& key);

  Fd lock_;
  std::unique_ptr<Budget> budget_;
  std::unique_ptr<AckFile> ack_;
  std::int64_t folder_change_counted_ = 0;
  std::uint64_t fillers_charged_ = 0;  ///< bytes of fillers and their making, as last counted
  bool broken_ = false;
};

/// The fragments and tag files of one segment on their way into a store: nothing is kept until
/// commit.
class SegmentPut {
 public:
  SegmentPut(Store& store, const FileId& file, std::uint32_t segment);
  ~SegmentPut();
  SegmentPut(const SegmentPut&) = delete;
  SegmentPut& operator=(const SegmentPut&) = delete;

  /// Checks `data` against the root it claims (Code::input) and stages it; Code::system, before
  /// writing, when it does not fit.
  Status add_fragment(std::uint16_t index, std::uint16_t replica, const Hash256& root,
                      ByteView data);
  /// A tag file of any fragment of this segment, kept or not.
  Status add_tags(std::uint16_t index, std::uint16_t replica, ByteView tag_file);
  /// Makes it last. Returns the fragments in the order they were added, with their ids; those that
  /// were there already are returned alike. Code::input when a tag file contradicts its fragment.
  Result<std::vector<StoredFragment>> commit();
  [[nodiscard]] std::uint32_t segment() const { return segment_; }

 private:
  struct Part;
  struct Tags;
  Status describe_parts();
  Result<Bytes> build_sidecar();
  Status admit(const Part& part) const;

  Store& store_;
  FileId file_;
  std::uint32_t segment_;
  std::vector<Part> parts_;
  std::vector<Tags> tags_;
  bool reserved_ = false;
};

}  // namespace cess
