// SPDX-License-Identifier: Apache-2.0
// Fillers of idle space in a store's folder, as the store sees them: numbered files that take the
// room that nothing else takes, of which the oldest gives way (doc/formats/store.md). What is in
// them is the idle module's.
//   idle/<number>.labels, .tree   a filler; it is there when its .tree is
//   idle/work/<number>.<part>     one being made; its room was claimed before the first byte
// Claiming and removing need the writer's lock; renames of the maker's own files do not.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sys/file.hpp"

namespace cess::fillers {

/// `name` in the store's folder of fillers.
std::string path_in(const std::string& store, std::string_view name);
std::string labels_path(const std::string& store, std::uint64_t number);
std::string tree_path(const std::string& store, std::uint64_t number);
/// A part of a filler that is being made: "tree", "labels", "layer3".
std::string work_path(const std::string& folder, std::uint64_t number, std::string_view part);
std::string work_folder(const std::string& store);

/// While this lives, nobody renames files of fillers (`exclusive`, for who counts them), or nobody
/// counts them (for who renames). Waits for the moment the other needs. Nothing, where there is no
/// work folder. Code::system.
Result<Fd> hold_names(const std::string& store, bool exclusive);

struct Listing {
  std::vector<std::uint64_t> numbers;  ///< fillers that are there, rising
  std::vector<std::uint64_t> claimed;  ///< being made, rising
  std::vector<std::uint64_t> kept;     ///< there, and their layers are, too
  std::vector<std::uint64_t> halves;   ///< labels without a tree that nobody is making
  std::uint64_t size_bytes = 0;        ///< all files and folders
};
/// Looks; a store that never had fillers has an empty listing. Code::system.
Result<Listing> list(const std::string& store);
/// Removes a filler, durably, the tree first. Absent files are no error.
Status remove(const std::string& store, std::uint64_t number);
/// A part of `work`: when this filler is there, nothing else of it is wanted in `work`.
inline constexpr std::string_view kMark = "unwanted";
/// Bytes of the files in a folder of layers, by the filler they belong to; none where no folder is.
Result<std::map<std::uint64_t, std::uint64_t>> work_sizes(const std::string& folder);
/// Removes everything in work/ that belongs to `number`, the mark last.
Status remove_work(const std::string& folder, std::uint64_t number);

}  // namespace cess::fillers
