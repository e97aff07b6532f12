// SPDX-License-Identifier: Apache-2.0
// Files and descriptors with the errors and the durability rules of the house: EINTR and short transfers are handled,
// a failed fsync is final, new files appear whole or not at all.
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

/// "<act> '<subject>': <strerror(errno_value)>", Code::system (Code::busy for EWOULDBLOCK on locks is the caller's).
tl::unexpected<Error> system_error(std::string_view act, std::string_view subject, int errno_value);

Result<Fd> open_read(const std::string& path);
/// Reads until `out` is full or the end; returns the bytes read.
Result<std::size_t> read_full(int fd, MutByteView out, std::string_view name);
Result<std::size_t> pread_full(int fd, MutByteView out, std::uint64_t offset, std::string_view name);
Status write_full(int fd, ByteView data, std::string_view name);
Status sync_file(int fd, std::string_view name);
Status sync_dir(const std::string& path);
/// A whole file of at most `size_max` bytes; Code::input when larger. Refuses directories, FIFOs and devices unless path is "-" (stdin).
Result<Bytes> read_file(const std::string& path, std::size_t size_max);

/// A file that appears under its name only when `commit` succeeds. Until then it has no name at all (O_TMPFILE) or, where
/// the file system cannot do that, a temporary name beside the target that is removed on destruction and on SIGINT, SIGTERM, SIGHUP.
class NewFile {
 public:
  struct Options {
    mode_t mode = 0644;    ///< exactly these bits, whatever the umask (0600 for keys)
    bool replace = false;  ///< --force; otherwise an existing name is Code::usage with hint "--force replaces it"
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
  Fd fd_;
  std::string path_;
  std::string temp_path_;  ///< empty while the file has no name
  Options options_;
};

/// NewFile, write, commit.
Status write_file(const std::string& path, ByteView data, NewFile::Options options);
/// mkdir with mode, fsync of the parent. Existing directory: ok when `existing_ok`.
Status make_dir(const std::string& path, mode_t mode, bool existing_ok);
/// Regular files and folders directly in `path`, sorted by name.
Result<std::vector<std::string>> list_dir(const std::string& path);
Result<std::uint64_t> file_size(const std::string& path);
bool path_exists(const std::string& path);

/// Advisory whole-file lock (flock) held until destruction. Held by another: Code::busy, message names `path` and the holder's pid if known.
Result<Fd> lock_file(const std::string& path, bool exclusive);

}  // namespace cess
