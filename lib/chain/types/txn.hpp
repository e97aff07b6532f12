// SPDX-License-Identifier: Apache-2.0
// A transaction: one call of a module of the state machine, signed by an account. Canonical form is
// the SCALE encoding of Txn; its hash is SHA-256 of that. What is signed is kTxnDomain ‖
// SCALE(TxnBody): Ed25519 over these bytes, secp256k1 over their SHA-256 with public-key recovery.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "chain/types/ids.hpp"
#include "chain/types/record.hpp"

namespace cess {

constexpr std::string_view kTxnDomain = "CESS-TXN-v1";
constexpr std::size_t kTxnSizeMax = 128U << 10U;

enum class SignatureKind : std::uint8_t { ed25519, secp256k1 };
inline constexpr std::array kSignatureKindNames = {"ed25519", "secp256k1"};
constexpr auto& record_names(SignatureKind) { return kSignatureKindNames; }

struct TxnBody {
  std::uint8_t version = 1;
  Hash256 genesis;  ///< of the chain it is meant for: no replay on another
  AccountId sender;
  std::uint64_t nonce = 0;  ///< the sender's count of earlier transactions
  Amount tip = 0;           ///< base units on top of the fee: what the pool sorts by
  Height valid_until = 0;   ///< last height of a block that may hold it
  std::uint8_t module = 0;
  std::uint8_t call = 0;
  Bytes args;  ///< SCALE of the call's record
  CESS_RECORD(version, genesis, sender, nonce, tip, valid_until, module, call, args)
};

struct Txn {
  TxnBody body;
  SignatureKind signature_kind = SignatureKind::ed25519;
  Bytes signature;  ///< 64 bytes; secp256k1: 65, the last is the recovery id
  CESS_RECORD(body, signature_kind, signature)
};

/// The bytes a sender signs.
Bytes txn_signed_bytes(const TxnBody& body);
/// The canonical bytes of a transaction, parsed: Code::input if over kTxnSizeMax, malformed, or of
/// another version. The signature is not looked at.
Result<Txn> parse_txn(ByteView bytes);
TxnHash txn_hash(ByteView canonical_bytes);

/// A transaction with what its canonical bytes tell, so that nobody encodes it again.
struct ReadTxn {
  Txn txn;
  TxnHash hash;
  std::uint32_t size_bytes = 0;
};
/// parse_txn and txn_hash.
Result<ReadTxn> read_txn(ByteView bytes);
/// The same for one that was made here.
ReadTxn to_read_txn(Txn txn);

/// The account of a 20-byte Ethereum address: Blake2b-256("evm:" ‖ address).
AccountId ethereum_account(ByteView address);
/// Whether the signature is the sender's. Pure; about 45 µs.
[[nodiscard]] bool verify_txn_signature(const Txn& txn);

}  // namespace cess
