// SPDX-License-Identifier: Apache-2.0
// An upload that needs nobody's service: encoded and tagged here, delivered from here. The work
// folder holds the bundle.
#include <algorithm>
#include <memory>

#include "chain/client/state.hpp"
#include "codec/keyring.hpp"
#include "transfer/declare.hpp"
#include "transfer/deliver.hpp"
#include "transfer/late_tags.hpp"
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

Status deliver_own(const UploadSession& s, const transfer::Staged& staged, transfer::LateTags& tags,
                   std::uint64_t& sent) {
  const auto progress = s.ctx.make_progress("sending", staged.manifest().layout().stored_bytes());
  std::string why;
  transfer::DeliverOptions options;
  options.progress = [&](const transfer::DeliverProgress& p) {
    if (p.bytes_sent > sent) progress->add(p.bytes_sent - sent);
    sent = std::max(sent, p.bytes_sent);
    if (p.why != why && !p.why.empty()) s.ctx.note("waiting: " + p.why);
    why = p.why;
  };
  options.tagged = [&tags](std::uint32_t segment) { return tags.wait(segment); };
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
  CESS_TRY_ASSIGN(const auto staged, stage_own(s, in, in.folder + "/bundle"));
  transfer::Tagging tagging;
  tagging.threads = static_cast<unsigned>(thread_count(s.o.threads));
  if (tagger.tagger) {
    tagging.tagger = &*tagger.tagger;
    tagging.public_file = tagger.public_file;
  }
  CESS_TRY_ASSIGN(const auto tags, transfer::LateTags::start(staged, tagging, *s.ctx.random));
  // A deal that ran out of time while bytes went out is made again: what miners have, they keep.
  for (int attempt = 1;; ++attempt) {
    CESS_TRY(declare_upload(s, staged.manifest(), staged.manifest_digest()));
    std::uint64_t sent = 0;
    const Status done = deliver_own(s, staged, *tags, sent);
    if (done) return staged.manifest();
    const bool again = done.error().code == Code::no && sent != 0 && attempt < kUploadDealsMax;
    CESS_TRY_ASSIGN(const bool failed, has_failed(s, staged.fid()));
    if (!again || !failed) return tl::unexpected<Error>(done.error());
    s.ctx.warn("the deal ran out of time, going on with a new one: " + done.error().message);
  }
}

}  // namespace cess
