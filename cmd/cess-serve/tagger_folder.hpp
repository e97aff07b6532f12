// SPDX-License-Identifier: Apache-2.0
// A tagger's service folder: config.json, the account's key, the tagger's key and public file.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "chain/types/account_key.hpp"
#include "podr2/keys.hpp"
#include "tagger/config.hpp"

namespace cess {

struct TaggerFolder {
  tagger::TaggerConfig config;  ///< with paths as seen from here
  AccountKey account;
  TaggerSecret secret;
  Bytes pub;  ///< the tagger's public file
  TaggerHead head;
};

/// Reads all of it. A missing public file is worked out afresh (half a second).
Result<std::unique_ptr<TaggerFolder>> read_tagger_folder(const std::string& folder);

}  // namespace cess
