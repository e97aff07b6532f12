// SPDX-License-Identifier: Apache-2.0
// Where repair takes bytes from: other stores and bundles. Nothing from a source is trusted:
// fragments are checked against the manifest's roots, tag files against their fragments, keys and
// sidecars against their ids.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "codec/bundle.hpp"
#include "codec/keys.hpp"
#include "codec/manifest.hpp"
#include "export.hpp"
#include "podr2/tag.hpp"
#include "store/store.hpp"

namespace cess {

/// One place that may hold fragments. Segments of a file are asked for in ascending order.
class RepairSource {
 public:
  virtual ~RepairSource() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  /// Its manifest of the file, if it has a good one. One of `fid` and `file` is given.
  virtual std::optional<CheckedManifest> manifest(const Fid* fid, const FileId* file) = 0;
  /// Turns to a file; false when there is nothing of it.
  virtual bool begin(const FileId& file) = 0;
  /// The bytes of a fragment of that file, if it has them with this root.
  virtual std::optional<Bytes> fragment(const FragmentPos& pos, const Hash256& root) = 0;
  /// All tag files of a segment that it has.
  virtual std::vector<Bytes> tag_files(std::uint32_t segment) = 0;
  virtual std::optional<Bytes> tagger(const TaggerId& id) = 0;
};

std::unique_ptr<RepairSource> store_source(const StoreReader& store, std::string name);
/// A bundle file or folder, streamed: holds one segment at a time.
std::unique_ptr<RepairSource> bundle_source(std::string path);

/// Bytes that repair has found for a wanted fragment, right by its root.
struct Fetched {
  std::optional<Bytes> bytes;
  std::string how = "copied";  ///< or "rebuilt"
};

/// Finds or rebuilds fragments of one file. The sources outlive it and have begun with the file.
class SegmentFetch {
 public:
  /// `mask` is a mask key the user gave, or null; a public file's own header will do without.
  SegmentFetch(const Manifest& manifest, std::vector<RepairSource*> sources, const MaskKey* mask);
  /// Fragments of one segment. Returns why some are missing; empty when none is.
  Result<std::string> fetch(const std::vector<FragmentPos>& want, std::vector<Fetched>& got);

 private:
  [[nodiscard]] const Hash256& root_of(const FragmentPos& pos) const;
  std::optional<Bytes> copy_of(const FragmentPos& pos);
  std::vector<std::pair<FragmentPos, Bytes>> gather(std::uint32_t segment);
  Result<std::string> rebuild(const std::vector<FragmentPos>& want, std::vector<Fetched>& got);

  const Manifest& manifest_;
  std::vector<RepairSource*> sources_;
  std::optional<Key256> mask_;
};

/// The tag files of one segment, each the first over all sources that is good: it fits the manifest
/// and its signature is right by the tagger's key, which a source must have.
class TagChoice {
 public:
  using Warn = std::function<void(const std::string&)>;
  /// Asks `active` for tag files, and `all` for keys.
  TagChoice(const Manifest& manifest, std::uint32_t segment,
            const std::vector<RepairSource*>& active,
            const std::vector<std::unique_ptr<RepairSource>>& all, const Warn& warn);
  /// Tagged fragments only.
  [[nodiscard]] const std::map<FragmentPos, Bytes>& files() const { return files_; }
  /// Public files of their taggers.
  [[nodiscard]] const std::map<TaggerId, Bytes>& keys() const { return keys_; }
  /// Whether nothing good is known of this fragment's tags while something bad was offered.
  [[nodiscard]] bool lacks(const FragmentPos& pos) const {
    return skipped_ && !files_.contains(pos) && !untagged_.contains(pos);
  }

 private:
  Status judge(const Manifest& manifest, std::uint32_t segment, const TagFile& tags,
               const std::vector<std::unique_ptr<RepairSource>>& all);
  const TaggerHead* key_of(const TaggerId& id,
                           const std::vector<std::unique_ptr<RepairSource>>& all);

  std::map<FragmentPos, Bytes> files_;
  std::set<FragmentPos> untagged_;
  std::map<TaggerId, Bytes> keys_;
  std::map<TaggerId, TaggerHead> heads_;
  bool skipped_ = false;
};

}  // namespace cess
