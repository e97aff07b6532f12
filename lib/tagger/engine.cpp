// SPDX-License-Identifier: Apache-2.0
#include "tagger/engine.hpp"

#include <algorithm>
#include <set>

#include "base/hex.hpp"
#include "chain/types/address.hpp"
#include "codec/rebuild.hpp"
#include "crypto/sha256.hpp"
#include "json/json.hpp"
#include "merkle/tree.hpp"
#include "podr2/tag_file.hpp"

namespace cess::tagger {
namespace {

constexpr std::size_t kTagFileMax = 1U << 20U;

AccountId account_of(const Ed25519Public& key) { return AccountId::from(key); }

TaggerAnswer octets(Bytes bytes) {
  return {"application/octet-stream", std::string(as_text(bytes))};
}

tl::unexpected<Error> forbidden(std::string why) { return fail(Code::input, std::move(why)); }

const char* state_name(JobState state) {
  return state == JobState::open ? "open" : state == JobState::sealed ? "sealed" : "delivered";
}

}  // namespace

Result<TaggerAnswer> Engine::serve(const TaggerRoute& route, const Ed25519Public& caller,
                                   Bytes body) {
  auto done = dispatch(route, caller, std::move(body));
  if (!done) {
    const std::lock_guard lock(mutex_);
    ++counts_.refused;
  }
  return done;
}

Result<TaggerAnswer> Engine::dispatch(const TaggerRoute& route, const Ed25519Public& caller,
                                      Bytes body) {
  switch (route.op) {
    case TaggerOp::begin:
      return begin(account_of(caller), body);
    case TaggerOp::status:
    case TaggerOp::put:
    case TaggerOp::seal:
    case TaggerOp::drop:
      return job(route, account_of(caller), std::move(body));
    case TaggerOp::share:
      return share(route, caller, body);
    case TaggerOp::rebuild:
      return rebuild(route, caller, body);
    case TaggerOp::tags:
    case TaggerOp::manifest:
      return archive(route);
    case TaggerOp::metrics:
      return TaggerAnswer{"text/plain; version=0.0.4", format_metrics(counts(), p_.jobs.totals())};
    case TaggerOp::health:
      break;
  }
  CESS_TRY_ASSIGN(const Height height, p_.world.height());
  const JobTotals t = p_.jobs.totals();
  Json j;
  j["schema"] = "cess.tagger_health/1";
  j["tagger"] = to_hex(p_.keys.tagger.id());
  j["height"] = height;
  j["jobs_open"] = t.open;
  j["jobs_sealed"] = t.sealed;
  j["staged_bytes"] = t.bytes;
  return TaggerAnswer{"application/json", write_json(j)};
}

Asker Engine::asker() const {
  return {p_.keys.secret.sign_seed().clone(), p_.genesis, &p_.random, &p_.clock};
}

std::string Engine::status_text(const JobView& view) {
  TaggerJobStatus s;
  s.job = Hash256::from(view.id.view());
  s.state = state_name(view.state);
  s.fid = view.fid;
  s.have = view.have;
  const std::lock_guard lock(mutex_);
  if (const auto it = notes_.find(view.id); it != notes_.end()) s.note = it->second;
  return write_job_status(s);
}

Result<TaggerAnswer> Engine::begin(const AccountId& who, const Bytes& header) {
  CESS_TRY_ASSIGN(const bool exists, p_.world.has_account(who));
  if (!exists) return forbidden("account " + to_ss58(who) + " has nothing on the chain");
  CESS_TRY_ASSIGN(const JobView view, p_.jobs.begin(who, header, p_.clock.unix_seconds()));
  return TaggerAnswer{"application/json", status_text(view)};
}

Result<TaggerAnswer> Engine::job(const TaggerRoute& route, const AccountId& who, Bytes body) {
  const JobId id = JobId::from(route.job.view());
  const auto view = p_.jobs.find(id);
  if (!view || view->owner != who)
    return fail(Code::no, "no job " + to_hex(id) + " of this account");
  switch (route.op) {
    case TaggerOp::put: {
      CESS_TRY(p_.jobs.put(id, route.pos, std::move(body), p_.clock.unix_seconds()));
      const std::lock_guard lock(mutex_);
      ++counts_.fragments;
      return TaggerAnswer{};
    }
    case TaggerOp::seal: {
      std::vector<Agent> agents;
      if (view->state == JobState::open) {
        CESS_TRY_ASSIGN(const auto all, p_.world.taggers());
        for (const TaggerAt& t : all) agents.push_back({t.id, t.sign_key});
      }
      CESS_TRY_ASSIGN(std::string manifest, p_.jobs.seal(id, body, agents));
      const std::lock_guard lock(mutex_);
      ++counts_.sealed;
      return TaggerAnswer{"application/json", std::move(manifest)};
    }
    case TaggerOp::drop:
      CESS_TRY(p_.jobs.drop(id));
      return TaggerAnswer{};
    default:
      return TaggerAnswer{"application/json", status_text(*view)};
  }
}

Result<Engine::Known> Engine::known(const Fid& fid, const Bytes& text) {
  CESS_TRY_ASSIGN(const auto file, p_.world.file(fid));
  if (!file) return fail(Code::no, "the chain does not know file " + to_hex(fid));
  if (sha256(text) != file->manifest) {
    return fail(Code::input, "this is not the manifest whose digest the chain has");
  }
  CESS_TRY_ASSIGN(Manifest m, parse_manifest(text));
  if (m.fid != fid) return fail(Code::input, "the manifest is of another file");
  if (!m.custody) return fail(Code::input, "no agents keep a mask key of this file");
  return Known{*file, std::move(m)};
}

Result<files::RestoralOrder> Engine::claimed(const TaggerRoute& route) {
  CESS_TRY_ASSIGN(const auto order, p_.world.order(route.fid, route.segment, route.column));
  if (!order) return forbidden("there is no restoral order for this fragment");
  if (order->claimant.is_zero()) return forbidden("nobody has claimed this restoral order");
  CESS_TRY_ASSIGN(const Height now, p_.world.height());
  if (now > order->until) return forbidden("the claim of this restoral order has run out");
  return *order;
}

Result<TaggerAnswer> Engine::share(const TaggerRoute& route, const Ed25519Public& caller,
                                   const Bytes& body) {
  CESS_TRY_ASSIGN(const Known k, known(route.fid, body));
  const bool repair = route.purpose == SharePurpose::repair;
  std::string why;
  if (repair) {
    CESS_TRY_ASSIGN(const auto order, claimed(route));
    CESS_TRY_ASSIGN(const auto taggers, p_.world.taggers());
    const bool active = std::any_of(taggers.begin(), taggers.end(),
                                    [&](const TaggerAt& t) { return t.sign_key == caller; });
    if (!active) return forbidden("shares for repairs are for active taggers");
    why = "tagger " + to_hex(caller) + " to repair segment " + std::to_string(route.segment) +
          " column " + std::to_string(route.column) + " for miner " + to_ss58(order.claimant);
  } else {
    CESS_TRY_ASSIGN(const bool allowed, p_.world.may_read(route.fid, account_of(caller)));
    if (!allowed && k.file.visibility != files::Visibility::open) {
      return forbidden("the file is private, and not this account's to read");
    }
    why = "account " + to_ss58(account_of(caller)) + " to read";
  }
  CESS_TRY_ASSIGN(const ShamirShare share,
                  open_share(k.manifest.file, *k.manifest.custody, p_.keys.tagger.id(),
                             p_.keys.secret.sign_seed()));
  CESS_TRY_ASSIGN(Bytes sealed, seal_share(route.fid, share, route.reply, p_.random));
  p_.log("released a share of the mask key of file " + to_hex(route.fid) + ": " + why);
  const std::lock_guard lock(mutex_);
  ++(repair ? counts_.shares_repair : counts_.shares_read);
  return octets(std::move(sealed));
}

Result<TaggerAnswer> Engine::rebuild(const TaggerRoute& route, const Ed25519Public& caller,
                                     const Bytes& body) {
  CESS_TRY_ASSIGN(const Known k, known(route.fid, body));
  const Manifest& m = k.manifest;
  if (route.segment >= m.segments.size() || route.column >= m.profile().columns()) {
    return fail(Code::input, "the file has no such fragment");
  }
  CESS_TRY_ASSIGN(const auto order, claimed(route));
  CESS_TRY_ASSIGN(const auto miner_key, p_.world.miner_key(order.claimant));
  if (account_of(caller) != order.claimant && (!miner_key || *miner_key != caller)) {
    return forbidden("another miner has claimed this restoral order");
  }
  const auto own = open_share(m.file, *m.custody, p_.keys.tagger.id(), p_.keys.secret.sign_seed());
  const FindTagger find = [this](const TaggerId& id) { return p_.world.tagger(id); };
  CESS_TRY_ASSIGN(
      const Key256 mask,
      gather_mask_key(m, as_text(body), {SharePurpose::repair, route.segment, route.column}, find,
                      asker(), own ? &*own : nullptr));
  CESS_TRY_ASSIGN(const Group group, p_.world.fetch(m, route.segment));
  std::vector<FragmentBytes> have;
  std::set<std::uint16_t> seen;
  for (const Candidate& c : group.candidates) {
    if (have.size() == m.profile().k) break;
    if (c.state == Candidate::State::good && seen.insert(c.pos.index).second) {
      have.push_back({c.pos, c.data});
    }
  }
  const unsigned n = m.profile().n();
  const FragmentPos pos{route.segment, static_cast<std::uint16_t>(route.column % n),
                        static_cast<std::uint16_t>(route.column / n)};
  std::vector<Bytes> out;
  CESS_TRY(rebuild_fragments(out, m.profile(), &mask, have, {&pos, 1}));
  if (fragment_root(out[0]) != m.segments[route.segment].roots[route.column]) {
    return fail(Code::peer, "the rebuilt fragment does not have its root");
  }
  // Without the tagger that made them: miners keep the tag files of whole segments too.
  const Bytes tags = tags_of(route, m, pos).value_or(Bytes());
  p_.log("rebuilt fragment " + fragment_name(pos) + " of file " + to_hex(route.fid) +
         " for miner " + to_ss58(order.claimant));
  const std::lock_guard lock(mutex_);
  ++counts_.rebuilt;
  return octets(write_rebuilt(tags, out[0]));
}

// Tags are made once, by one tagger, with one nonce; whoever rebuilds asks for them.
Result<Bytes> Engine::tags_of(const TaggerRoute& route, const Manifest& manifest,
                              const FragmentPos& pos) {
  CESS_TRY_ASSIGN(const auto id, p_.world.tagger_of(route.fid, route.segment, route.column));
  if (!id || id->is_zero()) return Bytes();  // audit suite 2
  const auto fits = [&](const Bytes& file) {
    const auto tags = parse_tag_file(file);
    return tags && tags->descriptor.root == manifest.segments[route.segment].roots[route.column];
  };
  TaggerRoute ask = route;
  ask.op = TaggerOp::tags;
  ask.pos = pos;
  if (auto own = archive(ask); own) {
    const ByteView bytes = as_bytes(own->body);
    Bytes file(bytes.begin(), bytes.end());
    if (fits(file)) return file;
  }
  CESS_TRY_ASSIGN(const auto at, p_.world.tagger(*id));
  if (!at) return fail(Code::peer, "the tagger that made the fragment's tags is gone");
  CESS_TRY_ASSIGN(auto client, TaggerClient::connect(*at, asker()));
  CESS_TRY_ASSIGN(Bytes file, client.tags(route.fid, pos));
  if (!fits(file)) return fail(Code::peer, "the tagger's tag file is of another fragment");
  return file;
}

Result<TaggerAnswer> Engine::archive(const TaggerRoute& route) {
  const auto job = p_.jobs.by_fid(route.fid);
  if (!job) return fail(Code::no, "this tagger did not tag file " + to_hex(route.fid));
  const std::string folder = p_.jobs.bundle_folder(*job);
  if (route.op == TaggerOp::manifest) {
    CESS_TRY_ASSIGN(Bytes text, read_file(folder + "/manifest.json", kManifestSizeMax));
    return TaggerAnswer{"application/json", std::string(as_text(text))};
  }
  const std::string path = folder + "/tags/" + fragment_name(route.pos) + ".tag";
  if (!path_exists(path)) return fail(Code::no, "the file has no such fragment");
  CESS_TRY_ASSIGN(Bytes file, read_file(path, kTagFileMax));
  return octets(std::move(file));
}

void Engine::set_note(const JobId& job, std::string note) {
  const std::lock_guard lock(mutex_);
  if (note.empty()) {
    notes_.erase(job);
  } else {
    notes_[job] = std::move(note);
  }
}

void Engine::count_delivered() {
  const std::lock_guard lock(mutex_);
  ++counts_.delivered;
}

EngineCounts Engine::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::string format_metrics(const EngineCounts& c, const JobTotals& jobs) {
  std::string out;
  const auto counter = [&](const char* name, std::uint64_t value) {
    out += "# TYPE cess_tagger_" + std::string(name) + "_total counter\ncess_tagger_" + name +
           "_total " + std::to_string(value) + "\n";
  };
  const auto gauge = [&](const char* name, std::uint64_t value) {
    out += "# TYPE cess_tagger_" + std::string(name) + " gauge\ncess_tagger_" + name + " " +
           std::to_string(value) + "\n";
  };
  counter("fragments", c.fragments);
  counter("sealed", c.sealed);
  counter("delivered", c.delivered);
  counter("shares_read", c.shares_read);
  counter("shares_repair", c.shares_repair);
  counter("rebuilt", c.rebuilt);
  counter("refused", c.refused);
  gauge("jobs_open", jobs.open);
  gauge("jobs_sealed", jobs.sealed);
  gauge("jobs_kept", jobs.delivered);
  gauge("staged_bytes", jobs.bytes);
  return out;
}

}  // namespace cess::tagger
