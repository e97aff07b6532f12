// SPDX-License-Identifier: Apache-2.0
// The verb without a name: a bundle in, the same bundle with tags out.
#include <algorithm>
#include <memory>
#include <thread>

#include "codec/custody.hpp"
#include "commands.hpp"
#include "key_file.hpp"
#include "pipeline.hpp"
#include "streams.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

struct TagOptions {
  std::string key;
  std::string out;
  std::string in;
  std::uint64_t threads = 0;
  std::string mask = "none";
  std::string agents;
  bool retag = false;
  bool force = false;
};

// Whom to trust with the mask key; empty without a mask.
Result<std::vector<Agent>> read_agents(const TagOptions& o) {
  if ((o.mask == "tee") == o.agents.empty()) {
    return fail(Code::usage, "--mask tee and --agents go together", {},
                "'cess-tag agents a.pub b.pub c.pub' makes the list");
  }
  if (o.agents.empty()) return std::vector<Agent>{};
  CESS_TRY_ASSIGN(const Bytes text, read_file(o.agents, 1U << 20U));
  return parse_agents(text, o.agents);
}

Result<int> tag_bundle(const TagOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(std::vector<Agent> agents, read_agents(o));
  CESS_TRY_ASSIGN(const TaggerSecret secret, read_key_file(o.key));
  CESS_TRY_ASSIGN(const Bytes pub, read_or_make_public(o.key, secret));
  CESS_TRY_ASSIGN(const TaggerHead head, parse_tagger_head(pub));
  auto tagger = Tagger::make(secret, head);
  if (!tagger) {
    return fail(tagger.error().code,
                "'" + public_path(o.key) + "' does not belong to '" + o.key +
                    "': " + tagger.error().message,
                public_path(o.key), "without the public file it is worked out afresh");
  }
  CESS_TRY_ASSIGN(BundleOutput out, create_bundle(ctx, o.out, o.force));
  CESS_TRY_ASSIGN(BundleInput in, open_bundle(ctx, o.in));
  const auto threads = o.threads != 0 ? static_cast<unsigned>(o.threads)
                                      : std::max(1U, std::thread::hardware_concurrency());
  TagPipeline pipeline(*tagger, pub, *ctx.random, {threads, o.retag, std::move(agents)});
  CESS_TRY_ASSIGN(const std::uint64_t count, pipeline.run(*in.source, *out.sink));
  CESS_TRY(out.commit());
  ctx.note("tagged " + std::to_string(count) + " fragments");
  return 0;
}

}  // namespace

cli::Command tag_command() {
  auto o = std::make_shared<TagOptions>();
  cli::Command c;
  c.name = "";
  c.summary = "tag every fragment of a bundle";
  c.declare = [o](cli::Options& opt) {
    opt.text("-k,--key", "FILE", o->key, "secret tagger key, mode 0600", true);
    opt.text("-o,--output", "FILE", o->out, "write the tagged bundle to FILE, '-' for stdout");
    opt.number("-T,--threads", "N", o->threads, 1, 1024, "threads (default: one per processor)");
    opt.choice("--mask", {"none", "tee"}, o->mask,
               "tee: mask the fragments with a key that nobody but the agents together knows");
    opt.text("--agents", "FILE", o->agents, "the agents, cess.agents/1; with --mask tee");
    opt.flag("--retag", o->retag, "replace tags that the bundle already has");
    opt.flag("--force", o->force, "replace an existing output file");
    opt.positional("BUNDLE", o->in, "bundle file or folder (default: stdin)");
  };
  c.run = [o](cli::Context& ctx) { return tag_bundle(*o, ctx); };
  return c;
}

}  // namespace cess
