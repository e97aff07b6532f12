// SPDX-License-Identifier: Apache-2.0
// What a pasted hash or address is: a name, or only bytes of a record or of an event. What users
// see printed they paste into show.
#pragma once

#include <string>

#include "chain/client/rpc.hpp"
#include "inputs.hpp"

namespace cess {

/// The node's chain_find (lib/chain/node/DESIGN.md), asked on until it knows: "what" and where.
/// `hash`: 64 hex digits, with or without 0x. Code::no: nothing is called so, or nothing was found
/// in the part of a great chain that was looked at; the message says which.
Result<Json> find_hash(client::Rpc& rpc, const std::string& hash);

/// An account as it was named, or the one that an Ethereum address (40 hex digits, with or without
/// 0x) stands for: the bound one, else its own. Other texts come back as they are.
/// Code::input: a checksum of EIP-55 that is wrong.
Result<std::string> account_named(client::Rpc& rpc, const std::string& text);
/// The same; only an Ethereum address makes it connect.
Result<std::string> account_named(const NodeOptions& node, const std::string& text);

}  // namespace cess
