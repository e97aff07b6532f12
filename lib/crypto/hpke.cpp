// SPDX-License-Identifier: Apache-2.0
// Names follow RFC 9180: section 4 (labeled KDF), 4.1 (DHKEM), 5.1 (key schedule), 7.1.3 (key pair
// from a seed). Base mode uses no psk, and one message per context needs no sequence number.
#include "crypto/hpke.hpp"

#include <array>
#include <cstring>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "crypto/hmac.hpp"

namespace cess {
namespace {

constexpr std::uint16_t kKemX25519 = 0x0020;
constexpr std::uint16_t kKdfHkdfSha256 = 0x0001;
constexpr std::uint8_t kModeBase = 0x00;

std::uint16_t hpke_id(AeadId id) { return id == AeadId::aes_256_gcm ? 0x0002 : 0x0003; }

void append_be16(Bytes& out, std::uint16_t v) {
  std::array<std::uint8_t, 2> b{};
  store_be(b.data(), v);
  append(out, b);
}

Bytes kem_suite() {
  Bytes s;
  append(s, "KEM");
  append_be16(s, kKemX25519);
  return s;
}

Bytes hpke_suite(AeadId id) {
  Bytes s;
  append(s, "HPKE");
  append_be16(s, kKemX25519);
  append_be16(s, kKdfHkdfSha256);
  append_be16(s, hpke_id(id));
  return s;
}

Key256 labeled_extract(ByteView suite, ByteView salt, std::string_view label, ByteView ikm) {
  return hkdf_sha256_extract(salt, {as_bytes("HPKE-v1"), suite, as_bytes(label), ikm});
}

void labeled_expand(MutByteView out, const Key256& prk, ByteView suite, std::string_view label,
                    ByteView info) {
  std::array<std::uint8_t, 2> size{};
  store_be(size.data(), static_cast<std::uint16_t>(out.size()));
  hkdf_sha256_expand(out, prk.view(), {size, as_bytes("HPKE-v1"), suite, as_bytes(label), info});
}

/// ExtractAndExpand of section 4.1.
Key256 kem_secret(const Key256& dh, const X25519Public& enc, const X25519Public& recipient) {
  const Bytes suite = kem_suite();
  Bytes context;
  append(context, enc);
  append(context, recipient);
  const Key256 prk = labeled_extract(suite, {}, "eae_prk", dh.view());
  Key256 shared;
  labeled_expand(shared.mut(), prk, suite, "shared_secret", context);
  return shared;
}

struct Schedule {
  Key256 key;
  AeadNonce nonce{};
};

Schedule key_schedule(const Key256& shared_secret, ByteView info, AeadId aead) {
  const Bytes suite = hpke_suite(aead);
  Bytes context{kModeBase};
  append(context, labeled_extract(suite, {}, "psk_id_hash", {}).view());
  append(context, labeled_extract(suite, {}, "info_hash", info).view());
  const Key256 secret = labeled_extract(suite, shared_secret.view(), "secret", {});
  Schedule s;
  labeled_expand(s.key.mut(), secret, suite, "key", context);
  labeled_expand(s.nonce, secret, suite, "base_nonce", context);
  return s;
}

Key256 derive_secret_key(const Key256& ikm) {
  const Bytes suite = kem_suite();
  const Key256 prk = labeled_extract(suite, {}, "dkp_prk", ikm.view());
  Key256 sk;
  labeled_expand(sk.mut(), prk, suite, "sk", {});
  return sk;
}

}  // namespace

Result<Bytes> hpke_seal(const X25519Public& recipient, ByteView info, ByteView aad, ByteView plain,
                        const Key256& ephemeral_seed, AeadId aead) {
  const Key256 ephemeral = derive_secret_key(ephemeral_seed);
  const X25519Public enc = x25519_public(ephemeral);
  CESS_TRY_ASSIGN(const Key256 dh, x25519_shared(ephemeral, recipient));
  const Schedule s = key_schedule(kem_secret(dh, enc, recipient), info, aead);
  Bytes out(kHpkeOverhead + plain.size());
  std::memcpy(out.data(), enc.data(), enc.size());
  Aead(aead, s.key).seal(MutByteView(out).subspan(kHpkeEncSize), s.nonce, aad, plain);
  return out;
}

Status hpke_open(MutByteView plain, const Key256& secret, ByteView info, ByteView aad,
                 ByteView sealed, AeadId aead) {
  if (sealed.size() < kHpkeOverhead) return fail(Code::input, "hpke: message is too short");
  CESS_CHECK(plain.size() == sealed.size() - kHpkeOverhead);
  X25519Public enc{};
  std::memcpy(enc.data(), sealed.data(), enc.size());
  CESS_TRY_ASSIGN(const Key256 dh, x25519_shared(secret, enc));
  const Schedule s = key_schedule(kem_secret(dh, enc, x25519_public(secret)), info, aead);
  if (!Aead(aead, s.key).open(plain, s.nonce, aad, sealed.subspan(kHpkeEncSize))) {
    return fail(Code::no, "hpke: not sealed for this key");
  }
  return {};
}

}  // namespace cess
