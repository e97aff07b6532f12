// SPDX-License-Identifier: Apache-2.0
// BLS signatures of draft-irtf-cfrg-bls-signature-05 in the minimal-signature-size variant with
// proofs of possession: signatures in G1 (48 bytes), public keys in G2 (96 bytes), ciphersuite
// BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_. Keys must have shown a proof of possession before
// they are added up (section 3.3 of the draft), otherwise a rogue key forges for everybody. A
// PublicKey or Signature object has been decompressed, is in its subgroup and is not the identity:
// parse once, verify often. Signing is constant time in the key; verifying is not.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "base/secret.hpp"
#include "crypto/bls.hpp"

namespace cess::bls {

constexpr std::size_t kSeedSizeMin = 32;

using SignatureBytes = std::array<std::uint8_t, kG1Size>;
using PublicKeyBytes = std::array<std::uint8_t, kG2Size>;

class Signature {
 public:
  /// Exactly 48 bytes, canonical, in G1, not the identity; nullopt otherwise.
  static std::optional<Signature> parse(ByteView bytes);
  [[nodiscard]] SignatureBytes bytes() const { return point_.compress(); }
  [[nodiscard]] const G1& point() const { return point_; }
  friend bool operator==(const Signature& a, const Signature& b) { return a.point_ == b.point_; }

 private:
  friend class SecretKey;
  friend class SignatureSum;
  explicit Signature(const G1& point) : point_(point) {}
  G1 point_;
};

class PublicKey {
 public:
  /// Exactly 96 bytes, canonical, in G2, not the identity; nullopt otherwise (KeyValidate).
  static std::optional<PublicKey> parse(ByteView bytes);
  [[nodiscard]] PublicKeyBytes bytes() const { return point_.compress(); }
  [[nodiscard]] const G2& point() const { return point_; }
  friend bool operator==(const PublicKey& a, const PublicKey& b) { return a.point_ == b.point_; }

 private:
  friend class SecretKey;
  explicit PublicKey(const G2& point) : point_(point) {}
  G2 point_;
};

/// A scalar that is never zero; wiped when it goes.
class SecretKey {
 public:
  /// KeyGen of the draft from at least 32 secret bytes; nullopt for fewer.
  static std::optional<SecretKey> generate(ByteView seed, ByteView key_info = {});
  /// The stored form: 32 bytes big-endian, 0 < value < r.
  static std::optional<SecretKey> parse(const Key256& bytes);
  [[nodiscard]] Key256 bytes() const;
  [[nodiscard]] PublicKey public_key() const;
  [[nodiscard]] Signature sign(ByteView message) const;
  /// PopProve: a signature over the public key under its own domain.
  [[nodiscard]] Signature prove_possession() const;

 private:
  SecretKey() = default;
  Key256 key_;  // little-endian, as blst_scalar
};

/// CoreVerify.
[[nodiscard]] bool verify(const PublicKey& key, ByteView message, const Signature& signature);
/// PopVerify.
[[nodiscard]] bool verify_possession(const PublicKey& key, const Signature& proof);

/// Adds up signatures, or takes one away again (to bisect for a bad one).
class SignatureSum {
 public:
  SignatureSum& add(const Signature& s);
  SignatureSum& subtract(const Signature& s);
  /// nullopt for the identity, which is no signature.
  [[nodiscard]] std::optional<Signature> get() const;

 private:
  G1 point_;
};

/// Adds up keys of signers whose possession is proven. Keep one per committee and subtract who did
/// not sign, or add who did: the same sum.
class KeySum {
 public:
  KeySum& add(const PublicKey& key);
  KeySum& subtract(const PublicKey& key);
  [[nodiscard]] const G2& point() const { return point_; }

 private:
  G2 point_;
};

/// FastAggregateVerify with the keys already added; false if their sum is the identity.
[[nodiscard]] bool verify_aggregate(const KeySum& keys, ByteView message,
                                    const Signature& aggregate);
/// FastAggregateVerify: all of `keys` signed `message`. False of no keys.
[[nodiscard]] bool verify_aggregate(std::span<const PublicKey* const> keys, ByteView message,
                                    const Signature& aggregate);

/// AggregateVerify: key i signed messages[i]. Sizes must be equal; false of none.
[[nodiscard]] bool verify_aggregate_distinct(std::span<const PublicKey* const> keys,
                                             std::span<const ByteView> messages,
                                             const Signature& aggregate);

}  // namespace cess::bls
