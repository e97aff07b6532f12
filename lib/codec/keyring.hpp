// SPDX-License-Identifier: Apache-2.0
// Keys and passphrases as the command line names them. Secrets come from files or descriptors only.
#pragma once

#include <string>
#include <vector>

#include "codec/keys.hpp"

namespace cess {

/// Recipients as given: age1… strings, or files that hold them.
Result<std::vector<X25519Public>> read_recipients(const std::vector<std::string>& names);
/// Identity files (age format). Code::system when one may be read by others.
Result<std::vector<Key256>> read_identity_file(const std::string& path);
/// What opens a header.
Result<Identities> read_identities(const std::vector<std::string>& identity_paths,
                                   const std::string& passphrase_path);
/// The first line of a file. Code::input when it is empty.
Result<Bytes> read_passphrase(const std::string& path);
/// "x.key" -> "x.pub", any other name gets ".pub".
std::string age_public_path(const std::string& key_path);

/// `wanted`, or as many as the processors this process may use.
std::size_t thread_count(std::uint64_t wanted);

}  // namespace cess
