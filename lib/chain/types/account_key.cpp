// SPDX-License-Identifier: Apache-2.0
#include "chain/types/account_key.hpp"

#include "base/check.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/secp256k1.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace {

constexpr std::string_view kSchema = "cess.account_key/1";

}  // namespace

Result<AccountKey> make_account_key(SignatureKind kind, Key256 secret) {
  AccountKey key;
  key.kind = kind;
  if (kind == SignatureKind::ed25519) {
    key.id = AccountId::from(ed25519_public(secret));
  } else {
    const auto point = secp256k1_public(secret);
    if (!point) return fail(Code::input, "account key: the secret is no secp256k1 key", "secret");
    const auto address = ethereum_address(*point);
    CESS_CHECK(address.has_value());
    key.id = ethereum_account(*address);
  }
  key.secret = std::move(secret);
  return key;
}

std::string write_account_key(const AccountKey& key) {
  Json j;
  j["schema"] = kSchema;
  j["kind"] = to_json_value(key.kind);
  j["secret"] = to_hex(key.secret.view());
  j["address"] = to_ss58(key.id);
  return write_json(j);
}

Result<AccountKey> parse_account_key(std::string_view text, std::string_view what) {
  JsonLimits limits;
  limits.size_max = 4096;
  CESS_TRY_ASSIGN(const Json j, parse_json(text, what, limits));
  const JsonView view(j, std::string(what));
  CESS_TRY(view.schema(kSchema));
  SignatureKind kind{};
  CESS_TRY_ASSIGN(const auto kind_name, view.text("kind"));
  CESS_TRY(from_json_value(Json(kind_name), kind, std::string(what) + ": kind"));
  CESS_TRY_ASSIGN(Bytes secret, view.hex("secret", Key256::kSize));
  if (secret.size() != Key256::kSize) {
    wipe(secret);
    return fail(Code::input, std::string(what) + ": secret: want 64 hex digits", std::string(what));
  }
  auto key = make_account_key(kind, Key256(secret));
  wipe(secret);
  if (!key)
    return fail(Code::input, std::string(what) + ": " + key.error().message, std::string(what));
  CESS_TRY_ASSIGN(const auto address, view.text("address"));
  CESS_TRY_ASSIGN(const AccountId id, parse_account(address, std::string(what) + ": address"));
  if (id != key->id) {
    return fail(Code::input, std::string(what) + ": the address is not the secret's",
                std::string(what));
  }
  return key;
}

Txn sign_txn(TxnBody body, const AccountKey& key) {
  CESS_CHECK(body.sender == key.id);
  Txn txn;
  const Bytes message = txn_signed_bytes(body);
  txn.body = std::move(body);
  txn.signature_kind = key.kind;
  if (key.kind == SignatureKind::ed25519) {
    const auto s = ed25519_sign(key.secret, message);
    txn.signature.assign(s.begin(), s.end());
  } else {
    const auto s = secp256k1_sign(key.secret, sha256(message));
    CESS_CHECK(s.has_value());
    txn.signature.assign(s->begin(), s->end());
  }
  return txn;
}

}  // namespace cess
