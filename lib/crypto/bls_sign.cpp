// SPDX-License-Identifier: Apache-2.0
// The scheme over bls.hpp's points; key generation, public keys and signing are blst's own calls.
#include "crypto/bls_sign.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/check.hpp"
#include "crypto/detail/blst_types.hpp"

namespace cess::bls {

using detail::in;
using detail::out;

namespace {

// Sections 4.2.3 of the draft.
constexpr std::string_view kSignDomain = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";
constexpr std::string_view kPossessionDomain = "BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";

// A blst_scalar that is wiped when it goes.
class SecretScalar {
 public:
  SecretScalar() = default;
  explicit SecretScalar(const Key256& key) {
    std::memcpy(value_.b, key.view().data(), sizeof value_.b);
  }
  SecretScalar(const SecretScalar&) = delete;
  SecretScalar& operator=(const SecretScalar&) = delete;
  ~SecretScalar() { wipe({value_.b, sizeof value_.b}); }
  blst_scalar* get() { return &value_; }
  [[nodiscard]] const blst_scalar* get() const { return &value_; }
  [[nodiscard]] Key256 key() const { return Key256({value_.b, sizeof value_.b}); }

 private:
  blst_scalar value_{};
};

Key256 reversed(const Key256& key) {
  Key256 other;
  std::ranges::reverse_copy(key.view(), other.mut().begin());
  return other;
}

G1 sign_in(std::string_view domain, const Key256& key, ByteView message) {
  const SecretScalar scalar(key);
  const G1 hash = hash_to_g1(domain, message);
  G1 signature;
  blst_sign_pk_in_g2(out(signature), in(hash), scalar.get());
  return signature;
}

// e(hash, key) = e(signature, generator).
bool verify_in(std::string_view domain, const G2& key, ByteView message, const G1& signature) {
  if (key.is_identity()) return false;
  const G2Lines lines(key);
  const PairingTerm terms[] = {{hash_to_g1(domain, message), &lines},
                               {signature.negate(), &G2Lines::generator()}};
  return pairing_product_is_one(terms);
}

}  // namespace

std::optional<Signature> Signature::parse(ByteView bytes) {
  const auto point = G1::parse(bytes);
  if (!point || point->is_identity()) return std::nullopt;
  return Signature(*point);
}

std::optional<PublicKey> PublicKey::parse(ByteView bytes) {
  const auto point = G2::parse(bytes);
  if (!point || point->is_identity()) return std::nullopt;
  return PublicKey(*point);
}

std::optional<SecretKey> SecretKey::generate(ByteView seed, ByteView key_info) {
  if (seed.size() < kSeedSizeMin) return std::nullopt;
  SecretScalar scalar;
  blst_keygen(scalar.get(), seed.data(), seed.size(), key_info.data(), key_info.size());
  SecretKey key;
  key.key_ = scalar.key();
  return key;
}

std::optional<SecretKey> SecretKey::parse(const Key256& bytes) {
  SecretKey key;
  key.key_ = reversed(bytes);
  const SecretScalar scalar(key.key_);
  if (!blst_sk_check(scalar.get())) return std::nullopt;
  return key;
}

Key256 SecretKey::bytes() const { return reversed(key_); }

PublicKey SecretKey::public_key() const {
  const SecretScalar scalar(key_);
  G2 point;
  blst_sk_to_pk_in_g2(reinterpret_cast<blst_p2*>(point.limbs.data()), scalar.get());
  return PublicKey(point);
}

Signature SecretKey::sign(ByteView message) const {
  return Signature(sign_in(kSignDomain, key_, message));
}

Signature SecretKey::prove_possession() const {
  return Signature(sign_in(kPossessionDomain, key_, public_key().bytes()));
}

bool verify(const PublicKey& key, ByteView message, const Signature& signature) {
  return verify_in(kSignDomain, key.point(), message, signature.point());
}

bool verify_possession(const PublicKey& key, const Signature& proof) {
  return verify_in(kPossessionDomain, key.point(), key.bytes(), proof.point());
}

SignatureSum& SignatureSum::add(const Signature& s) {
  point_ = point_ + s.point();
  return *this;
}

SignatureSum& SignatureSum::subtract(const Signature& s) {
  point_ = point_ - s.point();
  return *this;
}

std::optional<Signature> SignatureSum::get() const {
  if (point_.is_identity()) return std::nullopt;
  return Signature(point_);
}

KeySum& KeySum::add(const PublicKey& key) {
  point_ = point_ + key.point();
  return *this;
}

KeySum& KeySum::subtract(const PublicKey& key) {
  point_ = point_ + key.point().negate();
  return *this;
}

bool verify_aggregate(const KeySum& keys, ByteView message, const Signature& aggregate) {
  return verify_in(kSignDomain, keys.point(), message, aggregate.point());
}

bool verify_aggregate(std::span<const PublicKey* const> keys, ByteView message,
                      const Signature& aggregate) {
  KeySum sum;
  for (const PublicKey* key : keys) sum.add(*key);
  return verify_aggregate(sum, message, aggregate);
}

bool verify_aggregate_distinct(std::span<const PublicKey* const> keys,
                               std::span<const ByteView> messages, const Signature& aggregate) {
  CESS_CHECK(keys.size() == messages.size());
  if (keys.empty()) return false;
  std::vector<G2Lines> lines;
  lines.reserve(keys.size());
  std::vector<PairingTerm> terms;
  terms.reserve(keys.size() + 1);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    lines.emplace_back(keys[i]->point());
    terms.push_back({hash_to_g1(kSignDomain, messages[i]), &lines.back()});
  }
  terms.push_back({aggregate.point().negate(), &G2Lines::generator()});
  return pairing_product_is_one(terms);
}

}  // namespace cess::bls
