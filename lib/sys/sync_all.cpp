// SPDX-License-Identifier: Apache-2.0
#include "sys/sync_all.hpp"

#include <unistd.h>

#include <cerrno>

#include "sys/file.hpp"

namespace cess {

Status sync_file_system(int fd, std::string_view name) {
  if (::syncfs(fd) == 0) return {};
  return system_error("cannot sync the file system of", name, errno);
}

}  // namespace cess
