// SPDX-License-Identifier: Apache-2.0
// The fast stand-in for BLS in simulations. A signature is a keyed hash under a secret that only
// the registry has, an aggregate the XOR of signatures: nobody who holds Signers alone can make
// another's signature, while the holder of a Signer may sign whatever it likes (equivocate, lie).
// NOT cryptography: whoever reads the registry's memory can sign for all. Never linked into a node.
#pragma once

#include <map>
#include <memory>

#include "chain/consensus/crypto_port.hpp"

namespace cess::consensus {

class FakeRegistry {
 public:
  explicit FakeRegistry(std::uint64_t seed);
  /// The public key of validator `number`, the same for the same registry seed.
  [[nodiscard]] PublicKey key(std::uint64_t number) const;
  /// Signs for `number`; the registry must outlive it.
  [[nodiscard]] std::unique_ptr<Signer> make_signer(std::uint64_t number) const;
  /// Verifies for all; the registry must outlive it.
  [[nodiscard]] std::unique_ptr<Verifier> make_verifier() const;

  [[nodiscard]] Hash256 secret_of(const PublicKey& key) const;

 private:
  Hash256 secret_;
};

}  // namespace cess::consensus
