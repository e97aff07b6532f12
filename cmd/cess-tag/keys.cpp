// SPDX-License-Identifier: Apache-2.0
// keygen, check-key, inspect.
#include <memory>

#include "base/hex.hpp"
#include "commands.hpp"
#include "key_file.hpp"
#include "podr2/keys.hpp"

namespace cess {
namespace {

Json head_to_json(const TaggerHead& head) {
  Json j;
  j["schema"] = "cess.tagger/1";
  j["tagger_id"] = to_hex(head.id);
  j["class"] = std::string(1, static_cast<char>(head.cls));
  j["attestation"] = to_hex(head.attestation);
  j["sign_key"] = to_hex(head.sign_key);
  j["v"] = to_hex(head.v.compress());
  j["w"] = to_hex(head.w.compress());
  j["list_hash"] = to_hex(head.list_hash);
  return j;
}

/// One line about a key: its id, or the whole document with --json.
Status print_head(cli::Context& ctx, const TaggerHead& head) {
  return ctx.json ? ctx.print(head_to_json(head)) : ctx.print(to_hex(head.id));
}

struct KeygenOptions {
  std::string out;
  std::string cls = "C";
  std::string attestation;
};

Result<int> keygen(const KeygenOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const auto cls, parse_tagger_class(o.cls[0]));
  Hash256 attestation;
  if (!o.attestation.empty()) {
    const auto given = parse_id<Hash256>(o.attestation, "--attestation");
    if (!given) return fail(Code::usage, given.error().message);
    attestation = *given;
  }
  if (o.out == "-") {
    return fail(Code::usage, "a key is two files: '-o -' cannot hold it", "-o");
  }
  for (const std::string& path : {o.out, public_path(o.out)}) {
    if (path_exists(path)) {
      return fail(Code::usage,
                  "cannot create '" + path + "': it exists, and keys are never replaced", path);
    }
  }
  Secret<TaggerSecret::kRandomSize> random;
  ctx.random->fill(random.mut());
  const auto secret = TaggerSecret::make(random.view(), cls, attestation);
  const TaggerPublic pub = make_tagger_public(secret);
  CESS_TRY(write_key_files(o.out, secret, encode_tagger_public(pub)));
  CESS_TRY(print_head(ctx, pub.head));
  return 0;
}

Result<int> check_public(const std::string& path, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const Bytes file, read_public_file(path));
  auto key = parse_tagger_public(file);
  if (!key) return fail(Code::input, "'" + path + "': " + key.error().message, path);
  CheckSeed seed;
  ctx.random->fill(seed);
  if (const auto good = check_key(*key, seed); !good) {
    return fail(good.error().code, "'" + path + "': " + good.error().message, path);
  }
  CESS_TRY(print_head(ctx, key->head));
  return 0;
}

Result<int> inspect_public(const std::string& path, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const Bytes file, read_public_file(path));
  CESS_TRY_ASSIGN(const TaggerHead head, parse_tagger_head(file));
  CESS_TRY(ctx.print(head_to_json(head)));
  return 0;
}

}  // namespace

cli::Command keygen_command() {
  auto o = std::make_shared<KeygenOptions>();
  cli::Command c;
  c.name = "keygen";
  c.summary = "make a tagger key: the secret file and the public file beside it";
  c.declare = [o](cli::Options& opt) {
    opt.text("-o,--output", "FILE", o->out, "secret key file to create, mode 0600", true);
    opt.choice("--class", {"A", "B", "C"}, o->cls,
               "who vouches for the key: A attested, B staked gateway, C owner (default)");
    opt.text("--attestation", "HEX", o->attestation, "32-byte digest of an attestation");
  };
  c.run = [o](cli::Context& ctx) { return keygen(*o, ctx); };
  return c;
}

cli::Command check_key_command() {
  auto path = std::make_shared<std::string>();
  cli::Command c;
  c.name = "check-key";
  c.summary = "check that a public key is well made";
  c.declare = [path](cli::Options& opt) { opt.positional("PUB", *path, "public key file", true); };
  c.run = [path](cli::Context& ctx) { return check_public(*path, ctx); };
  return c;
}

cli::Command inspect_command() {
  auto path = std::make_shared<std::string>();
  cli::Command c;
  c.name = "inspect";
  c.summary = "print what a public key says as JSON";
  c.declare = [path](cli::Options& opt) { opt.positional("PUB", *path, "public key file", true); };
  c.run = [path](cli::Context& ctx) { return inspect_public(*path, ctx); };
  return c;
}

}  // namespace cess
