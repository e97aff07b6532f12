// SPDX-License-Identifier: Apache-2.0
#include "miner/staging.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "base/hex.hpp"
#include "sys/file.hpp"

namespace cess::miner {

using proto::ByteRange;
using proto::FragmentAt;

namespace {

/// The other way round than Staging::path; nothing for a name of another kind.
std::optional<FragmentAt> parse_staged_name(std::string_view name) {
  if (!name.ends_with(".part") && !name.ends_with(".tags")) return std::nullopt;
  name.remove_suffix(5);
  constexpr std::size_t kHex = 2 * sizeof(Fid::bytes);
  if (name.size() < kHex || name.substr(kHex, 1) != "-") return std::nullopt;
  const auto fid = parse_id<Fid>(name.substr(0, kHex), "fid");
  if (!fid) return std::nullopt;
  FragmentAt at{*fid, 0, 0};
  const char* const end = name.data() + name.size();
  const auto segment = std::from_chars(name.data() + kHex + 1, end, at.segment);
  if (segment.ec != std::errc() || segment.ptr == end || *segment.ptr != '-') return std::nullopt;
  const auto column = std::from_chars(segment.ptr + 1, end, at.column);
  if (column.ec != std::errc() || column.ptr != end) return std::nullopt;
  return at;
}

}  // namespace

Status Staging::open() {
  CESS_TRY(make_dir(folder_, 0700, true));
  CESS_TRY_ASSIGN(const auto names, list_dir(folder_));
  for (const auto& name : names) {
    CESS_TRY_ASSIGN(const auto size, file_size(folder_ + "/" + name));
    bytes_ += size;
  }
  return {};
}

std::unique_lock<std::mutex> Staging::hold(const FragmentAt& at) {
  const std::size_t spot = at.fid.bytes[0] + 31U * at.segment + 7U * at.column;
  return std::unique_lock(locks_[spot % locks_.size()]);
}

std::string Staging::path(const FragmentAt& at, const char* end) const {
  return folder_ + "/" + to_hex(at.fid) + "-" + std::to_string(at.segment) + "-" +
         std::to_string(at.column) + end;
}

Result<std::uint64_t> Staging::received(const FragmentAt& at) const {
  const std::string part = path(at, ".part");
  if (!path_exists(part)) return std::uint64_t{0};
  return file_size(part);
}

Status Staging::drop(const FragmentAt& at) {
  for (const char* end : {".part", ".tags"}) {
    const std::string name = path(at, end);
    if (!path_exists(name)) continue;
    CESS_TRY_ASSIGN(const auto size, file_size(name));
    if (::unlink(name.c_str()) != 0) return system_error("cannot remove", name, errno);
    bytes_ -= size;
  }
  return {};
}

Result<std::vector<FragmentAt>> Staging::list() const {
  CESS_TRY_ASSIGN(const auto names, list_dir(folder_));
  std::vector<FragmentAt> out;
  for (const auto& name : names) {
    if (const auto at = parse_staged_name(name)) out.push_back(*at);
  }
  return out;
}

Status Staging::append(const std::string& part, ByteView data) {
  const Fd fd(::open(part.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!fd.valid()) return system_error("cannot open", part, errno);
  const off_t before = ::lseek(fd.get(), 0, SEEK_END);
  if (before < 0) return system_error("cannot measure", part, errno);
  Status done = write_full(fd.get(), data, part);
  if (done) done = sync_file(fd.get(), part);
  // A full disk takes a part of a piece: what is not acknowledged is neither there nor counted.
  const bool cut = !done && ::ftruncate(fd.get(), before) == 0;
  if (!cut) bytes_ += static_cast<std::uint64_t>(::lseek(fd.get(), 0, SEEK_END) - before);
  return done;
}

Result<std::optional<Staging::Whole>> Staging::add(const FragmentAt& at, const ByteRange& range,
                                                   ByteView tags, ByteView data) {
  if (range.offset == 0) CESS_TRY(drop(at));
  if (range.size == range.total) return Whole{tags, data, {}, {}};
  CESS_TRY_ASSIGN(const std::uint64_t have, received(at));
  if (have != range.offset) {
    return fail(Code::input, "the next byte is " + std::to_string(have) + ", not " +
                                 std::to_string(range.offset));
  }
  if (!has_room(tags.size() + data.size()))
    return fail(Code::busy, "too many fragments are half sent");
  if (range.offset == 0 && !tags.empty()) {
    CESS_TRY(write_file(path(at, ".tags"), tags, {.mode = 0600, .replace = true}));
    bytes_ += tags.size();
  }
  CESS_TRY(append(path(at, ".part"), data));
  if (range.offset == 0) CESS_TRY(sync_dir(folder_));
  if (have + data.size() < range.total) return std::optional<Whole>();
  Whole whole;
  CESS_TRY_ASSIGN(whole.read_data, read_file(path(at, ".part"), range.total));
  if (path_exists(path(at, ".tags"))) {
    CESS_TRY_ASSIGN(whole.read_tags, read_file(path(at, ".tags"), proto::kTagsSizeMax));
  }
  whole.data = whole.read_data;  // a vector that moves keeps its bytes where they are
  whole.tags = whole.read_tags;
  return whole;
}

}  // namespace cess::miner
