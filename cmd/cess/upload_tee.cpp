// SPDX-License-Identifier: Apache-2.0
// An upload through a tagger. The work folder holds `plain`, the bundle without a mask; `tagger`,
// whom it goes to; and `masked.json`, the manifest that came back, once there is one.
#include <filesystem>
#include <memory>

#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "tagger/jobs.hpp"
#include "tagger/upload.hpp"
#include "upload.hpp"

namespace cess {
namespace {

using tagger::TaggerAt;

class TeeUpload {
 public:
  TeeUpload(const UploadSession& s, const UploadInput& in) : s_(s), in_(in) {}

  Result<Manifest> run() {
    for (int attempt = 1;; ++attempt) {
      CESS_TRY(mask());
      CESS_TRY(declare_upload(s_, masked_, sha256(as_bytes(text_))));
      const Status done = await();
      if (done) return std::move(masked_);
      if (done.error().code != Code::no || attempt == kUploadDealsMax) {
        return tl::unexpected<Error>(done.error());
      }
      CESS_TRY_ASSIGN(const bool failed, has_failed(s_, masked_.fid));
      if (!failed) return tl::unexpected<Error>(done.error());
      s_.ctx.warn("going on with a new deal: " + done.error().message);
      // The tagger gives up a file whose deal has failed; another may be luckier.
      std::error_code ignored;
      std::filesystem::remove(masked_file(), ignored);
      std::filesystem::remove(tagger_file(), ignored);
    }
  }

 private:
  [[nodiscard]] std::string masked_file() const { return in_.folder + "/masked.json"; }
  [[nodiscard]] std::string tagger_file() const { return in_.folder + "/tagger"; }

  [[nodiscard]] tagger::Asker asker() const {
    tagger::Asker a;
    a.seed = s_.key.secret.clone();
    a.genesis = s_.chain.genesis();
    return a;
  }

  // Fills masked_ and text_.
  Status mask() {
    const std::string bundle = in_.folder + "/plain";
    if (!path_exists(bundle + "/manifest.json")) {
      CESS_TRY_ASSIGN(const auto sink, folder_writer(bundle, true));
      CESS_TRY(encode_input(s_, in_, false, *sink));
    }
    if (!path_exists(masked_file())) CESS_TRY(bring(bundle));
    CESS_TRY_ASSIGN(const Bytes text, read_file(masked_file(), kManifestSizeMax));
    CESS_TRY_ASSIGN(masked_, parse_manifest(text, masked_file()));
    text_ = std::string(as_text(text));
    return {};
  }

  Status bring(const std::string& bundle) {
    CESS_TRY_ASSIGN(const Bytes plain_text, read_file(bundle + "/manifest.json", kManifestSizeMax));
    CESS_TRY_ASSIGN(const Manifest plain, parse_manifest(plain_text));
    CESS_TRY_ASSIGN(const auto all, tagger::reachable_taggers(s_.rpc));
    CESS_TRY_ASSIGN(const auto order, in_order(all));
    Error last{Code::peer, "the network has no tagger that can be reached", {}, {}};
    for (const TaggerAt& at : order) {
      s_.ctx.note("tagger " + to_hex(at.id) + " at " + at.endpoint);
      const auto sent = bring_to(at, bundle, plain);
      if (sent) {
        CESS_TRY_ASSIGN(const Manifest masked, parse_manifest(as_bytes(*sent), "manifest"));
        CESS_TRY(tagger::check_masked(plain, masked, all));
        return write_file(masked_file(), as_bytes(*sent), {.mode = 0600, .replace = true});
      }
      last = sent.error();
      // It is away, or full: another one. What it says of the file every one would say.
      if (last.code != Code::peer && last.code != Code::busy) break;
      s_.ctx.note(last.message);
    }
    return tl::unexpected<Error>(last);
  }

  Result<std::string> bring_to(const TaggerAt& at, const std::string& bundle,
                               const Manifest& plain) {
    CESS_TRY_ASSIGN(auto client, tagger::TaggerClient::connect(at, asker()));
    CESS_TRY_ASSIGN(const auto source, folder_reader(bundle));
    const std::string name = to_hex(at.id) + "\n";
    CESS_TRY(write_file(tagger_file(), as_bytes(name), {.mode = 0600, .replace = true}));
    const auto progress = s_.ctx.make_progress("to the tagger", plain.layout().stored_bytes());
    unsigned refusals = 0;
    CESS_TRY_ASSIGN(auto done, tagger::upload_bundle(
                                   *source, client,
                                   [&](std::uint64_t bytes) {
                                     refusals = 0;
                                     progress->add(bytes);
                                   },
                                   [&] { return ++refusals < kRefusalsMax; }));
    progress->finish();
    s_.ctx.note("sent " + std::to_string(done.sent) + " of " + std::to_string(done.fragments) +
                " fragments");
    return std::move(done.manifest);
  }

  // The one asked for, or where an earlier run left off, or any, beginning anywhere.
  Result<std::vector<TaggerAt>> in_order(const std::vector<TaggerAt>& all) {
    if (!s_.o.tagger.empty()) {
      for (const TaggerAt& t : all) {
        if (s_.o.tagger == to_hex(t.id) || s_.o.tagger == t.endpoint) return std::vector{t};
      }
      return fail(Code::no, "the network has no active tagger '" + s_.o.tagger + "'", s_.o.tagger);
    }
    std::string before;
    if (const auto text = read_file(tagger_file(), 128)) before = as_text(*text);
    std::array<std::uint8_t, 4> chance{};
    s_.ctx.random->fill(chance);
    std::size_t first = all.empty() ? 0 : load_le<std::uint32_t>(chance.data()) % all.size();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (before.starts_with(to_hex(all[i].id))) first = i;
    }
    std::vector<TaggerAt> out;
    for (std::size_t i = 0; i < all.size(); ++i) out.push_back(all[(first + i) % all.size()]);
    return out;
  }

  Status await() {
    CESS_TRY_ASSIGN(const Bytes text, read_file(tagger_file(), 128));
    CESS_TRY_ASSIGN(const auto id, parse_id<TaggerId>(as_text(text).substr(0, 64), tagger_file()));
    CESS_TRY_ASSIGN(const auto at, tagger::find_tagger(s_.rpc, id));
    if (!at) return fail(Code::no, "tagger " + to_hex(id) + " is gone", to_hex(id));
    CESS_TRY_ASSIGN(auto client, tagger::TaggerClient::connect(*at, asker()));
    tagger::AwaitOptions options;
    const auto progress = s_.ctx.make_progress("stored", masked_.layout().stored_bytes());
    std::uint64_t shown = 0;
    options.note = [this](const std::string& note) { s_.ctx.warn(note); };
    options.progress = [&](std::uint32_t reported, std::uint32_t total) {
      if (total == 0) return;
      const std::uint64_t now = masked_.layout().stored_bytes() * reported / total;
      if (now > shown) progress->add(now - shown);
      shown = std::max(shown, now);
    };
    const auto job = Hash256::from(tagger::job_id(s_.key.id, masked_.file).view());
    CESS_TRY(tagger::await_delivery(masked_.fid, job, client, s_.chain, options));
    progress->finish();
    return {};
  }

  static constexpr unsigned kRefusalsMax = 240;  // half a second each

  const UploadSession& s_;
  const UploadInput& in_;
  Manifest masked_;
  std::string text_;
};

}  // namespace

Result<Manifest> upload_tee(const UploadSession& session, const UploadInput& in) {
  return TeeUpload(session, in).run();
}

}  // namespace cess
