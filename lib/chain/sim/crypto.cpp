// SPDX-License-Identifier: Apache-2.0
#include "chain/sim/crypto.hpp"

#include <algorithm>
#include <set>

#include "base/endian.hpp"
#include "chain/consensus/bls_crypto.hpp"
#include "crypto/bls_sign.hpp"
#include "crypto/sha256.hpp"
#include "economy/amount.hpp"

namespace cess::sim {
namespace {

using consensus::PublicKey;
using consensus::Signature;

constexpr std::uint64_t kPrime = (std::uint64_t{1} << 61U) - 1;

std::uint64_t mul(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>(Amount{a} * b % kPrime);
}
std::uint64_t add(std::uint64_t a, std::uint64_t b) { return (a + b) % kPrime; }

std::uint64_t point_of(ByteView message) { return mix(message, 0x48) % (kPrime - 1) + 1; }

Signature pack(std::uint64_t v) {
  Signature out{};
  store_le(out.data(), v);
  return out;
}
std::optional<std::uint64_t> unpack(ByteView bytes) {
  const auto v = load_le<std::uint64_t>(bytes.data());
  const bool tail = std::ranges::any_of(bytes.subspan(8), [](std::uint8_t b) { return b != 0; });
  if (v >= kPrime || tail) return std::nullopt;
  return v;
}

Key256 bls_seed(std::uint64_t seed, std::uint64_t number) {
  std::uint8_t b[16];
  store_le(b, seed);
  store_le(b + 8, number);
  return Key256(sha256({as_bytes("cess.sim/bls"), ByteView(b)}).view());
}

bls::SecretKey bls_key(std::uint64_t seed, std::uint64_t number) {
  const Key256 bytes = bls_seed(seed, number);
  return *bls::SecretKey::generate(bytes.view());
}

const std::string_view kPossession = "possession";

}  // namespace

class CryptoWorld::FastSigner final : public consensus::Signer {
 public:
  FastSigner(const PublicKey& key, std::uint64_t secret) : key_(key), secret_(secret) {}
  [[nodiscard]] const PublicKey& key() const override { return key_; }
  [[nodiscard]] Signature sign(ByteView message) override {
    return pack(mul(secret_, point_of(message)));
  }

 private:
  PublicKey key_;
  std::uint64_t secret_;
};

class CryptoWorld::FastVerifier final : public consensus::Verifier {
 public:
  explicit FastVerifier(const CryptoWorld& world) : world_(&world) {}
  [[nodiscard]] bool verify(const PublicKey& key, ByteView message,
                            const Signature& signature) override {
    return verify_aggregate(std::span(&key, 1), message, signature);
  }
  [[nodiscard]] std::optional<Signature> aggregate(std::span<const Signature> parts) override {
    std::uint64_t sum = 0;
    for (const Signature& s : parts) {
      const auto v = unpack(s);
      if (!v) return std::nullopt;
      sum = add(sum, *v);
    }
    return pack(sum);
  }
  [[nodiscard]] bool verify_aggregate(std::span<const PublicKey> keys, ByteView message,
                                      const Signature& aggregate) override {
    const auto v = unpack(aggregate);
    if (!v || keys.empty()) return false;
    std::uint64_t sum = 0;
    for (const PublicKey& key : keys) sum = add(sum, world_->secret_behind(key));
    return mul(sum, point_of(message)) == *v;
  }

 private:
  const CryptoWorld* world_;
};

// Remembers what was found true or false of (keys, message, signature), by a hash of the three.
class CryptoWorld::Remembering final : public consensus::Verifier {
 public:
  explicit Remembering(consensus::Verifier& inner) : inner_(&inner) {}
  [[nodiscard]] bool verify(const PublicKey& key, ByteView message,
                            const Signature& signature) override {
    return remember(std::span(&key, 1), message, signature,
                    [&] { return inner_->verify(key, message, signature); });
  }
  [[nodiscard]] std::optional<Signature> aggregate(std::span<const Signature> parts) override {
    return inner_->aggregate(parts);
  }
  [[nodiscard]] bool verify_aggregate(std::span<const PublicKey> keys, ByteView message,
                                      const Signature& aggregate) override {
    return remember(keys, message, aggregate,
                    [&] { return inner_->verify_aggregate(keys, message, aggregate); });
  }

 private:
  template <class Ask>
  bool remember(std::span<const PublicKey> keys, ByteView message, const Signature& signature,
                const Ask& ask) {
    Sha256 h;
    for (const PublicKey& k : keys) h.update(k);
    const Hash256 digest = h.update(message).update(signature).finish();
    const auto found = known_.find(digest);
    if (found != known_.end()) return found->second;
    if (known_.size() > 100'000) known_.clear();
    return known_.emplace(digest, ask()).first->second;
  }
  consensus::Verifier* inner_;
  std::map<Hash256, bool> known_;
};

CryptoWorld::CryptoWorld(std::uint64_t seed, bool real, bool real_keys)
    : seed_(seed), real_(real), real_keys_(real || real_keys) {
  if (real) {
    inner_ = consensus::make_bls_verifier();
    verifier_ = std::make_unique<Remembering>(*inner_);
  } else {
    verifier_ = std::make_unique<FastVerifier>(*this);
  }
}

CryptoWorld::~CryptoWorld() = default;

std::uint64_t CryptoWorld::secret(std::uint64_t number) const {
  std::uint8_t b[8];
  store_le(b, number);
  return mix(b, seed_ ^ 0x5ec7e7) % (kPrime - 1) + 1;
}

std::uint64_t CryptoWorld::secret_behind(const PublicKey& key) const {
  const auto v = unpack(key);
  if (v) return *v;
  const auto found = behind_.find(key);
  return found == behind_.end() ? mix(key, seed_) % kPrime : found->second;
}

PublicKey CryptoWorld::key(std::uint64_t number) const {
  if (real_keys_) {
    const auto known = keys_.find(number);
    if (known != keys_.end()) return known->second;
    const PublicKey made = bls_key(seed_, number).public_key().bytes();
    behind_[made] = secret(number);
    return keys_[number] = made;
  }
  PublicKey out{};
  store_le(out.data(), secret(number));
  return out;
}

std::unique_ptr<consensus::Signer> CryptoWorld::make_signer(std::uint64_t number) const {
  if (real_) {
    auto signer = consensus::make_bls_signer(bls_key(seed_, number).bytes());
    CESS_CHECK(signer.has_value());
    return std::move(*signer);
  }
  return std::make_unique<FastSigner>(key(number), secret(number));
}

Signature CryptoWorld::prove_possession(std::uint64_t number) const {
  if (real_keys_) return bls_key(seed_, number).prove_possession().bytes();
  Bytes message;
  append(message, kPossession);
  append(message, key(number));
  return pack(mul(secret(number), point_of(message)));
}

bool CryptoWorld::verify_possession(const PublicKey& key, const Signature& proof) const {
  if (real_keys_) {
    const auto k = bls::PublicKey::parse(key);
    const auto s = bls::Signature::parse(proof);
    return k && s && bls::verify_possession(*k, *s);
  }
  Bytes message;
  append(message, kPossession);
  append(message, key);
  return pack(mul(secret_behind(key), point_of(message))) == proof;
}

PublicKey CryptoWorld::rogue_key(std::uint64_t number, std::span<const PublicKey> victims) const {
  CESS_CHECK(!real_keys_);
  std::uint64_t sum = 0;
  for (const PublicKey& v : victims) sum = add(sum, secret_behind(v));
  PublicKey out{};
  store_le(out.data(), add(secret(number), kPrime - sum));
  return out;
}

Signature CryptoWorld::rogue_aggregate(std::uint64_t number, ByteView message) const {
  return pack(mul(secret(number), point_of(message)));
}

}  // namespace cess::sim
