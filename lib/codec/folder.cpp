// SPDX-License-Identifier: Apache-2.0
// A bundle as the files of a folder, under the names that `tar x` would give them. The folder is
// written aside and gets its name when everything is in it.
#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>  // NOLINT: renameat2 is Linux's, not in <cstdio>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include "base/hex.hpp"
#include "codec/bundle.hpp"
#include "codec/bundle_rules.hpp"
#include "codec/manifest.hpp"
#include "sys/file.hpp"
#include "sys/random.hpp"

namespace cess {
namespace {

constexpr std::array<const char*, 3> kSubfolders{"taggers", "fragments", "tags"};

/// Paths of the bundle files below `root`, and whether there is anything else.
Result<std::vector<std::string>> bundle_files(const std::string& root, bool& foreign) {
  std::vector<std::string> out;
  foreign = false;
  CESS_TRY_ASSIGN(const auto top, list_dir(root));
  for (const std::string& name : top) {
    if (std::find(kSubfolders.begin(), kSubfolders.end(), name) == kSubfolders.end()) {
      (parse_entry_name(name) ? static_cast<void>(out.push_back(name))
                              : static_cast<void>(foreign = true));
      continue;
    }
    CESS_TRY_ASSIGN(const auto below, list_dir(root + "/" + name));
    for (const std::string& file : below) {
      std::string path = name + "/" + file;
      if (parse_entry_name(path)) {
        out.push_back(std::move(path));
      } else {
        foreign = true;
      }
    }
  }
  return out;
}

/// Removes a bundle folder and nothing that is not a bundle's.
void remove_bundle(const std::string& root) {
  bool foreign = false;
  const auto files = bundle_files(root, foreign);
  if (files) {
    for (const std::string& f : *files) ::unlink((root + "/" + f).c_str());
  }
  for (const char* sub : kSubfolders) ::rmdir((root + "/" + sub).c_str());
  ::rmdir(root.c_str());
}

class FolderWriter final : public BundleSink {
 public:
  FolderWriter(std::string path, std::string temp, bool force, FolderSync sync)
      : path_(std::move(path)), temp_(std::move(temp)), force_(force), sync_(sync) {}
  FolderWriter(const FolderWriter&) = delete;
  FolderWriter& operator=(const FolderWriter&) = delete;
  ~FolderWriter() override {
    if (!temp_.empty()) remove_bundle(temp_);
  }

  Status add(const BundleEntry& entry, ByteView data) override {
    const std::string name = entry_path(entry.kind, entry.pos, entry.tagger);
    // The early copy of a manifest is for streams; the last one is the same bytes.
    if (const auto slash = name.find('/'); slash != std::string::npos) {
      const std::string sub = name.substr(0, slash);
      if (made_.insert(sub).second) CESS_TRY(make_dir(temp_ + "/" + sub, 0755, true));
    }
    const std::string full = temp_ + "/" + name;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    const Fd fd(::open(full.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!fd.valid()) return system_error("cannot create", full, errno);
    return write_full(fd.get(), data, full);
  }

  Status finish() override {
    // One flush of the file system in place of thousands of fsyncs; Linux reports errors from it.
    const Fd dir(::open(temp_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));  // NOLINT
    if (!dir.valid() || (sync_ == FolderSync::all && ::syncfs(dir.get()) != 0)) {
      return system_error("cannot sync", temp_, errno);
    }
    // Takes the name if it is free or an empty folder.
    if (::rename(temp_.c_str(), path_.c_str()) != 0) {
      const bool taken = errno == ENOTEMPTY || errno == EEXIST;
      if (!taken || !force_) return system_error("cannot create", path_, errno);
      if (::renameat2(AT_FDCWD, temp_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) != 0) {
        return system_error("cannot replace", path_, errno);
      }
      remove_bundle(temp_);
    }
    temp_.clear();
    return sync_dir(parent_path(path_));
  }

 private:
  std::string path_;
  std::string temp_;
  bool force_;
  FolderSync sync_;
  std::set<std::string> made_;
};

class FolderReader final : public BundleSource {
 public:
  FolderReader(std::string path, Manifest manifest, Bytes text, std::vector<EntryName> entries)
      : path_(std::move(path)),
        manifest_(std::move(manifest)),
        text_(std::move(text)),
        entries_(std::move(entries)) {}

  Result<bool> next(BundleEntry& out) override {
    if (at_ >= entries_.size()) return false;
    const EntryName& name = entries_[at_];
    const std::string full = path_ + "/" + entry_path(name.kind, name.pos, name.tagger);
    out.kind = name.kind;
    out.pos = name.pos;
    out.tagger = name.tagger;
    out.file = {};
    out.root = {};
    std::uint64_t size_max = kTaggerSizeMax;
    if (name.kind == EntryKind::header) size_max = kHeaderSizeMax;
    if (name.kind == EntryKind::fragment || name.kind == EntryKind::tags) {
      const Profile& p = manifest_.profile();
      if (name.pos.segment >= manifest_.segments.size() || name.pos.index >= p.n() ||
          name.pos.replica >= p.copies) {
        return fail(Code::input, fmt::format("refused '{}': the file has no such fragment", full),
                    full);
      }
      size_max = p.fragment_size;
    }
    if (name.kind == EntryKind::fragment) {
      out.file = manifest_.file;
      out.root =
          manifest_.segments[name.pos.segment]
              .roots[std::size_t{name.pos.replica} * manifest_.profile().n() + name.pos.index];
    }
    ++at_;
    if (name.kind == EntryKind::manifest) {
      out.data = text_;
      return true;
    }
    CESS_TRY_ASSIGN(out.data, read_file(full, static_cast<std::size_t>(size_max)));
    return true;
  }

 private:
  std::string path_;
  Manifest manifest_;
  Bytes text_;
  std::vector<EntryName> entries_;
  std::size_t at_ = 0;
};

// Bundle order: header, manifest, taggers, fragments each with its tags, manifest.
int rank(EntryKind kind) {
  switch (kind) {
    case EntryKind::header:
      return 0;
    case EntryKind::manifest:
      return 3;
    case EntryKind::tagger:
      return 1;
    case EntryKind::fragment:
    case EntryKind::tags:
      break;
  }
  return 2;
}

bool bundle_order(const EntryName& a, const EntryName& b) {
  if (rank(a.kind) != rank(b.kind)) return rank(a.kind) < rank(b.kind);
  if (a.pos.segment != b.pos.segment) return a.pos.segment < b.pos.segment;
  if (a.pos.replica != b.pos.replica) return a.pos.replica < b.pos.replica;
  if (a.pos.index != b.pos.index) return a.pos.index < b.pos.index;
  if (a.kind != b.kind) return a.kind == EntryKind::fragment;
  return a.tagger < b.tagger;
}

}  // namespace

Result<std::unique_ptr<BundleSink>> folder_writer(const std::string& path, bool force,
                                                  FolderSync sync) {
  std::string target = path;
  while (target.size() > 1 && target.ends_with('/')) target.pop_back();
  struct stat st {};
  if (::lstat(target.c_str(), &st) == 0) {
    if (!S_ISDIR(st.st_mode)) return system_error("cannot create", target, ENOTDIR);
    bool foreign = false;
    CESS_TRY_ASSIGN(const auto files, bundle_files(target, foreign));
    if (foreign) {
      return fail(Code::usage, fmt::format("'{}' holds files that are not a bundle's", target),
                  target);
    }
    if (!files.empty() && !force) {
      return fail(Code::usage, fmt::format("'{}' exists already", target), target,
                  "--force replaces it");
    }
  }
  std::array<std::uint8_t, 8> tail{};
  system_random().fill(tail);
  std::string temp = parent_path(target) + "/.cess-" + to_hex(tail) + ".tmp";
  CESS_TRY(make_dir(temp, 0755, false));
  return std::make_unique<FolderWriter>(std::move(target), std::move(temp), force, sync);
}

Result<std::unique_ptr<BundleSource>> folder_reader(const std::string& path) {
  CESS_TRY_ASSIGN(auto text, read_file(path + "/manifest.json", kManifestSizeMax));
  CESS_TRY_ASSIGN(auto manifest, parse_manifest(text, path + "/manifest.json"));
  bool foreign = false;
  CESS_TRY_ASSIGN(const auto files, bundle_files(path, foreign));
  std::vector<EntryName> entries;
  for (const std::string& f : files) entries.push_back(*parse_entry_name(f));
  std::sort(entries.begin(), entries.end(), bundle_order);
  if (entries.empty() || entries.front().kind != EntryKind::header) {
    return fail(Code::input, fmt::format("refused folder '{}': it has no file 'header'", path),
                path);
  }
  // What the manifest says is known from the start: a reader of the stream may use it early.
  entries.insert(entries.begin() + 1, EntryName{EntryKind::manifest, {}, {}});
  return std::make_unique<FolderReader>(path, std::move(manifest), std::move(text),
                                        std::move(entries));
}

}  // namespace cess
