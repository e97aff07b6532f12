// SPDX-License-Identifier: Apache-2.0
// A bundle to a tagger: what `cess upload` and scripts do before they declare a file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "codec/bundle.hpp"
#include "tagger/client.hpp"

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

}  // namespace cess::tagger
