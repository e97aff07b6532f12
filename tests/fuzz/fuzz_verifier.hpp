// SPDX-License-Identifier: Apache-2.0
// A verifier that always gives the same answer, and a committee of made-up keys.
#pragma once

#include "chain/consensus/crypto_port.hpp"

namespace cess::consensus {

class FuzzVerifier final : public Verifier {
 public:
  explicit FuzzVerifier(bool answer) : answer_(answer) {}
  [[nodiscard]] bool verify(const PublicKey& /*key*/, ByteView /*message*/,
                            const Signature& /*signature*/) override {
    return answer_;
  }
  [[nodiscard]] std::optional<Signature> aggregate(std::span<const Signature> parts) override {
    return parts.empty() ? std::nullopt : std::optional(parts.front());
  }
  [[nodiscard]] bool verify_aggregate(std::span<const PublicKey> /*keys*/, ByteView /*message*/,
                                      const Signature& /*aggregate*/) override {
    return answer_;
  }

 private:
  bool answer_;
};

class FuzzSigner final : public Signer {
 public:
  explicit FuzzSigner(const PublicKey& key) : key_(key) {}
  [[nodiscard]] const PublicKey& key() const override { return key_; }
  [[nodiscard]] Signature sign(ByteView message) override {
    Signature out{};
    out[0] = message.empty() ? 0 : message.back();
    return out;
  }

 private:
  PublicKey key_;
};

inline CommitteePtr fuzz_committee(Era era, std::size_t n) {
  std::vector<PublicKey> keys(n);
  for (std::size_t i = 0; i < n; ++i) keys[i][0] = static_cast<std::uint8_t>(i + 1);
  return *Committee::make(era, {}, keys);
}

}  // namespace cess::consensus
