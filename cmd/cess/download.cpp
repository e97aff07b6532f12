// SPDX-License-Identifier: Apache-2.0
// cess download: a stored file back, from any k miners of each segment.
#include <charconv>
#include <memory>

#include "base/hex.hpp"
#include "builtin.hpp"
#include "chain/client/key_file.hpp"
#include "codec/custody.hpp"
#include "codec/keyring.hpp"
#include "network.hpp"
#include "sys/file.hpp"
#include "sys/process.hpp"
#include "tagger/upload.hpp"
#include "transfer/chain_port.hpp"
#include "transfer/download.hpp"
#include "transfer/miner_port.hpp"
#include "upload.hpp"

namespace cess {
namespace {

struct DownloadArgs {
  NetworkOptions network;
  std::string fid;
  std::string output;
  std::string unpack;
  std::vector<std::string> identities;
  std::string passphrase_file;
  std::string key;
  std::string mask_key;
  std::string pay;
  std::string price_max;
  std::string pay_max;
  std::uint64_t offset = 0;
  std::uint64_t size = ~0ULL;
  bool force = false;
  std::uint64_t threads = 0;
};

// From the agents that keep it. They give it to who may read the file, and of a public one to
// everybody: then any key will do.
Result<Key256> ask_for_mask(const DownloadArgs& args, const Manifest& m, const Bytes& text,
                            const Hash256& genesis, client::Rpc& rpc, cli::Context& ctx) {
  tagger::Asker asker;
  asker.genesis = genesis;
  if (args.key.empty()) {
    asker.seed = ctx.random->key();
  } else {
    CESS_TRY_ASSIGN(AccountKey key, client::read_key_file(args.key));
    if (key.kind != SignatureKind::ed25519) {
      return fail(Code::usage, "'" + args.key + "' is no Ed25519 key: taggers know no others");
    }
    asker.seed = std::move(key.secret);
  }
  const auto find = [&rpc](const TaggerId& id) { return tagger::find_tagger(rpc, id); };
  auto mask = tagger::gather_mask_key(m, as_text(text), {}, find, asker);
  if (!mask && args.key.empty()) {
    mask.error().hint = "--key names the account that may read it";
  }
  return mask;
}

// What opens the file, but for the mask key of a tee file.
Result<FileKeys> open_keys(const DownloadArgs& args, const Manifest& m) {
  CESS_TRY_ASSIGN(const Identities who, read_identities(args.identities, args.passphrase_file));
  CESS_TRY_ASSIGN(FileKeys keys, open_header(m.header, who));
  if (!m.custody || args.mask_key.empty()) return keys;
  CESS_TRY_ASSIGN(Bytes text, read_secret_file(args.mask_key, 4096));
  auto mask = parse_mask_key(text, args.mask_key);
  wipe(text);
  if (!mask) return tl::unexpected<Error>(mask.error());
  if (!mask_key_fits(mask->file, *m.custody, mask->key) || mask->file != m.file) {
    return fail(Code::input, "'" + args.mask_key + "' is not the mask key of this file",
                args.mask_key);
  }
  keys.mask = std::move(mask->key);
  return keys;
}

// Who pays, out of channels that the next download goes on with.
struct Payer {
  Payer(AccountKey k, transfer::PurseOptions options)
      : key(std::move(k)), purse(key, std::move(options)) {}
  AccountKey key;
  transfer::Purse purse;
};

Result<std::unique_ptr<Payer>> open_purse(const DownloadArgs& args, const Hash256& genesis,
                                          const std::string& node, cli::Context& ctx) {
  if (args.pay.empty()) {
    if (args.price_max.empty() && args.pay_max.empty()) return std::unique_ptr<Payer>();
    return fail(Code::usage, "--price-max and --pay-max: only with --pay");
  }
  CESS_TRY_ASSIGN(AccountKey key, client::read_key_file(args.pay));
  transfer::PurseOptions options;
  if (!args.price_max.empty()) {
    CESS_TRY_ASSIGN(options.price_max, parse_tokens(args.price_max, "--price-max"));
  }
  if (!args.pay_max.empty()) {
    CESS_TRY_ASSIGN(options.deposits_max, parse_tokens(args.pay_max, "--pay-max"));
  }
  options.folder = state_folder() + "/channels/" + to_hex(genesis).substr(0, 16) + "/" +
                   to_hex(key.id).substr(0, 16);
  options.genesis = genesis;
  options.connect = [node] { return client::RpcClient::connect(node); };
  options.note = [&ctx](const std::string& text) { ctx.warn(text); };
  return std::make_unique<Payer>(std::move(key), std::move(options));
}

Result<int> run_download(DownloadArgs& args, cli::Context& ctx) {
  keep_freed_memory();
  CESS_TRY_ASSIGN(const Fid fid, parse_id<Fid>(args.fid, "FID"));
  if (!args.unpack.empty() && !args.output.empty()) {
    return fail(Code::usage, "--output and --unpack: only one of them");
  }
  const bool to_stdout = args.unpack.empty() && (args.output.empty() || args.output == "-");
  const bool part = args.offset != 0 || args.size != ~0ULL;
  if (part && !to_stdout) return fail(Code::usage, "--offset and --size write to stdout only");
  const std::string& target = args.unpack.empty() ? args.output : args.unpack;
  if (!to_stdout && (!args.force || !args.unpack.empty()) && path_exists(target)) {
    return fail(
        Code::usage, "'" + target + "' exists already", target,
        args.unpack.empty() ? "--force replaces it" : "a stored folder is unpacked into a new one");
  }
  CESS_TRY_ASSIGN(FoundNetwork network, find_network(args.network));
  if (args.key.empty()) args.key = network.home.account_key;
  if (args.identities.empty() && args.passphrase_file.empty() && !network.home.identity.empty()) {
    args.identities.push_back(network.home.identity);
  }
  client::RpcClient& rpc = network.rpc;
  CESS_TRY_ASSIGN(const auto chain, transfer::open_chain(rpc, nullptr));
  CESS_TRY_ASSIGN(const auto payer, open_purse(args, chain->genesis(), rpc.node(), ctx));
  const auto links = payer ? transfer::open_paid_miners(chain->genesis(), payer->purse)
                           : transfer::open_miners(chain->genesis(), nullptr);
  transfer::DownloadOptions options;
  options.threads = thread_count(args.threads);
  options.fetch.warn = [&ctx](const std::string& text) { ctx.warn("warning: " + text); };
  options.fetch.waiting = [&ctx](const std::string& text) { ctx.warn("waiting: " + text); };
  options.fetch.note = [&ctx](const std::string& text) { ctx.note(text); };
  CESS_TRY_ASSIGN(const Bytes text,
                  transfer::fetch_manifest_text(fid, *chain, *links, options.fetch));
  CESS_TRY_ASSIGN(const Manifest manifest, parse_manifest(text));
  CESS_TRY_ASSIGN(FileKeys keys, open_keys(args, manifest));
  if (manifest.custody && !keys.mask) {
    CESS_TRY_ASSIGN(keys.mask, ask_for_mask(args, manifest, text, chain->genesis(), rpc, ctx));
  }
  if (args.offset > manifest.length) {
    return fail(Code::no, "the range starts after the end of the file (" +
                              std::to_string(manifest.length) + " bytes)");
  }
  const std::uint64_t size = std::min(args.size, manifest.length - args.offset);
  const auto progress = ctx.make_progress("downloading", size);
  options.progress = [&](std::uint64_t bytes) { progress->add(bytes); };
  if (to_stdout) {
    CESS_TRY(transfer::download(
        manifest, keys, args.offset, size, *chain, *links,
        [&](ByteView bytes) { return write_full(ctx.out, bytes, "standard output"); }, options));
  } else if (!args.unpack.empty()) {
    CESS_TRY(transfer::download_tree(manifest, keys, args.unpack, *chain, *links, options));
  } else {
    CESS_TRY(
        transfer::download_file(manifest, keys, args.output, args.force, *chain, *links, options));
  }
  progress->finish();
  if (payer) ctx.note("paid for " + std::to_string(payer->purse.paid_bytes()) + " bytes");
  return 0;
}

}  // namespace

cli::Command download_command() {
  auto args = std::make_shared<DownloadArgs>();
  cli::Command c;
  c.name = "download";
  c.summary = "get a stored file back from whichever miners answer";
  c.declare = [args](cli::Options& opt) {
    declare_network(opt, args->network);
    opt.texts("-i,--identity", "FILE", args->identities, "file of AGE-SECRET-KEY-1...; repeatable");
    opt.text("--passphrase-file", "FILE", args->passphrase_file, "the first line of FILE opens it");
    opt.text("-k,--key", "FILE", args->key,
             "key of an account that may read a private file that a tagger masked");
    opt.text("--mask-key", "FILE", args->mask_key, "its mask key, so that nobody is asked for it");
    opt.text("--pay", "FILE", args->pay,
             "key of an account that pays the miners for what they send");
    opt.text("--price-max", "TOKENS", args->price_max,
             "nothing is paid to who asks more for a MiB (0.01)");
    opt.text("--pay-max", "TOKENS", args->pay_max,
             "put no more into channels, the rest of which comes back (20)");
    opt.number("--offset", "N", args->offset, 0, ~0ULL, "begin at this byte");
    opt.number("--size", "N", args->size, 0, ~0ULL, "at most so many bytes");
    opt.text("-o,--output", "FILE", args->output, "write to FILE, whole or not at all");
    opt.text("-x,--unpack", "DIR", args->unpack,
             "unpack a stored folder into the new folder DIR, whole or not at all");
    opt.flag("--force", args->force, "replace an existing FILE");
    opt.number("-T,--threads", "N", args->threads, 1, 1024, "default: one for each processor");
    opt.positional("FID", args->fid, "the file", true);
  };
  c.run = [args](cli::Context& ctx) { return run_download(*args, ctx); };
  return c;
}

}  // namespace cess
