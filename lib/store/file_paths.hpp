// SPDX-License-Identifier: Apache-2.0
// Names of blob files, and walking their folders.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/backend.hpp"

namespace cess::detail {

/// Where blobs of a kind lie.
struct KindFolder {
  BlobKind kind;
  std::string_view folder;
  std::string_view suffix;
  unsigned fan_out;  ///< levels of two hex digits
};
constexpr KindFolder kKindFolders[] = {
    {BlobKind::fragment, "fragments", ".frag", 2},
    {BlobKind::sidecar, "tags", ".tags", 2},
    {BlobKind::manifest, "manifests", ".json", 0},
    {BlobKind::tagger, "taggers", ".pub", 0},
};
const KindFolder& folder_of(BlobKind kind);

/// "<hex>.frag"
std::string file_name(const BlobName& name);
std::optional<BlobName> parse_file_name(std::string_view file);
/// Folders from the kind's own down to the one that holds the file: "fragments", "fragments/ab",
/// ...
std::vector<std::string> folders_of(const BlobName& name);
/// "fragments/ab/cd/<hex>.frag"
std::string relative_path(const BlobName& name);

struct FolderEntry {
  std::string name;
  bool is_folder = false;
  std::uint64_t size = 0;
};
/// Everything in a folder, sorted; what vanishes meanwhile is left out.
Result<std::vector<FolderEntry>> folder_entries(const std::string& path);
/// st_size of a folder, 0 when it is not there.
std::uint64_t folder_size(const std::string& path);

/// The announcement in tmp/intent: magic "CESSINT1", LE32 count, (kind u8, id 32)..., SHA-256 of
/// all before.
Bytes encode_intent(std::span<const BlobName> names);
Result<std::vector<BlobName>> parse_intent(ByteView bytes);

}  // namespace cess::detail
