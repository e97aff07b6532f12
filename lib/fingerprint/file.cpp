// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/file.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <future>
#include <optional>

#include "crypto/sha256.hpp"
#include "fingerprint/ask.hpp"
#include "fingerprint/encoding.hpp"
#include "fingerprint/film_file.hpp"
#include "fingerprint/sound_file.hpp"
#include "fingerprint/sound_part.hpp"
#include "fingerprint/text_markup.hpp"

namespace cess::fp {
namespace {

constexpr std::uint64_t kFileSizeMax = std::uint64_t{1} << 40U;
constexpr std::uint64_t kMemorySizeMax = std::uint64_t{256} << 20U;
constexpr std::size_t kPiece = 1U << 20U;
constexpr std::string_view kContentRequest = "content";

/// A place for what cannot be mapped.
struct Aside {
  Fd fd;
  std::uint64_t size_max = kFileSizeMax;
};

/// An unnamed file in TMPDIR; in memory where that cannot be.
Result<Aside> put_aside() {
  const char* dir = std::getenv("TMPDIR");
  const int fd =
      ::open(dir != nullptr && *dir != 0 ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0) return Aside{Fd(fd)};
  const int memory = memfd_create("cess-input", MFD_CLOEXEC);
  if (memory < 0) return system_error("cannot keep aside", "the input", errno);
  return Aside{Fd(memory), kMemorySizeMax};
}

/// Copies what cannot be mapped.
Result<Fd> spool(int from, std::string_view name) {
  CESS_TRY_ASSIGN(Aside to, put_aside());
  Bytes piece(kPiece);
  std::uint64_t size = 0;
  while (true) {
    CESS_TRY_ASSIGN(const std::size_t n, read_full(from, piece, name));
    size += n;
    if (size > to.size_max && to.size_max == kMemorySizeMax) {
      return fail(Code::system, "'" + std::string(name) +
                                    "' is larger than 256 MiB, and TMPDIR cannot hold a file "
                                    "without a name");
    }
    if (size > to.size_max) return fail(Code::input, "'" + std::string(name) + "' is too large");
    CESS_TRY(write_full(to.fd.get(), ByteView(piece).first(n), "temporary file"));
    if (n < piece.size()) return std::move(to.fd);
  }
}

/// Regular, and no file of /proc, say, which has bytes and says that it has none.
Result<bool> is_mappable(int fd, const FileStamp& stamp, std::string_view name) {
  if (!stamp.regular || stamp.size_bytes != 0) return stamp.regular;
  Bytes one(1);
  CESS_TRY_ASSIGN(const std::size_t n, pread_full(fd, one, 0, name));
  return n == 0;
}

Result<Hash256> hash_file(int fd, std::uint64_t size, std::string_view name) {
  Sha256 h;
  Bytes piece(kPiece);
  for (std::uint64_t at = 0; at < size;) {
    CESS_TRY_ASSIGN(const std::size_t n, pread_full(fd, piece, at, name));
    if (n == 0) return fail(Code::system, "'" + std::string(name) + "' changed while reading");
    h.update(ByteView(piece).first(n));
    at += n;
  }
  return h.finish();
}

/// Kind and type, from the beginning of the file.
Result<Detected> detect_file(int fd, std::string_view name) {
  Bytes head(64U << 10U);
  CESS_TRY_ASSIGN(const std::size_t n, pread_full(fd, head, 0, name));
  return detect(ByteView(head).first(n));
}

/// A file that may go in series, read as a whole: a worker sees as much of it, so that both find
/// the same kind. Empty for others.
Result<std::optional<Bytes>> read_for_series(const Sandbox& decoders, int fd,
                                             const FileStamp& stamp, std::string_view name) {
  if (!decoders.allows_series() || stamp.size_bytes >= kSeriesFileEnd) return std::nullopt;
  Bytes file(stamp.size_bytes);
  CESS_TRY_ASSIGN(const std::size_t n, pread_full(fd, file, 0, name));
  if (n != file.size())
    return fail(Code::system, "'" + std::string(name) + "' changed while reading");
  if (!goes_in_series(detect(file))) return std::nullopt;
  return file;
}

Result<Fingerprint> fingerprint_in_series(const Sandbox& decoders, ByteView file, int fd,
                                          const FileStamp& stamp, const std::string& path) {
  CESS_TRY_ASSIGN(const Bytes answer, decoders.run_in_series(file, path, kContentRequest));
  CESS_TRY(check_unchanged(fd, stamp, path));
  Fingerprint f;
  CESS_TRY_ASSIGN(f.content, parse_content(answer));
  f.exact = sha256(file);
  f.size_bytes = stamp.size_bytes;
  return f;
}

}  // namespace

bool goes_in_series(const Detected& d) {
  constexpr std::array<std::string_view, 7> kTypes{"image/jpeg",     "image/png", "image/webp",
                                                   "text/plain",     "text/html", "text/xml",
                                                   "application/rtf"};
  return d.kind == Kind::other || std::find(kTypes.begin(), kTypes.end(), d.type) != kTypes.end();
}

Result<Sandbox> start_decoders(SandboxLimits limits) {
  prepare_pdf();
  return Sandbox::start(
      limits,
      [](ByteView file, std::string_view request, const OnProgress& progress) -> Result<Bytes> {
        Result<Content> content = is_film_request(request) ? film_answer(file, request, progress)
                                  : is_sound_request(request)
                                      ? sound_answer(file, request, progress)
                                      : fingerprint_bytes(file, progress);
        if (!content) return tl::unexpected<Error>(std::move(content).error());
        return encode_content(*content);
      });
}

Result<InputFile> open_input(const std::string& path) {
  InputFile in;
  CESS_TRY_ASSIGN(in.fd, open_read(path));
  CESS_TRY_ASSIGN(in.stamp, file_stamp(in.fd.get(), path));
  CESS_TRY_ASSIGN(const bool mappable, is_mappable(in.fd.get(), in.stamp, path));
  if (!mappable) {
    CESS_TRY_ASSIGN(in.fd, spool(in.fd.get(), path));
    CESS_TRY_ASSIGN(in.stamp, file_stamp(in.fd.get(), path));
  }
  if (in.stamp.size_bytes > kFileSizeMax)
    return fail(Code::input, "'" + path + "' is too large", path);
  return in;
}

Result<Fingerprint> fingerprint_input(const Sandbox& decoders, const InputFile& file,
                                      const std::string& name, unsigned lanes,
                                      const OnProgress& progress) {
  const int fd = file.fd.get();
  const std::uint64_t size = file.stamp.size_bytes;
  CESS_TRY_ASSIGN(const auto small, read_for_series(decoders, fd, file.stamp, name));
  if (small) return fingerprint_in_series(decoders, *small, fd, file.stamp, name);
  CESS_TRY_ASSIGN(const Detected d, detect_file(fd, name));
  // Workers have processors of their own: hash meanwhile.
  auto hashed = std::async(std::launch::async, hash_file, fd, size, std::string_view(name));
  Result<Content> content = d.kind == Kind::video
                                ? film_of_file(decoders, fd, size, name, lanes, progress)
                            : d.kind == Kind::audio && sound_parts(d.type, size) > 1
                                ? sound_of_file(decoders, fd, size, name, d.type, lanes, progress)
                                : ask_content(decoders, fd, name, kContentRequest, progress);
  Result<Hash256> exact = hashed.get();
  if (!content) return tl::unexpected<Error>(std::move(content).error());
  if (!exact) return tl::unexpected<Error>(std::move(exact).error());
  CESS_TRY(check_unchanged(fd, file.stamp, name));
  Fingerprint f;
  f.content = std::move(*content);
  f.exact = *exact;
  f.size_bytes = size;
  return f;
}

Result<Fingerprint> fingerprint_file(const Sandbox& decoders, const std::string& path,
                                     unsigned lanes, const OnProgress& progress) {
  CESS_TRY_ASSIGN(const InputFile file, open_input(path));
  return fingerprint_input(decoders, file, path, lanes, progress);
}

}  // namespace cess::fp
