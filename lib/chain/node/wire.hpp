// SPDX-License-Identifier: Apache-2.0
// What nodes say to each other beside votes, as values and as bytes (doc/formats/node-messages.md).
// Decoding is strict and limited; nothing here is believed.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "chain/consensus/types.hpp"
#include "chain/types/header.hpp"
#include "net/frame.hpp"

namespace cess::node::wire {

// Channels of the transport. Votes and small questions overtake bodies.
constexpr net::Channel kVotes = 1;      ///< consensus/messages.hpp, all but proposals
constexpr net::Channel kProposals = 2;  ///< the same, proposals
constexpr net::Channel kControl = 3;    ///< small messages of this file
constexpr net::Channel kBodies = 4;     ///< large ones
net::ChannelRules channel_rules();

constexpr std::size_t kRangeBlocksMax = 64;
constexpr std::size_t kRangeBytesMax = std::size_t{8} << 20U;  ///< of blocks, unless it is one
constexpr std::size_t kHashesMax = 1024;
constexpr std::size_t kTxnBatchBytesMax = std::size_t{512} << 10U;
constexpr std::size_t kTxnBatchMax = 4096;
constexpr std::size_t kChunkBytesMax = std::size_t{1} << 20U;
constexpr std::size_t kPairsMax = 65'536;
constexpr std::size_t kAddressesMax = 64;

/// Where the sender stands. Sent on connecting and after each block.
struct Head {
  Height height = 0;
  BlockHash hash;
  Height oldest = 1;           ///< lowest block it can give
  Height snapshot_height = 0;  ///< of the state it can give; 0: none
};
struct AskRange {
  Height first = 0;
  std::uint32_t count = 0;
};
struct Range {
  Height first = 0;
  std::vector<consensus::BlockBytes> blocks;
  std::optional<consensus::Certificate> last;
};
struct AskBlock {
  Height height = 0;
  consensus::Digest digest;
};
struct OneBlock {
  consensus::Digest digest;
  consensus::BlockBytes block;
};
struct TxnHave {
  std::vector<TxnHash> hashes;
};
struct TxnWant {
  std::vector<TxnHash> hashes;
};
struct Txns {
  std::vector<Bytes> txns;
};
struct EvidenceNote {
  Bytes evidence;
};
/// The way to a block's header for who trusts an earlier one (consensus/light.hpp), and the state
/// after the block before it.
struct AskSnapshot {
  Height trusted = 0;  ///< height of the checkpoint
};
struct SnapshotOffer {
  Height height = 0;  ///< the state is that after this block
  Bytes checkpoint_header;
  std::vector<Bytes> committees;  ///< SCALE
  struct Certified {
    Bytes header;
    Bytes certificate;
  };
  std::vector<Certified> links;
  Certified target;     ///< of block height + 1, which names the state's root
  Bytes parent_header;  ///< of block height: the parent that the target names
  Bytes position;       ///< SCALE ledger::Position, checked against target and parent
};
struct AskChunk {
  Height height = 0;
  Bytes after;  ///< the last key it has; empty: from the beginning
};
struct Chunk {
  Height height = 0;
  Bytes after;
  std::vector<std::pair<Bytes, Bytes>> pairs;
  bool end = false;
};
struct Addresses {
  struct Entry {
    std::array<std::uint8_t, 32> node_key{};
    std::string address;
  };
  std::vector<Entry> entries;
};

using Message = std::variant<Head, AskRange, Range, AskBlock, OneBlock, TxnHave, TxnWant, Txns,
                             EvidenceNote, AskSnapshot, SnapshotOffer, AskChunk, Chunk, Addresses>;

Bytes encode(const Message& message);
/// Code::input for anything but one whole message.
Result<Message> decode(ByteView bytes);
/// The channel it goes on.
net::Channel channel_of(const Message& message);

}  // namespace cess::node::wire
