// SPDX-License-Identifier: Apache-2.0
// What may stand in a bundle, where, and how large: shared by the stream reader, the index of a
// bundle file and the folder reader. Limits come from the header, before anything is allocated.
// Internal to codec.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "codec/bundle.hpp"
#include "codec/header.hpp"

namespace cess {

constexpr std::uint64_t kTaggerSizeMax = 1U << 20U;

struct EntryName {
  EntryKind kind = EntryKind::header;
  FragmentPos pos;
  TaggerId tagger;
};
std::optional<EntryName> parse_entry_name(std::string_view path);
std::string entry_path(EntryKind kind, const FragmentPos& pos, const TaggerId& tagger);

class BundleRules {
 public:
  /// Empty if an entry of this name and size may come now, else why not.
  std::string admit(const EntryName& name, std::uint64_t size);
  /// The bytes of the header entry, which admit() has let pass. Sets the limits.
  Status set_header(ByteView bytes);
  /// The bytes of a manifest entry: an early copy and the last one must be equal.
  std::string add_manifest(ByteView bytes);
  /// Empty if the bundle may end here.
  [[nodiscard]] std::string end() const;

  [[nodiscard]] const FileHeader& header() const { return header_; }
  [[nodiscard]] const FileId& file() const { return file_; }
  [[nodiscard]] std::uint64_t tags_size_max() const;

 private:
  std::string admit_position(const EntryName& name);

  FileHeader header_;
  FileId file_;
  std::uint64_t count_ = 0;  // entries admitted
  bool early_ = false;       // the second entry was a manifest
  bool last_was_manifest_ = false;
  bool over_ = false;  // the last manifest has come
  Hash256 manifest_hash_;
  std::unordered_map<std::uint32_t, std::vector<bool>>
      seen_;  // per segment: columns of fragments, then of tags
  std::unordered_map<TaggerId, bool, IdHash> taggers_;
};

}  // namespace cess
