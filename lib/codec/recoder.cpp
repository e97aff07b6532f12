// SPDX-License-Identifier: Apache-2.0
#include "codec/recoder.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <vector>

#include "base/codec.hpp"
#include "codec/manifest.hpp"
#include "crypto/sha256.hpp"
#include "merkle/tree.hpp"

namespace cess {
namespace {

/// What one worker reads and hashes at once: it stays in the second-level cache.
constexpr std::size_t kReadPiece = 512U << 10U;
constexpr std::string_view kPlainLabel = "CESS-PLAIN-v1";

tl::unexpected<Error> changed(const std::string& name) {
  return fail(Code::input, "'" + name + "' changed while it was being stored", name);
}

}  // namespace

Recoder::Recoder(int fd, std::string name, const FileHeader& header, const FileKeys& keys,
                 const FileStamp& stamp, std::size_t threads)
    : fd_(fd),
      name_(std::move(name)),
      stamp_(stamp),
      layout_(header.profile, stamp.size_bytes),
      pool_(threads),
      encoder_(header, keys, pool_),
      plain_(std::min<std::uint64_t>(encoder_.plain_size(), stamp.size_bytes)) {}

Result<std::unique_ptr<Recoder>> Recoder::make(int fd, std::string name, const FileHeader& header,
                                               const FileKeys& keys, std::size_t threads) {
  CESS_TRY_ASSIGN(const FileStamp stamp, file_stamp(fd, name));
  if (!stamp.regular) return fail(Code::input, "'" + name + "' is not a regular file", name);
  CESS_TRY(check_segment_count(header.profile,
                               Layout(header.profile, stamp.size_bytes).segment_count(), name));
  return std::unique_ptr<Recoder>(new Recoder(fd, std::move(name), header, keys, stamp, threads));
}

Result<Hash256> Recoder::read(std::uint32_t segment) {
  const std::uint64_t begin = std::uint64_t{segment} * encoder_.plain_size();
  plain_size_ = std::min<std::uint64_t>(encoder_.plain_size(), layout_.length() - begin);
  const std::size_t pieces = (plain_size_ + kReadPiece - 1) / kReadPiece;
  std::vector<Hash256> roots(pieces);
  std::mutex mutex;
  std::optional<Error> error;
  pool_.run(pieces, [&](std::size_t i, std::size_t /*worker*/) {
    const std::size_t from = i * kReadPiece;
    const MutByteView piece = plain_.view().subspan(from, std::min(kReadPiece, plain_size_ - from));
    const auto got = pread_full(fd_, piece, begin + from, name_);
    if (got && *got == piece.size()) {
      roots[i] = fragment_root(piece);
      return;
    }
    const std::lock_guard lock(mutex);
    error = got ? changed(name_).value() : got.error();
  });
  if (error) return tl::unexpected<Error>(*error);
  Writer w;
  for (const Hash256& root : roots) w.id(root);
  const Bytes all = w.take();
  return sha256({as_bytes(kPlainLabel), Writer().le(segment).take(), ByteView(all)});
}

void Recoder::encode(EncodedSegment& out, std::uint32_t segment, Roots roots) {
  encoder_.encode(out, segment, ByteView(plain_.view()).first(plain_size_),
                  segment + 1 == layout_.segment_count(), roots);
}

Result<Hash256> Recoder::first(EncodedSegment& out, std::uint32_t segment) {
  CESS_TRY_ASSIGN(const Hash256 digest, read(segment));
  encode(out, segment, Roots::compute);
  return digest;
}

Status Recoder::again(EncodedSegment& out, std::uint32_t segment, const Hash256& digest) {
  CESS_TRY_ASSIGN(const Hash256 now, read(segment));
  if (now != digest) return changed(name_);
  encode(out, segment, Roots::known);
  return {};
}

Status Recoder::check_unchanged() const { return cess::check_unchanged(fd_, stamp_, name_); }

}  // namespace cess
