// SPDX-License-Identifier: Apache-2.0
#include "tagger/upload.hpp"

#include <chrono>
#include <set>
#include <thread>

#include "base/hex.hpp"
#include "chain/client/state.hpp"
#include "chain/state/taggers/taggers.hpp"
#include "codec/custody.hpp"

namespace cess::tagger {
namespace {

constexpr std::chrono::milliseconds kRetry{500};
constexpr std::size_t kTaggersListed = 4096;
constexpr std::uint64_t kToldAfterMs = 5000;

/// Asks again while the tagger is busy and `go_on` agrees.
template <class Ask>
auto patient(const Ask& ask, const std::function<bool()>& go_on) {
  for (;;) {
    auto got = ask();
    if (got || got.error().code != Code::busy || (go_on && !go_on())) return got;
    std::this_thread::sleep_for(kRetry);
  }
}

}  // namespace

Result<UploadResult> upload_bundle(BundleSource& in, TaggerClient& to,
                                   const std::function<void(std::uint64_t)>& sent_bytes,
                                   const std::function<bool()>& go_on) {
  BundleEntry entry;
  CESS_TRY_ASSIGN(bool more, in.next(entry));
  if (!more || entry.kind != EntryKind::header) {
    return fail(Code::input, "the bundle does not begin with a header");
  }
  CESS_TRY_ASSIGN(const TaggerJobStatus job, patient([&] { return to.begin(entry.data); }, go_on));
  const std::set<FragmentPos> have(job.have.begin(), job.have.end());
  UploadResult out;
  out.job = job.job;
  std::string manifest;
  for (;;) {
    CESS_TRY_ASSIGN(more, in.next(entry));
    if (!more) break;
    if (entry.kind == EntryKind::manifest) manifest = std::string(as_text(entry.data));
    if (entry.kind != EntryKind::fragment) continue;
    ++out.fragments;
    if (job.state == "open" && !have.contains(entry.pos)) {
      CESS_TRY(patient([&] { return to.put(job.job, entry.pos, entry.data); }, go_on));
      ++out.sent;
    }
    if (sent_bytes) sent_bytes(entry.data.size());
  }
  CESS_TRY_ASSIGN(out.manifest, patient([&] { return to.seal(job.job, manifest); }, go_on));
  return out;
}

Result<std::optional<TaggerAt>> find_tagger(client::Rpc& rpc, const TaggerId& id) {
  CESS_TRY_ASSIGN(const auto r, client::get(rpc, taggers::kTaggers, id));
  if (!r) return std::optional<TaggerAt>();
  return std::optional(TaggerAt{id, r->endpoint, r->sign_key});
}

Result<std::vector<TaggerAt>> reachable_taggers(client::Rpc& rpc) {
  CESS_TRY_ASSIGN(const auto all,
                  client::list(rpc, "taggers.tagger", taggers::kTaggers, kTaggersListed));
  std::vector<TaggerAt> out;
  for (const auto& [key, r] : all) {
    // Without an endpoint nobody could ask it for its share.
    if (r.state != taggers::TaggerState::active || r.endpoint.empty()) continue;
    out.push_back({std::get<0>(key), r.endpoint, r.sign_key});
  }
  return out;
}

Status check_masked(const Manifest& plain, const Manifest& masked,
                    std::span<const TaggerAt> taggers) {
  const auto refuse = [](const std::string& why) {
    return fail(Code::input, "the tagger's manifest is refused: " + why);
  };
  if (!masked.custody) return refuse("it names no keepers of the mask key");
  if (encode_header(plain.header) != encode_header(masked.header) || plain.file != masked.file ||
      plain.length != masked.length || plain.name != masked.name ||
      plain.segments.size() != masked.segments.size()) {
    return refuse("it is of another file");
  }
  for (std::size_t s = 0; s < plain.segments.size(); ++s) {
    const auto& a = plain.segments[s];
    const auto& b = masked.segments[s];
    if (a.ciphertext_length != b.ciphertext_length || a.fragment_length != b.fragment_length ||
        a.roots.size() != b.roots.size()) {
      return refuse("it is of another file");
    }
    for (std::size_t c = 0; c < a.roots.size(); ++c) {
      if (a.roots[c] == b.roots[c]) return refuse("a fragment has no mask");
    }
  }
  std::set<TaggerId> known;
  for (const TaggerAt& t : taggers) known.insert(t.id);
  for (const MaskShare& share : masked.custody->shares) {
    if (!known.contains(share.agent)) return refuse("a keeper of the mask key is no tagger");
  }
  // A tagger may have joined or left since it looked: not the number it should be, but a majority.
  if (masked.custody->threshold != custody_threshold(masked.custody->shares.size())) {
    return refuse("too few keepers of the mask key");
  }
  return {};
}

Status await_delivery(const Fid& fid, const Hash256& job, TaggerClient& to,
                      transfer::ChainPort& chain, const AwaitOptions& options) {
  const std::string name = to_hex(fid);
  std::string said;
  std::uint64_t waited_ms = 0;
  for (;;) {
    CESS_TRY_ASSIGN(const auto file, chain.file(fid));
    if (!file) return fail(Code::no, "the chain does not know '" + name + "'", name);
    if (options.progress) options.progress(file->reported_count, file->slot_count);
    if (file->state == files::FileState::active) return {};
    if (file->state != files::FileState::placing) {
      const std::string state = files::kFileStateNames[static_cast<std::size_t>(file->state)];
      return fail(Code::no,
                  "cannot place '" + name + "': it is " + state +
                      (file->reason.empty() ? "" : ": " + file->reason),
                  name);
    }
    if (options.note) {
      const auto status = to.status(job);
      const std::string now = status ? status->note : status.error().message;
      if (now != said) waited_ms = 0;
      if (waited_ms >= kToldAfterMs && waited_ms < kToldAfterMs + options.poll_ms && !now.empty())
        options.note("waiting: " + now);
      waited_ms += options.poll_ms;
      said = now;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(options.poll_ms));
  }
}

}  // namespace cess::tagger
