// SPDX-License-Identifier: Apache-2.0
// links: crypto base
// Keys, signatures and proofs that a chain hears from strangers: BLS, VRF, secp256k1. What parses
// is canonical, and nothing made up verifies.
#include <algorithm>

#include "base/check.hpp"
#include "crypto/bls_sign.hpp"
#include "crypto/secp256k1.hpp"
#include "crypto/vrf.hpp"

using namespace cess;

namespace {

void check_bls(ByteView in) {
  static const auto key = bls::SecretKey::generate(Bytes(32, 7))->public_key();
  if (const auto s = bls::Signature::parse(in)) {
    CESS_CHECK(std::ranges::equal(s->bytes(), in));
    CESS_CHECK(!bls::verify(key, as_bytes("fuzz"), *s));
  }
  if (const auto k = bls::PublicKey::parse(in)) {
    CESS_CHECK(std::ranges::equal(k->bytes(), in) && !k->point().is_identity());
  }
}

void check_vrf(ByteView in) {
  static const VrfPublic key = vrf_public(Key256(Bytes(32, 7)));
  if (in.size() == kVrfProofSize) {
    CESS_CHECK(!vrf_verify(key, as_bytes("fuzz"), in));
    VrfProof proof{};
    std::ranges::copy(in, proof.begin());
    static_cast<void>(vrf_output(proof));
  }
  if (in.size() >= 32 + kVrfProofSize) {
    VrfPublic other{};
    std::copy_n(in.begin(), other.size(), other.begin());
    CESS_CHECK(!vrf_verify(other, {}, in.subspan(32)) || vrf_key_valid(other));
  }
}

void check_secp256k1(ByteView in) {
  Secp256k1Public key{};
  if (in.size() == key.size()) {
    std::ranges::copy(in, key.begin());
    static_cast<void>(ethereum_address(key));
  }
  Secp256k1Signature sig{};
  if (in.size() != sig.size()) return;
  std::ranges::copy(in, sig.begin());
  const Hash256 digest;
  // Any r and s in range lead to some key, and then they are its signature.
  if (const auto found = secp256k1_recover(digest, sig)) {
    CESS_CHECK(secp256k1_verify(*found, digest, sig) && ethereum_address(*found));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_bls({data, size});
  check_vrf({data, size});
  check_secp256k1({data, size});
  return 0;
}
