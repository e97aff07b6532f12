// SPDX-License-Identifier: Apache-2.0
// What a pasted hash is: a name, or only bytes of a record or of an event. What users see printed
// they paste into show.
#pragma once

#include <string>

#include "chain/client/rpc.hpp"

namespace cess {

/// The node's chain_find (lib/chain/node/DESIGN.md), asked on until it knows: "what" and where.
/// `hash`: 64 hex digits, with or without 0x. Code::no: nothing is called so, or nothing was found
/// in the part of a great chain that was looked at; the message says which.
Result<Json> find_hash(client::Rpc& rpc, const std::string& hash);

}  // namespace cess
