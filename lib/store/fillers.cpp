// SPDX-License-Identifier: Apache-2.0
#include "store/fillers.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <set>

#include "sys/file.hpp"

namespace cess::fillers {
namespace {

constexpr std::size_t kNumberDigits = 13;  // 2^40 has 13

std::string number_text(std::uint64_t number) {
  std::string text = std::to_string(number);
  return std::string(kNumberDigits - std::min(kNumberDigits, text.size()), '0') + text;
}

struct FillerFile {
  std::uint64_t number = 0;
  std::string_view part;
};

std::optional<FillerFile> parse_filler_name(std::string_view name) {
  if (name.size() < kNumberDigits + 2 || name[kNumberDigits] != '.') return std::nullopt;
  FillerFile out;
  for (const char c : name.substr(0, kNumberDigits)) {
    if (c < '0' || c > '9') return std::nullopt;
    out.number = out.number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  out.part = name.substr(kNumberDigits + 1);
  return out;
}

// Zero for what went away meanwhile: the maker renames and removes its own files at any time.
std::uint64_t size_or_zero(const std::string& path) {
  struct stat st {};
  return ::lstat(path.c_str(), &st) == 0 ? static_cast<std::uint64_t>(st.st_size) : 0;
}

Status unlink_if_there(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return system_error("cannot remove", path, errno);
}

std::vector<std::uint64_t> sorted(const std::set<std::uint64_t>& set) {
  return {set.begin(), set.end()};
}

}  // namespace

std::string path_in(const std::string& store, std::string_view name) {
  return store + "/idle/" + std::string(name);
}
std::string labels_path(const std::string& store, std::uint64_t number) {
  return path_in(store, number_text(number) + ".labels");
}
std::string tree_path(const std::string& store, std::uint64_t number) {
  return path_in(store, number_text(number) + ".tree");
}
std::string work_path(const std::string& folder, std::uint64_t number, std::string_view part) {
  return folder + "/" + number_text(number) + "." + std::string(part);
}
std::string work_folder(const std::string& store) { return path_in(store, "work"); }

Result<Fd> hold_names(const std::string& store, bool exclusive) {
  if (store.empty()) return Fd();
  const std::string work = work_folder(store);
  Fd fd(::open(work.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() && errno == ENOENT) return Fd();
  if (!fd.valid()) return system_error("cannot open folder", work, errno);
  while (::flock(fd.get(), exclusive ? LOCK_EX : LOCK_SH) != 0) {
    if (errno != EINTR) return system_error("cannot lock", work, errno);
  }
  return fd;
}

Result<Listing> list(const std::string& store) {
  Listing out;
  const std::string idle = store + "/idle";
  if (!path_exists(idle)) return out;
  out.size_bytes = size_or_zero(idle);
  std::set<std::uint64_t> trees;
  std::set<std::uint64_t> labels;
  std::set<std::uint64_t> claimed;
  // Work first: what a maker finishes meanwhile is then found in the second look.
  const std::string work = work_folder(store);
  if (path_exists(work)) {
    out.size_bytes += size_or_zero(work);
    CESS_TRY_ASSIGN(const auto names, list_dir(work));
    for (const std::string& name : names) {
      out.size_bytes += size_or_zero(work + "/" + name);
      if (const auto file = parse_filler_name(name)) claimed.insert(file->number);
    }
  }
  CESS_TRY_ASSIGN(const auto names, list_dir(idle));
  for (const std::string& name : names) {
    if (name == "work") continue;
    out.size_bytes += size_or_zero(idle + "/" + name);
    const auto file = parse_filler_name(name);
    if (file && file->part == "tree") trees.insert(file->number);
    if (file && file->part == "labels") labels.insert(file->number);
  }
  out.numbers = sorted(trees);
  for (const std::uint64_t number : claimed) {
    (trees.contains(number) ? out.kept : out.claimed).push_back(number);
  }
  for (const std::uint64_t number : labels) {
    if (!trees.contains(number) && !claimed.contains(number)) out.halves.push_back(number);
  }
  return out;
}

Status remove(const std::string& store, std::uint64_t number) {
  CESS_TRY(unlink_if_there(tree_path(store, number)));
  CESS_TRY(sync_dir(store + "/idle"));
  CESS_TRY(unlink_if_there(labels_path(store, number)));
  return sync_dir(store + "/idle");
}

Result<std::map<std::uint64_t, std::uint64_t>> work_sizes(const std::string& folder) {
  std::map<std::uint64_t, std::uint64_t> out;
  if (!path_exists(folder)) return out;
  CESS_TRY_ASSIGN(const auto names, list_dir(folder));
  for (const std::string& name : names) {
    if (const auto file = parse_filler_name(name))
      out[file->number] += size_or_zero(folder + "/" + name);
  }
  return out;
}

Status remove_work(const std::string& folder, std::uint64_t number) {
  if (!path_exists(folder)) return {};
  CESS_TRY_ASSIGN(const auto names, list_dir(folder));
  for (const std::string& name : names) {
    const auto file = parse_filler_name(name);
    if (!file || file->number != number || file->part == kMark) continue;
    CESS_TRY(unlink_if_there(folder + "/" + name));
  }
  CESS_TRY(unlink_if_there(work_path(folder, number, kMark)));
  return sync_dir(folder);
}

}  // namespace cess::fillers
