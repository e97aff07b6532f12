// SPDX-License-Identifier: Apache-2.0
// cess upload: encodes into a work folder, declares, has it delivered, waits. The work folder is
// named after the input and the options, so that the same command goes on after a kill.
#include <filesystem>
#include <memory>

#include "base/hex.hpp"
#include "builtin.hpp"
#include "chain/client/key_file.hpp"
#include "chain/client/state.hpp"
#include "codec/encode.hpp"
#include "codec/keyring.hpp"
#include "economy/region.hpp"
#include "sys/process.hpp"
#include "tagger/upload.hpp"
#include "transfer/chain_port.hpp"
#include "transfer/declare.hpp"
#include "transfer/geoip.hpp"
#include "transfer/miner_port.hpp"
#include "transfer/region.hpp"
#include "upload.hpp"

namespace cess {
namespace {

AeadId best_aead() {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("aes")) return AeadId::chacha20_poly1305;
#endif
  return AeadId::aes_256_gcm;
}

// Renamed first: who is killed here must not find half a folder and begin anew.
void clear_folder(const std::string& folder) {
  const std::string gone = folder + ".gone";
  std::error_code ignored;
  std::filesystem::remove_all(gone, ignored);
  std::filesystem::rename(folder, gone, ignored);
  std::filesystem::remove_all(gone, ignored);
}

Status report_stored(const UploadSession& s, const Manifest& m) {
  if (!s.ctx.json) return s.ctx.print(to_hex(m.fid));
  return s.ctx.print(Json{{"schema", "cess.uploaded/1"},
                          {"fid", to_hex(m.fid)},
                          {"length", m.length},
                          {"stored_bytes", m.layout().stored_bytes()},
                          {"mask", s.o.mask},
                          {"territory", s.o.territory},
                          {"certificate", s.certificate ? Json(to_hex(*s.certificate)) : Json()}});
}

Result<files::RegionRule> rule_of(const UploadOptions& o) {
  files::RegionRule rule;
  rule.regions = o.regions;
  for (const std::string& code : rule.regions) {
    if (!valid_region(code)) {
      return fail(Code::usage,
                  "--region '" + code + "' is no country or part of one, as DE, US-CA");
    }
  }
  if (!o.region_file.empty()) {
    CESS_TRY_ASSIGN(const Bytes text, read_file(o.region_file, transfer::kGeoJsonSizeMax));
    CESS_TRY_ASSIGN(rule.polygon, transfer::parse_geojson_polygon(as_text(text), o.region_file));
  }
  if (!o.geoip.empty() && rule.regions.empty() && rule.polygon.empty()) {
    return fail(Code::usage, "--geoip is for --region and --region-file");
  }
  return rule;
}

constexpr std::size_t kMinersAskedMax = 1'000'000;

// --geoip: whom the database finds elsewhere than a miner says is denied by name.
Status deny_misplaced(const UploadSession& s, files::RegionRule& rule) {
  if (s.o.geoip.empty()) return {};
  CESS_TRY_ASSIGN(const auto database, transfer::GeoDatabase::open(s.o.geoip));
  CESS_TRY_ASSIGN(const auto listed,
                  client::list(s.rpc, "miners.miner", miners::kMiners, kMinersAskedMax));
  std::vector<std::pair<AccountId, miners::Miner>> all;
  all.reserve(listed.size());
  for (const auto& [key, miner] : listed) all.emplace_back(std::get<0>(key), miner);
  CESS_TRY_ASSIGN(const auto denied, transfer::deny_misplaced(rule, database, all));
  for (const AccountId& id : denied) {
    s.ctx.note("miner " + to_ss58(id) + " is not where it says, by '" + s.o.geoip + "': denied");
  }
  return {};
}

// What the options leave open: a tagger masks where there is one, unless one tags oneself.
Status choose_mask(UploadOptions& o, client::Rpc& rpc) {
  const bool tags_named = !o.tags.empty() || !o.tagger_key.empty();
  if (o.mask == "tee" && tags_named) {
    return fail(Code::usage, "--mask tee: the tagger tags, so no --tags and no --tagger-key");
  }
  if (!o.tagger.empty() && ((!o.mask.empty() && o.mask != "tee") || tags_named)) {
    return fail(Code::usage, "--tagger is for --mask tee");
  }
  if (o.tags.empty()) o.tags = "own";
  if (!o.tagger.empty()) o.mask = "tee";
  if (o.mask.empty() && tags_named) o.mask = "owner";
  if (!o.mask.empty()) return {};
  CESS_TRY_ASSIGN(const auto all, tagger::reachable_taggers(rpc));
  o.mask = all.empty() ? "owner" : "tee";
  return {};
}

// What the configuration of the network knows.
Status fill_in(UploadOptions& o, const client::Home& home) {
  if (o.key.empty()) o.key = home.account_key;
  if (o.key.empty()) return fail(Code::usage, "whose is the file: --key names the account's key");
  if (o.territory.empty()) o.territory = home.territory;
  if (o.territory.empty()) {
    return fail(Code::usage, "which leased space holds the file: --territory names it");
  }
  const bool readers = !o.recipients.empty() || !o.passphrase_file.empty() || o.in_clear;
  if (!readers && !home.identity.empty()) {
    o.recipients.push_back(age_public_path(home.identity));
  }
  return {};
}

Status upload_one(UploadSession& s, const std::string& path) {
  CESS_TRY_ASSIGN(UploadInput in, place_input(s.o, path, s.chain.genesis(), s.ctx));
  CESS_TRY_ASSIGN(const Fd lock, lock_file(in.folder + "/lock", true));
  if (s.o.rights) {
    CESS_TRY(keep_input(in, s.ctx));
    CESS_TRY_ASSIGN(s.certificate, certify_input(s.o, s.rpc, s.key, in, path, s.ctx));
  }
  CESS_TRY_ASSIGN(const Manifest stored, s.o.mask == "tee" ? upload_tee(s, in) : upload_own(s, in));
  CESS_TRY(report_stored(s, stored));
  clear_folder(in.folder);
  return {};
}

Result<int> run_upload(UploadOptions& o, cli::Context& ctx) {
  keep_freed_memory();
  CESS_TRY(choose_profile(o));
  CESS_TRY(rule_of(o));
  if (!o.geoip.empty()) CESS_TRY(transfer::GeoDatabase::open(o.geoip));
  if (!o.rights && (!o.parents.empty() || !o.terms.empty()))
    return fail(Code::usage, "--parent and --terms are for --rights");
  CESS_TRY_ASSIGN(FoundNetwork network, find_network(o.network));
  CESS_TRY(fill_in(o, network.home));
  CESS_TRY(choose_recipients(o));
  client::RpcClient& rpc = network.rpc;
  CESS_TRY_ASSIGN(const AccountKey key, client::read_key_file(o.key));
  if (key.kind != SignatureKind::ed25519) {
    return fail(Code::usage, "'" + o.key + "' is no Ed25519 key: miners know no others", o.key);
  }
  CESS_TRY_ASSIGN(const auto chain, transfer::open_chain(rpc, &key));
  const auto links = transfer::open_miners(chain->genesis(), &key.secret);
  if (o.lease) {
    CESS_TRY(transfer::lease_territory(rpc, key, o.territory,
                                       static_cast<std::uint32_t>(o.lease_gib),
                                       static_cast<std::uint32_t>(o.lease_days)));
  }
  CESS_TRY(choose_mask(o, rpc));
  UploadSession session{o, ctx, rpc, key, *chain, *links};
  for (const std::string& path : o.inputs) CESS_TRY(upload_one(session, path));
  return 0;
}

}  // namespace

Result<NewHeader> upload_header(const UploadSession& s, const UploadInput& in, bool masked) {
  CESS_TRY_ASSIGN(const Profile profile, choose_profile(s.o));
  if (in.size) {
    // Before the work, not after it.
    CESS_TRY(transfer::check_territory(s.rpc, s.key.id, s.o.territory,
                                       Layout(profile, *in.size).stored_bytes()));
  }
  CESS_TRY_ASSIGN(const Recipients to, choose_recipients(s.o));
  return make_header(profile, best_aead(), masked, to, *s.ctx.random);
}

Status show_encoding(const UploadSession& s, const UploadInput& in,
                     const std::function<Status(EncodeOptions&)>& work) {
  const auto progress = s.ctx.make_progress("encoding", in.size);
  EncodeOptions options;
  options.threads = thread_count(s.o.threads);
  options.name = s.o.name;
  options.progress = [&](std::uint64_t bytes) { progress->add(bytes); };
  const Status done = work(options);
  progress->finish();
  return done;
}

Result<Manifest> encode_input(const UploadSession& s, const UploadInput& in, bool masked,
                              BundleSink& sink) {
  CESS_TRY_ASSIGN(const NewHeader header, upload_header(s, in, masked));
  CESS_TRY_ASSIGN(const InputStream from, open_input(in, s.ctx));
  Manifest manifest;
  CESS_TRY(show_encoding(s, in, [&](EncodeOptions& options) -> Status {
    if (from.tree) options.source_status = [&from] { return from.tree->status(); };
    CESS_TRY_ASSIGN(manifest, encode_stream(from.fd, in.path.empty() ? "standard input" : in.path,
                                            header.header, header.keys, sink, options));
    return {};
  }));
  return manifest;
}

Status declare_upload(const UploadSession& s, const Manifest& manifest, const Hash256& digest) {
  CESS_TRY_ASSIGN(const auto known, client::get(s.rpc, files::kFiles, manifest.fid));
  CESS_TRY_ASSIGN(const bool drafted, transfer::is_drafted(s.rpc, s.key.id, manifest.fid));
  if (!known && !drafted) {
    CESS_TRY(transfer::check_territory(s.rpc, s.key.id, s.o.territory,
                                       manifest.layout().stored_bytes()));
  }
  transfer::Declaration d;
  d.territory = s.o.territory;
  d.certificate = s.certificate;
  d.visibility = s.o.in_clear ? files::Visibility::open : files::Visibility::restricted;
  CESS_TRY_ASSIGN(d.rule, rule_of(s.o));
  CESS_TRY(deny_misplaced(s, d.rule));
  return transfer::declare(s.rpc, s.key, manifest, digest, d,
                           [&s](const std::string& text) { s.ctx.note(text); });
}

Result<bool> has_failed(const UploadSession& s, const Fid& fid) {
  CESS_TRY_ASSIGN(const auto file, client::get(s.rpc, files::kFiles, fid));
  return file && file->state == files::FileState::failed;
}

cli::Command upload_command() {
  auto o = std::make_shared<UploadOptions>();
  cli::Command c;
  c.name = "upload";
  c.summary = "store files in the network: encode, declare, send to the drawn miners, wait";
  c.declare = [o](cli::Options& opt) {
    declare_network(opt, o->network);
    opt.text("-k,--key", "FILE", o->key, "key of the account that will own the file");
    opt.text("--territory", "NAME", o->territory, "leased space that holds it");
    opt.texts("-r,--recipient", "KEY", o->recipients,
              "who may read: an age1... string or a file of them; repeatable");
    opt.text("--passphrase-file", "FILE", o->passphrase_file,
             "who knows the first line of FILE may read");
    opt.flag("--public", o->in_clear, "everybody may read");
    opt.text("--profile", "NAME", o->profile, "cess-4-8 (default), paper, wp-3copy, or K+M");
    opt.size("--fragment-size", "SIZE", o->fragment_size, "a multiple of 64KiB; default 8MiB");
    opt.choice("--mask", {"tee", "owner", "none"}, o->mask,
               "who makes fragments unlike all others: a tagger of the network (default if it has "
               "one), the owner, nobody");
    opt.text("--tagger", "ID", o->tagger, "this tagger, by its id or URL (default: any)");
    opt.choice("--tags", {"own", "none"}, o->tags,
               "without a tagger: tags by a key of one's own (default), or audits by samples");
    opt.text("--tagger-key", "FILE", o->tagger_key, "that key; default one made at first use");
    opt.texts("--region", "CODE", o->regions, "only miners in DE, US-CA, ...; repeatable");
    opt.text("--region-file", "FILE", o->region_file, "only miners inside this GeoJSON polygon");
    opt.text("--geoip", "FILE", o->geoip, "and only whom this GeoIP database (.mmdb) finds there");
    opt.flag("--lease", o->lease, "lease the territory if there is none of that name");
    opt.number("--lease-gib", "N", o->lease_gib, 1, 1U << 30U, "how much (default 1)");
    opt.number("--lease-days", "N", o->lease_days, 1, 36'500, "how long (default 30)");
    opt.text("--work", "DIR", o->work, "folder for what uploads keep on their way");
    opt.flag("--spool", o->spool,
             "encode into the work folder first: FILE may change before all is sent");
    opt.number("-T,--threads", "N", o->threads, 1, 1024, "default: one for each processor");
    opt.text("--name", "NAME", o->name, "put a file name into the manifest, for all to see");
    opt.flag("--rights", o->rights, "register each file's fingerprint; refuse what is another's");
    opt.texts("--parent", "ID", o->parents, "of --rights: a work it derives from; repeatable");
    opt.text("--terms", "TEXT", o->terms, "of --rights: the licence in a few words, or a URI");
    opt.positionals("FILE", o->inputs, "what to store; - is standard input", true);
  };
  c.run = [o](cli::Context& ctx) { return run_upload(*o, ctx); };
  return c;
}

}  // namespace cess
