// SPDX-License-Identifier: Apache-2.0
// Signatures as consensus needs them, behind a port: real BLS (bls_crypto.hpp) in the node, a fast
// stand-in (fake_crypto.hpp) in most simulations. Deterministic: the same key and message always
// give the same signature, so a vote can be sent again after a restart.
#pragma once

#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "chain/consensus/committee.hpp"
#include "chain/consensus/messages.hpp"
#include "chain/consensus/types.hpp"

namespace cess::consensus {

/// Checks signatures. Holds no secret. Implementations may keep parsed keys; one thread at a time.
class Verifier {
 public:
  Verifier() = default;
  Verifier(const Verifier&) = delete;
  Verifier& operator=(const Verifier&) = delete;
  virtual ~Verifier() = default;
  [[nodiscard]] virtual bool verify(const PublicKey& key, ByteView message,
                                    const Signature& signature) = 0;
  /// The aggregate of signatures; nullopt if one of them is not even a signature's encoding.
  [[nodiscard]] virtual std::optional<Signature> aggregate(
      std::span<const Signature> signatures) = 0;
  /// Whether `aggregate` is the aggregate of one signature of `message` by each of `keys`, whose
  /// possession has been proven. False of no keys.
  [[nodiscard]] virtual bool verify_aggregate(std::span<const PublicKey> keys, ByteView message,
                                              const Signature& aggregate) = 0;
};

/// One validator's key.
class Signer {
 public:
  Signer() = default;
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;
  virtual ~Signer() = default;
  [[nodiscard]] virtual const PublicKey& key() const = 0;
  [[nodiscard]] virtual Signature sign(ByteView message) = 0;
};

/// Whether the signature is that of the committee's member `vote.signer`, in the committee's era.
[[nodiscard]] bool verify_vote(Verifier& verifier, const Hash256& chain, const Committee& committee,
                               const SignedVote& vote);
/// Whether `certificate` is of the committee's era and size, PREPARE or COMMIT, signed by a quorum.
[[nodiscard]] bool verify_certificate(Verifier& verifier, const Hash256& chain,
                                      const Committee& committee, const Certificate& certificate);

}  // namespace cess::consensus
