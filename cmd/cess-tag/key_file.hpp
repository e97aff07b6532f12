// SPDX-License-Identifier: Apache-2.0
// The two files of a tagger key: the secret (JSON cess.tagger_key/1, mode 0600) and the public one
// beside it (binary, podr2/keys.hpp): "x.key" has "x.pub" beside it, any other name gets ".pub".
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "podr2/keys.hpp"

namespace cess {

std::string public_path(const std::string& key_path);

/// Creates both files; an existing one is never replaced (Code::usage).
Status write_key_files(const std::string& key_path, const TaggerSecret& secret, ByteView pub);

/// Reads the secret; refuses a file that group or others may use (Code::system, names the mode).
Result<TaggerSecret> read_key_file(const std::string& path);
/// The public file beside the key; worked out afresh (half a second) when there is none.
Result<Bytes> read_or_make_public(const std::string& key_path, const TaggerSecret& secret);
/// Any public key file.
Result<Bytes> read_public_file(const std::string& path);

}  // namespace cess
