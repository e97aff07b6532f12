// SPDX-License-Identifier: Apache-2.0
// Files and descriptors with the errors and the durability rules of the house: EINTR and short
// transfers are handled, a failed fsync is final (the kernel marks the pages clean, so a second one
// would lie), new files appear whole or not at all.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace cess {

/// An owned file descriptor; -1 when empty.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& o) noexcept : fd_(o.release()) {}
  Fd& operator=(Fd&& o) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_ = -1;
};

/// "<act> '<subject>': <strerror(errno_value)>", Code::system.
tl::unexpected<Error> system_error(std::string_view act, std::string_view subject, int errno_value);

/// Opens for reading; "-" duplicates stdin. Refuses directories at once.
Result<Fd> open_read(const std::string& path);
/// Reads until `out` is full or the end; returns the bytes read.
Result<std::size_t> read_full(int fd, MutByteView out, std::string_view name);
Result<std::size_t> pread_full(int fd, MutByteView out, std::uint64_t offset, std::string_view name);
Status write_full(int fd, ByteView data, std::string_view name);
Status sync_file(int fd, std::string_view name);
Status sync_dir(const std::string& path);
/// A whole file of at most `size_max` bytes; Code::input when larger. Refuses directories, FIFOs and
/// devices, unless `path` is "-" (stdin) or names an open descriptor (/dev/fd/N).
Result<Bytes> read_file(const std::string& path, std::size_t size_max);
/// The same for keys and passphrases: refuses symbolic links, other owners than us or root, and any
/// permission for group or others (wanted: mode 0600), before it reads a byte.
Result<Bytes> read_secret_file(const std::string& path, std::size_t size_max);

/// What tells whether an open regular file was changed while we read it.
struct FileStamp {
  std::uint64_t size_bytes = 0;
  std::int64_t mtime_s = 0;
  std::int64_t mtime_ns = 0;
  bool regular = false;  ///< false for a pipe or device, which may change as it likes
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
Result<FileStamp> file_stamp(int fd, std::string_view name);
/// Code::system "'name' changed while reading" when the stamp of `fd` is no longer `before`.
Status check_unchanged(int fd, const FileStamp& before, std::string_view name);

/// A file that appears under its name only when `commit` succeeds. Until then it has no name at all
/// (O_TMPFILE) or, where the file system cannot do that, a temporary name beside the target that is
/// removed on destruction and on SIGINT, SIGTERM, SIGHUP. A failed write or fsync is final: `commit`
/// then fails too. Replacing replaces the name: a symbolic or hard link is never written through.
class NewFile {
 public:
  struct Options {
    mode_t mode = 0644;    ///< exactly these bits, whatever the umask (0600 for keys)
    bool replace = false;  ///< --force; otherwise an existing name is Code::usage with a hint
  };
  static Result<NewFile> create(const std::string& path, Options options);
  NewFile(NewFile&&) noexcept;
  NewFile& operator=(NewFile&&) noexcept;
  ~NewFile();
  [[nodiscard]] int fd() const { return fd_.get(); }
  Status write(ByteView data);
  /// fsync, link or rename into place, fsync the folder.
  Status commit();

 private:
  NewFile() = default;
  void drop_temp();
  Status commit_new();
  Status commit_replace();

  Fd fd_;
  std::string path_;
  std::string temp_path_;  ///< empty while the file has no name
  Options options_;
  bool failed_ = false;  ///< a write or fsync failed: what the kernel holds is unknown
};

/// NewFile, write, commit.
Status write_file(const std::string& path, ByteView data, NewFile::Options options);
/// mkdir with mode, fsync of the parent. Existing directory: ok when `existing_ok`.
Status make_dir(const std::string& path, mode_t mode, bool existing_ok);
/// Regular files and folders directly in `path`, sorted by name.
Result<std::vector<std::string>> list_dir(const std::string& path);
Result<std::uint64_t> file_size(const std::string& path);
/// Whether the name is taken, be it by a dangling link.
bool path_exists(const std::string& path);
/// The folder a name lives in: "a/b" -> "a", "b" -> ".", "/b" -> "/".
std::string parent_path(const std::string& path);

/// Advisory whole-file lock (flock) held until destruction; ends with its process. The file is created
/// if absent. Held by another: Code::busy, message names `path` and the holder's pid if known.
Result<Fd> lock_file(const std::string& path, bool exclusive);

}  // namespace cess
