// SPDX-License-Identifier: Apache-2.0
// agents, share, combine: custody of a mask key by hand, without a network.
#include <memory>

#include "base/hex.hpp"
#include "codec/custody.hpp"
#include "codec/keys.hpp"
#include "codec/manifest.hpp"
#include "commands.hpp"
#include "key_file.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

constexpr std::string_view kShareSchema = "cess.mask_share/1";
constexpr std::size_t kShareFileMax = 4096;

Result<Manifest> read_tee_manifest(const std::string& path) {
  CESS_TRY_ASSIGN(const Bytes text, read_file(path, kManifestSizeMax));
  CESS_TRY_ASSIGN(Manifest m, parse_manifest(text, path));
  if (!m.custody) return fail(Code::no, "no agents keep a mask key of '" + path + "'", path);
  return m;
}

/// To a new file of mode 0600, or standard output; the text is wiped.
Status write_secret_text(std::string& text, const std::string& path, cli::Context& ctx) {
  const Status written = path == "-" ? write_full(ctx.out, as_bytes(text), "standard output")
                                     : write_file(path, as_bytes(text), {.mode = 0600});
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return written;
}

Result<int> list_agents(const std::vector<std::string>& keys, cli::Context& ctx) {
  std::vector<Agent> agents;
  for (const std::string& path : keys) {
    CESS_TRY_ASSIGN(const Bytes file, read_public_file(path));
    CESS_TRY_ASSIGN(const TaggerHead head, parse_tagger_head(file));
    agents.push_back({head.id, head.sign_key});
  }
  const std::string text = write_agents(agents);
  CESS_TRY(parse_agents(as_bytes(text), "agents"));  // refuses one named twice
  CESS_TRY(ctx.print(text));
  return 0;
}

struct ShareOptions {
  std::string key;
  std::string manifest;
  std::string out;
};

Result<int> open_own_share(const ShareOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const TaggerSecret secret, read_key_file(o.key));
  CESS_TRY_ASSIGN(const Bytes pub, read_or_make_public(o.key, secret));
  CESS_TRY_ASSIGN(const TaggerHead head, parse_tagger_head(pub));
  CESS_TRY_ASSIGN(const Manifest m, read_tee_manifest(o.manifest));
  CESS_TRY_ASSIGN(const ShamirShare share,
                  open_share(m.file, *m.custody, head.id, secret.sign_seed()));
  Json j;
  j["schema"] = kShareSchema;
  j["file_id"] = to_hex(m.file);
  j["x"] = share.x;
  j["share"] = to_hex(share.value.view());
  std::string text = write_json(j) + "\n";
  CESS_TRY(write_secret_text(text, o.out, ctx));
  return 0;
}

struct CombineOptions {
  std::string manifest;
  std::string out;
  std::vector<std::string> shares;
};

Result<ShamirShare> read_share(const std::string& path, const FileId& file) {
  CESS_TRY_ASSIGN(Bytes text, read_secret_file(path, kShareFileMax));
  const auto doc = parse_json(as_text(text), path, {kShareFileMax, 2});
  wipe(text);
  if (!doc) return tl::unexpected<Error>(doc.error());
  const JsonView v(*doc, path);
  CESS_TRY(v.schema(kShareSchema));
  CESS_TRY_ASSIGN(const auto of, v.id<FileId>("file_id"));
  if (of != file) return fail(Code::input, "'" + path + "' is a share of another file", path);
  CESS_TRY_ASSIGN(const auto x, v.number("x", kCustodySharesMax));
  CESS_TRY_ASSIGN(Bytes value, v.hex("share", Key256::kSize));
  if (value.size() != Key256::kSize) return fail(Code::input, path + ": share is not 32 bytes");
  ShamirShare out{static_cast<std::uint8_t>(x), Key256(value)};
  wipe(value);
  return out;
}

Result<int> combine_shares(const CombineOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const Manifest m, read_tee_manifest(o.manifest));
  std::vector<ShamirShare> shares;
  for (const std::string& path : o.shares) {
    CESS_TRY_ASSIGN(ShamirShare share, read_share(path, m.file));
    if (!share_fits(m.file, *m.custody, share)) {
      ctx.warn("warning: '" + path + "' does not fit its digest in the manifest");
    }
    shares.push_back(std::move(share));
  }
  CESS_TRY_ASSIGN(const Key256 mask, combine_custody(m.file, *m.custody, shares));
  std::string text = write_mask_key(m.file, mask);
  CESS_TRY(write_secret_text(text, o.out, ctx));
  return 0;
}

}  // namespace

cli::Command agents_command() {
  auto keys = std::make_shared<std::vector<std::string>>();
  cli::Command c;
  c.name = "agents";
  c.summary = "list taggers as the agents who shall share mask keys";
  c.declare = [keys](cli::Options& opt) {
    opt.positionals("PUB", *keys, "public key files", true);
  };
  c.run = [keys](cli::Context& ctx) { return list_agents(*keys, ctx); };
  return c;
}

cli::Command share_command() {
  auto o = std::make_shared<ShareOptions>();
  cli::Command c;
  c.name = "share";
  c.summary = "open an agent's own share of a file's mask key";
  c.declare = [o](cli::Options& opt) {
    opt.text("-k,--key", "FILE", o->key, "the agent's secret tagger key, mode 0600", true);
    opt.text("-o,--output", "FILE", o->out, "the new file, mode 0600; - is stdout", true);
    opt.positional("MANIFEST", o->manifest, "manifest of the file", true);
  };
  c.run = [o](cli::Context& ctx) { return open_own_share(*o, ctx); };
  return c;
}

cli::Command combine_command() {
  auto o = std::make_shared<CombineOptions>();
  cli::Command c;
  c.name = "combine";
  c.summary = "put shares together to the mask key of a file";
  c.declare = [o](cli::Options& opt) {
    opt.text("-m,--manifest", "FILE", o->manifest, "manifest of the file", true);
    opt.text("-o,--output", "FILE", o->out, "the new file, mode 0600; - is stdout", true);
    opt.positionals("SHARE", o->shares, "files that 'cess-tag share' made", true);
  };
  c.run = [o](cli::Context& ctx) { return combine_shares(*o, ctx); };
  return c;
}

}  // namespace cess
