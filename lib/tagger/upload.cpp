// SPDX-License-Identifier: Apache-2.0
#include "tagger/upload.hpp"

#include <chrono>
#include <set>
#include <thread>

namespace cess::tagger {
namespace {

constexpr std::chrono::milliseconds kRetry{500};

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

}  // namespace cess::tagger
