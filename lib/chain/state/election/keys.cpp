// SPDX-License-Identifier: Apache-2.0
#include "chain/state/election/keys.hpp"

#include "crypto/sha256.hpp"

namespace cess::election {
namespace {

Status need(bool ok, const char* why) {
  if (ok) return {};
  return fail(Code::input, std::string("cannot register keys: ") + why);
}

}  // namespace

Bytes claim_bytes(const Hash256& genesis, const AccountId& account, const Keys& keys) {
  Bytes out;
  append(out, "CESS-KEYS-v1");
  append(out, genesis.view());
  append(out, account.view());
  append(out, encode_scale(keys));
  return out;
}

RegisterKeys make_registration(const Hash256& genesis, const AccountId& account,
                               const bls::SecretKey& bls_key, const Key256& vrf_seed,
                               const Key256& node_seed) {
  RegisterKeys r;
  r.keys.bls_key = bls_key.public_key().bytes();
  r.keys.vrf_key = vrf_public(vrf_seed);
  r.keys.node_key = ed25519_public(node_seed);
  const Bytes claim = claim_bytes(genesis, account, r.keys);
  r.bls_possession = bls_key.prove_possession().bytes();
  r.bls_signature = bls_key.sign(claim).bytes();
  r.vrf_proof = vrf_prove(vrf_seed, claim);
  r.node_signature = ed25519_sign(node_seed, claim);
  return r;
}

Status verify_registration(const Hash256& genesis, const AccountId& account,
                           const RegisterKeys& r) {
  // One seed for two purposes would let a signature of one serve the other.
  CESS_TRY(need(r.keys.vrf_key != r.keys.node_key && r.keys.vrf_key != account.bytes &&
                    r.keys.node_key != account.bytes,
                "account, VRF and node key must differ"));
  const Bytes claim = claim_bytes(genesis, account, r.keys);
  CESS_TRY(need(ed25519_verify(r.keys.node_key, claim, r.node_signature),
                "the node key's signature is wrong"));
  CESS_TRY(need(
      vrf_key_valid(r.keys.vrf_key) && vrf_verify(r.keys.vrf_key, claim, r.vrf_proof).has_value(),
      "the VRF key's proof is wrong"));
  const auto key = bls::PublicKey::parse(r.keys.bls_key);
  CESS_TRY(need(key.has_value(), "the BLS key is no valid point"));
  const auto possession = bls::Signature::parse(r.bls_possession);
  CESS_TRY(need(possession && bls::verify_possession(*key, *possession),
                "the BLS key's proof of possession is wrong"));
  const auto signature = bls::Signature::parse(r.bls_signature);
  return need(signature && bls::verify(*key, claim, *signature),
              "the BLS key's signature is wrong");
}

std::optional<Keys> keys_at(const State& state, const AccountId& who, Era era) {
  const auto stored = kKeys.get(state, who);
  if (!stored) return std::nullopt;
  if (stored->next && stored->next_from <= era) return stored->next;
  if (stored->from <= era) return stored->keys;
  return std::nullopt;
}

Status store_keys(State& state, const AccountId& who, const Keys& keys, Era from) {
  const std::array<std::pair<KeyKind, ByteView>, 3> parts = {
      {{KeyKind::bls, keys.bls_key}, {KeyKind::vrf, keys.vrf_key}, {KeyKind::node, keys.node_key}}};
  for (const auto& [kind, bytes] : parts) {
    const Hash256 hash = sha256(bytes);
    const auto owner = kKeyOwners.get(state, kind, hash);
    CESS_TRY(need(!owner || *owner == who, "one of them belongs to another account"));
    kKeyOwners.put(state, kind, hash, who);
  }
  auto stored = kKeys.get(state, who);
  if (!stored) {
    stored = StoredKeys{keys, from, std::nullopt, 0};
  } else {
    // What serves in the running era goes on serving; a later one that never served is replaced.
    if (stored->next && stored->next_from < from) {
      stored->keys = *stored->next;
      stored->from = stored->next_from;
    }
    stored->next = keys;
    stored->next_from = from;
  }
  kKeys.put(state, who, *stored);
  return {};
}

}  // namespace cess::election
