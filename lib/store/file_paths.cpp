// SPDX-License-Identifier: Apache-2.0
#include "store/file_paths.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/check.hpp"
#include "base/codec.hpp"
#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "sys/file.hpp"

namespace cess::detail {
namespace {

constexpr std::string_view kIntentMagic = "CESSINT1";
constexpr std::uint32_t kIntentCountMax = 1U << 20U;

}  // namespace

const KindFolder& folder_of(BlobKind kind) {
  for (const KindFolder& f : kKindFolders) {
    if (f.kind == kind) return f;
  }
  CESS_CHECK(false);
}

std::string file_name(const BlobName& name) {
  return to_hex(name.id) + std::string(folder_of(name.kind).suffix);
}

std::optional<BlobName> parse_file_name(std::string_view file) {
  for (const KindFolder& f : kKindFolders) {
    if (!file.ends_with(f.suffix)) continue;
    const auto id = parse_id<Hash256>(file.substr(0, file.size() - f.suffix.size()), "file name");
    if (id) return BlobName{f.kind, *id};
  }
  return std::nullopt;
}

std::vector<std::string> folders_of(const BlobName& name) {
  const KindFolder& f = folder_of(name.kind);
  std::vector<std::string> out{std::string(f.folder)};
  const std::string hex = to_hex(name.id);
  for (unsigned level = 0; level < f.fan_out; ++level) {
    out.push_back(out.back() + "/" + hex.substr(std::size_t{2} * level, 2));
  }
  return out;
}

std::string relative_path(const BlobName& name) {
  return folders_of(name).back() + "/" + file_name(name);
}

Result<std::vector<FolderEntry>> folder_entries(const std::string& path) {
  std::vector<FolderEntry> out;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), ::closedir);
  if (!dir) {
    if (errno == ENOENT) return out;
    return system_error("cannot open folder", path, errno);
  }
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(dir.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    struct stat st {};
    if (::fstatat(::dirfd(dir.get()), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;
      return system_error("cannot examine", path + "/" + std::string(name), errno);
    }
    out.push_back({std::string(name), S_ISDIR(st.st_mode), static_cast<std::uint64_t>(st.st_size)});
  }
  if (errno != 0) return system_error("cannot read folder", path, errno);
  std::sort(out.begin(), out.end(),
            [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
  return out;
}

std::uint64_t folder_size(const std::string& path) {
  struct stat st {};
  return ::lstat(path.c_str(), &st) == 0 ? static_cast<std::uint64_t>(st.st_size) : 0;
}

Bytes encode_intent(std::span<const BlobName> names) {
  Writer w;
  w.raw(kIntentMagic).le(static_cast<std::uint32_t>(names.size()));
  for (const BlobName& name : names) w.le(static_cast<std::uint8_t>(name.kind)).id(name.id);
  const Hash256 sum = sha256(ByteView(w.bytes()));
  w.id(sum);
  return w.take();
}

Result<std::vector<BlobName>> parse_intent(ByteView bytes) {
  Reader r(bytes, "intent");
  CESS_TRY_ASSIGN(const ByteView magic, r.raw(kIntentMagic.size(), "magic"));
  if (as_text(magic) != kIntentMagic) return r.refuse("wrong magic");
  CESS_TRY_ASSIGN(const auto count, r.le<std::uint32_t>("count"));
  if (count > kIntentCountMax || r.left() != std::size_t{count} * 33 + 32) {
    return r.refuse("wrong count");
  }
  std::vector<BlobName> names(count);
  for (BlobName& name : names) {
    CESS_TRY_ASSIGN(const auto kind, r.le<std::uint8_t>("kind"));
    if (kind < 1 || kind > 4) return r.refuse("unknown kind");
    name.kind = static_cast<BlobKind>(kind);
    CESS_TRY_ASSIGN(name.id, r.id<Hash256>("id"));
  }
  const Hash256 sum = sha256(bytes.first(r.offset()));
  CESS_TRY_ASSIGN(const auto claimed, r.id<Hash256>("checksum"));
  if (claimed != sum) return r.refuse("wrong checksum");
  CESS_TRY(r.end());
  return names;
}

}  // namespace cess::detail
