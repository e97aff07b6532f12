// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "codec/keyring.hpp"
#include "commands.hpp"
#include "crypto/age_key.hpp"

namespace cess {
namespace {

Result<int> run_new(const std::string& path, cli::Context& ctx) {
  const std::string pub = age_public_path(path);
  if (path_exists(pub)) {
    return fail(Code::usage, "'" + pub + "' exists already", pub, "keys are never replaced");
  }
  if (path_exists(path)) {
    return fail(Code::usage, "'" + path + "' exists already", path, "keys are never replaced");
  }
  const Key256 key = ctx.random->key();
  const std::string recipient = format_age_recipient(x25519_public(key));
  std::string secret = format_age_identity(key);
  std::string text = "# created: " + format_rfc3339(ctx.clock->unix_seconds()) +
                     "\n# public key: " + recipient + "\n" + secret + "\n";
  const Status written = write_file(path, as_bytes(text), {.mode = 0600, .replace = false});
  for (std::string* s : {&secret, &text}) {
    wipe({reinterpret_cast<std::uint8_t*>(s->data()), s->size()});
  }
  CESS_TRY(written);
  CESS_TRY(write_file(pub, as_bytes(recipient + "\n"), {.mode = 0644, .replace = false}));
  CESS_TRY(ctx.print(std::string_view(recipient)));
  return 0;
}

Result<int> run_public(const std::string& path, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const auto keys, read_identity_file(path));
  for (const Key256& key : keys) {
    CESS_TRY(ctx.print(std::string_view(format_age_recipient(x25519_public(key)))));
  }
  return 0;
}

}  // namespace

cli::Command key_new_command() {
  auto path = std::make_shared<std::string>();
  cli::Command c;
  c.name = "key new";
  c.summary = "make a key pair: FILE (secret, mode 0600) and FILE.pub; prints the public key";
  c.declare = [path](cli::Options& o) {
    o.text("-o,--output", "FILE", *path, "x.key gets its public half in x.pub", true);
  };
  c.run = [path](cli::Context& ctx) { return run_new(*path, ctx); };
  return c;
}

cli::Command key_public_command() {
  auto path = std::make_shared<std::string>();
  cli::Command c;
  c.name = "key public";
  c.summary = "print the public keys that belong to a file of secret keys";
  c.declare = [path](cli::Options& o) { o.positional("FILE", *path, "file of secret keys", true); };
  c.run = [path](cli::Context& ctx) { return run_public(*path, ctx); };
  return c;
}

}  // namespace cess
