// SPDX-License-Identifier: Apache-2.0
// links: base crypto
// Every function of crypto that sees a data key, a mask key or a person's secret key.
#include "crypto/aead.hpp"
#include "crypto/age_key.hpp"
#include "crypto/bls_sign.hpp"
#include "crypto/ctr.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/hmac.hpp"
#include "crypto/hpke.hpp"
#include "crypto/keccak.hpp"
#include "crypto/secp256k1.hpp"
#include "crypto/sha256.hpp"
#include "crypto/vrf.hpp"
#include "poison.hpp"

namespace {

using namespace cess;

// A secret key that is undefined from the start.
Key256 secret_key(std::uint8_t fill) {
  Key256 key(Bytes(32, fill));
  ct::poison(key.view());
  return key;
}

void hash() {
  for (const std::size_t size : {0U, 32U, 55U, 56U, 64U, 200U}) {
    Bytes message(size, 1);
    ct::poison(message);
    const Hash256 h = sha256({as_bytes("x"), message});
    ct::use(h.view());
    Sha256 stream;
    const Hash256 s = stream.update(message).finish();
    ct::use(s.view());
  }
}

void many() {
  Bytes data(20 * 100, 1);
  ct::poison(data);
  std::vector<const std::uint8_t*> message;
  for (std::size_t i = 0; i < 20; ++i) message.push_back(data.data() + 100 * i);
  std::vector<Hash256> out(20);
  sha256_many(out, 0, message, 100);
  ct::use(out[0].view());
}

void hmac() {
  const Key256 key = secret_key(1);
  const Hash256 mac = hmac_sha256(key.view(), {as_bytes("header")});
  const Hash256 other = mac;
  // The comparison must not leak; its verdict is public: it is the reader's answer.
  bool same = equal_ct(mac.view(), other.view());
  ct::publish({reinterpret_cast<const std::uint8_t*>(&same), sizeof same});
  if (!same) std::abort();
}

void hkdf() {
  const Key256 dek = secret_key(2);
  Bytes out(128);
  hkdf_sha256(out, dek.view(), Bytes(32, 5), as_bytes("CESS-ENC-v1"));
  ct::use(out);
  Bytes longer(200);
  ct::poison(longer);
  hkdf_sha256_expand(out, longer, {as_bytes("seg")});
  ct::use(out);
}

void seal_and_open(AeadId id) {
  const Key256 key = secret_key(3);
  for (const std::size_t size : {0U, 1U, 32U, 100U, 1000U}) {
    Bytes plain(size, 4);
    ct::poison(plain);
    Aead aead(id, key);
    aead.rekey(key);
    Bytes sealed(size + kAeadTagSize);
    aead.seal(sealed, {1}, as_bytes("aad"), plain);
    ct::publish(sealed);  // goes to the miners
    Bytes back(size);
    // Whether the tag fits is public; see public_verdicts.supp for the branches on it.
    if (!aead.open(back, {1}, as_bytes("aad"), sealed)) std::abort();
    ct::use(back);
  }
}
void gcm() { seal_and_open(AeadId::aes_256_gcm); }
void chacha() { seal_and_open(AeadId::chacha20_poly1305); }

void ctr() {
  AesCtr stream(secret_key(6));
  Bytes data(1000, 1);
  ct::poison(data);
  stream.apply(data, {1, 2}, 12345);
  ct::use(data);
}

void x25519() {
  const Key256 secret = secret_key(7);
  X25519Public pub = x25519_public(secret);
  ct::publish(pub);
  const X25519Public peer = x25519_public(Key256(Bytes(32, 8)));
  const auto shared = x25519_shared(secret, peer);
  if (!shared) std::abort();
  ct::use(shared->view());
}

void hpke() {
  const Key256 secret = secret_key(9);
  X25519Public pub = x25519_public(secret);
  ct::publish(pub);
  const Key256 dek = secret_key(10);
  const Key256 seed = secret_key(11);
  auto sealed = hpke_seal(pub, as_bytes("info"), {}, dek.view(), seed);
  if (!sealed) std::abort();
  ct::publish(*sealed);  // stands in the header
  Key256 back;
  if (!hpke_open(back.mut(), secret, as_bytes("info"), {}, *sealed)) std::abort();
  ct::use(back.view());
}

void age() {
  const Key256 secret = secret_key(12);
  const std::string text = format_age_identity(secret);
  // The prefix is public; the parser looks for its end.
  ct::publish(as_bytes(std::string_view(text).substr(0, 16)));
  // Verdicts of the parser (no such character, checksum, padding) are public: they are its answer.
  const auto back = parse_age_identity(text);
  if (!back) std::abort();
  ct::use(back->view());
}

void ed25519() {
  const Key256 seed = secret_key(13);
  const auto sig = ed25519_sign(seed, as_bytes("message"));
  ct::use(sig);
  const auto pub = ed25519_public(seed);
  ct::use(pub);
}

void vrf() {
  const Key256 seed = secret_key(14);
  VrfPublic pub = vrf_public(seed);
  ct::publish(pub);
  ct::use(vrf_prove(seed, pub, as_bytes("slot")));
}

void bls_sign() {
  const Key256 seed = secret_key(15);
  const auto key = bls::SecretKey::generate(seed.view());
  if (!key) std::abort();
  const bls::PublicKey pub = key->public_key();
  ct::use({reinterpret_cast<const std::uint8_t*>(&pub), sizeof pub});
  const bls::Signature sig = key->sign(as_bytes("vote"));
  ct::use({reinterpret_cast<const std::uint8_t*>(&sig), sizeof sig});
}

void secp256k1() {
  const Key256 key = secret_key(16);
  const auto pub = secp256k1_public(key);
  if (!pub) std::abort();
  ct::use(*pub);
  const auto sig = secp256k1_sign(key, Hash256{});
  if (!sig) std::abort();
  ct::use(*sig);
}

void keccak() {
  Bytes message(300, 1);
  ct::poison(message);
  ct::use(keccak256(message).view());
}

constexpr ct::Case kCases[] = {{"hash", hash},         {"many", many},
                               {"hmac", hmac},         {"hkdf", hkdf},
                               {"gcm", gcm},           {"chacha", chacha},
                               {"ctr", ctr},           {"x25519", x25519},
                               {"hpke", hpke},         {"age", age},
                               {"ed25519", ed25519},   {"vrf", vrf},
                               {"bls-sign", bls_sign}, {"secp256k1", secp256k1},
                               {"keccak", keccak}};

}  // namespace

int main(int argc, char** argv) { return cess::ct::run_cases(kCases, argc, argv); }
