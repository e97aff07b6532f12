// SPDX-License-Identifier: Apache-2.0
// Files that appear whole or not at all. The order is write, fsync the file, give it its name,
// fsync the folder: a name is on disk only after fsync of its folder.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/hex.hpp"
#include "sys/file.hpp"
#include "sys/process.hpp"
#include "sys/random.hpp"

namespace cess {
namespace {

std::string temp_name(const std::string& path) {
  std::uint8_t tail[8];
  system_random().fill(tail);
  return parent_path(path) + "/.cess-" + to_hex(tail) + ".tmp";
}

Error name_taken(const std::string& path) {
  return {Code::usage, fmt::format("'{}' exists already", path), path, "--force replaces it"};
}

/// Refuses names that cannot become a new file, before any work is done.
Status check_target(const std::string& path, bool replace) {
  if (path.empty()) return fail(Code::usage, "the output name is empty");
  if (path.ends_with('/')) return system_error("cannot create", path, EISDIR);
  struct stat st {};
  if (::lstat(path.c_str(), &st) != 0) return {};
  if (S_ISDIR(st.st_mode)) return system_error("cannot create", path, EISDIR);
  if (!replace) return tl::unexpected<Error>(name_taken(path));
  if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) {
    return fail(Code::usage, fmt::format("cannot replace '{}': not a regular file", path), path);
  }
  return {};
}

}  // namespace

Result<NewFile> NewFile::create(const std::string& path, Options options) {
  CESS_TRY(check_target(path, options.replace));
  NewFile file;
  file.path_ = path;
  file.options_ = options;
  const std::string folder = parent_path(path);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  file.fd_ = Fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  // Without O_TMPFILE: EOPNOTSUPP from the file system, EISDIR from a kernel that does not know it.
  if (!file.fd_.valid() && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
    const std::string temp = temp_name(path);
    remove_on_signal(temp);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    file.fd_ = Fd(::open(temp.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.fd_.valid()) {
      file.temp_path_ = temp;
    } else {
      const int error = errno;
      keep_on_signal(temp);
      errno = error;
    }
  }
  if (!file.fd_.valid()) return system_error("cannot create", path, errno);
  return file;
}

NewFile::NewFile(NewFile&& o) noexcept
    : fd_(std::move(o.fd_)),
      path_(std::move(o.path_)),
      temp_path_(std::exchange(o.temp_path_, {})),
      options_(o.options_),
      failed_(o.failed_) {}

NewFile& NewFile::operator=(NewFile&& o) noexcept {
  if (this != &o) {
    drop_temp();
    fd_ = std::move(o.fd_);
    path_ = std::move(o.path_);
    temp_path_ = std::exchange(o.temp_path_, {});
    options_ = o.options_;
    failed_ = o.failed_;
  }
  return *this;
}

NewFile::~NewFile() { drop_temp(); }

void NewFile::drop_temp() {
  if (temp_path_.empty()) return;
  ::unlink(temp_path_.c_str());
  keep_on_signal(temp_path_);
  temp_path_.clear();
}

Status NewFile::write(ByteView data) {
  Status status = write_full(fd_.get(), data, path_);
  if (!status) failed_ = true;
  return status;
}

Status NewFile::commit() {
  if (failed_) return system_error("cannot complete", path_, EIO);
  failed_ = true;  // until the end of this function: a second commit must not succeed
  if (::fchmod(fd_.get(), options_.mode) != 0) {
    return system_error("cannot set mode of", path_, errno);
  }
  CESS_TRY(sync_file(fd_.get(), path_));
  CESS_TRY(options_.replace ? commit_replace() : commit_new());
  return sync_dir(parent_path(path_));
}

Status NewFile::commit_new() {
  const std::string source =
      temp_path_.empty() ? "/proc/self/fd/" + std::to_string(fd_.get()) : temp_path_;
  // linkat and not rename: it refuses a name that appeared since `create`.
  if (::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, path_.c_str(),
               temp_path_.empty() ? AT_SYMLINK_FOLLOW : 0) == 0) {
    drop_temp();
    return {};
  }
  if (errno == EEXIST) return tl::unexpected<Error>(name_taken(path_));
  const bool no_links = errno == EPERM || errno == EOPNOTSUPP;  // FAT and its kin
  if (!temp_path_.empty() && no_links) return commit_replace();
  return system_error("cannot create", path_, errno);
}

Status NewFile::commit_replace() {
  if (temp_path_.empty()) {
    const std::string source = "/proc/self/fd/" + std::to_string(fd_.get());
    const std::string temp = temp_name(path_);
    remove_on_signal(temp);
    temp_path_ = temp;
    if (::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, temp.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      return system_error("cannot create", path_, errno);
    }
  }
  if (::rename(temp_path_.c_str(), path_.c_str()) != 0) {
    return system_error("cannot replace", path_, errno);
  }
  keep_on_signal(temp_path_);
  temp_path_.clear();
  return {};
}

Status write_file(const std::string& path, ByteView data, NewFile::Options options) {
  CESS_TRY_ASSIGN(NewFile file, NewFile::create(path, options));
  CESS_TRY(file.write(data));
  return file.commit();
}

}  // namespace cess
