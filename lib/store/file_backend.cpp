// SPDX-License-Identifier: Apache-2.0
// Blobs as files. Order of the calls that make a blob durable: write under tmp/, fsync, rename,
// fsync of every folder on the way that changed. Sizes of folders are measured, not guessed, before
// and after.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <map>
#include <set>

#include "store/backend.hpp"
#include "store/budget.hpp"
#include "store/file_paths.hpp"
#include "store/writer.hpp"
#include "sys/file.hpp"
#include "sys/process.hpp"
#include "sys/uncached.hpp"

namespace cess {
namespace {

using namespace detail;

/// Room kept while a blob waits for its name: two new folders and three that may grow by a page.
constexpr std::uint64_t kFolderSlack = 5 * 4096;
constexpr std::size_t kUnsyncedMax = 64;  ///< descriptors held for it
constexpr std::size_t kIntentSizeMax = 64U << 20U;
/// Marks are not charged to the budget: their folder lives in the fixed part of it.
constexpr std::uint64_t kMarksSizeMax = 48U << 10U;
constexpr std::string_view kIntent = "intent";
/// Of an announcement, the part that lives in the fixed part of the budget: enough for the largest
/// removal, of a fragment, its sidecar and its tagger's key each.
constexpr std::uint64_t kIntentFixedBytes = 32U << 10U;
static_assert(kIntentFixedBytes >= 64 + 3 * Store::kBatchMax * 33);
static_assert(kStoreFixedBytes >= kIntentFixedBytes + kMarksSizeMax + (32U << 10U));

class FileBackend final : public Backend {
 public:
  FileBackend(std::string path, Budget* budget) : path_(std::move(path)), budget_(budget) {}

  std::string describe(const BlobName& name) const override { return full(relative_path(name)); }

  Result<std::uint64_t> size(const BlobName& name) const override {
    struct stat st {};
    const std::string path = describe(name);
    if (::lstat(path.c_str(), &st) != 0) {
      if (errno == ENOENT) return absent(path);
      return system_error("cannot examine", path, errno);
    }
    if (!S_ISREG(st.st_mode)) return fail(Code::no, "'" + path + "' is not a regular file", path);
    return static_cast<std::uint64_t>(st.st_size);
  }

  Status read(const BlobName& name, std::uint64_t offset, MutByteView out) const override {
    const std::string path = describe(name);
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd.valid()) {
      if (errno == ENOENT) return absent(path);
      if (errno == ELOOP) return fail(Code::no, "'" + path + "' is not a regular file", path);
      return system_error("cannot open", path, errno);
    }
    CESS_TRY_ASSIGN(const std::size_t got, pread_full(fd.get(), out, offset, path));
    if (got == out.size()) return {};
    return fail(Code::no,
                "'" + path + "' ends at byte " + std::to_string(offset + got) + ", expected " +
                    std::to_string(offset + out.size()),
                path);
  }

  Status each(BlobKind kind, const Visit& visit, const Stray& stray) const override {
    const KindFolder& f = folder_of(kind);
    return walk(std::string(f.folder), f.fan_out, kind, visit, stray);
  }

  Result<std::uint64_t> temporary_bytes() const override {
    CESS_TRY_ASSIGN(const auto entries, folder_entries(full("tmp")));
    std::uint64_t sum = 0;
    for (const FolderEntry& e : entries) sum += e.size;
    return sum;
  }

  bool is_marked(const BlobName& name) const override { return path_exists(mark_path(name)); }

  Result<std::vector<BlobName>> marked() const override {
    CESS_TRY_ASSIGN(const auto entries, folder_entries(full("damaged")));
    std::vector<BlobName> out;
    for (const FolderEntry& e : entries) {
      if (const auto name = parse_file_name(e.name)) out.push_back(*name);
    }
    return out;
  }

  Status mark(const BlobName& name) override {
    const std::string path = mark_path(name);
    if (folder_size(full("damaged")) > kMarksSizeMax) {
      return fail(Code::system, "too many damage marks in '" + path_ + "'", path_,
                  "repair what is marked, then scrub again");
    }
    const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!fd.valid()) return system_error("cannot create", path, errno);
    return sync_dir(full("damaged"));
  }

  Status unmark(const BlobName& name) override {
    const std::string path = mark_path(name);
    if (::unlink(path.c_str()) != 0) {
      if (errno == ENOENT) return {};
      return system_error("cannot remove", path, errno);
    }
    return sync_dir(full("damaged"));
  }

  Result<StagedBlob> stage(const BlobName& name, ByteView data) override {
    if (!budget_->charge(data.size() + kFolderSlack)) return no_room(data.size() + kFolderSlack);
    StagedBlob staged{name, data.size(), full("tmp/") + std::to_string(next_temporary_++)};
    Status done = write_temporary(staged.temporary, data);
    if (done && unsynced_.size() > kUnsyncedMax) done = sync_staged();
    if (!done) {
      unstage(staged);
      return tl::unexpected(done.error());
    }
    return staged;
  }

  void unstage(const StagedBlob& staged) override {
    unsynced_.erase(staged.temporary);
    const bool gone = ::unlink(staged.temporary.c_str()) == 0 || errno == ENOENT;
    keep_on_signal(staged.temporary);
    budget_->release(kFolderSlack + (gone ? staged.size : 0));
  }

  Status announce(std::span<const BlobName> names) override {
    const Bytes bytes = encode_intent(names);
    // The usual one is paid for already: a full store must be able to delete.
    const std::uint64_t extra =
        bytes.size() > kIntentFixedBytes ? bytes.size() - kIntentFixedBytes : 0;
    if (!budget_->charge(extra)) return no_room(extra);
    intent_charged_ = extra;
    const std::string fresh = full("tmp/intent.new");
    CESS_TRY(write_temporary(fresh, bytes));
    CESS_TRY(sync_staged());
    keep_on_signal(fresh);
    const std::string path = intent_path();
    if (::rename(fresh.c_str(), path.c_str()) != 0)
      return system_error("cannot rename", fresh, errno);
    return sync_dir(full("tmp"));
  }

  Status publish(std::span<const StagedBlob> staged) override {
    std::map<std::string, std::uint64_t> touched;  // folder -> size before
    CESS_TRY(sync_staged());
    for (const StagedBlob& s : staged) {
      CESS_TRY(make_folders(s.name, touched));
      const std::string path = describe(s.name);
      if (::rename(s.temporary.c_str(), path.c_str()) != 0) {
        return system_error("cannot rename", s.temporary, errno);
      }
      keep_on_signal(s.temporary);
    }
    for (const auto& [folder, before] : touched) CESS_TRY(sync_dir(full(folder)));
    settle(touched);
    budget_->release(kFolderSlack * staged.size());
    return {};
  }

  Status remove(std::span<const BlobName> names, std::span<const std::uint64_t> sizes) override {
    std::map<std::string, std::uint64_t> touched;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto folders = folders_of(names[i]);
      for (const std::string& f : folders) touched.try_emplace(f, folder_size(full(f)));
      const std::string path = describe(names[i]);
      if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return system_error("cannot remove", path, errno);
      }
      budget_->release(sizes[i]);
    }
    std::set<std::string> left;
    for (auto it = touched.rbegin(); it != touched.rend(); ++it) {  // deepest first
      const bool own = it->first.find('/') == std::string::npos;
      if (own || ::rmdir(full(it->first).c_str()) != 0) left.insert(it->first);
    }
    for (const std::string& folder : left) CESS_TRY(sync_dir_if_there(folder));
    settle(touched);
    return {};
  }

  Status conclude() override {
    const std::string path = intent_path();
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
      return system_error("cannot remove", path, errno);
    budget_->release(intent_charged_);
    intent_charged_ = 0;
    return {};
  }

  Result<std::vector<BlobName>> announced() const override {
    const std::string path = intent_path();
    if (!path_exists(path)) return std::vector<BlobName>{};
    CESS_TRY_ASSIGN(const Bytes bytes, read_file(path, kIntentSizeMax));
    auto names = parse_intent(bytes);
    // It was synced before its rename: a damaged one is bit-rot, and gc's full walk does its work.
    if (!names) return std::vector<BlobName>{};
    return names;
  }

  Status clear_temporaries() override {
    CESS_TRY_ASSIGN(const auto entries, folder_entries(full("tmp")));
    for (const FolderEntry& e : entries) {
      if (e.name == kIntent) continue;
      const std::string path = full("tmp/" + e.name);
      if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return system_error("cannot remove", path, errno);
      }
    }
    return {};
  }

  std::int64_t folder_bytes_change() const override { return folder_change_; }

  Result<std::uint64_t> folder_bytes() const override {
    std::uint64_t sum = 0;
    for (const KindFolder& f : kKindFolders) {
      CESS_TRY_ASSIGN(const std::uint64_t part,
                      folder_tree_bytes(std::string(f.folder), f.fan_out));
      sum += part;
    }
    return sum;
  }

 private:
  [[nodiscard]] std::string full(std::string_view relative) const {
    return path_ + "/" + std::string(relative);
  }
  [[nodiscard]] std::string mark_path(const BlobName& name) const {
    return full("damaged/") + file_name(name);
  }
  [[nodiscard]] std::string intent_path() const { return full("tmp/") + std::string(kIntent); }

  static tl::unexpected<Error> absent(const std::string& path) {
    return fail(Code::no, "'" + path + "' is not there", path);
  }

  tl::unexpected<Error> no_room(std::uint64_t need) const {
    return fail(Code::system,
                "store '" + path_ + "' is full: " + std::to_string(need) + " bytes more needed, " +
                    std::to_string(budget_->idle()) + " of " + std::to_string(budget_->capacity()) +
                    " idle",
                path_, "delete something, or put into another store");
  }

  Status write_temporary(const std::string& path, ByteView data) {
    remove_on_signal(path);
    Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!fd.valid()) return system_error("cannot create", path, errno);
    CESS_TRY(write_uncached(fd.get(), data, path));
    unsynced_.insert_or_assign(path, std::move(fd));
    return {};
  }

  /// All at once: the first fsync commits the journal for all, the others find little left to do.
  /// Through the descriptors that wrote, so that no write error can be lost in between.
  Status sync_staged() {
    while (!unsynced_.empty()) {
      const auto first = unsynced_.extract(unsynced_.begin());
      CESS_TRY(sync_file(first.mapped().get(), first.key()));
    }
    return {};
  }

  /// Makes the fan-out folders of a blob; `touched` remembers sizes from before.
  Status make_folders(const BlobName& name, std::map<std::string, std::uint64_t>& touched) {
    for (const std::string& folder : folders_of(name)) {
      touched.try_emplace(folder, folder_size(full(folder)));
      const std::string path = full(folder);
      if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
        return system_error("cannot create folder", path, errno);
      }
    }
    return {};
  }

  Status sync_dir_if_there(const std::string& folder) const {
    const std::string path = full(folder);
    return path_exists(path) ? sync_dir(path) : Status{};
  }

  /// Charges what the folders have grown by, releases what they have shrunk by.
  void settle(const std::map<std::string, std::uint64_t>& touched) {
    for (const auto& [folder, before] : touched) {
      const std::uint64_t after = folder_size(full(folder));
      if (after >= before) {
        budget_->adopt(after - before);
      } else {
        budget_->release(std::min(before - after, budget_->files()));
      }
      folder_change_ += static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before);
    }
  }

  Status walk(const std::string& folder, unsigned fan_out, BlobKind kind, const Visit& visit,
              const Stray& stray) const {
    CESS_TRY_ASSIGN(const auto entries, folder_entries(full(folder)));
    for (const FolderEntry& e : entries) {
      const std::string relative = folder + "/" + e.name;
      if (e.is_folder && fan_out > 0) {
        CESS_TRY(walk(relative, fan_out - 1, kind, visit, stray));
        continue;
      }
      const auto name = parse_file_name(e.name);
      if (!e.is_folder && name && name->kind == kind && relative_path(*name) == relative) {
        CESS_TRY(visit(*name, e.size));
      } else {
        CESS_TRY(stray(full(relative), e.size));
      }
    }
    return {};
  }

  Result<std::uint64_t> folder_tree_bytes(const std::string& folder, unsigned fan_out) const {
    std::uint64_t sum = folder_size(full(folder));
    if (fan_out == 0) return sum;
    CESS_TRY_ASSIGN(const auto entries, folder_entries(full(folder)));
    for (const FolderEntry& e : entries) {
      if (!e.is_folder) continue;
      CESS_TRY_ASSIGN(const std::uint64_t part,
                      folder_tree_bytes(folder + "/" + e.name, fan_out - 1));
      sum += part;
    }
    return sum;
  }

  std::string path_;
  Budget* budget_;
  std::uint64_t next_temporary_ = 0;
  std::uint64_t intent_charged_ = 0;
  std::int64_t folder_change_ = 0;
  std::map<std::string, Fd> unsynced_;  ///< written, not synced yet
};

}  // namespace

std::unique_ptr<Backend> file_backend(const std::string& path, Budget* budget) {
  return std::make_unique<FileBackend>(path, budget);
}

Status create_file_backend(const std::string& path) {
  for (const detail::KindFolder& f : detail::kKindFolders) {
    CESS_TRY(make_dir(path + "/" + std::string(f.folder), 0755, true));
  }
  CESS_TRY(make_dir(path + "/damaged", 0755, true));
  return make_dir(path + "/tmp", 0755, true);
}

}  // namespace cess
