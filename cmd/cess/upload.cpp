// SPDX-License-Identifier: Apache-2.0
// cess upload: encodes and tags into a work folder, declares, delivers, waits. The work folder is
// named after the input and the options, so that the same command goes on after a kill.
#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/hex.hpp"
#include "builtin.hpp"
#include "chain/client/key_file.hpp"
#include "chain/client/state.hpp"
#include "codec/keyring.hpp"
#include "transfer/chain_port.hpp"
#include "transfer/declare.hpp"
#include "transfer/deliver.hpp"
#include "transfer/miner_port.hpp"
#include "transfer/stage.hpp"
#include "upload.hpp"

namespace cess {
namespace {

constexpr int kDealsMax = 5;

AeadId best_aead() {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("aes")) return AeadId::chacha20_poly1305;
#endif
  return AeadId::aes_256_gcm;
}

class Upload {
 public:
  Upload(const UploadOptions& o, cli::Context& ctx, client::Rpc& rpc, const AccountKey& key,
         transfer::ChainPort& chain, transfer::MinerLinks& links)
      : o_(o), ctx_(ctx), rpc_(rpc), key_(key), chain_(chain), links_(links) {}

  Status run(const std::string& path) {
    CESS_TRY_ASSIGN(const UploadInput in, place_input(o_, path, chain_.genesis(), ctx_));
    CESS_TRY_ASSIGN(const Fd lock, lock_file(in.folder + "/lock", true));
    const std::string bundle = in.folder + "/bundle";
    std::optional<transfer::Staged> staged;
    OwnTagger tagger;
    if (o_.tags == "own") {
      CESS_TRY_ASSIGN(tagger, open_tagger(o_, ctx_));
      CESS_TRY(transfer::register_tagger(rpc_, key_, *tagger.secret, *tagger.head));
    }
    if (path_exists(bundle + "/manifest.json")) {
      CESS_TRY_ASSIGN(staged, transfer::Staged::open(bundle));
      ctx_.note("going on with " + bundle);
    } else {
      CESS_TRY_ASSIGN(staged, make_bundle(in, bundle, tagger));
    }
    CESS_TRY_ASSIGN(const auto known, client::get(rpc_, files::kFiles, staged->fid()));
    CESS_TRY_ASSIGN(const bool drafted, transfer::is_drafted(rpc_, key_.id, staged->fid()));
    if (!known && !drafted) {
      CESS_TRY(transfer::check_territory(rpc_, key_.id, o_.territory,
                                         staged->manifest().layout().stored_bytes()));
    }
    CESS_TRY(store(*staged));
    CESS_TRY(report(*staged));
    clear(in.folder);
    return {};
  }

 private:
  // Renamed first: who is killed here must not find half a folder and begin anew.
  static void clear(const std::string& folder) {
    const std::string gone = folder + ".gone";
    std::error_code ignored;
    std::filesystem::remove_all(gone, ignored);
    std::filesystem::rename(folder, gone, ignored);
    std::filesystem::remove_all(gone, ignored);
  }

  Result<transfer::Staged> make_bundle(const UploadInput& in, const std::string& bundle,
                                       OwnTagger& tagger) {
    CESS_TRY_ASSIGN(const Profile profile, choose_profile(o_));
    if (in.size) {
      // Before the work, not after it.
      CESS_TRY(transfer::check_territory(rpc_, key_.id, o_.territory,
                                         Layout(profile, *in.size).stored_bytes()));
    }
    CESS_TRY_ASSIGN(const Recipients to, choose_recipients(o_));
    CESS_TRY_ASSIGN(const NewHeader header,
                    make_header(profile, best_aead(), o_.mask == "owner", to, *ctx_.random));
    CESS_TRY_ASSIGN(const InputStream from, open_input(in, ctx_));
    const auto progress = ctx_.make_progress("encoding", in.size);
    transfer::Tagging tagging;
    tagging.threads = static_cast<unsigned>(thread_count(o_.threads));
    if (tagger.tagger) {
      tagging.tagger = &*tagger.tagger;
      tagging.public_file = tagger.public_file;
    }
    EncodeOptions options;
    options.name = o_.name;
    options.progress = [&](std::uint64_t bytes) { progress->add(bytes); };
    if (from.tree) options.source_status = [&from] { return from.tree->status(); };
    auto staged = transfer::stage(from.fd, in.path.empty() ? "standard input" : in.path, header,
                                  bundle, tagging, options, *ctx_.random);
    progress->finish();
    return staged;
  }

  // A deal that ran out of time while bytes went out is made again: what miners have, they keep.
  Status store(const transfer::Staged& staged) {
    for (int attempt = 1;; ++attempt) {
      CESS_TRY(declare(staged));
      std::uint64_t sent = 0;
      const Status done = deliver(staged, sent);
      if (done || done.error().code != Code::no || sent == 0 || attempt == kDealsMax) return done;
      CESS_TRY_ASSIGN(const auto file, client::get(rpc_, files::kFiles, staged.fid()));
      if (!file || file->state != files::FileState::failed) return done;
      ctx_.warn("the deal ran out of time, going on with a new one: " + done.error().message);
    }
  }

  Status declare(const transfer::Staged& staged) {
    transfer::Declaration d;
    d.territory = o_.territory;
    d.visibility = o_.in_clear ? files::Visibility::open : files::Visibility::restricted;
    d.rule.regions = o_.regions;
    return transfer::declare(rpc_, key_, staged, d,
                             [this](const std::string& text) { ctx_.note(text); });
  }

  Status deliver(const transfer::Staged& staged, std::uint64_t& sent) {
    const auto progress = ctx_.make_progress("sending", staged.manifest().layout().stored_bytes());
    std::string why;
    transfer::DeliverOptions options;
    options.progress = [&](const transfer::DeliverProgress& p) {
      if (p.bytes_sent > sent) progress->add(p.bytes_sent - sent);
      sent = std::max(sent, p.bytes_sent);
      if (p.why != why && !p.why.empty()) ctx_.note("waiting: " + p.why);
      why = p.why;
    };
    options.warn = [this](const std::string& text) { ctx_.note(text); };
    CESS_TRY(transfer::deliver(staged, chain_, links_, options));
    progress->finish();
    return {};
  }

  Status report(const transfer::Staged& staged) {
    if (!ctx_.json) return ctx_.print(to_hex(staged.fid()));
    return ctx_.print(Json{{"schema", "cess.uploaded/1"},
                           {"fid", to_hex(staged.fid())},
                           {"length", staged.manifest().length},
                           {"stored_bytes", staged.manifest().layout().stored_bytes()},
                           {"territory", o_.territory}});
  }

  const UploadOptions& o_;
  cli::Context& ctx_;
  client::Rpc& rpc_;
  const AccountKey& key_;
  transfer::ChainPort& chain_;
  transfer::MinerLinks& links_;
};

Result<int> run_upload(const UploadOptions& o, cli::Context& ctx) {
  CESS_TRY(choose_profile(o));
  CESS_TRY(choose_recipients(o));
  CESS_TRY_ASSIGN(const AccountKey key, client::read_key_file(o.key));
  if (key.kind != SignatureKind::ed25519) {
    return fail(Code::usage, "'" + o.key + "' is no Ed25519 key: miners know no others", o.key);
  }
  CESS_TRY_ASSIGN(client::RpcClient rpc, client::RpcClient::connect(o.node));
  CESS_TRY_ASSIGN(const auto chain, transfer::open_chain(rpc, &key));
  const auto links = transfer::open_miners(chain->genesis(), &key.secret);
  if (o.lease) {
    CESS_TRY(transfer::lease_territory(rpc, key, o.territory,
                                       static_cast<std::uint32_t>(o.lease_gib),
                                       static_cast<std::uint32_t>(o.lease_days)));
  }
  Upload upload(o, ctx, rpc, key, *chain, *links);
  for (const std::string& path : o.inputs) CESS_TRY(upload.run(path));
  return 0;
}

}  // namespace

cli::Command upload_command() {
  auto o = std::make_shared<UploadOptions>();
  cli::Command c;
  c.name = "upload";
  c.summary = "store files in the network: encode, declare, send to the drawn miners, wait";
  c.declare = [o](cli::Options& opt) {
    declare_node(opt, o->node);
    opt.text("-k,--key", "FILE", o->key, "key of the account that will own the file", true);
    opt.text("--territory", "NAME", o->territory, "leased space that holds it", true);
    opt.texts("-r,--recipient", "KEY", o->recipients,
              "who may read: an age1... string or a file of them; repeatable");
    opt.text("--passphrase-file", "FILE", o->passphrase_file,
             "who knows the first line of FILE may read");
    opt.flag("--public", o->in_clear, "everybody may read");
    opt.text("--profile", "NAME", o->profile, "cess-4-8 (default), paper, wp-3copy, or K+M");
    opt.size("--fragment-size", "SIZE", o->fragment_size, "a multiple of 64KiB; default 8MiB");
    opt.choice("--mask", {"none", "owner"}, o->mask, "what makes replicas differ; default owner");
    opt.choice("--tags", {"own", "none"}, o->tags,
               "tags by a key of one's own (default), or audits by samples");
    opt.text("--tagger-key", "FILE", o->tagger_key, "that key; default one made at first use");
    opt.texts("--region", "CODE", o->regions, "only miners in DE, US-CA, ...; repeatable");
    opt.flag("--lease", o->lease, "lease the territory if there is none of that name");
    opt.number("--lease-gib", "N", o->lease_gib, 1, 1U << 30U, "how much (default 1)");
    opt.number("--lease-days", "N", o->lease_days, 1, 36'500, "how long (default 30)");
    opt.text("--work", "DIR", o->work, "folder for bundles on their way");
    opt.number("-T,--threads", "N", o->threads, 1, 1024, "default: one for each processor");
    opt.text("--name", "NAME", o->name, "put a file name into the manifest, for all to see");
    opt.positionals("FILE", o->inputs, "what to store; - is standard input", true);
  };
  c.run = [o](cli::Context& ctx) { return run_upload(*o, ctx); };
  return c;
}

}  // namespace cess
