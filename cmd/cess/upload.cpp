// SPDX-License-Identifier: Apache-2.0
// cess upload: encodes and tags into a work folder, declares, delivers, waits. The work folder is
// named after the input and the options, so that the same command goes on after a kill.
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "audit/tagger_key.hpp"
#include "base/hex.hpp"
#include "builtin.hpp"
#include "chain/client/key_file.hpp"
#include "chain/client/state.hpp"
#include "codec/keyring.hpp"
#include "crypto/sha256.hpp"
#include "network.hpp"
#include "transfer/chain_port.hpp"
#include "transfer/declare.hpp"
#include "transfer/deliver.hpp"
#include "transfer/miner_port.hpp"
#include "transfer/stage.hpp"

namespace cess {
namespace {

struct UploadOptions {
  std::string node = kDefaultNode;
  std::string key;
  std::string territory;
  std::vector<std::string> recipients;
  std::string passphrase_file;
  bool in_clear = false;
  std::string profile = "cess-4-8";
  std::uint64_t fragment_size = kDefaultFragmentSize;
  std::string mask = "owner";
  std::string tags = "own";
  std::string tagger_key;
  std::vector<std::string> regions;
  bool lease = false;
  std::uint64_t lease_gib = 1;
  std::uint64_t lease_days = 30;
  std::string work;
  std::uint64_t threads = 0;
  std::string name;
  std::vector<std::string> inputs;
};

std::string state_folder() {
  const auto env = [](const char* name) -> std::string {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? "" : value;
  };
  if (!env("XDG_STATE_HOME").empty()) return env("XDG_STATE_HOME") + "/cess";
  return (env("HOME").empty() ? "/var/tmp" : env("HOME") + "/.local/state") + "/cess";
}

Status make_folders(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return system_error("cannot create", path, error.value());
  return {};
}

Result<Profile> choose_profile(const UploadOptions& o) {
  CESS_TRY_ASSIGN(Profile p, parse_profile(o.profile));
  if (o.fragment_size > kFragmentSizeMax) {
    return fail(Code::usage, "--fragment-size is over 256 MiB");
  }
  p.fragment_size = static_cast<std::uint32_t>(o.fragment_size);
  if (auto ok = check_profile(p); !ok) return fail(Code::usage, ok.error().message);
  return p;
}

Result<Recipients> choose_recipients(const UploadOptions& o) {
  Recipients to;
  to.in_clear = o.in_clear;
  const int kinds = int{!o.recipients.empty()} + int{!o.passphrase_file.empty()} + int{o.in_clear};
  if (kinds != 1) {
    return fail(Code::usage, "who is to read this: one of --recipient, --passphrase-file, --public",
                {}, "cess-encode key new -o alice.key makes a key and alice.pub");
  }
  CESS_TRY_ASSIGN(to.keys, read_recipients(o.recipients));
  if (!o.passphrase_file.empty()) {
    CESS_TRY_ASSIGN(to.passphrase, read_passphrase(o.passphrase_file));
  }
  return to;
}

/// The user's own tagger, class C.
struct OwnTagger {
  std::optional<TaggerSecret> secret;
  std::optional<TaggerHead> head;
  Bytes public_file;
  std::optional<Tagger> tagger;
};

// Reads the key, or makes one at the default place.
Result<OwnTagger> open_tagger(const UploadOptions& o, cli::Context& ctx) {
  OwnTagger out;
  const std::string path = o.tagger_key.empty() ? state_folder() + "/tagger.key" : o.tagger_key;
  const std::string pub = tagger_public_path(path);
  if (o.tagger_key.empty() && !path_exists(path)) {
    CESS_TRY(make_folders(state_folder()));
    Bytes random(TaggerSecret::kRandomSize);
    ctx.random->fill(random);
    const TaggerSecret made = TaggerSecret::make(random);
    wipe(random);
    std::string text = write_tagger_key(made);
    const Status written = write_file(path, as_bytes(text), {.mode = 0600, .replace = false});
    wipe_text(text);
    CESS_TRY(written);
    ctx.note("made tagger key " + path);
  }
  CESS_TRY_ASSIGN(Bytes file, read_secret_file(path, kTaggerKeySizeMax));
  auto secret = parse_tagger_key(file, path);
  wipe(file);
  if (!secret) return tl::unexpected<Error>(secret.error());
  if (path_exists(pub)) {
    CESS_TRY_ASSIGN(out.public_file, read_file(pub, kTaggerPublicSize));
  } else {
    out.public_file = encode_tagger_public(make_tagger_public(*secret));
    CESS_TRY(write_file(pub, out.public_file, {.mode = 0644, .replace = true}));
  }
  CESS_TRY_ASSIGN(out.head, parse_tagger_head(out.public_file));
  CESS_TRY_ASSIGN(out.tagger, Tagger::make(*secret, *out.head));
  out.secret = std::move(*secret);
  return out;
}

/// One input and where it is staged.
struct Input {
  std::string path;  // empty: stdin
  std::optional<std::uint64_t> size;
  std::string folder;
};

Result<Input> place_input(const UploadOptions& o, const std::string& path, const Hash256& genesis,
                          cli::Context& ctx) {
  Input in;
  std::string id;
  if (path == "-") {
    std::array<std::uint8_t, 16> random{};
    ctx.random->fill(random);
    id = to_hex(random);
  } else {
    struct stat st {};
    if (::stat(path.c_str(), &st) != 0) return system_error("cannot open", path, errno);
    if (S_ISDIR(st.st_mode)) {
      return fail(Code::usage, "cannot upload '" + path + "': it is a folder", path,
                  "tar c '" + path + "' | cess upload ... -");
    }
    in.path = path;
    if (S_ISREG(st.st_mode)) in.size = static_cast<std::uint64_t>(st.st_size);
    std::error_code error;
    id = std::filesystem::canonical(path, error).string() + "\n" + std::to_string(st.st_size) +
         "\n" + std::to_string(st.st_mtim.tv_sec) + "." + std::to_string(st.st_mtim.tv_nsec);
  }
  for (const auto& r : o.recipients) id += "\n" + r;
  id += "\n" + o.passphrase_file + "\n" + o.profile + "\n" + std::to_string(o.fragment_size) +
        "\n" + o.mask + o.tags + o.tagger_key + (o.in_clear ? "+" : "-") + to_hex(genesis);
  const std::string work = o.work.empty() ? state_folder() + "/upload" : o.work;
  in.folder = work + "/" + to_hex(sha256(as_bytes(id))).substr(0, 32);
  CESS_TRY(make_folders(in.folder));
  return in;
}

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
    CESS_TRY_ASSIGN(const Input in, place_input(o_, path, chain_.genesis(), ctx_));
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
    CESS_TRY(declare_and_deliver(*staged));
    CESS_TRY(report(*staged));
    std::error_code ignored;
    std::filesystem::remove_all(in.folder, ignored);
    return {};
  }

 private:
  Result<transfer::Staged> make_bundle(const Input& in, const std::string& bundle,
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
    CESS_TRY_ASSIGN(const Fd opened, in.path.empty() ? Result<Fd>(Fd()) : open_read(in.path));
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
    auto staged = transfer::stage(in.path.empty() ? ctx_.in : opened.get(),
                                  in.path.empty() ? "standard input" : in.path, header, bundle,
                                  tagging, options, *ctx_.random);
    progress->finish();
    return staged;
  }

  Status declare_and_deliver(const transfer::Staged& staged) {
    transfer::Declaration d;
    d.territory = o_.territory;
    d.visibility = o_.in_clear ? files::Visibility::open : files::Visibility::restricted;
    d.rule.regions = o_.regions;
    CESS_TRY(transfer::declare(rpc_, key_, staged, d,
                               [this](const std::string& text) { ctx_.note(text); }));
    const auto progress = ctx_.make_progress("sending", staged.manifest().layout().stored_bytes());
    std::uint64_t shown = 0;
    std::string why;
    transfer::DeliverOptions options;
    options.progress = [&](const transfer::DeliverProgress& p) {
      if (p.bytes_sent > shown) progress->add(p.bytes_sent - shown);
      shown = std::max(shown, p.bytes_sent);
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
