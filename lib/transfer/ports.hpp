// SPDX-License-Identifier: Apache-2.0
// What a transfer needs of the world: a chain to ask and to report to, and links to miners. Real
// ones: transfer/chain_port.hpp (over a node's RPC) and transfer/miner_port.hpp (over the fragment
// protocol); tests bring their own.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "chain/state/files/calls.hpp"
#include "chain/state/miners/miners.hpp"

namespace cess::transfer {

/// A slot of a deal, by its place.
struct SlotAt {
  std::uint32_t stripe = 0;
  std::uint16_t column = 0;
  files::Slot slot;
};

/// The chain, as the last final block left it. One thread at a time.
/// `files.report`, or `files.report_long` for one long receipt.
struct ReportCall {
  files::Report report;
  bool is_long = false;
};

class ChainPort {
 public:
  virtual ~ChainPort() = default;
  [[nodiscard]] virtual const Hash256& genesis() const = 0;
  virtual Result<Height> height() = 0;
  /// Nothing: the chain does not know the file.
  virtual Result<std::optional<files::File>> file(const Fid& fid) = 0;
  /// Empty until miners are drawn.
  virtual Result<std::vector<SlotAt>> slots(const Fid& fid) = 0;
  virtual Result<std::optional<miners::Miner>> miner(const AccountId& id) = 0;
  virtual Result<std::optional<files::Fragment>> fragment(const Fid& fid, std::uint32_t segment,
                                                          std::uint16_t column) = 0;
  /// Who must hold a fragment now; after a repair another than who was drawn.
  virtual Result<std::optional<AccountId>> holder(const FragId& frag) = 0;
  /// All of them are sent, and then waited for until they are in blocks: one after the other would
  /// take a block each. As many results, Code::no with the chain's words when every receipt of a
  /// report was refused.
  virtual std::vector<Status> report(std::span<const ReportCall> calls) = 0;
};

/// One connection to one miner. One thread at a time, but for abort(). Errors: Code::no: the miner
/// does not have it; Code::input: it refuses, with its words; Code::busy: full or loaded, a retry
/// helps; Code::peer: the way to it failed.
class MinerLink {
 public:
  virtual ~MinerLink() = default;
  /// Which segments of a slot it holds already, one flag for each of `count` from `first` on.
  virtual Result<std::vector<bool>> held(const Fid& fid, std::uint16_t column, std::uint32_t first,
                                         std::uint32_t count) = 0;
  virtual Status put_manifest(const Fid& fid, ByteView text) = 0;
  /// The public file of a tagger (podr2/keys.hpp): before the first fragment with tags of it.
  virtual Status put_tagger(const Fid& fid, const TaggerId& id, ByteView file) = 0;
  /// `tags`: tag files (podr2/tag_file.hpp), of this fragment and of the segment's others. `root`:
  /// of `data`; the miner compares.
  virtual Status put_fragment(const Fid& fid, std::uint32_t segment, std::uint16_t column,
                              const Hash256& root, ByteView data, ByteView tags) = 0;
  /// The miner's signature of `receipt` (whose own is empty). Asked twice it answers the same.
  virtual Result<Bytes> sign_receipt(const files::SlotReceipt& receipt) = 0;
  virtual Result<Bytes> get_manifest(const Fid& fid) = 0;
  /// The whole fragment, of `length` bytes; not checked against its root.
  virtual Result<Bytes> get_fragment(const Fid& fid, std::uint32_t segment, std::uint16_t column,
                                     std::uint32_t length) = 0;
  /// The tag files it keeps of a segment, one behind the other; not checked.
  virtual Result<Bytes> get_segment_tags(const Fid& fid, std::uint32_t segment) = 0;
  /// The public file of a tagger; not checked.
  virtual Result<Bytes> get_tagger(const Fid& fid, const TaggerId& id) = 0;
  /// Any thread: ends a call that waits, and all later ones, with Code::peer.
  virtual void abort() = 0;
};

/// Makes links; any thread.
class MinerLinks {
 public:
  virtual ~MinerLinks() = default;
  /// Need not connect yet.
  virtual Result<std::unique_ptr<MinerLink>> open(const AccountId& id,
                                                  const miners::Miner& miner) = 0;
};

}  // namespace cess::transfer
