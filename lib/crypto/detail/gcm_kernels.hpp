// SPDX-License-Identifier: Apache-2.0
// The two ways to run an AEAD: through OpenSSL's EVP, and AES-256-GCM with vector AES and
// carry-less multiplication. Only crypto and its own tests include this.
#pragma once

#include "crypto/aead.hpp"
#include "crypto/detail/ctr_kernels.hpp"

namespace cess::detail {

/// As Aead, always by OpenSSL.
class EvpAead {
 public:
  EvpAead(AeadId id, const Key256& key);
  ~EvpAead();
  EvpAead(const EvpAead&) = delete;
  EvpAead& operator=(const EvpAead&) = delete;
  void rekey(const Key256& key);
  void seal(MutByteView out, const AeadNonce& nonce, ByteView aad, ByteView plain);
  [[nodiscard]] bool open(MutByteView out, const AeadNonce& nonce, ByteView aad, ByteView sealed);

 private:
  void* ctx_;  // EVP_CIPHER_CTX
};

/// True when the processor and the operating system can run the functions below.
bool gcm_vaes_usable();

#if defined(__x86_64__)
/// One key of AES-256-GCM: the schedule, and H^32 … H^1 for GHASH followed by zeros.
struct GcmVaesKey {
  AesRoundKeys round_keys;
  Secret<36 * 16> powers;
};

void gcm_vaes_prepare(GcmVaesKey& out, const Key256& key);
/// Encrypts `plain` to `out` (of the same size; may be the same place) and gives the tag.
void gcm_vaes_seal(std::uint8_t* out, std::uint8_t* tag, const GcmVaesKey& key,
                   const AeadNonce& nonce, ByteView aad, ByteView plain);
/// Decrypts, and gives the tag that `sealed` (without its tag) should have. The caller compares.
void gcm_vaes_open(std::uint8_t* out, std::uint8_t* tag, const GcmVaesKey& key,
                   const AeadNonce& nonce, ByteView aad, ByteView sealed);
#endif

}  // namespace cess::detail
