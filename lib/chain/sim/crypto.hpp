// SPDX-License-Identifier: Apache-2.0
// The crypto port of the simulator, in two strengths. Real: BLS12-381. Fast: the algebra of BLS
// with the curve replaced by integers mod p = 2^61-1: key = secret, signature = secret ·
// H(message), aggregates are sums. Nobody in the simulation takes a secret out of a key, so
// signatures are as good as unforgeable; but sums work as they do in BLS, so a rogue key
// (Ristenpart and Yilek 2007) forges here as there when possession is not proven. Verifications are
// remembered, for eleven validators check the same certificate. NOT cryptography in the fast
// strength. One thread.
#pragma once

#include <map>
#include <memory>
#include <span>

#include "chain/consensus/crypto_port.hpp"
#include "chain/sim/base.hpp"

namespace cess::sim {

class CryptoWorld {
 public:
  /// With `real_keys` keys and proofs of possession are BLS in either strength: the chain's state
  /// checks them by itself. Signatures of votes are as `real` says.
  CryptoWorld(std::uint64_t seed, bool real, bool real_keys = false);
  ~CryptoWorld();
  CryptoWorld(const CryptoWorld&) = delete;
  CryptoWorld& operator=(const CryptoWorld&) = delete;

  /// The key of validator `number`, its signer, and a proof that its secret is known.
  [[nodiscard]] consensus::PublicKey key(std::uint64_t number) const;
  [[nodiscard]] std::unique_ptr<consensus::Signer> make_signer(std::uint64_t number) const;
  [[nodiscard]] consensus::Signature prove_possession(std::uint64_t number) const;
  [[nodiscard]] bool verify_possession(const consensus::PublicKey& key,
                                       const consensus::Signature& proof) const;
  /// For all nodes; lives as long as this.
  [[nodiscard]] consensus::Verifier& verifier() { return *verifier_; }

  /// A key made from a secret and the keys of victims so that an aggregate of all of them needs the
  /// secret only. Its own secret is unknown, so possession cannot be proven. Fast strength only.
  [[nodiscard]] consensus::PublicKey rogue_key(std::uint64_t number,
                                               std::span<const consensus::PublicKey> victims) const;
  /// Signs with key(number)'s secret: the aggregate of the rogue key and its victims.
  [[nodiscard]] consensus::Signature rogue_aggregate(std::uint64_t number, ByteView message) const;
  /// From now on `address` stands for validator `number`'s key in the fast strength: for keys that
  /// come from elsewhere (real BLS keys in the chain's state) and should be signed for fast.
  void alias(const consensus::PublicKey& address, std::uint64_t number);

  [[nodiscard]] bool real() const { return real_; }

 private:
  class FastSigner;
  class FastVerifier;
  class Remembering;
  [[nodiscard]] std::uint64_t secret(std::uint64_t number) const;
  [[nodiscard]] std::uint64_t secret_behind(const consensus::PublicKey& key) const;

  std::uint64_t seed_;
  bool real_;
  bool real_keys_;
  // Real keys, and the fast secret that stands behind each.
  mutable std::map<std::uint64_t, consensus::PublicKey> keys_;
  mutable std::map<consensus::PublicKey, std::uint64_t> behind_;
  std::unique_ptr<consensus::Verifier> inner_;
  std::unique_ptr<consensus::Verifier> verifier_;
};

}  // namespace cess::sim
