// SPDX-License-Identifier: Apache-2.0
// BLS12-381 behind the port of crypto_port.hpp: signatures in G1, keys in G2, aggregates under
// proof of possession (draft-irtf-cfrg-bls-signature, minimal-signature-size).
#pragma once

#include <memory>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "chain/consensus/crypto_port.hpp"

namespace cess::consensus {

/// Keeps the parsed form of keys it has met, up to a bound. A key that is no point of the subgroup
/// verifies nothing.
std::unique_ptr<Verifier> make_bls_verifier();
/// A signer with a secret key of 32 bytes. Code::input if it is no key (zero, or not below r).
Result<std::unique_ptr<Signer>> make_bls_signer(const Key256& secret);

}  // namespace cess::consensus
