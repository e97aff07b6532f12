// SPDX-License-Identifier: Apache-2.0
// flock(2): the kernel drops the lock with its process, so a stale lock cannot exist. Who holds it
// is read from /proc/locks, since a pid written into the file would outlive the lock.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "sys/file.hpp"

namespace cess {
namespace {

/// The pid of some holder of a flock on the file behind `fd`; 0 if the kernel does not tell.
int lock_holder(int fd) {
  struct stat st {};
  if (::fstat(fd, &st) != 0) return 0;
  const std::unique_ptr<FILE, int (*)(FILE*)> locks(std::fopen("/proc/locks", "re"), std::fclose);
  if (!locks) return 0;
  char line[256];
  while (std::fgets(line, sizeof line, locks.get()) != nullptr) {
    int pid = 0;
    unsigned major_number = 0;
    unsigned minor_number = 0;
    unsigned long inode = 0;
    // NOLINTNEXTLINE(cert-err34-c): a line that does not match is skipped
    if (std::sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%lu", &pid, &major_number, &minor_number,
                    &inode) == 4 &&
        major_number == ::major(st.st_dev) && minor_number == ::minor(st.st_dev) &&
        inode == st.st_ino) {
      return pid;
    }
  }
  return 0;
}

}  // namespace

Result<Fd> lock_file(const std::string& path, bool exclusive) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd.valid() && !exclusive && (errno == EROFS || errno == EACCES)) {
    fd = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));  // NOLINT
  }
  if (!fd.valid()) return system_error("cannot open lock", path, errno);
  for (;;) {
    if (::flock(fd.get(), (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) return fd;
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return system_error("cannot lock", path, errno);
    const int pid = lock_holder(fd.get());
    return fail(Code::busy,
                pid > 0 ? fmt::format("'{}' is locked by process {}", path, pid)
                        : fmt::format("'{}' is locked by another process", path),
                path);
  }
}

}  // namespace cess
