// SPDX-License-Identifier: Apache-2.0
// Descriptors, whole reads and writes, folders, locks. New files are in new_file.cpp.
#include "sys/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace cess {
namespace {

constexpr std::size_t kTransferMax = 1U << 30U;  // one call moves at most 2 GiB less a page

// NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
int open_retry(const char* path, int flags, mode_t mode = 0) {
  for (;;) {
    const int fd = ::open(path, flags | O_CLOEXEC, mode);  // NOLINT
    if (fd >= 0 || errno != EINTR) return fd;
  }
}

bool names_descriptor(const std::string& path) {
  return path.starts_with("/dev/fd/") || path.starts_with("/proc/self/fd/") || path == "/dev/stdin";
}

std::string_view kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISLNK(mode)) return "a symbolic link";
  return "a device";
}

/// More than this is believed only when it comes.
constexpr std::size_t kExpectedMax = 64U << 20U;

/// Reads to the end, at most `size_max` bytes; about `size` are expected.
Result<Bytes> read_to_end(int fd, std::size_t size_max, std::uint64_t size, std::string_view name) {
  Bytes out;
  // So that a large file is not copied from one half as large, again and again.
  out.reserve(std::min<std::uint64_t>(size, std::min(size_max, kExpectedMax)) + 1);
  std::size_t have = 0;
  for (;;) {
    // One byte past the limit tells "exactly the limit" from "more".
    const std::size_t want = std::min(std::max<std::size_t>(have, 65'536), size_max + 1 - have);
    out.resize(have + want);
    CESS_TRY_ASSIGN(const std::size_t got,
                    read_full(fd, MutByteView(out).subspan(have, want), name));
    have += got;
    if (have > size_max) {
      return fail(Code::input, fmt::format("'{}' has more than {} bytes", name, size_max),
                  std::string(name));
    }
    if (got < want) break;
  }
  out.resize(have);
  return out;
}

Result<Bytes> read_opened(int fd, std::size_t size_max, const std::string& path) {
  CESS_TRY_ASSIGN(const FileStamp before, file_stamp(fd, path));
  CESS_TRY_ASSIGN(Bytes out, read_to_end(fd, size_max, before.size_bytes, path));
  CESS_TRY(check_unchanged(fd, before, path));
  return out;
}

}  // namespace

Fd& Fd::operator=(Fd&& o) noexcept {
  if (this != &o) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = o.release();
  }
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

tl::unexpected<Error> system_error(std::string_view act, std::string_view subject,
                                   int errno_value) {
  return fail(Code::system, fmt::format("{} '{}': {}", act, subject, std::strerror(errno_value)),
              std::string(subject));
}

Result<Fd> open_read(const std::string& path) {
  const int fd = path == "-" ? ::fcntl(0, F_DUPFD_CLOEXEC, 3)  // NOLINT
                             : open_retry(path.c_str(), O_RDONLY);
  const std::string name = path == "-" ? "standard input" : path;
  if (fd < 0) return system_error("cannot open", name, errno);
  Fd owned(fd);
  struct stat st {};
  if (::fstat(fd, &st) != 0) return system_error("cannot examine", name, errno);
  if (S_ISDIR(st.st_mode)) return system_error("cannot read", name, EISDIR);
  return owned;
}

Result<std::size_t> read_full(int fd, MutByteView out, std::string_view name) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = ::read(fd, out.data() + done, std::min(out.size() - done, kTransferMax));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", name, errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Result<std::size_t> pread_full(int fd, MutByteView out, std::uint64_t offset,
                               std::string_view name) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = ::pread(fd, out.data() + done, std::min(out.size() - done, kTransferMax),
                                static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", name, errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Status write_full(int fd, ByteView data, std::string_view name) {
  while (!data.empty()) {
    const ssize_t put = ::write(fd, data.data(), std::min(data.size(), kTransferMax));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return system_error("cannot write", name, errno);
    data = data.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Status sync_file(int fd, std::string_view name) {
  // Not retried, not even for EINTR: after a failure the pages may be clean and lost.
  if (::fsync(fd) != 0) return system_error("cannot sync", name, errno);
  return {};
}

Status sync_dir(const std::string& path) {
  Fd fd(open_retry(path.c_str(), O_RDONLY | O_DIRECTORY));
  if (!fd.valid()) return system_error("cannot open folder", path, errno);
  // EINVAL: a file system that cannot sync folders and orders its metadata by other means.
  if (::fsync(fd.get()) != 0 && errno != EINVAL) {
    return system_error("cannot sync folder", path, errno);
  }
  return {};
}

Result<Bytes> read_file(const std::string& path, std::size_t size_max) {
  if (path == "-") {
    CESS_TRY_ASSIGN(const Fd fd, open_read(path));
    return read_opened(fd.get(), size_max, "standard input");
  }
  const bool descriptor = names_descriptor(path);
  // O_NONBLOCK: opening a FIFO nobody writes to must fail, not hang.
  const Fd fd(open_retry(path.c_str(), O_RDONLY | (descriptor ? 0 : O_NONBLOCK)));
  if (!fd.valid()) return system_error("cannot open", path, errno);
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) return system_error("cannot examine", path, errno);
  if (S_ISDIR(st.st_mode) || (!descriptor && !S_ISREG(st.st_mode))) {
    return fail(Code::system,
                fmt::format("cannot read '{}': it is {}, expected a regular file", path,
                            kind_of(st.st_mode)),
                path);
  }
  return read_opened(fd.get(), size_max, path);
}

Result<Bytes> read_secret_file(const std::string& path, std::size_t size_max) {
  if (path == "-" || names_descriptor(path)) return read_file(path, size_max);
  const Fd fd(open_retry(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW));
  if (!fd.valid() && errno == ELOOP) {
    return fail(Code::system,
                fmt::format("cannot read '{}': it is a symbolic link, expected a regular file "
                            "with mode 0600",
                            path),
                path);
  }
  if (!fd.valid()) return system_error("cannot open", path, errno);
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) return system_error("cannot examine", path, errno);
  if (!S_ISREG(st.st_mode)) {
    return fail(Code::system,
                fmt::format("cannot read '{}': it is {}, expected a regular file "
                            "with mode 0600",
                            path, kind_of(st.st_mode)),
                path);
  }
  if (st.st_uid != ::geteuid() && st.st_uid != 0) {
    return fail(Code::system,
                fmt::format("cannot trust '{}': it belongs to user {}, expected {}", path,
                            st.st_uid, ::geteuid()),
                path);
  }
  if ((st.st_mode & 077U) != 0) {
    return fail(Code::system,
                fmt::format("cannot trust '{}': its mode is {:04o}, expected 0600", path,
                            st.st_mode & 07777U),
                path, "chmod 600 makes it private");
  }
  return read_opened(fd.get(), size_max, path);
}

Result<FileStamp> file_stamp(int fd, std::string_view name) {
  struct stat st {};
  if (::fstat(fd, &st) != 0) return system_error("cannot examine", name, errno);
  FileStamp stamp;
  stamp.regular = S_ISREG(st.st_mode);
  if (stamp.regular) {
    stamp.size_bytes = static_cast<std::uint64_t>(st.st_size);
    stamp.mtime_s = st.st_mtim.tv_sec;
    stamp.mtime_ns = st.st_mtim.tv_nsec;
  }
  return stamp;
}

Status check_unchanged(int fd, const FileStamp& before, std::string_view name) {
  CESS_TRY_ASSIGN(const FileStamp now, file_stamp(fd, name));
  if (now == before) return {};
  return fail(Code::system, fmt::format("'{}' changed while reading", name), std::string(name));
}

Status make_dir(const std::string& path, mode_t mode, bool existing_ok) {
  if (::mkdir(path.c_str(), mode) != 0) {
    struct stat st {};
    if (errno == EEXIST && existing_ok && ::stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode)) {
      return {};
    }
    return system_error("cannot create folder", path, errno);
  }
  // mkdir applies the umask; the mode asked for is the mode wanted.
  if (::chmod(path.c_str(), mode) != 0) return system_error("cannot set mode of", path, errno);
  return sync_dir(parent_path(path));
}

std::string parent_path(const std::string& path) {
  std::size_t end = path.size();
  while (end > 1 && path[end - 1] == '/') --end;
  const std::size_t slash = path.find_last_of('/', end - 1);
  if (slash == std::string::npos || end == 0) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<std::vector<std::string>> list_dir(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), ::closedir);
  if (!dir) return system_error("cannot open folder", path, errno);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(dir.get());
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    struct stat st {};
    if (::fstatat(::dirfd(dir.get()), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;  // gone since
      return system_error("cannot examine", path + "/" + name, errno);
    }
    if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) names.push_back(name);
  }
  if (errno != 0) return system_error("cannot read folder", path, errno);
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::uint64_t> file_size(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) return system_error("cannot examine", path, errno);
  return static_cast<std::uint64_t>(st.st_size);
}

bool path_exists(const std::string& path) {
  struct stat st {};
  return ::lstat(path.c_str(), &st) == 0;
}

}  // namespace cess
