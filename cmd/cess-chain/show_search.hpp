// SPDX-License-Identifier: Apache-2.0
// Where a hash stands that is the name of nothing: roots of fragments, keys of miners, digests of
// proofs, seeds in events. What users see printed they paste into show.
#pragma once

#include <string>

#include "chain/client/rpc.hpp"
#include "chain/state/kernel/runtime.hpp"

namespace cess {

/// The first stored item whose key or value holds these 32 bytes (`hash`: 64 hex digits), else the
/// newest event of the last blocks that does. Looks at a bounded number of each item's entries, so
/// that "not found" (Code::no) on a great chain may be wrong.
Result<Json> search_hash(client::Rpc& rpc, const Runtime& runtime, const std::string& hash);

}  // namespace cess
