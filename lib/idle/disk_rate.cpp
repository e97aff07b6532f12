// SPDX-License-Identifier: Apache-2.0
#include "idle/disk_rate.hpp"

#include <fcntl.h>

#include <algorithm>
#include <vector>

#include "pois/params.hpp"
#include "sys/file.hpp"

namespace cess::idle {
namespace {

constexpr double kNs = 1e9;
constexpr double kLayersOnDisk = pois::kLayers;  // the last of which are a filler's labels
constexpr std::size_t kReadPiece = std::size_t{1} << 20U;

double bytes_a_second(std::uint64_t bytes, std::uint64_t ns) {
  return static_cast<double>(bytes) * kNs / static_cast<double>(std::max<std::uint64_t>(ns, 1));
}

}  // namespace

Result<DiskRate> measure_disk(const std::string& folder, double seconds, std::uint64_t size_max,
                              Clock& clock, Random& random) {
  const std::string name = folder + "/disk-rate";
  CESS_TRY_ASSIGN(NewFile file, NewFile::create(name, {.mode = 0600}));
  std::vector<std::uint8_t> piece(kDiskPiece);
  const auto limit = static_cast<std::uint64_t>(seconds * kNs);
  DiskRate out;
  std::uint64_t size = 0;
  std::uint64_t passed = 0;
  while (size == 0 || (size + kDiskPiece <= size_max && passed < limit)) {
    random.fill(piece);  // not timed; nothing that could be packed or found twice
    const std::uint64_t start = clock.monotonic_ns();
    CESS_TRY(file.write(piece));
    CESS_TRY(sync_file(file.fd(), name));
    passed += clock.monotonic_ns() - start;
    size += kDiskPiece;
  }
  out.written = bytes_a_second(size, passed);
  // What was synced is clean: the kernel lets go of it at once, or has it nowhere else.
  static_cast<void>(::posix_fadvise(file.fd(), 0, 0, POSIX_FADV_DONTNEED));
  const std::uint64_t start = clock.monotonic_ns();
  std::uint64_t at = 0;
  passed = 0;
  while (at < size && passed < limit) {
    CESS_TRY_ASSIGN(const std::size_t got,
                    pread_full(file.fd(), MutByteView(piece).first(kReadPiece), at, name));
    if (got != kReadPiece) return fail(Code::system, "'" + name + "' is too short", name);
    at += got;
    passed = clock.monotonic_ns() - start;
  }
  out.read = bytes_a_second(at, passed);
  return out;
}

double disk_seconds(const DiskRate& disk) {
  return kLayersOnDisk / disk.written + kLayersOnDisk / disk.read;
}

double rate_with_disk(double made, const DiskRate& disk) {
  return 1 / (std::max(1 / made, kLayersOnDisk / disk.written) + kLayersOnDisk / disk.read);
}

}  // namespace cess::idle
