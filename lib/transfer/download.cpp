// SPDX-License-Identifier: Apache-2.0
#include "transfer/download.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/hex.hpp"
#include "codec/workers.hpp"
#include "sys/file.hpp"

namespace cess::transfer {
namespace {

constexpr std::uint64_t kCheckpointBytes = 64U << 20U;

/// Plaintext bytes before segment `s`.
std::uint64_t plain_before(const Layout& layout, std::uint64_t s) {
  return std::min(layout.length(), s * layout.chunks_per_segment() * kChunkPlain);
}

using OnSegment = std::function<Status(std::uint32_t done)>;

/// Writes the part [from, to) of each segment's plaintext.
Status run(const Manifest& m, const FileKeys& keys, std::uint64_t from, std::uint64_t to,
           ChainPort& chain, MinerLinks& links, const WriteBytes& write,
           const OnSegment& on_segment, const DownloadOptions& options) {
  const Layout layout = m.layout();
  const std::uint64_t each = layout.chunks_per_segment() * kChunkPlain;
  const auto first = static_cast<std::uint32_t>(from / each);
  const auto end = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(m.segments.size(), std::max(to, from + 1) / each + 1));
  CESS_TRY_ASSIGN(const auto fetcher, fetch_segments(m, first, end, chain, links, options.fetch));
  WorkPool pool(options.threads);
  const auto warn = [&](const std::string& text) {
    if (options.fetch.warn) options.fetch.warn(text);
  };
  SegmentDecoder decoder(m.header, keys, pool, warn);
  DecodedSegment out;
  out.bytes = Buffer(static_cast<std::size_t>(m.profile().segment_size()));
  Group group;
  while (true) {
    CESS_TRY_ASSIGN(const bool more, fetcher->next(group));
    if (!more) return {};
    CESS_TRY(decoder.decode(out, group));
    std::uint64_t at = plain_before(layout, group.segment);
    for (std::uint64_t c = 0; c < out.ciphertext_length; c += kChunkSize) {
      const std::uint64_t sealed = std::min<std::uint64_t>(kChunkSize, out.ciphertext_length - c);
      const std::uint64_t size = sealed - kAeadTagSize;
      const std::uint64_t a = std::max(at, from);
      const std::uint64_t b = std::min(at + size, to);
      if (a < b) {
        CESS_TRY(write(
            ByteView(out.bytes.view())
                .subspan(static_cast<std::size_t>(c + a - at), static_cast<std::size_t>(b - a))));
        if (options.progress) options.progress(b - a);
      }
      at += size;
    }
    if (on_segment) CESS_TRY(on_segment(group.segment + 1));
  }
}

/// The part file and how far it is known to be on the disk: a second file holds the number of
/// segments, in decimal, and is replaced after each sync.
class Part {
 public:
  static Result<Part> open(const std::string& path, const Manifest& m, mode_t mode) {
    Part p;
    p.path_ = path + "." + to_hex(m.fid).substr(0, 16) + ".part";
    CESS_TRY_ASSIGN(p.lock_, lock_file(p.path_ + ".lock", true));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    p.fd_ = Fd(::open(p.path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!p.fd_.valid()) return system_error("cannot create", p.path_, errno);
    p.done_ = p.known();
    const Layout layout = m.layout();
    CESS_TRY_ASSIGN(const auto size, file_size(p.path_));
    if (p.done_ > m.segments.size() || size < plain_before(layout, p.done_)) p.done_ = 0;
    p.synced_ = plain_before(layout, p.done_);
    if (::ftruncate(p.fd_.get(), static_cast<off_t>(p.synced_)) != 0 ||
        ::lseek(p.fd_.get(), 0, SEEK_END) < 0) {
      return system_error("cannot cut", p.path_, errno);
    }
    p.written_ = p.synced_;
    return p;
  }

  [[nodiscard]] std::uint64_t start() const { return synced_; }
  Status write(ByteView bytes) {
    written_ += bytes.size();
    return write_full(fd_.get(), bytes, path_);
  }
  Status checkpoint(std::uint32_t segments) {
    if (written_ - synced_ < kCheckpointBytes) return {};
    CESS_TRY(sync_file(fd_.get(), path_));
    synced_ = written_;
    const std::string text = std::to_string(segments) + "\n";
    return write_file(path_ + ".done", as_bytes(text), {.mode = 0600, .replace = true});
  }
  Status commit(const std::string& target, bool replace) {
    CESS_TRY(sync_file(fd_.get(), path_));
    if (replace ? ::rename(path_.c_str(), target.c_str()) != 0
                : ::link(path_.c_str(), target.c_str()) != 0) {
      return system_error("cannot create", target, errno);
    }
    if (!replace) ::unlink(path_.c_str());
    ::unlink((path_ + ".done").c_str());
    ::unlink((path_ + ".lock").c_str());
    return sync_dir(parent_path(target));
  }

 private:
  [[nodiscard]] std::uint32_t known() const {
    const auto text = read_file(path_ + ".done", 16);
    if (!text) return 0;
    std::uint32_t n = 0;
    for (const std::uint8_t b : *text) {
      if (b < '0' || b > '9' || n > 10'000'000) break;
      n = n * 10 + (b - '0');
    }
    return n;
  }

  std::string path_;
  Fd lock_;
  Fd fd_;
  std::uint32_t done_ = 0;
  std::uint64_t synced_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace

Status download(const Manifest& manifest, const FileKeys& keys, std::uint64_t from,
                std::uint64_t size, ChainPort& chain, MinerLinks& links, const WriteBytes& write,
                const DownloadOptions& options) {
  return run(manifest, keys, from, from + size, chain, links, write, {}, options);
}

Status download_file(const Manifest& manifest, const FileKeys& keys, const std::string& path,
                     bool replace, ChainPort& chain, MinerLinks& links,
                     const DownloadOptions& options) {
  if (!replace && path_exists(path)) {
    return fail(Code::usage, "'" + path + "' exists already", path, "--force replaces it");
  }
  const bool open_to_all = manifest.header.stanzas.front().type == StanzaType::in_clear;
  CESS_TRY_ASSIGN(Part part, Part::open(path, manifest, open_to_all ? 0644 : 0600));
  const std::uint64_t start = part.start();
  if (options.progress && start > 0) options.progress(start);
  if (start < manifest.length || manifest.length == 0) {
    CESS_TRY(run(
        manifest, keys, start, manifest.length, chain, links,
        [&](ByteView bytes) { return part.write(bytes); },
        [&](std::uint32_t done) { return part.checkpoint(done); }, options));
  }
  return part.commit(path, replace);
}

}  // namespace cess::transfer
