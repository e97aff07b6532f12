// SPDX-License-Identifier: Apache-2.0
// Fetching a file: its manifest from whoever has it, and of each segment any k fragments, from the
// miners that answer fastest. A request that takes long gets a rival; a fragment that is not what
// the manifest says is thrown away, its miner is asked no more, and another fragment takes its
// place.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "codec/manifest.hpp"
#include "codec/segment_decoder.hpp"
#include "transfer/ports.hpp"

namespace cess::transfer {

struct FetchOptions {
  std::size_t segments_ahead = 2;  ///< fetched at once: bounds the memory
  /// A request this many times slower than the usual one gets a rival, but not before hedge_ms_min.
  std::uint64_t hedge_times = 3;
  std::uint64_t hedge_ms_min = 300;
  std::uint64_t wait_ms = 1000;  ///< before everybody who failed is asked again
  unsigned rounds_max = 5;       ///< of asking again, without one more good fragment
  /// Without one more good fragment, or a manifest, and nobody left to ask: the end.
  std::uint64_t patience_ms = 60'000;
  std::uint64_t tell_ms = 3000;  ///< of silence before who is waited for is told
  /// What is at hand, and who does not answer; again when that has changed.
  std::function<void(const std::string&)> waiting;
  std::function<void(const std::string&)> warn;  ///< what a miner did wrong
  std::function<void(const std::string&)> note;  ///< what is retried, and why
};

/// The manifest whose digest is on chain, from any miner. Code::no: the chain does not know the
/// file. Code::peer: nobody has it now.
Result<Manifest> fetch_manifest(const Fid& fid, ChainPort& chain, MinerLinks& links,
                                const FetchOptions& options);
/// The same as it is written, for those who compare its digest; it parses.
Result<Bytes> fetch_manifest_text(const Fid& fid, ChainPort& chain, MinerLinks& links,
                                  const FetchOptions& options);

/// Segments [first, end) in order, one at a time, while the next are on their way.
class SegmentFetcher {
 public:
  virtual ~SegmentFetcher() = default;
  /// A group of at least k good candidates (codec/segment_decoder.hpp); false after the last.
  /// Code::peer when fewer than k fragments can be had; the message says what each column's miner
  /// answered, or that it did not.
  virtual Result<bool> next(Group& out) = 0;
};
/// All arguments outlive it.
Result<std::unique_ptr<SegmentFetcher>> fetch_segments(const Manifest& manifest,
                                                       std::uint32_t first, std::uint32_t end,
                                                       ChainPort& chain, MinerLinks& links,
                                                       const FetchOptions& options);

}  // namespace cess::transfer
