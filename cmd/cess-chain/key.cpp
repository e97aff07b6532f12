// SPDX-License-Identifier: Apache-2.0
// key new, key address.
#include <memory>

#include "chain/client/key_file.hpp"
#include "chain/types/ethereum.hpp"
#include "commands.hpp"
#include "inputs.hpp"

namespace cess {
namespace {

struct KeyNewOptions {
  std::string out;
  std::string kind = "ed25519";
};

Status print_address(cli::Context& ctx, const AccountKey& key) {
  if (!ctx.json) return ctx.print(to_ss58(key.id));
  Json j = {{"schema", "cess.address/1"},
            {"kind", to_json_value(key.kind)},
            {"address", to_ss58(key.id)},
            {"account", to_hex(key.id)}};
  if (key.kind == SignatureKind::secp256k1) {
    const auto address = ethereum_address(*secp256k1_public(key.secret));
    j["ethereum"] = write_ethereum_address(*address);
  }
  return ctx.print(j);
}

Result<int> key_new(const KeyNewOptions& o, cli::Context& ctx) {
  SignatureKind kind{};
  CESS_TRY(from_json_value(Json(o.kind), kind, "--kind"));
  auto key = make_account_key(kind, ctx.random->key());
  // One in 2^128 secrets is no scalar of secp256k1.
  while (!key) key = make_account_key(kind, ctx.random->key());
  if (o.out.empty() || o.out == "-") {
    CESS_TRY(ctx.binary_to_stdout_ok(o.out == "-"));
    CESS_TRY(ctx.print(write_account_key(*key)));
    return 0;
  }
  CESS_TRY(client::write_key_file(o.out, *key));
  CESS_TRY(print_address(ctx, *key));
  return 0;
}

Result<int> key_address(const std::string& path, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const auto key, read_account_key(ctx, path));
  CESS_TRY(print_address(ctx, key));
  return 0;
}

}  // namespace

cli::Command key_new_command() {
  auto o = std::make_shared<KeyNewOptions>();
  cli::Command c;
  c.name = "key new";
  c.summary = "make an account key, for a pipe or a new file";
  c.declare = [o](cli::Options& opt) {
    opt.text("-o,--output", "FILE", o->out, "file to create; prints the address");
    opt.choice("--kind", {"ed25519", "secp256k1"}, o->kind, "kind of signature (default ed25519)");
  };
  c.run = [o](cli::Context& ctx) { return key_new(*o, ctx); };
  return c;
}

cli::Command key_address_command() {
  auto path = std::make_shared<std::string>();
  cli::Command c;
  c.name = "key address";
  c.summary = "print the address of a key";
  c.declare = [path](cli::Options& opt) {
    opt.positional("KEY", *path, "key file; default stdin");
  };
  c.run = [path](cli::Context& ctx) { return key_address(*path, ctx); };
  return c;
}

}  // namespace cess
