// SPDX-License-Identifier: Apache-2.0
// The secret that signs for an account, and its file: one line of JSON (cess.account_key/1) that
// can be piped from the command that makes it to the command that signs. Signing is constant time.
#pragma once

#include <string>

#include "base/secret.hpp"
#include "chain/types/txn.hpp"

namespace cess {

struct AccountKey {
  SignatureKind kind = SignatureKind::ed25519;
  Key256 secret;  ///< Ed25519 seed, or secp256k1 scalar
  AccountId id;   ///< follows from the two
};

/// Code::input if the secret is no key of this kind (secp256k1: zero, or not below the order).
Result<AccountKey> make_account_key(SignatureKind kind, Key256 secret);
/// {"schema":"cess.account_key/1","kind":…,"secret":hex,"address":SS58}, without a line end.
/// Secret: the caller wipes it.
std::string write_account_key(const AccountKey& key);
/// Strict; the address must be the secret's. Messages never hold the secret.
Result<AccountKey> parse_account_key(std::string_view text, std::string_view what);

/// The signed transaction; body.sender must be the key's account.
Txn sign_txn(TxnBody body, const AccountKey& key);

}  // namespace cess
