// SPDX-License-Identifier: Apache-2.0
// Miners as the chain names them, reached over the fragment protocol.
#pragma once

#include <memory>

#include "base/secret.hpp"
#include "transfer/ports.hpp"
#include "transfer/purse.hpp"

namespace cess::transfer {

/// `seed`: the Ed25519 key that signs what is sent, of the file's owner; null: for reading only.
/// It outlives the links.
std::unique_ptr<MinerLinks> open_miners(const Hash256& genesis, const Key256* seed);
/// For reading; `purse` pays for fragments where it can, and outlives the links.
std::unique_ptr<MinerLinks> open_paid_miners(const Hash256& genesis, Purse& purse);

}  // namespace cess::transfer
