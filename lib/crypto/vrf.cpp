// SPDX-License-Identifier: Apache-2.0
// ECVRF of RFC 9381 section 5 in libsodium's public group calls; letters as there. libsodium has no
// decoding of any point of the curve, so the hashed point's cofactor is cleared by adding it to
// itself three times. Its scalar multiplication refuses points outside the prime-order group and
// results that are the identity, both of which only a forger could bring about.
#include "crypto/vrf.hpp"

#include <sodium.h>

#include <algorithm>

#include "base/check.hpp"

namespace cess {
namespace {

constexpr std::uint8_t kSuite = 0x03;
constexpr std::uint8_t kEncode = 0x01, kChallenge = 0x02, kOutput = 0x03, kEnd = 0x00;
constexpr std::size_t kPointSize = 32;
constexpr std::size_t kChallengeSize = 16;

using Point = std::array<std::uint8_t, kPointSize>;
using ScalarBytes = std::array<std::uint8_t, 32>;

ByteView byte(const std::uint8_t& b) { return {&b, 1}; }

// The encoding of (0, 1).
constexpr Point kIdentity = {1};

// Whether the 255 low bits are below p = 2^255 - 19, and x = 0 does not come with the sign of -0:
// of all y only 1 and -1 have x = 0.
bool is_canonical(const Point& p) {
  Point y = p;
  const bool sign = (y[31] & 0x80U) != 0;
  y[31] &= 0x7fU;
  Point minus_one;
  minus_one.fill(0xff);
  minus_one[0] = 0xec;
  minus_one[31] = 0x7f;
  const auto below = [](const Point& a, const Point& b) {
    return std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  };
  if (below(minus_one, y)) return false;
  return !(sign && (y == kIdentity || y == minus_one));
}

// ECVRF_encode_to_curve_try_and_increment, section 5.4.1.1, with the key as salt.
Point encode_to_curve(const VrfPublic& key, ByteView alpha) {
  for (unsigned counter = 0; counter < 256; ++counter) {
    const auto ctr = static_cast<std::uint8_t>(counter);
    const Hash512 hash = sha512({byte(kSuite), byte(kEncode), key, alpha, byte(ctr), byte(kEnd)});
    Point h{};
    std::copy_n(hash.begin(), h.size(), h.begin());
    if (!is_canonical(h)) continue;
    bool on_curve = true;
    for (unsigned doubling = 0; doubling < 3 && on_curve; ++doubling) {
      const Point half = h;
      on_curve = crypto_core_ed25519_add(h.data(), half.data(), half.data()) == 0;
    }
    if (on_curve && h != kIdentity) return h;
  }
  // Half of all tries hit the curve: an input that misses 256 times is not to be found.
  CESS_CHECK(false);
  return {};
}

// Section 5.4.3: the first 16 bytes of a hash, as a scalar.
ScalarBytes challenge(const VrfPublic& y, const Point& h, const Point& gamma, const Point& u,
                      const Point& v) {
  const Hash512 hash = sha512({byte(kSuite), byte(kChallenge), y, h, gamma, u, v, byte(kEnd)});
  ScalarBytes c{};
  std::copy_n(hash.begin(), kChallengeSize, c.begin());
  return c;
}

ScalarBytes reduced(ByteView bytes) {
  std::array<std::uint8_t, crypto_core_ed25519_NONREDUCEDSCALARBYTES> wide{};
  std::ranges::copy(bytes, wide.begin());
  ScalarBytes out;
  crypto_core_ed25519_scalar_reduce(out.data(), wide.data());
  wipe(wide);
  return out;
}

bool multiply(Point& out, const ScalarBytes& k, const Point& p) {
  return crypto_scalarmult_ed25519_noclamp(out.data(), k.data(), p.data()) == 0;
}
bool multiply_base(Point& out, const ScalarBytes& k) {
  return crypto_scalarmult_ed25519_base_noclamp(out.data(), k.data()) == 0;
}

// a·P - c·Q.
bool difference(Point& out, const Point& ap, const ScalarBytes& c, const Point& q) {
  Point cq;
  return multiply(cq, c, q) && crypto_core_ed25519_sub(out.data(), ap.data(), cq.data()) == 0;
}

struct Parts {
  Point gamma{};
  ScalarBytes c{};
  ScalarBytes s{};
};

// ECVRF_decode_proof, section 5.4.4, and more: Gamma must be in the prime-order group.
std::optional<Parts> decode(ByteView proof) {
  if (proof.size() != kVrfProofSize) return std::nullopt;
  Parts parts;
  std::copy_n(proof.begin(), kPointSize, parts.gamma.begin());
  std::copy_n(proof.begin() + kPointSize, kChallengeSize, parts.c.begin());
  std::copy_n(proof.begin() + kPointSize + kChallengeSize, 32U, parts.s.begin());
  if (crypto_core_ed25519_is_valid_point(parts.gamma.data()) != 1) return std::nullopt;
  if (reduced(parts.s) != parts.s) return std::nullopt;
  return parts;
}

// ECVRF_proof_to_hash, section 5.2; the cofactor is 8.
VrfOutput output(const Point& gamma) {
  Point cleared = gamma;
  for (unsigned doubling = 0; doubling < 3; ++doubling) {
    const Point half = cleared;
    CESS_CHECK(crypto_core_ed25519_add(cleared.data(), half.data(), half.data()) == 0);
  }
  return sha512({byte(kSuite), byte(kOutput), cleared, byte(kEnd)});
}

// The secret scalar x and the key of the nonces: RFC 8032 section 5.1.5.
struct Expanded {
  explicit Expanded(const Key256& seed) {
    crypto_hash_sha512(both.mut().data(), seed.view().data(), Key256::kSize);
    both.mut()[0] &= 248U;
    both.mut()[31] = static_cast<std::uint8_t>((both.mut()[31] & 127U) | 64U);
  }
  [[nodiscard]] const std::uint8_t* x() const { return both.view().data(); }
  [[nodiscard]] ByteView nonce_key() const { return both.view().subspan(32); }
  Secret<64> both;
};

}  // namespace

VrfPublic vrf_public(const Key256& seed) {
  VrfPublic key{};
  Secret<crypto_sign_SECRETKEYBYTES> secret;
  CESS_CHECK(crypto_sign_seed_keypair(key.data(), secret.mut().data(), seed.view().data()) == 0);
  return key;
}

// Section 5.1. Its failures need a hash whose value is 0 mod L.
VrfProof vrf_prove(const Key256& seed, const VrfPublic& key, ByteView alpha) {
  const Expanded secret(seed);
  const Point h = encode_to_curve(key, alpha);
  Point gamma;
  CESS_CHECK(crypto_scalarmult_ed25519_noclamp(gamma.data(), secret.x(), h.data()) == 0);
  // Section 5.4.2.2: the nonce of Ed25519.
  Secret<64> nonce;
  crypto_hash_sha512_state hash;
  crypto_hash_sha512_init(&hash);
  crypto_hash_sha512_update(&hash, secret.nonce_key().data(), secret.nonce_key().size());
  crypto_hash_sha512_update(&hash, h.data(), h.size());
  crypto_hash_sha512_final(&hash, nonce.mut().data());
  sodium_memzero(&hash, sizeof hash);
  ScalarBytes k = reduced(nonce.view());
  Point u, v;
  CESS_CHECK(crypto_scalarmult_ed25519_base_noclamp(u.data(), k.data()) == 0);
  CESS_CHECK(crypto_scalarmult_ed25519_noclamp(v.data(), k.data(), h.data()) == 0);
  const ScalarBytes c = challenge(key, h, gamma, u, v);
  ScalarBytes s, cx;
  crypto_core_ed25519_scalar_mul(cx.data(), c.data(), secret.x());
  crypto_core_ed25519_scalar_add(s.data(), k.data(), cx.data());
  wipe(k);
  wipe(cx);
  VrfProof proof{};
  auto at = std::copy(gamma.begin(), gamma.end(), proof.begin());
  at = std::copy_n(c.begin(), kChallengeSize, at);
  std::copy(s.begin(), s.end(), at);
  return proof;
}

bool vrf_key_valid(const VrfPublic& key) {
  return crypto_core_ed25519_is_valid_point(key.data()) == 1;
}

// Section 5.3.
std::optional<VrfOutput> vrf_verify(const VrfPublic& key, ByteView alpha, ByteView proof) {
  const auto parts = decode(proof);
  if (!parts || !vrf_key_valid(key)) return std::nullopt;
  const Point h = encode_to_curve(key, alpha);
  Point sb, sh, u, v;
  if (!multiply_base(sb, parts->s) || !multiply(sh, parts->s, h) ||
      !difference(u, sb, parts->c, key) || !difference(v, sh, parts->c, parts->gamma)) {
    return std::nullopt;
  }
  if (challenge(key, h, parts->gamma, u, v) != parts->c) return std::nullopt;
  return output(parts->gamma);
}

std::optional<VrfOutput> vrf_output(const VrfProof& proof) {
  const auto parts = decode(proof);
  if (!parts) return std::nullopt;
  return output(parts->gamma);
}

}  // namespace cess
