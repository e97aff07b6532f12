// SPDX-License-Identifier: Apache-2.0
// A bundle to a tagger: what `cess upload` and scripts do before they declare a file.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "chain/client/rpc.hpp"
#include "codec/bundle.hpp"
#include "tagger/client.hpp"
#include "transfer/ports.hpp"

namespace cess::tagger {

struct UploadResult {
  Hash256 job;
  std::string manifest;  ///< masked; what is to be declared
  std::uint64_t fragments = 0;
  std::uint64_t sent = 0;  ///< of these; the tagger had the others
};

/// Reads a bundle encoded with mask none and brings it to the tagger; constant memory. What the
/// tagger has from an earlier attempt with the same bundle is not sent again. A busy tagger is
/// asked again until `go_on` says no (then Code::busy). `sent_bytes`: progress.
Result<UploadResult> upload_bundle(BundleSource& in, TaggerClient& to,
                                   const std::function<void(std::uint64_t)>& sent_bytes = {},
                                   const std::function<bool()>& go_on = {});

/// Active taggers that can be reached, as the chain lists them: they mask, and keep shares.
Result<std::vector<TaggerAt>> reachable_taggers(client::Rpc& rpc);
/// One of them; nothing when the chain does not know it.
Result<std::optional<TaggerAt>> find_tagger(client::Rpc& rpc, const TaggerId& id);

/// Whether `masked` is what a tagger should have made of `plain`: the same file but for roots, its
/// mask key with as many of `taggers` as there should be. What the roots are of, only who has the
/// key can tell. Code::input.
Status check_masked(const Manifest& plain, const Manifest& masked,
                    std::span<const TaggerAt> taggers);

struct AwaitOptions {
  std::uint64_t poll_ms = 500;
  /// Why the tagger is no farther, when that has been so for five seconds; once for each reason.
  std::function<void(const std::string&)> note;
  std::function<void(std::uint32_t reported, std::uint32_t total)> progress;  ///< slots
};
/// Until a declared file is active that a tagger delivers. Code::no: the deal failed; the message
/// has the chain's reason. `to` may be away in between.
Status await_delivery(const Fid& fid, const Hash256& job, TaggerClient& to,
                      transfer::ChainPort& chain, const AwaitOptions& options);

}  // namespace cess::tagger
