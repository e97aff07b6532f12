// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "crypto/aead.hpp"
#include "crypto/age_key.hpp"
#include "crypto/argon2id.hpp"
#include "crypto/ctr.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/hmac.hpp"
#include "crypto/hpke.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace {

TEST(Smoke, Everything) {
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Key256 seed(as_bytes("0123456789abcdef0123456789abcdef"));
  Key256 sk(as_bytes("abcdef0123456789abcdef0123456789"));
  const auto pk = x25519_public(sk);
  const auto sealed = hpke_seal(pk, as_bytes("i"), as_bytes("a"), as_bytes("hello"), seed);
  ASSERT_TRUE(sealed);
  Bytes out(5);
  ASSERT_TRUE(hpke_open(out, sk, as_bytes("i"), as_bytes("a"), *sealed));
  EXPECT_EQ(as_text(out), "hello");
  EXPECT_FALSE(hpke_open(out, sk, as_bytes("j"), as_bytes("a"), *sealed));
  const auto sig = ed25519_sign(seed, as_bytes("m"));
  EXPECT_TRUE(ed25519_verify(ed25519_public(seed), as_bytes("m"), sig));
  EXPECT_FALSE(ed25519_verify(ed25519_public(seed), as_bytes("n"), sig));
  EXPECT_EQ(*parse_age_recipient(format_age_recipient(pk)), pk);
  EXPECT_EQ(to_hex(parse_age_identity(format_age_identity(sk))->view()), to_hex(sk.view()));
  EXPECT_TRUE(argon2id(out = Bytes(32), as_bytes("pw"), {}, {8, 1}));
  for (AeadId id : {AeadId::aes_256_gcm, AeadId::chacha20_poly1305}) {
    Aead a(id, seed);
    Bytes c(5 + 16);
    a.seal(c, {}, as_bytes("aad"), as_bytes("hello"));
    a.rekey(sk);
    a.rekey(seed);
    Bytes p(5);
    EXPECT_TRUE(a.open(p, {}, as_bytes("aad"), c));
    EXPECT_EQ(as_text(p), "hello");
    c[0] ^= 1;
    EXPECT_FALSE(a.open(p, {}, as_bytes("aad"), c));
  }
  Bytes whole(1000);
  AesCtr ctr(seed);
  ctr.apply(whole, {}, 0);
  Bytes part(37);
  ctr.apply(part, {}, 123);
  EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + 123));
}

}  // namespace
}  // namespace cess
