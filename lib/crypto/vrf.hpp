// SPDX-License-Identifier: Apache-2.0
// Verifiable random function ECVRF-EDWARDS25519-SHA512-TAI (RFC 9381, suite 0x03) over libsodium's
// group operations. For a key and an input there is one output and nobody can foretell it without
// the seed; the proof shows to all that it is the one. Full uniqueness and full collision
// resistance hold because keys of small order are refused (section 5.4.5). Proving is constant time
// in the seed; the input is public (try-and-increment takes as long as it takes). Everything that
// verifies is variable time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/secret.hpp"
#include "crypto/sha512.hpp"

namespace cess {

constexpr std::size_t kVrfProofSize = 80;  ///< Gamma 32, c 16, s 32
constexpr std::size_t kVrfOutputSize = 64;

using VrfPublic = std::array<std::uint8_t, 32>;
using VrfProof = std::array<std::uint8_t, kVrfProofSize>;
using VrfOutput = Hash512;

/// The public key of a 32-byte seed: the same as ed25519_public gives.
VrfPublic vrf_public(const Key256& seed);
/// ECVRF_prove. `key` must be vrf_public(seed): the caller has it at hand.
VrfProof vrf_prove(const Key256& seed, const VrfPublic& key, ByteView alpha);
inline VrfProof vrf_prove(const Key256& seed, ByteView alpha) {
  return vrf_prove(seed, vrf_public(seed), alpha);
}
/// Whether `key` may be registered: canonical and in the prime-order group, not the identity.
[[nodiscard]] bool vrf_key_valid(const VrfPublic& key);
/// ECVRF_verify: the output beta, or nullopt if anything is wrong: size, a point that is not
/// canonical or not in the prime-order group, s >= L, the equation.
[[nodiscard]] std::optional<VrfOutput> vrf_verify(const VrfPublic& key, ByteView alpha,
                                                  ByteView proof);
/// ECVRF_proof_to_hash of a proof that was verified before or made here; nullopt if Gamma or s does
/// not decode.
[[nodiscard]] std::optional<VrfOutput> vrf_output(const VrfProof& proof);

}  // namespace cess
