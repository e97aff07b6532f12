// SPDX-License-Identifier: Apache-2.0
// tx bind-ethereum: ties an account and an Ethereum address to each other. Two keys sign, which may
// be in two places: the account's the transaction, the address's a text, as wallets do.
#include <memory>

#include "chain/client/key_file.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "chain/types/ethereum.hpp"
#include "commands.hpp"
#include "tx_send.hpp"

namespace cess {
namespace {

struct BindOptions {
  SendChoice send;
  std::string ethereum_key;
  std::string address;
  std::string signature;
  bool text = false;
};

Status print_text(cli::Context& ctx, const std::string& text) {
  return ctx.print(ctx.json ? write_json(Json{{"schema", "cess.bind_text/1"}, {"text", text}})
                            : text);
}

// From the wallet. The chain binds whatever address a signature leads to, once and for ever: one of
// another text would lead to an address that nobody has.
Result<Secp256k1Signature> given_signature(const BindOptions& o, const Hash256& digest) {
  CESS_TRY_ASSIGN(const auto address, parse_ethereum_address(o.address, "--address"));
  CESS_TRY_ASSIGN(const auto signature, parse_wallet_signature(o.signature, "--signature"));
  const auto key = secp256k1_recover(digest, signature);
  const auto signer = key ? ethereum_address(*key) : std::nullopt;
  if (signer != address) {
    return fail(Code::input,
                "--signature: not of " + write_ethereum_address(address) + " under the text", {},
                "let the wallet sign exactly what `cess-chain tx bind-ethereum --text` prints");
  }
  return signature;
}

// With a key of `key new --kind secp256k1`.
Result<Secp256k1Signature> own_signature(const BindOptions& o, const Hash256& digest) {
  CESS_TRY_ASSIGN(const AccountKey key, client::read_key_file(o.ethereum_key));
  if (key.kind != SignatureKind::secp256k1)
    return fail(Code::input, "'" + o.ethereum_key + "': not a secp256k1 key", o.ethereum_key);
  return *secp256k1_sign(key.secret, digest);
}

Result<int> bind(const BindOptions& o, cli::Context& ctx) {
  const bool given = !o.signature.empty();
  if (given == o.address.empty() ||
      (o.text ? 1 : 0) + (given ? 1 : 0) + (o.ethereum_key.empty() ? 0 : 1) != 1) {
    return fail(Code::usage, "want --text, or --address and --signature, or --ethereum-key", {});
  }
  CESS_TRY_ASSIGN(const AccountKey key, read_account_key(ctx, o.send.key));
  CESS_TRY_ASSIGN(auto rpc, connect(o.send.node));
  CESS_TRY_ASSIGN(const auto info, client::synced_info(rpc));
  const std::string text = accounts::bind_text(key.id, info.genesis);
  if (o.text) {
    CESS_TRY(print_text(ctx, text));
    return 0;
  }
  const Hash256 digest = personal_digest(text);
  CESS_TRY_ASSIGN(const auto signature,
                  given ? given_signature(o, digest) : own_signature(o, digest));
  CESS_TRY_ASSIGN(auto call,
                  client::encode_call("accounts.bind_ethereum", accounts::BindEthereum{signature}));
  return send_call(ctx, rpc, o.send, key, std::move(call));
}

}  // namespace

cli::Command tx_bind_command() {
  auto o = std::make_shared<BindOptions>();
  cli::Command c;
  c.name = "tx bind-ethereum";
  c.summary = "tie an Ethereum address to an account for ever";
  c.declare = [o](cli::Options& opt) {
    opt.flag("--text", o->text, "print what the address must sign (personal_sign)");
    opt.text("--address", "0x…", o->address, "the address that signed it");
    opt.text("--signature", "HEX", o->signature, "what its wallet answered");
    opt.text("--ethereum-key", "FILE", o->ethereum_key, "or its key, of kind secp256k1");
    declare_send(opt, o->send);
    declare_faucet(opt, o->send);
  };
  c.run = [o](cli::Context& ctx) { return bind(*o, ctx); };
  return c;
}

}  // namespace cess
