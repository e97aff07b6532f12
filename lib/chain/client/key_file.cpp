// SPDX-License-Identifier: Apache-2.0
#include "chain/client/key_file.hpp"

#include "sys/file.hpp"

namespace cess::client {
namespace {

constexpr std::size_t kKeyFileSizeMax = 4096;

Result<AccountKey> parse_and_wipe(Bytes& text, const std::string& name) {
  auto key = parse_account_key(as_text(text), "'" + name + "'");
  wipe(text);
  return key;
}

}  // namespace

Result<AccountKey> read_key_file(const std::string& path) {
  CESS_TRY_ASSIGN(Bytes text, read_secret_file(path, kKeyFileSizeMax));
  return parse_and_wipe(text, path);
}

Result<AccountKey> read_key(int fd, const std::string& name) {
  Bytes text(kKeyFileSizeMax + 1);
  CESS_TRY_ASSIGN(const auto size, read_full(fd, text, name));
  text.resize(size);
  return parse_and_wipe(text, name);
}

Status write_key_file(const std::string& path, const AccountKey& key) {
  std::string line = write_account_key(key) + "\n";
  NewFile::Options options;
  options.mode = 0600;
  const auto written = write_file(path, as_bytes(line), options);
  wipe({reinterpret_cast<std::uint8_t*>(line.data()), line.size()});
  return written;
}

}  // namespace cess::client
