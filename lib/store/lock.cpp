// SPDX-License-Identifier: Apache-2.0
#include "store/lock.hpp"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "store/layout.hpp"

namespace cess::detail {

Result<Fd> take_store_lock(const std::string& path, std::uint64_t wait_s) {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + std::chrono::seconds(wait_s);
  for (;;) {
    auto lock = lock_file(layout::in(path, "lock"), true);
    if (lock || lock.error().code != Code::busy || Clock::now() >= until) return lock;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

Status remove_folder(const std::string& path) {
  if (!path_exists(path)) return {};
  CESS_TRY_ASSIGN(const auto names, list_dir(path));
  for (const std::string& name : names) {
    const std::string file = layout::in(path, name);
    if (::unlink(file.c_str()) != 0 && errno != ENOENT)
      return system_error("cannot remove", file, errno);
  }
  if (::rmdir(path.c_str()) != 0) return system_error("cannot remove folder", path, errno);
  return {};
}

}  // namespace cess::detail
