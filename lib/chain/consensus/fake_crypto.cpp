// SPDX-License-Identifier: Apache-2.0
#include "chain/consensus/fake_crypto.hpp"

#include <algorithm>

#include "crypto/sha256.hpp"

namespace cess::consensus {
namespace {

// The 48 bytes are the 32 of a hash and 16 more of another: as wide as BLS, and all of them matter.
Signature tag(const Hash256& secret, const Hash256& message) {
  Signature out{};
  const Hash256 first = sha256({secret.view(), message.view()});
  std::ranges::copy(first.bytes, out.begin());
  for (std::size_t i = 0; i < 16; ++i) {
    out[32 + i] = static_cast<std::uint8_t>(first.bytes[i] ^ first.bytes[31 - i] ^ 0x5aU);
  }
  return out;
}

void fold(Signature& into, const Signature& more) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] ^= more[i];
}

class FakeSigner final : public Signer {
 public:
  FakeSigner(const FakeRegistry& registry, const PublicKey& key)
      : key_(key), secret_(registry.secret_of(key)) {}
  [[nodiscard]] const PublicKey& key() const override { return key_; }
  [[nodiscard]] Signature sign(ByteView message) override { return tag(secret_, sha256(message)); }

 private:
  PublicKey key_;
  Hash256 secret_;
};

class FakeVerifier final : public Verifier {
 public:
  explicit FakeVerifier(const FakeRegistry& registry) : registry_(&registry) {}
  [[nodiscard]] bool verify(const PublicKey& key, ByteView message,
                            const Signature& signature) override {
    return tag(secret(key), sha256(message)) == signature;
  }
  [[nodiscard]] std::optional<Signature> aggregate(std::span<const Signature> parts) override {
    Signature out{};
    for (const Signature& s : parts) fold(out, s);
    return out;
  }
  [[nodiscard]] bool verify_aggregate(std::span<const PublicKey> keys, ByteView message,
                                      const Signature& aggregate) override {
    if (keys.empty()) return false;
    const Hash256 digest = sha256(message);
    Signature sum{};
    for (const PublicKey& key : keys) fold(sum, tag(secret(key), digest));
    return sum == aggregate;
  }

 private:
  const Hash256& secret(const PublicKey& key) {
    const auto found = secrets_.find(key);
    if (found != secrets_.end()) return found->second;
    return secrets_.emplace(key, registry_->secret_of(key)).first->second;
  }

  const FakeRegistry* registry_;
  std::map<PublicKey, Hash256> secrets_;
};

}  // namespace

FakeRegistry::FakeRegistry(std::uint64_t seed) {
  std::uint8_t bytes[8];
  store_le(bytes, seed);
  secret_ = sha256({as_bytes("cess.fake-registry/1"), ByteView(bytes)});
}

PublicKey FakeRegistry::key(std::uint64_t number) const {
  PublicKey out{};
  store_le(out.data(), number);
  const Hash256 h = sha256({as_bytes("key"), secret_.view(), ByteView(out.data(), 8)});
  std::ranges::copy(h.bytes, out.begin() + 8);
  return out;
}

Hash256 FakeRegistry::secret_of(const PublicKey& key) const {
  return sha256({as_bytes("secret"), secret_.view(), ByteView(key)});
}

std::unique_ptr<Signer> FakeRegistry::make_signer(std::uint64_t number) const {
  return std::make_unique<FakeSigner>(*this, key(number));
}

std::unique_ptr<Verifier> FakeRegistry::make_verifier() const {
  return std::make_unique<FakeVerifier>(*this);
}

}  // namespace cess::consensus
