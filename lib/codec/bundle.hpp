// SPDX-License-Identifier: Apache-2.0
// The bundle: a POSIX pax tar stream that carries an encoded file between the tools.
//   header                            the CESSENC1 header (codec/header.hpp), always first
//   manifest.json                     optional early copy, when the writer knows it (store get)
//   taggers/<tagger_id>.pub           a tagger's public key file, before the first tag file that
//                                     needs it
//   fragments/SSSSSSSS-III-RRR.frag   segment (8+ digits), index (3), replica (3), decimal
//   tags/SSSSSSSS-III-RRR.tag         tag file of that fragment, right after it, or alone
//   manifest.json                     always last
// Each fragment entry carries pax attributes user.cess.file (file_id hex) and user.cess.root
// (fragment root hex). The reader refuses anything else: other names or types, duplicates, sizes
// over the header's limits, a missing end. It does not compute roots: that is up to who uses the
// fragments.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace cess {

class Cancel;

/// Position of a fragment in its file.
struct FragmentPos {
  std::uint32_t segment = 0;
  std::uint16_t index = 0;
  std::uint16_t replica = 0;
  friend auto operator<=>(const FragmentPos&, const FragmentPos&) = default;
};
std::string fragment_name(const FragmentPos& pos);  ///< "00000000-003-000"
std::optional<FragmentPos> parse_fragment_name(std::string_view name);

enum class EntryKind { header, manifest, tagger, fragment, tags };

struct BundleEntry {
  EntryKind kind = EntryKind::header;
  FragmentPos pos;  ///< fragment, tags
  TaggerId tagger;  ///< tagger
  FileId file;      ///< fragment
  Hash256 root;     ///< fragment: the root it claims
  Bytes data;       ///< the whole entry
};

/// Receives entries in order.
class BundleSink {
 public:
  virtual ~BundleSink() = default;
  /// `entry.data` is borrowed from `data` instead, to spare a copy: BundleEntry::data is ignored.
  virtual Status add(const BundleEntry& entry, ByteView data) = 0;
  /// After the manifest: completes and, for files, commits.
  virtual Status finish() = 0;
};

/// Writes a tar stream to `fd` (`name` for messages).
std::unique_ptr<BundleSink> bundle_writer(int fd, std::string name);
/// What outlives a kill of the process always does; this is about a machine that stops.
enum class FolderSync { all, none };
/// Writes the same entries as files of a folder (created; names as above), manifest last.
Result<std::unique_ptr<BundleSink>> folder_writer(const std::string& path, bool force,
                                                  FolderSync sync = FolderSync::all);

/// Drops everything: for measuring what comes before the output.
std::unique_ptr<BundleSink> null_writer();

/// Yields entries in order.
class BundleSource {
 public:
  virtual ~BundleSource() = default;
  /// The next entry into `out` (its `data` buffer is reused); false after the last manifest and a
  /// proper end of archive.
  virtual Result<bool> next(BundleEntry& out) = 0;
};

/// Reads a tar stream from `fd`. Streams with constant memory: one entry at a time.
/// `cancel`, if given, can end its waiting from another thread (codec/workers.hpp).
std::unique_ptr<BundleSource> bundle_reader(int fd, std::string name, Cancel* cancel = nullptr);
/// Reads a folder in bundle order.
Result<std::unique_ptr<BundleSource>> folder_reader(const std::string& path);

}  // namespace cess
