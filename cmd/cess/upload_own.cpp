// SPDX-License-Identifier: Apache-2.0
// An upload that needs nobody's service: encoded and tagged here, delivered from here. The work
// folder holds the bundle.
#include <algorithm>
#include <filesystem>
#include <memory>

#include "chain/client/state.hpp"
#include "codec/keyring.hpp"
#include "transfer/declare.hpp"
#include "transfer/deliver.hpp"
#include "transfer/late_tags.hpp"
#include "transfer/recoded.hpp"
#include "upload.hpp"

namespace cess {
namespace {

// Encoded only: tags are made while the chain works.
Result<transfer::Staged> stage_own(const UploadSession& s, const UploadInput& in,
                                   const std::string& bundle) {
  if (path_exists(bundle + "/manifest.json")) {
    auto left = transfer::Staged::open(bundle);
    const Status good = left ? left->check(true) : Status(tl::unexpected<Error>(left.error()));
    if (good) {
      s.ctx.note("going on with " + bundle);
      return left;
    }
    s.ctx.warn("what an earlier run left is damaged, encoding again: " + good.error().message);
  }
  CESS_TRY_ASSIGN(const auto out, folder_writer(bundle, true, FolderSync::none));
  CESS_TRY(encode_input(s, in, s.o.mask == "owner", *out));
  return transfer::Staged::open(bundle);
}

/// Where fragments and tags come from: the file itself, or a bundle that was made of it.
struct Source {
  InputStream file;
  std::unique_ptr<transfer::Recoded> recoded;
  std::optional<transfer::Staged> bundle;
  std::unique_ptr<transfer::LateTags> tags;

  [[nodiscard]] const transfer::Staged& staged() const {
    return recoded ? recoded->staged() : *bundle;
  }
};

// Only the roots are worked out: what is to be sent is made again.
Result<std::unique_ptr<transfer::Recoded>> recode_own(const UploadSession& s, const UploadInput& in,
                                                      int fd, const std::string& folder) {
  const std::size_t threads = thread_count(s.o.threads);
  if (transfer::Recoded::left_in(folder)) {
    auto left = transfer::Recoded::resume(fd, in.path, folder, threads);
    if (left) {
      s.ctx.note("going on with " + folder);
      return left;
    }
    s.ctx.warn("what an earlier run left is damaged, encoding again: " + left.error().message);
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  CESS_TRY_ASSIGN(NewHeader header, upload_header(s, in, s.o.mask == "owner"));
  std::unique_ptr<transfer::Recoded> made;
  CESS_TRY(show_encoding(s, in, [&](const EncodeOptions& options) -> Status {
    CESS_TRY_ASSIGN(made, transfer::Recoded::encode(fd, in.path, std::move(header), folder, options,
                                                    *s.ctx.random));
    return {};
  }));
  return made;
}

// Nothing of the other bytes was sent, and what was declared is not that file any more.
tl::unexpected<Error> refuse_changed(const std::string& folder, Error error) {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  error.hint = "the same command stores it as it is now; --spool keeps a copy while it is sent";
  return tl::unexpected<Error>(std::move(error));
}

Result<Source> open_source(const UploadSession& s, const UploadInput& in,
                           const transfer::Tagging& tagging) {
  Source out;
  const std::string folder = in.folder + "/bundle";
  const bool bundle_left =
      path_exists(folder + "/manifest.json") && !transfer::Recoded::left_in(folder);
  if (in.size && !in.tree && !s.o.spool && !bundle_left) {
    CESS_TRY_ASSIGN(out.file, open_input(in, s.ctx));
    CESS_TRY_ASSIGN(out.recoded, recode_own(s, in, out.file.fd, folder));
    CESS_TRY(out.recoded->begin(tagging));
    return out;
  }
  CESS_TRY_ASSIGN(out.bundle, stage_own(s, in, folder));
  return out;
}

constexpr std::uint64_t kToldAfterNs = 5'000'000'000;

/// Says why a delivery waits: with -v whenever that changes, else once it has lasted.
class WaitSayer {
 public:
  explicit WaitSayer(cli::Context& ctx)
      : ctx_(ctx), clock_(ctx.clock != nullptr ? *ctx.clock : system_clock()) {}

  void hear(const transfer::DeliverProgress& now) {
    const std::uint64_t now_ns = clock_.monotonic_ns();
    if (now.why != why_) {
      if (!now.why.empty()) ctx_.note("waiting: " + now.why);
      told_ = ctx_.verbose || now.why.empty();
    }
    if (now.why != why_ || now.bytes_sent != bytes_sent_) since_ns_ = now_ns;
    why_ = now.why;
    bytes_sent_ = now.bytes_sent;
    if (told_ || now_ns - since_ns_ < kToldAfterNs) return;
    ctx_.warn("waiting: " + why_);
    told_ = true;
  }

 private:
  cli::Context& ctx_;
  Clock& clock_;
  std::string why_;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t since_ns_ = 0;
  bool told_ = true;
};

Status deliver_own(const UploadSession& s, const Source& from, std::uint64_t& sent) {
  const transfer::Staged& staged = from.staged();
  const auto progress = s.ctx.make_progress("sending", staged.manifest().layout().stored_bytes());
  WaitSayer waiting(s.ctx);
  transfer::DeliverOptions options;
  options.progress = [&](const transfer::DeliverProgress& p) {
    if (p.bytes_sent > sent) progress->add(p.bytes_sent - sent);
    sent = std::max(sent, p.bytes_sent);
    waiting.hear(p);
  };
  if (from.recoded) {
    options.parallel = staged.manifest().profile().columns();
    options.tagged = [&](std::uint32_t segment) { return from.recoded->tagged(segment); };
    options.fragment = [&](std::uint32_t segment, std::uint16_t column) {
      return from.recoded->fragment(segment, column);
    };
  } else {
    options.tagged = [&](std::uint32_t segment) { return from.tags->wait(segment); };
  }
  options.warn = [&s](const std::string& text) { s.ctx.note(text); };
  CESS_TRY(transfer::deliver(staged, s.chain, s.links, options));
  progress->finish();
  return {};
}

}  // namespace

Result<Manifest> upload_own(const UploadSession& s, const UploadInput& in) {
  OwnTagger tagger;
  if (s.o.tags == "own") {
    CESS_TRY_ASSIGN(tagger, open_tagger(s.o, s.ctx));
    CESS_TRY(transfer::register_tagger(s.rpc, s.key, *tagger.secret, *tagger.head));
  }
  transfer::Tagging tagging;
  tagging.threads = static_cast<unsigned>(thread_count(s.o.threads));
  if (tagger.tagger) {
    tagging.tagger = &*tagger.tagger;
    tagging.public_file = tagger.public_file;
  }
  CESS_TRY_ASSIGN(Source from, open_source(s, in, tagging));
  if (from.bundle) {
    CESS_TRY_ASSIGN(from.tags, transfer::LateTags::start(*from.bundle, tagging, *s.ctx.random));
  }
  const transfer::Staged& staged = from.staged();
  // A deal that ran out of time while bytes went out is made again: what miners have, they keep.
  for (int attempt = 1;; ++attempt) {
    CESS_TRY(declare_upload(s, staged.manifest(), staged.manifest_digest()));
    std::uint64_t sent = 0;
    const Status done = deliver_own(s, from, sent);
    if (done) return staged.manifest();
    if (from.recoded && done.error().code == Code::input)
      return refuse_changed(staged.folder(), done.error());
    const bool again = done.error().code == Code::no && sent != 0 && attempt < kUploadDealsMax;
    CESS_TRY_ASSIGN(const bool failed, has_failed(s, staged.fid()));
    if (!again || !failed) return tl::unexpected<Error>(done.error());
    s.ctx.warn("the deal ran out of time, going on with a new one: " + done.error().message);
  }
}

}  // namespace cess
