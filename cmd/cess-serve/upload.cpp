// SPDX-License-Identifier: Apache-2.0
// upload: a bundle to a tagger. mask-key: a reader asks the agents. Both ask the chain where.
#include <memory>

#include "base/hex.hpp"
#include "chain/client/key_file.hpp"
#include "chain/client/rpc.hpp"
#include "codec/keys.hpp"
#include "commands.hpp"
#include "sys/file.hpp"
#include "tagger/upload.hpp"

namespace cess {
namespace {

struct Args {
  std::string node;
  std::string key;
  std::string tagger;
  std::string input;
  std::string out;
};

Result<tagger::Asker> asker_of(const Args& args, client::Rpc& rpc) {
  CESS_TRY_ASSIGN(AccountKey key, client::read_key_file(args.key));
  if (key.kind != SignatureKind::ed25519) {
    return fail(Code::usage, "requests are signed by Ed25519 accounts only", args.key);
  }
  CESS_TRY_ASSIGN(const auto info, client::synced_info(rpc));
  tagger::Asker asker;
  asker.seed = std::move(key.secret);
  asker.genesis = info.genesis;
  return asker;
}

/// The one that was named, or the first active one that answers.
Result<tagger::TaggerClient> connect(const Args& args, client::Rpc& rpc, const tagger::Asker& asker,
                                     cli::Context& ctx) {
  if (!args.tagger.empty()) {
    CESS_TRY_ASSIGN(const auto id, parse_id<TaggerId>(args.tagger, "--tagger"));
    CESS_TRY_ASSIGN(const auto found, tagger::find_tagger(rpc, id));
    if (!found) return fail(Code::no, "the chain knows no tagger " + args.tagger, args.tagger);
    return tagger::TaggerClient::connect(*found, asker);
  }
  CESS_TRY_ASSIGN(const auto all, tagger::reachable_taggers(rpc));
  for (const tagger::TaggerAt& at : all) {
    auto client = tagger::TaggerClient::connect(at, asker);
    if (client) return client;
    ctx.note("tagger " + to_hex(at.id) + ": " + client.error().message);
  }
  return fail(Code::peer, "no tagger answers");
}

Result<int> upload(const Args& args, cli::Context& ctx) {
  auto rpc = client::RpcClient::lazy(args.node);
  CESS_TRY_ASSIGN(const auto asker, asker_of(args, rpc));
  CESS_TRY_ASSIGN(auto client, connect(args, rpc, asker, ctx));
  Fd fd;
  const bool from_stdin = args.input.empty() || args.input == "-";
  if (!from_stdin) {
    CESS_TRY_ASSIGN(fd, open_read(args.input));
  }
  const auto source =
      from_stdin ? bundle_reader(ctx.in, "standard input") : bundle_reader(fd.get(), args.input);
  const auto progress = ctx.make_progress("uploading", {});
  CESS_TRY_ASSIGN(const auto done, tagger::upload_bundle(*source, client, [&](std::uint64_t bytes) {
                    progress->add(bytes);
                  }));
  progress->finish();
  ctx.note("sent " + std::to_string(done.sent) + " of " + std::to_string(done.fragments) +
           " fragments");
  CESS_TRY(ctx.print(done.manifest));
  return 0;
}

Result<int> mask_key(const Args& args, cli::Context& ctx) {
  auto rpc = client::RpcClient::lazy(args.node);
  CESS_TRY_ASSIGN(const auto asker, asker_of(args, rpc));
  CESS_TRY_ASSIGN(const Bytes file, read_file(args.input, kManifestSizeMax));
  // The line end that `cess-serve upload` printed is no part of the document.
  std::string_view text = as_text(file);
  while (text.ends_with('\n')) text.remove_suffix(1);
  CESS_TRY_ASSIGN(const Manifest m, parse_manifest(as_bytes(text), args.input));
  const auto find = [&rpc](const TaggerId& id) { return tagger::find_tagger(rpc, id); };
  CESS_TRY_ASSIGN(const Key256 mask, tagger::gather_mask_key(m, text, {}, find, asker));
  std::string key = write_mask_key(m.file, mask);
  const Status written = args.out == "-" ? write_full(ctx.out, as_bytes(key), "standard output")
                                         : write_file(args.out, as_bytes(key), {.mode = 0600});
  wipe({reinterpret_cast<std::uint8_t*>(key.data()), key.size()});
  CESS_TRY(written);
  return 0;
}

void declare_common(const std::shared_ptr<Args>& args, cli::Options& o) {
  o.text("--node", "NODE", args->node, "URL of a node's RPC, or its folder", true);
  o.text("-k,--key", "FILE", args->key, "key of the account that asks, mode 0600", true);
}

}  // namespace

cli::Command upload_command() {
  auto args = std::make_shared<Args>();
  cli::Command c;
  c.name = "upload";
  c.summary = "bring a bundle to a tagger; prints the masked manifest";
  c.declare = [args](cli::Options& o) {
    declare_common(args, o);
    o.text("--tagger", "ID", args->tagger, "this tagger (default: the first that answers)");
    o.positional("BUNDLE", args->input, "bundle with mask none (default: stdin)");
  };
  c.run = [args](cli::Context& ctx) { return upload(*args, ctx); };
  return c;
}

cli::Command mask_key_command() {
  auto args = std::make_shared<Args>();
  cli::Command c;
  c.name = "mask-key";
  c.summary = "ask the agents for the mask key of a file one may read";
  c.declare = [args](cli::Options& o) {
    declare_common(args, o);
    o.text("-o,--output", "FILE", args->out, "the new file, mode 0600; - is stdout", true);
    o.positional("MANIFEST", args->input, "manifest of the file", true);
  };
  c.run = [args](cli::Context& ctx) { return mask_key(*args, ctx); };
  return c;
}

}  // namespace cess
