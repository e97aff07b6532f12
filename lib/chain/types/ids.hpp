// SPDX-License-Identifier: Apache-2.0
// The names of things on the chain.
#pragma once

#include <cstdint>

#include "base/id.hpp"

namespace cess {

/// An account: an Ed25519 public key, or Blake2b-256("evm:" ‖ Ethereum address).
using AccountId = Id<struct AccountTag>;
using BlockHash = Id<struct BlockTag>;  ///< SHA-256 over a header (header.hpp)
using TxnHash = Id<struct TxnTag>;      ///< SHA-256 over a signed transaction (txn.hpp)

using Height = std::uint64_t;  ///< of a block; genesis is 0
using Epoch = std::uint64_t;
using Era = std::uint64_t;
using TimeMs = std::uint64_t;  ///< milliseconds since 1970-01-01 UTC

}  // namespace cess
