// SPDX-License-Identifier: Apache-2.0
#include "miner/room.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <limits>

namespace cess::miner {

std::uint64_t disk_free_bytes(const StoreReader& store) {
  struct statvfs s {};
  if (::statvfs(store.path().c_str(), &s) != 0) return std::numeric_limits<std::uint64_t>::max();
  return std::uint64_t{s.f_bavail} * s.f_frsize;
}

std::string why_no_room(const StoreReader& store, std::uint64_t idle_bytes, std::uint64_t bytes) {
  const std::string idle = std::to_string(idle_bytes);
  if (idle_bytes < bytes) return "the store is full: " + idle + " bytes of its capacity are left";
  // What the store may not take need not be free on the disk.
  const std::uint64_t disk = disk_free_bytes(store);
  if (disk >= std::min(idle_bytes, std::max(bytes, kRoomMin))) return {};
  return "the disk is full: " + std::to_string(disk) + " bytes of it are free, and the store may " +
         "still take " + idle;
}

}  // namespace cess::miner
