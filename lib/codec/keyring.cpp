// SPDX-License-Identifier: Apache-2.0
#include "codec/keyring.hpp"

#include <sched.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "crypto/age_key.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

constexpr std::size_t kPublicFileMax = kAgeKeyFileSizeMax;

/// A file of secrets: nobody else may read it. A pipe from the shell is fine.
Result<Bytes> read_secret_file(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) return system_error("cannot open", path, errno);
  if (S_ISREG(st.st_mode) && (st.st_mode & 077U) != 0) {
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(st.st_mode & 07777U));
    return fail(Code::system,
                "cannot use '" + path + "': others may read it (mode " + mode + ", wanted 0600)",
                path, "chmod 600 '" + path + "'");
  }
  return read_file(path, kAgeKeyFileSizeMax);
}

}  // namespace

Result<std::vector<X25519Public>> read_recipients(const std::vector<std::string>& names) {
  std::vector<X25519Public> out;
  for (const std::string& name : names) {
    if (name.starts_with("age1") && !path_exists(name)) {
      CESS_TRY_ASSIGN(const auto key, parse_age_recipient(name));
      out.push_back(key);
      continue;
    }
    CESS_TRY_ASSIGN(const Bytes text, read_file(name, kPublicFileMax));
    CESS_TRY_ASSIGN(const auto keys, parse_age_recipient_file(as_text(text), name));
    out.insert(out.end(), keys.begin(), keys.end());
  }
  if (out.size() > kStanzaCountMax) {
    return fail(Code::usage, "more than 64 recipients", {}, "encrypt to a key that they share");
  }
  return out;
}

Result<std::vector<Key256>> read_identity_file(const std::string& path) {
  CESS_TRY_ASSIGN(Bytes text, read_secret_file(path));
  auto keys = parse_age_identity_file(as_text(text), path);
  wipe(text);
  return keys;
}

Result<Bytes> read_passphrase(const std::string& path) {
  CESS_TRY_ASSIGN(Bytes text, read_secret_file(path));
  const auto end = std::find(text.begin(), text.end(), '\n');
  Bytes line(text.begin(), end);
  wipe(text);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.empty() || line.size() > kPassphraseSizeMax) {
    return fail(Code::input,
                "'" + path + "': the passphrase, its first line, has " +
                    std::to_string(line.size()) + " bytes, expected 1 to 4096",
                path);
  }
  return line;
}

Result<Identities> read_identities(const std::vector<std::string>& identity_paths,
                                   const std::string& passphrase_path) {
  Identities out;
  for (const std::string& path : identity_paths) {
    CESS_TRY_ASSIGN(auto keys, read_identity_file(path));
    for (Key256& key : keys) out.keys.push_back(std::move(key));
  }
  if (!passphrase_path.empty()) {
    CESS_TRY_ASSIGN(out.passphrase, read_passphrase(passphrase_path));
  }
  return out;
}

std::string age_public_path(const std::string& key_path) {
  constexpr std::string_view kSuffix = ".key";
  if (key_path.size() > kSuffix.size() && key_path.ends_with(kSuffix)) {
    return key_path.substr(0, key_path.size() - kSuffix.size()) + ".pub";
  }
  return key_path + ".pub";
}

std::size_t thread_count(std::uint64_t wanted) {
  if (wanted != 0) return static_cast<std::size_t>(wanted);
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<std::size_t>(std::max(1, CPU_COUNT(&set)));
}

}  // namespace cess
