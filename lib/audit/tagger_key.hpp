// SPDX-License-Identifier: Apache-2.0
// The secret of a tagger as a document, JSON cess.tagger_key/1: what lies in a key file. Files
// themselves (their mode, the public half beside them) are the caller's business.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "podr2/keys.hpp"

namespace cess {

constexpr std::size_t kTaggerKeySizeMax = 4096;

/// One line with its end. Secret: the caller wipes it (wipe_text).
std::string write_tagger_key(const TaggerSecret& secret);
/// Code::input; no message holds the secret. `what` names the document.
Result<TaggerSecret> parse_tagger_key(ByteView text, std::string_view what);
/// Where the public half of the key file `key_path` lies: "x.key" has "x.pub" beside it, any other
/// name gets ".pub".
std::string tagger_public_path(const std::string& key_path);
/// Overwrites the characters.
void wipe_text(std::string& text);

}  // namespace cess
