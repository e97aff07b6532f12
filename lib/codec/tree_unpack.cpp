// SPDX-License-Identifier: Apache-2.0
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "codec/tree.hpp"
#include "codec/tree_locale.hpp"

namespace cess {
namespace {

constexpr std::size_t kReadSize = 1U << 20U;
constexpr std::size_t kTreePathMax = 4096;
constexpr std::size_t kTreeNameMax = 255;

/// The parts of a name that stays inside; why it does not, else.
std::string split(std::string_view path, std::vector<std::string>& parts) {
  parts.clear();
  if (path.empty() || path.size() > kTreePathMax) return "its name is empty or too long";
  if (path.front() == '/') return "its name is absolute";
  while (!path.empty()) {
    const auto slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(path.size(), slash + 1));
    if (part.empty() || part == ".") continue;
    if (part == "..") return "its name leads upwards";
    if (part.size() > kTreeNameMax) return "its name is too long";
    parts.emplace_back(part);
  }
  return {};
}

class Unpacker {
 public:
  Unpacker(int fd, const std::string& name, const std::string& path, const UnpackOptions& options)
      : fd_(fd),
        name_(name),
        path_(path),
        options_(options),
        archive_(archive_read_new()),
        piece_(kReadSize) {
    CESS_CHECK(archive_ != nullptr);
    bool ok = archive_read_support_format_tar(archive_) == ARCHIVE_OK;
    // What is left after the last checkpoint may be nothing.
    ok = ok && archive_read_support_format_empty(archive_) == ARCHIVE_OK;
    CESS_CHECK(ok);
  }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;
  ~Unpacker() { archive_read_free(archive_); }

  Status run() {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    root_ = Fd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root_.valid()) return system_error("cannot open", path_, errno);
    if (archive_read_open(archive_, this, nullptr, &Unpacker::on_read, nullptr) != ARCHIVE_OK) {
      return refused();
    }
    while (true) {
      struct archive_entry* entry = nullptr;
      const int got = archive_read_next_header(archive_, &entry);
      if (got == ARCHIVE_EOF) break;
      if (got < ARCHIVE_WARN || error_) return refused();
      const auto at =
          options_.start + static_cast<std::uint64_t>(archive_read_header_position(archive_));
      if (options_.checkpoint && written_ >= options_.checkpoint_bytes) {
        CESS_TRY(sync());
        CESS_TRY(options_.checkpoint(at));
        written_ = 0;
      }
      CESS_TRY(add(entry));
    }
    CESS_TRY(drain());
    return sync();
  }

 private:
  static la_ssize_t on_read(struct archive* /*archive*/, void* self, const void** out) {
    auto* me = static_cast<Unpacker*>(self);
    const auto got = me->read_some();
    if (!got) {
      me->error_ = got.error();
      archive_set_error(me->archive_, EIO, "%s", got.error().message.c_str());
      return ARCHIVE_FATAL;
    }
    *out = me->piece_.data();
    return static_cast<la_ssize_t>(*got);
  }

  // What is there: a pipe gives less than a piece at a time.
  Result<std::size_t> read_some() {
    for (;;) {
      const ssize_t got = ::read(fd_, piece_.data(), piece_.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) return system_error("cannot read", name_, errno);
    }
  }

  // tar programs fill their last record with zeros; the writer must not find nobody there.
  Status drain() {
    while (true) {
      CESS_TRY_ASSIGN(const auto got, read_some());
      if (got == 0) return {};
    }
  }

  tl::unexpected<Error> refused() const {
    if (error_) return tl::unexpected<Error>(*error_);
    const char* why = archive_error_string(archive_);
    return fail(Code::input,
                "cannot unpack '" + name_ + "': " + (why != nullptr ? why : "no tar archive"),
                name_);
  }
  tl::unexpected<Error> refuse(const std::string& path, const std::string& why) const {
    return fail(Code::input, "cannot unpack '" + path + "' of '" + name_ + "': " + why, name_,
                "without --unpack the stream is kept as it is");
  }
  static tl::unexpected<Error> failed(const std::string& path) {
    return system_error("cannot create", path, errno);
  }

  Status add(struct archive_entry* entry) {
    const char* path_utf8 = archive_entry_pathname(entry);
    const std::string path = path_utf8 != nullptr ? path_utf8 : "";
    std::vector<std::string> parts;
    if (const auto why = split(path, parts); !why.empty()) return refuse(path, why);
    if (archive_entry_hardlink(entry) != nullptr) return refuse(path, "it is a hard link");
    if (archive_entry_sparse_count(entry) != 0) return refuse(path, "it is a sparse file");
    const auto type = archive_entry_filetype(entry);
    if (type == AE_IFDIR) {
      CESS_TRY(enter(parts, archive_entry_perm(entry)));
      return {};
    }
    if (type != AE_IFREG && type != AE_IFLNK) {
      return refuse(path, "it is no file, folder or symbolic link");
    }
    if (parts.empty()) return refuse(path, "it has no name");
    const std::string leaf = parts.back();
    parts.pop_back();
    CESS_TRY_ASSIGN(const int folder, enter(parts, 0777));
    if (::unlinkat(folder, leaf.c_str(), 0) != 0 && errno != ENOENT) return failed(path);
    if (type == AE_IFLNK) {
      const char* target = archive_entry_symlink(entry);
      if (target == nullptr) return refuse(path, "its link leads nowhere");
      if (::symlinkat(target, folder, leaf.c_str()) != 0) return failed(path);
      written_ += kTreePathMax;
      return {};
    }
    return add_file(entry, folder, leaf, path);
  }

  Status add_file(struct archive_entry* entry, int folder, const std::string& leaf,
                  const std::string& path) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    const Fd file(::openat(folder, leaf.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                           archive_entry_perm(entry) & 0777));
    if (!file.valid()) return failed(path);
    std::int64_t size = 0;
    for (;;) {
      const void* data = nullptr;
      std::size_t count = 0;
      la_int64_t at = 0;
      const int got = archive_read_data_block(archive_, &data, &count, &at);
      if (got == ARCHIVE_EOF) break;
      if (got < ARCHIVE_OK || at != size) return refused();
      CESS_TRY(write_full(file.get(), {static_cast<const std::uint8_t*>(data), count}, path));
      size += static_cast<std::int64_t>(count);
    }
    if (size != archive_entry_size(entry)) return refuse(path, "it is shorter than it should be");
    if (archive_entry_mtime_is_set(entry) != 0) {
      const timespec mtime{archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)};
      const timespec times[2] = {{0, UTIME_OMIT}, mtime};
      if (::futimens(file.get(), times) != 0) return system_error("cannot date", path, errno);
    }
    written_ += static_cast<std::uint64_t>(size) + kTreePathMax;
    return {};
  }

  // Opens the folder of these names from the root down, following no link; makes what is missing,
  // the last one with `perm`. The descriptor is kept for the next entry.
  Result<int> enter(const std::vector<std::string>& parts, mode_t perm) {
    if (parts == parent_parts_ && parent_.valid()) return parent_.get();
    Fd at;
    std::string path;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      path += (i == 0 ? "" : "/") + parts[i];
      const int above = at.valid() ? at.get() : root_.get();
      const mode_t mode = i + 1 == parts.size() ? (perm & 0777) | 0700 : 0777;
      if (::mkdirat(above, parts[i].c_str(), mode) == 0) {
        written_ += kTreePathMax;
      } else if (errno != EEXIST) {
        return failed(path);
      }
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
      Fd next(::openat(above, parts[i].c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!next.valid()) return failed(path);
      at = std::move(next);
    }
    if (parts.empty()) return root_.get();
    parent_ = std::move(at);
    parent_parts_ = parts;
    return parent_.get();
  }

  Status sync() const {
    if (::syncfs(root_.get()) != 0) return system_error("cannot sync", path_, errno);
    return {};
  }

  int fd_;
  const std::string& name_;
  const std::string& path_;
  const UnpackOptions& options_;
  struct archive* archive_;
  Bytes piece_;
  Fd root_;
  Fd parent_;
  std::vector<std::string> parent_parts_;
  std::uint64_t written_ = 0;  // since the last checkpoint
  std::optional<Error> error_;
};

}  // namespace

Status unpack_tree(int fd, const std::string& name, const std::string& path,
                   const UnpackOptions& options) {
  const Utf8Names utf8;
  return Unpacker(fd, name, path, options).run();
}

}  // namespace cess
