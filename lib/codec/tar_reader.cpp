// SPDX-License-Identifier: Apache-2.0
#include "codec/tar_reader.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <utility>

#include "base/hex.hpp"
#include "codec/workers.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::uint64_t kPaxSizeMax = 65536;

// The fields of a ustar header (POSIX.1-2017, pax, "ustar Interchange Format").
struct Field {
  std::size_t offset, size;
};
constexpr Field kName{0, 100};
constexpr Field kSize{124, 12};
constexpr Field kChecksum{148, 8};
constexpr std::size_t kTypeOffset = 156;
constexpr Field kLinkName{157, 100};
constexpr Field kMagic{257, 8};
constexpr Field kPrefix{345, 155};
/// Mode, owner, group, time, device numbers: of no use to us, but other readers refuse an archive in
/// which they are not numbers.
constexpr std::array<Field, 6> kOtherNumbers{
    {{100, 8}, {108, 8}, {116, 8}, {136, 12}, {329, 8}, {337, 8}}};

// Octal digits, then blanks or NULs to the end of the field.
std::optional<std::uint64_t> parse_octal(ByteView field) {
  std::uint64_t value = 0;
  std::size_t digits = 0;
  for (; digits < field.size() && field[digits] >= '0' && field[digits] <= '7'; ++digits) {
    value = value * 8 + (field[digits] - std::uint64_t{'0'});
  }
  for (std::size_t i = digits; i < field.size(); ++i) {
    if (field[i] != 0 && field[i] != ' ') return std::nullopt;
  }
  if (digits == 0) return std::nullopt;
  return value;  // at most 12 digits: 36 bits
}

bool all_zero(ByteView v) {
  return std::all_of(v.begin(), v.end(), [](std::uint8_t b) { return b == 0; });
}

std::uint64_t checksum(ByteView block) {
  std::uint64_t sum = std::accumulate(block.begin(), block.end(), std::uint64_t{0});
  for (std::size_t i = 0; i < kChecksum.size; ++i) sum -= block[kChecksum.offset + i];
  return sum + kChecksum.size * std::uint64_t{' '};
}

// Attributes that change neither name nor content; anything else could, and is refused.
bool harmless_key(std::string_view key) {
  constexpr std::array<std::string_view, 12> kWhole{
      "mtime", "atime",   "ctime",      "uid",        "gid",          "uname",
      "gname", "comment", "SCHILY.dev", "SCHILY.ino", "SCHILY.nlink", "LIBARCHIVE.creationtime"};
  constexpr std::array<std::string_view, 4> kPrefixes{"SCHILY.xattr.", "SCHILY.acl.",
                                                      "LIBARCHIVE.xattr.", "RHT."};
  return std::find(kWhole.begin(), kWhole.end(), key) != kWhole.end() ||
         std::any_of(kPrefixes.begin(), kPrefixes.end(),
                     [&](std::string_view p) { return key.starts_with(p); });
}

struct Ustar {
  std::string path;
  std::uint64_t size = 0;
  char type = '0';
};

// Empty string: fine; else why the header is refused.
std::string parse_ustar(ByteView block, Ustar& out) {
  const auto field = [&](Field f) { return block.subspan(f.offset, f.size); };
  const auto sum = parse_octal(field(kChecksum));
  if (!sum || *sum != checksum(block)) return "wrong checksum of a tar header";
  const std::string_view magic = as_text(field(kMagic));
  if (magic != std::string_view("ustar\0"
                                "00",
                                8) &&
      magic != std::string_view("ustar  \0", 8)) {
    return "not a POSIX or GNU tar header";
  }
  const auto size = parse_octal(field(kSize));
  if (!size) return "entry size is not an octal number";
  for (const Field f : kOtherNumbers) {
    if (!all_zero(field(f)) && !parse_octal(field(f))) return "not a number in a tar header";
  }
  out.size = *size;
  out.type = block[kTypeOffset] == 0 ? '0' : static_cast<char>(block[kTypeOffset]);
  const std::string_view name = as_text(field(kName));
  out.path = name.substr(0, name.find('\0'));
  // The prefix field of GNU headers holds times; ours and POSIX ones leave it empty for short
  // names.
  if (magic[5] == '\0' && !all_zero(field(kPrefix))) return "entry name is too long";
  if (!all_zero(field(kLinkName))) return fmt::format("entry '{}' is a link", out.path);
  return {};
}

}  // namespace

TarReader::TarReader(int fd, std::string name, Cancel* cancel)
    : fd_(fd), name_(std::move(name)), cancel_(cancel) {
  struct stat st {};
  const off_t at = ::lseek(fd, 0, SEEK_CUR);
  seekable_ = at >= 0 && ::fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
  if (seekable_) base_ = static_cast<std::uint64_t>(at);
}

tl::unexpected<Error> TarReader::refuse(std::string_view why) const {
  return fail(Code::input,
              fmt::format("refused bundle '{}': {} at byte {}", name_, why, header_offset_), name_);
}

tl::unexpected<Error> TarReader::truncated(std::uint64_t offset) const {
  return fail(Code::input, fmt::format("refused bundle '{}': truncated at byte {}", name_, offset),
              name_);
}

Result<std::size_t> TarReader::read_some(MutByteView out) {
  return cancel_ != nullptr ? cancel_->read_full(fd_, out, name_) : read_full(fd_, out, name_);
}

Status TarReader::read_exact(MutByteView out) {
  CESS_TRY_ASSIGN(const auto got, read_some(out));
  if (got != out.size()) return truncated(offset_ + got);
  offset_ += got;
  return {};
}

Status TarReader::skip(std::uint64_t size) {
  if (seekable_) {
    // A seek goes past the end without complaint: compare with the size as it is now.
    struct stat st {};
    if (::fstat(fd_, &st) != 0) return system_error("cannot examine", name_, errno);
    const std::uint64_t end = static_cast<std::uint64_t>(st.st_size);
    if (base_ + offset_ + size > end) return truncated(end < base_ ? 0 : end - base_);
    if (::lseek(fd_, static_cast<off_t>(size), SEEK_CUR) < 0) {
      return system_error("cannot seek in", name_, errno);
    }
    offset_ += size;
    return {};
  }
  Bytes sink(static_cast<std::size_t>(std::min<std::uint64_t>(size, 1U << 20U)));
  while (size > 0) {
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(size, sink.size()));
    CESS_TRY(read_exact(MutByteView(sink).first(part)));
    size -= part;
  }
  return {};
}

Status TarReader::finish_entry() {
  CESS_TRY(skip(left_));
  left_ = 0;
  Block pad;
  const auto view = MutByteView(pad).first(static_cast<std::size_t>(padding_));
  CESS_TRY(read_exact(view));
  padding_ = 0;
  if (!all_zero(view)) return refuse("padding that is not zero in the entry");
  return {};
}

Result<bool> TarReader::read_block(Block& block) {
  header_offset_ = offset_;
  CESS_TRY_ASSIGN(const auto got, read_some(block));
  if (got != block.size()) return truncated(offset_ + got);
  offset_ += got;
  return !all_zero(block);
}

// One zero block has been read: another must follow, and after it nothing but zeros (tar programs
// fill their last record with them).
Status TarReader::read_end() {
  Block block;
  CESS_TRY_ASSIGN(const bool more, read_block(block));
  if (more) return refuse("a single zero block");
  Bytes rest(1U << 16U);
  for (;;) {
    header_offset_ = offset_;
    CESS_TRY_ASSIGN(const auto got, read_some(rest));
    if (!all_zero(ByteView(rest).first(got))) return refuse("bytes after the end of the archive");
    offset_ += got;
    if (got < rest.size()) break;
  }
  done_ = true;
  return {};
}

Status TarReader::parse_pax(std::uint64_t size, TarEntry& out,
                            std::optional<std::uint64_t>& size_again) {
  if (size == 0 || size > kPaxSizeMax) return refuse("extended header of wrong size");
  Bytes text(static_cast<std::size_t>(size));
  left_ = size;
  padding_ = (kBlock - size % kBlock) % kBlock;
  CESS_TRY(read(text));
  CESS_TRY(finish_entry());
  // Records "LENGTH KEY=VALUE\n", LENGTH counting all of itself.
  std::string_view rest = as_text(text);
  while (!rest.empty()) {
    const auto blank = rest.find(' ');
    std::size_t length = 0;
    if (blank == 0 || blank > 5) return refuse("malformed extended header");
    for (const char c : rest.substr(0, blank)) {
      if (c < '0' || c > '9') return refuse("malformed extended header");
      length = length * 10 + static_cast<std::size_t>(c - '0');
    }
    if (length < blank + 4 || length > rest.size() || rest[length - 1] != '\n') {
      return refuse("malformed extended header");
    }
    const std::string_view record = rest.substr(blank + 1, length - blank - 2);
    rest.remove_prefix(length);
    const auto equals = record.find('=');
    if (equals == std::string_view::npos) return refuse("malformed extended header");
    const std::string_view key = record.substr(0, equals);
    const std::string_view value = record.substr(equals + 1);
    if (key == "SCHILY.xattr.user.cess.file") {
      if (out.file) return refuse("user.cess.file given twice");
      const auto id = parse_id<FileId>(value, "user.cess.file");
      if (!id) return refuse(id.error().message);
      out.file = *id;
    } else if (key == "SCHILY.xattr.user.cess.root") {
      if (out.root) return refuse("user.cess.root given twice");
      const auto id = parse_id<Hash256>(value, "user.cess.root");
      if (!id) return refuse(id.error().message);
      out.root = *id;
    } else if (key == "size") {
      if (value.empty() || value.size() > 11 || size_again ||
          value.find_first_not_of("0123456789") != std::string_view::npos) {
        return refuse("wrong size in an extended header");
      }
      size_again = std::stoull(std::string(value));
    } else if (!harmless_key(key)) {
      return refuse("extended attribute that bundles do not have");
    }
  }
  return {};
}

Result<bool> TarReader::next(TarEntry& out) {
  out = {};
  if (done_) return false;
  CESS_TRY(finish_entry());
  Block block;
  CESS_TRY_ASSIGN(bool more, read_block(block));
  if (!more) {
    CESS_TRY(read_end());
    return false;
  }
  Ustar header;
  if (const auto why = parse_ustar(block, header); !why.empty()) return refuse(why);
  std::optional<std::uint64_t> size_again;
  if (header.type == 'x') {
    CESS_TRY(parse_pax(header.size, out, size_again));
    CESS_TRY_ASSIGN(more, read_block(block));
    if (!more) return refuse("extended header without its entry");
    if (const auto why = parse_ustar(block, header); !why.empty()) return refuse(why);
  }
  if (header.type != '0') {
    return refuse(fmt::format("entry '{}' is not a regular file", header.path));
  }
  if (size_again && *size_again != header.size) {
    return refuse(fmt::format("entry '{}' has two different sizes", header.path));
  }
  out.path = std::move(header.path);
  out.size = left_ = header.size;
  out.data_offset = base_ + offset_;
  padding_ = (kBlock - out.size % kBlock) % kBlock;
  return true;
}

Status TarReader::read(MutByteView out) {
  if (out.size() > left_) return refuse("entry shorter than its content");
  CESS_TRY(read_exact(out));
  left_ -= out.size();
  return {};
}

}  // namespace cess
