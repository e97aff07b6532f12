// SPDX-License-Identifier: Apache-2.0
// Authenticated encryption with associated data: AES-256-GCM (NIST SP 800-38D) and
// ChaCha20-Poly1305 (RFC 8439), through OpenSSL. 12-byte nonces, 16-byte tags.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace cess {

enum class AeadId : std::uint8_t { aes_256_gcm = 1, chacha20_poly1305 = 2 };
constexpr std::size_t kAeadTagSize = 16;
using AeadNonce = std::array<std::uint8_t, 12>;

/// One key, many messages. Re-keying costs little. One thread at a time per object.
class Aead {
 public:
  explicit Aead(AeadId id, const Key256& key);
  ~Aead();
  Aead(Aead&&) noexcept;
  Aead& operator=(Aead&&) noexcept;

  void rekey(const Key256& key);
  /// out = ciphertext ‖ tag, out.size() == plain.size() + 16. `out` may start where `plain` starts.
  void seal(MutByteView out, const AeadNonce& nonce, ByteView aad, ByteView plain);
  /// out.size() == sealed.size() - 16; may start where `sealed` starts. Returns false (and wipes
  /// `out`) when the tag does not fit: never use `out` then.
  [[nodiscard]] bool open(MutByteView out, const AeadNonce& nonce, ByteView aad, ByteView sealed);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cess
