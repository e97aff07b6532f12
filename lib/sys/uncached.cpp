// SPDX-License-Identifier: Apache-2.0
#include "sys/uncached.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "sys/file.hpp"

namespace cess {
namespace {

// Of memory, offset and size alike; what a file system wants is no more, or it is not asked.
constexpr std::size_t kAlign = 4096;
constexpr std::size_t kPiece = 1U << 20U;

struct Release {
  void operator()(std::uint8_t* p) const { std::free(p); }  // NOLINT: of aligned_alloc
};

bool can_pass_cache(int fd) {
#ifdef STATX_DIOALIGN
  struct statx s {};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &s) != 0) return false;
  return (s.stx_mask & STATX_DIOALIGN) != 0 && s.stx_dio_offset_align != 0 &&
         s.stx_dio_offset_align <= kAlign && s.stx_dio_mem_align <= kAlign;
#else
  static_cast<void>(fd);
  return false;
#endif
}

bool set_flags(int fd, int flags) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  return ::fcntl(fd, F_SETFL, flags) == 0;
}

/// Whole pieces as far as they go; returns how much is written.
Result<std::size_t> write_pieces(int fd, ByteView data, std::string_view name) {
  const std::unique_ptr<std::uint8_t, Release> piece(
      static_cast<std::uint8_t*>(std::aligned_alloc(kAlign, kPiece)));
  if (!piece) return std::size_t{0};
  std::size_t done = 0;
  while (data.size() - done >= kAlign) {
    const std::size_t size = std::min(kPiece, (data.size() - done) / kAlign * kAlign);
    std::memcpy(piece.get(), data.data() + done, size);
    const ssize_t put = ::write(fd, piece.get(), size);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EINVAL) break;  // it said that it could
    if (put < 0) return system_error("cannot write", name, errno);
    done += static_cast<std::size_t>(put);
    if (static_cast<std::size_t>(put) % kAlign != 0) break;  // the disk may be full: see below
  }
  return done;
}

}  // namespace

Status write_uncached(int fd, ByteView data, std::string_view name) {
  if (data.size() < kUncachedMin || !can_pass_cache(fd)) return write_full(fd, data, name);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || !set_flags(fd, flags | O_DIRECT)) return write_full(fd, data, name);
  const auto done = write_pieces(fd, data, name);
  if (!set_flags(fd, flags)) return system_error("cannot set up", name, errno);
  CESS_TRY(done);
  return write_full(fd, data.subspan(*done), name);
}

}  // namespace cess
