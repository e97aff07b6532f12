// SPDX-License-Identifier: Apache-2.0
#include "idle/blobs.hpp"

#include <charconv>
#include <filesystem>
#include <optional>
#include <set>

#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "sys/file.hpp"

namespace cess::idle {
namespace {

constexpr std::string_view kDateSuffix = ".at";
constexpr std::size_t kDateSizeMax = 20;

Status write_date(const std::string& blob, std::uint64_t now_ms) {
  return write_file(blob + std::string(kDateSuffix), as_bytes(std::to_string(now_ms)),
                    {.mode = 0644, .replace = true});
}

std::optional<std::uint64_t> read_date(const std::string& blob) {
  const auto bytes = read_file(blob + std::string(kDateSuffix), kDateSizeMax);
  if (!bytes) return std::nullopt;
  const std::string_view text = as_text(*bytes);
  std::uint64_t at = 0;
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, at);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return at;
}

}  // namespace

Result<Hash256> keep_blob(const std::string& folder, ByteView bytes, std::uint64_t now_ms) {
  const Hash256 digest = sha256(bytes);
  const std::string path = folder + "/" + to_hex(digest);
  CESS_TRY(make_dir(folder, 0755, true));
  CESS_TRY(write_date(path, now_ms));
  CESS_TRY(write_file(path, bytes, {.mode = 0644, .replace = true}));
  return digest;
}

Status forget_blobs(const std::string& folder, std::uint64_t now_ms, std::uint64_t kept_ms) {
  if (!path_exists(folder)) return {};
  CESS_TRY_ASSIGN(const auto names, list_dir(folder));
  std::set<std::string> blobs;
  for (const std::string& file : names) {
    const bool date = file.ends_with(kDateSuffix);
    const std::string name = date ? file.substr(0, file.size() - kDateSuffix.size()) : file;
    if (parse_id<Hash256>(name, "name")) blobs.insert(name);
  }
  for (const std::string& name : blobs) {
    const std::string path = folder + "/" + name;
    const auto at = read_date(path);
    if (!at) {
      CESS_TRY(write_date(path, now_ms));
      continue;
    }
    if (now_ms < *at || now_ms - *at < kept_ms) continue;
    std::error_code none;  // what cannot be removed now is looked at again next time
    std::filesystem::remove(path, none);
    std::filesystem::remove(path + std::string(kDateSuffix), none);
  }
  return {};
}

}  // namespace cess::idle
