// SPDX-License-Identifier: Apache-2.0
// The ingest check of a whole bundle: what a miner does before it takes fragments in.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/hex.hpp"
#include "commands.hpp"
#include "key_file.hpp"
#include "podr2/ingest.hpp"
#include "podr2/tag.hpp"
#include "streams.hpp"

namespace cess {
namespace {

constexpr std::size_t kWaitingMax = 64;  // fragments over all keys: 0.5 MB each
constexpr std::size_t kTaggersMax = 64;  // keys of one bundle: 0.8 MB each

struct CheckOptions {
  std::vector<std::string> taggers;
  std::string out;
  std::string in;
  bool force = false;
};

class Checker {
 public:
  Checker(cli::Context& ctx, bool fixed_keys) : ctx_(ctx), fixed_keys_(fixed_keys) {}

  /// A key that may tag; its own check happens here. Code::no when it is not well made.
  Status add_key(ByteView file);
  Status see(const BundleEntry& entry);
  /// Judges what is still waiting.
  void finish();

  std::uint64_t fragments = 0;
  std::uint64_t lone_tags = 0;
  std::vector<std::string> bad;

 private:
  struct Key {
    TaggerPublic pub;
    std::unique_ptr<IngestCheck> group;
    std::vector<FragmentPos> members;
  };
  void report(const FragmentPos& pos, const std::string& why);
  void take(const BundleEntry& entry);
  void judge(Key& key);
  void judge_all();
  void close_fragment();
  CheckSeed seed() {
    CheckSeed s;
    ctx_.random->fill(s);
    return s;
  }

  cli::Context& ctx_;
  bool fixed_keys_;
  std::map<TaggerId, Key> keys_;
  std::set<TaggerId> false_keys_;
  std::size_t waiting_ = 0;          // members of all keys
  std::optional<BundleEntry> open_;  // the fragment whose tags should come next
};

void Checker::report(const FragmentPos& pos, const std::string& why) {
  ctx_.warn("fragment " + fragment_name(pos) + ": " + why);
  bad.push_back(fragment_name(pos));
}

Status Checker::add_key(ByteView file) {
  CESS_TRY_ASSIGN(TaggerPublic pub, parse_tagger_public(file));
  const TaggerId id = pub.head.id;
  if (keys_.contains(id) || false_keys_.contains(id)) return {};
  if (keys_.size() + false_keys_.size() == kTaggersMax) {
    return fail(Code::input, "more than " + std::to_string(kTaggersMax) + " tagger keys");
  }
  if (auto checked = check_key(pub, seed()); !checked) {
    false_keys_.insert(id);
    return checked;
  }
  keys_.emplace(id, Key{std::move(pub), nullptr, {}});
  return {};
}

void Checker::judge(Key& key) {
  if (!key.group) return;
  for (const std::size_t i : key.group->finish()) {
    report(key.members[i], "its tags do not fit its bytes");
  }
  key.members.clear();
}

void Checker::judge_all() {
  for (auto& [id, key] : keys_) judge(key);
  waiting_ = 0;
}

void Checker::close_fragment() {
  if (open_) report(open_->pos, "has no tags");
  open_.reset();
}

void Checker::take(const BundleEntry& entry) {
  const auto tags = parse_tag_file(entry.data);
  if (!tags) return report(entry.pos, tags.error().message);
  const Descriptor& d = tags->descriptor;
  if (FragmentPos{d.segment, d.fragment, d.replica} != entry.pos) {
    return report(entry.pos, "its tag file is of another fragment");
  }
  const auto found = keys_.find(d.tagger);
  if (found == keys_.end()) {
    return report(entry.pos, false_keys_.contains(d.tagger)
                                 ? "tagged with a key that is not well made"
                                 : "no public key is given for its tagger " + to_hex(d.tagger));
  }
  Key& key = found->second;
  if (!open_ || open_->pos != entry.pos) {
    ++lone_tags;
    if (!verify_tag_signature(*tags, key.pub.head)) report(entry.pos, "the signature is false");
    return;
  }
  if (open_->file != d.file || open_->root != d.root) {
    return report(entry.pos, "its tag file is of another fragment");
  }
  if (!key.group) key.group = std::make_unique<IngestCheck>(key.pub, seed());
  if (const auto added = key.group->add(*tags, open_->data); !added) {
    return report(entry.pos, added.error().message);
  }
  key.members.push_back(entry.pos);
  if (++waiting_ == kWaitingMax) judge_all();
}

Status Checker::see(const BundleEntry& entry) {
  if (entry.kind == EntryKind::tags) {
    const bool own = open_ && open_->pos == entry.pos;
    if (!own) close_fragment();
    take(entry);
    if (own) open_.reset();
    return {};
  }
  close_fragment();
  if (entry.kind == EntryKind::fragment) {
    ++fragments;
    open_ = entry;
  }
  if (entry.kind == EntryKind::tagger && !fixed_keys_) {
    if (auto added = add_key(entry.data); !added) {
      if (added.error().code != Code::no) return added;
      ctx_.warn("tagger " + to_hex(entry.tagger) + ": " + added.error().message);
    }
  }
  return {};
}

void Checker::finish() {
  close_fragment();
  judge_all();
}

Result<int> check_bundle(const CheckOptions& o, cli::Context& ctx) {
  Checker checker(ctx, !o.taggers.empty());
  for (const std::string& path : o.taggers) {
    CESS_TRY_ASSIGN(const Bytes file, read_public_file(path));
    if (auto added = checker.add_key(file); !added) {
      return fail(added.error().code, "'" + path + "': " + added.error().message, path);
    }
  }
  std::optional<BundleOutput> out;
  if (!o.out.empty()) {
    CESS_TRY_ASSIGN(out, create_bundle(ctx, o.out, o.force));
  }
  CESS_TRY_ASSIGN(BundleInput in, open_bundle(ctx, o.in));
  // A manifest is held back until something follows it or everything is judged: whoever reads the
  // stream then misses its end when a tag is bad, and refuses it.
  std::optional<BundleEntry> held;
  BundleEntry entry;
  while (true) {
    CESS_TRY_ASSIGN(const bool more, in.source->next(entry));
    if (!more) break;
    CESS_TRY(checker.see(entry));
    if (!out) continue;
    if (held) CESS_TRY(out->sink->add(*held, held->data));
    held.reset();
    if (entry.kind == EntryKind::manifest) {
      held = entry;
    } else {
      CESS_TRY(out->sink->add(entry, entry.data));
    }
  }
  checker.finish();
  if (ctx.json && o.out != "-") {
    Json j;
    j["schema"] = "cess.tag_check/1";
    j["fragments"] = checker.fragments;
    j["tags_alone"] = checker.lone_tags;
    j["ok"] = checker.bad.empty();
    j["bad"] = checker.bad;
    CESS_TRY(ctx.print(j));
  }
  if (!checker.bad.empty()) {
    return fail(Code::no, std::to_string(checker.bad.size()) + " of " +
                              std::to_string(checker.fragments + checker.lone_tags) +
                              " fragments have no good tags");
  }
  if (out) {
    if (held) CESS_TRY(out->sink->add(*held, held->data));
    CESS_TRY(out->sink->finish());
    CESS_TRY(out->commit());
  }
  return 0;
}

}  // namespace

cli::Command check_command() {
  auto o = std::make_shared<CheckOptions>();
  cli::Command c;
  c.name = "check";
  c.summary = "check that the tags of a bundle fit its fragments";
  c.declare = [o](cli::Options& opt) {
    opt.texts("--tagger", "PUB", o->taggers,
              "accept this tagger only (repeatable; default: the keys in the bundle)");
    opt.text("-o,--output", "FILE", o->out, "pass the bundle on to FILE, '-' for stdout");
    opt.flag("--force", o->force, "replace an existing output file");
    opt.positional("BUNDLE", o->in, "bundle file or folder (default: stdin)");
  };
  c.run = [o](cli::Context& ctx) { return check_bundle(*o, ctx); };
  return c;
}

}  // namespace cess
