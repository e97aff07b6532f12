// SPDX-License-Identifier: Apache-2.0
#include "chain/consensus/bls_crypto.hpp"

#include <map>

#include "crypto/bls_sign.hpp"

namespace cess::consensus {
namespace {

// Committees of a few eras; a stranger's keys cannot fill it, for only committees' keys come here.
constexpr std::size_t kKeysMax = 4 * kCommitteeMax;

class BlsVerifier final : public Verifier {
 public:
  [[nodiscard]] bool verify(const PublicKey& key, ByteView message,
                            const Signature& signature) override {
    const bls::PublicKey* k = parsed(key);
    const auto s = bls::Signature::parse(signature);
    return k != nullptr && s && bls::verify(*k, message, *s);
  }

  [[nodiscard]] std::optional<Signature> aggregate(std::span<const Signature> parts) override {
    bls::SignatureSum sum;
    for (const Signature& part : parts) {
      const auto s = bls::Signature::parse(part);
      if (!s) return std::nullopt;
      sum.add(*s);
    }
    const auto out = sum.get();
    if (!out) return std::nullopt;
    return out->bytes();
  }

  [[nodiscard]] bool verify_aggregate(std::span<const PublicKey> keys, ByteView message,
                                      const Signature& aggregate) override {
    const auto s = bls::Signature::parse(aggregate);
    if (!s || keys.empty()) return false;
    bls::KeySum sum;
    for (const PublicKey& key : keys) {
      const bls::PublicKey* k = parsed(key);
      if (k == nullptr) return false;
      sum.add(*k);
    }
    return bls::verify_aggregate(sum, message, *s);
  }

 private:
  // Null if the bytes are no key. Valid until the next call.
  const bls::PublicKey* parsed(const PublicKey& key) {
    const auto found = keys_.find(key);
    if (found != keys_.end()) return found->second ? &*found->second : nullptr;
    if (keys_.size() >= kKeysMax) keys_.clear();
    const auto& made = keys_.emplace(key, bls::PublicKey::parse(key)).first->second;
    return made ? &*made : nullptr;
  }

  std::map<PublicKey, std::optional<bls::PublicKey>> keys_;
};

class BlsSigner final : public Signer {
 public:
  explicit BlsSigner(bls::SecretKey key)
      : key_(std::move(key)), public_(key_.public_key().bytes()) {}
  [[nodiscard]] const PublicKey& key() const override { return public_; }
  [[nodiscard]] Signature sign(ByteView message) override { return key_.sign(message).bytes(); }

 private:
  bls::SecretKey key_;
  PublicKey public_;
};

}  // namespace

std::unique_ptr<Verifier> make_bls_verifier() { return std::make_unique<BlsVerifier>(); }

Result<std::unique_ptr<Signer>> make_bls_signer(const Key256& secret) {
  auto key = bls::SecretKey::parse(secret);
  if (!key) return fail(Code::input, "cannot use BLS key: not below the group's order, or zero");
  return std::unique_ptr<Signer>(std::make_unique<BlsSigner>(std::move(*key)));
}

}  // namespace cess::consensus
