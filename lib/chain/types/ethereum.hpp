// SPDX-License-Identifier: Apache-2.0
// Ethereum addresses as people write them: 40 hex digits after 0x, whose letters carry a checksum
// by their size (EIP-55) unless all have one size. What account an address stands for, the chain's
// state knows (accounts::resolve_ethereum).
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "crypto/secp256k1.hpp"

namespace cess {

/// Whether a text has the form, with or without 0x; the checksum is not looked at.
bool is_ethereum_address(std::string_view text);
/// With or without 0x. Code::input: malformed, or letters of both sizes that are not the checksum.
Result<EthereumAddress> parse_ethereum_address(std::string_view text, std::string_view what);
/// With 0x and the checksum.
std::string write_ethereum_address(const EthereumAddress& address);
/// What a wallet's personal_sign signs of a text (EIP-191, version 0x45).
Hash256 personal_digest(std::string_view text);
/// A signature as wallets write it: r, s and 27 or 28, or r, s and 0 to 3; 130 hex digits with or
/// without 0x. Code::input.
Result<Secp256k1Signature> parse_wallet_signature(std::string_view text, std::string_view what);

}  // namespace cess
