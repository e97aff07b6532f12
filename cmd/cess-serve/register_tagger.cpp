// SPDX-License-Identifier: Apache-2.0
// tagger-config: a service folder. register-tagger: its transaction.
#include <memory>

#include "audit/tagger_key.hpp"
#include "base/hex.hpp"
#include "chain/client/key_file.hpp"
#include "chain/client/send.hpp"
#include "chain/types/address.hpp"
#include "commands.hpp"
#include "crypto/sha256.hpp"
#include "sys/file.hpp"
#include "tagger_folder.hpp"

namespace cess {
namespace {

struct ConfigArgs {
  std::string folder;
  std::string node;
  std::string listen = "127.0.0.1:0";
  std::string endpoint;
  std::string cls = "C";
  std::string attestation;
  std::uint64_t capacity = tagger::JobLimits{}.capacity;
};

Status make_keys(const ConfigArgs& args, const Bytes& document, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const auto cls, parse_tagger_class(args.cls[0]));
  Secret<TaggerSecret::kRandomSize> random;
  ctx.random->fill(random.mut());
  const auto secret =
      TaggerSecret::make(random.view(), cls, document.empty() ? Hash256{} : sha256(document));
  const TaggerPublic pub = make_tagger_public(secret);
  std::string text = write_tagger_key(secret);
  const std::string path = args.folder + "/tagger.key";
  const Status written = write_file(path, as_bytes(text), {0600, false});
  wipe_text(text);
  CESS_TRY(written);
  CESS_TRY(write_file(tagger_public_path(path), encode_tagger_public(pub), {0644, false}));
  CESS_TRY_ASSIGN(const AccountKey account,
                  make_account_key(SignatureKind::ed25519, ctx.random->key()));
  CESS_TRY(client::write_key_file(args.folder + "/account.key", account));
  if (ctx.json) {
    return ctx.print(Json{{"schema", "cess.tagger_folder/1"},
                          {"folder", args.folder},
                          {"tagger", to_hex(pub.head.id)},
                          {"account", to_ss58(account.id)}});
  }
  return ctx.print(to_ss58(account.id));
}

Result<int> make_folder(const ConfigArgs& args, cli::Context& ctx) {
  Bytes document;
  if (!args.attestation.empty()) {
    CESS_TRY_ASSIGN(document, read_file(args.attestation, taggers::kDocumentSizeMax));
  }
  if ((args.cls == "A") && document.empty()) {
    return fail(Code::usage, "class A needs --attestation FILE");
  }
  CESS_TRY(make_dir(args.folder, 0700, false));
  tagger::TaggerConfig config;
  config.nodes = {args.node};
  config.listen = args.listen;
  config.endpoint = args.endpoint.empty() ? "https://" + args.listen : args.endpoint;
  config.limits.capacity = args.capacity;
  if (!document.empty()) {
    config.attestation = "attestation";
    CESS_TRY(write_file(args.folder + "/attestation", document, {0644, false}));
  }
  CESS_TRY(make_keys(args, document, ctx));
  CESS_TRY(write_file(args.folder + "/config.json", as_bytes(tagger::format_tagger_config(config)),
                      {0644, false}));
  return 0;
}

Result<int> register_tagger(const std::string& folder, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const auto f, read_tagger_folder(folder));
  auto rpc = client::RpcClient::lazy(f->config.nodes.front());
  CESS_TRY_ASSIGN(const auto info, client::synced_info(rpc));
  Bytes document;
  if (!f->config.attestation.empty()) {
    CESS_TRY_ASSIGN(document, read_file(f->config.attestation, taggers::kDocumentSizeMax));
  }
  CESS_TRY_ASSIGN(const auto call,
                  tagger::make_registration(f->secret, f->head, info.genesis, f->account.id,
                                            f->config.endpoint, std::move(document)));
  CESS_TRY_ASSIGN(const auto outcome, client::send(rpc, f->account, "taggers.register", call));
  if (!ctx.json) {
    CESS_TRY(ctx.print(to_hex(f->head.id)));
    return 0;
  }
  CESS_TRY(ctx.print(Json{{"schema", "cess.tagger_registered/1"},
                          {"tagger", to_hex(f->head.id)},
                          {"account", to_ss58(f->account.id)},
                          {"height", outcome.height},
                          {"txn", to_hex(outcome.hash)}}));
  return 0;
}

}  // namespace

cli::Command tagger_config_command() {
  auto args = std::make_shared<ConfigArgs>();
  cli::Command c;
  c.name = "tagger-config";
  c.summary = "make a tagger's service folder: keys and config.json";
  c.declare = [args](cli::Options& o) {
    o.text("-d,--dir", "DIR", args->folder, "folder to create", true);
    o.text("--node", "NODE", args->node, "URL of a node's RPC, or its folder", true);
    o.text("--listen", "HOST:PORT", args->listen, "where to listen (default 127.0.0.1:0)");
    o.text("--endpoint", "URL", args->endpoint,
           "how others reach it (default https:// and what --listen says)");
    o.choice("--class", {"A", "B", "C"}, args->cls,
             "who vouches: A attested, B staked, C owner (default)");
    o.text("--attestation", "FILE", args->attestation, "the attestation's document");
    o.size("--capacity", "SIZE", args->capacity, "bytes of uploads kept at once (default 16GiB)");
  };
  c.run = [args](cli::Context& ctx) { return make_folder(*args, ctx); };
  return c;
}

cli::Command register_tagger_command() {
  auto folder = std::make_shared<std::string>();
  cli::Command c;
  c.name = "register-tagger";
  c.summary = "register the tagger of a service folder on the chain";
  c.declare = [folder](cli::Options& o) {
    o.text("-d,--dir", "DIR", *folder, "the tagger's service folder", true);
  };
  c.run = [folder](cli::Context& ctx) { return register_tagger(*folder, ctx); };
  return c;
}

}  // namespace cess
