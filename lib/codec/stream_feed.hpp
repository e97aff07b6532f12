// SPDX-License-Identifier: Apache-2.0
// Where the decoding pipeline gets its segments from. A feed is used by one thread, the loader's.
// Internal to codec.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/bundle.hpp"
#include "codec/fragment_set.hpp"
#include "codec/manifest.hpp"
#include "codec/segment_decoder.hpp"
#include "codec/workers.hpp"

namespace cess {

class Feed {
 public:
  virtual ~Feed() = default;
  /// Fills `group` (whose buffers are reused) with the next segment; false after the last one.
  virtual Result<bool> next(Group& group) = 0;
  /// Known at the latest when next() has returned false.
  [[nodiscard]] virtual const Manifest& manifest() const = 0;
};

/// All segments of a set, k fragments of each read ahead.
std::unique_ptr<Feed> set_feed(const FragmentSet& set);

/// A bundle as a stream. In the usual order it holds one segment at a time; from the first segment
/// that comes too early or with too little on, it spools what follows to a nameless temporary file.
class StreamFeed final : public Feed {
 public:
  StreamFeed(int fd, std::string name, std::optional<Manifest> known, std::string spool_dir,
             Say warn);
  /// Reads the header; before next().
  Status open();
  void cancel() { cancel_.cancel(); }
  [[nodiscard]] const FileHeader& header() const { return header_; }
  Result<bool> next(Group& group) override;
  [[nodiscard]] const Manifest& manifest() const override { return *manifest_; }

 private:
  struct Claim {
    FragmentPos pos;
    Hash256 root;
  };
  struct Spooled {
    FragmentPos pos;
    Hash256 root;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };
  Status set_manifest(Manifest manifest);
  Result<bool> fill(Group& group);
  Status take(Group& group, BundleEntry& entry);
  bool enough(Group& group);
  void close_segment(Group& group);
  Result<bool> next_after_end(Group& group);
  Status spill(const FragmentPos& pos, const Hash256& root, ByteView data);
  Status spill_group(Group& group);
  void note_claim(const BundleEntry& entry);
  Status compare_claims();
  Bytes spare_buffer();

  std::string name_;
  std::string spool_dir_;
  Say warn_;
  Cancel cancel_;
  std::unique_ptr<BundleSource> source_;
  FileHeader header_;
  FileId file_;
  std::optional<Manifest> manifest_;
  std::uint32_t segment_ = 0;  // the one to deliver next
  BundleEntry entry_;
  bool pending_ = false;  // entry_ belongs to segment_
  bool ended_ = false;
  std::vector<Bytes> spare_;
  std::vector<Claim> claims_;  // of entries that came before any manifest
  Fd spool_;
  std::uint64_t spool_size_ = 0;
  std::vector<Spooled> spooled_;  // sorted by position once the stream has ended
};

}  // namespace cess
