// SPDX-License-Identifier: Apache-2.0
#include "chain/types/txn.hpp"

#include "crypto/blake2b.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/secp256k1.hpp"
#include "crypto/sha256.hpp"

namespace cess {

Bytes txn_signed_bytes(const TxnBody& body) {
  ScaleWriter w;
  w.raw(as_bytes(kTxnDomain));
  scale_put(w, body);
  return w.take();
}

Result<Txn> parse_txn(ByteView bytes) {
  if (bytes.size() > kTxnSizeMax) {
    return fail(Code::input,
                "transaction: " + std::to_string(bytes.size()) + " bytes, the limit is " +
                    std::to_string(kTxnSizeMax),
                "transaction");
  }
  CESS_TRY_ASSIGN(Txn txn, decode_scale<Txn>(bytes, "transaction"));
  if (txn.body.version != 1) {
    return fail(Code::input, "transaction: unknown version " + std::to_string(txn.body.version),
                "transaction");
  }
  return txn;
}

TxnHash txn_hash(ByteView canonical_bytes) { return TxnHash::from(sha256(canonical_bytes).view()); }

Result<ReadTxn> read_txn(ByteView bytes) {
  CESS_TRY_ASSIGN(Txn txn, parse_txn(bytes));
  return ReadTxn{std::move(txn), txn_hash(bytes), static_cast<std::uint32_t>(bytes.size())};
}

ReadTxn to_read_txn(Txn txn) {
  const Bytes bytes = encode_scale(txn);
  return {std::move(txn), txn_hash(bytes), static_cast<std::uint32_t>(bytes.size())};
}

AccountId ethereum_account(ByteView address) {
  return AccountId::from(blake2b_256({as_bytes("evm:"), address}).view());
}

bool verify_txn_signature(const Txn& txn) {
  const Bytes message = txn_signed_bytes(txn.body);
  if (txn.signature_kind == SignatureKind::ed25519) {
    Ed25519Signature signature{};
    if (txn.signature.size() != signature.size()) return false;
    std::copy(txn.signature.begin(), txn.signature.end(), signature.begin());
    return ed25519_verify(txn.body.sender.bytes, message, signature);
  }
  Secp256k1Signature signature{};
  if (txn.signature.size() != signature.size()) return false;
  std::copy(txn.signature.begin(), txn.signature.end(), signature.begin());
  const auto key = secp256k1_recover(sha256(message), signature);
  if (!key) return false;
  const auto address = ethereum_address(*key);
  return address && ethereum_account(*address) == txn.body.sender;
}

}  // namespace cess
