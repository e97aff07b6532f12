// SPDX-License-Identifier: Apache-2.0
// Messages on a byte stream, without input or output: what to write next, and what was read.
//
// A message on a channel is one or more chunks. Chunks of different channels may alternate, so that
// a vote never waits behind the body of a block; those of one channel may not.
//
//   chunk   0  LE32  size of the payload, at most 65,536 (doc/formats/peer.md)
//           4  U8    channel
//           5  U8    flags: bit 0 set when the message goes on in the next chunk of the channel
//           6  ...   payload
//
// Nothing is allocated for a claimed size: the memory of a reader is what it has been given, and at
// most the sum of the channels' limits.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace cess::net {

using Channel = std::uint8_t;

inline constexpr std::size_t kChunkHeadSize = 6;
inline constexpr std::size_t kChunkSizeMax = 65'536;
/// Channel 0 is the transport's own: ping, pong, goodbye.
inline constexpr Channel kControlChannel = 0;

/// What a channel may carry. A channel with size_max 0 does not exist.
struct ChannelRule {
  std::uint32_t size_max = 0;  ///< of a whole message
  bool urgent = false;         ///< goes before everything that is not
};
using ChannelRules = std::array<ChannelRule, 256>;

/// Chunks to messages. After an error it accepts nothing more.
class FrameDecoder {
 public:
  explicit FrameDecoder(const ChannelRules& rules) : rules_(rules) {}
  /// Called with every whole message; returns false to stop reading (the rest of the input is
  /// lost).
  using Sink = std::function<bool(Channel, Bytes)>;
  /// Code::input for an unknown channel, a message over its limit, an unknown flag, a chunk over
  /// the limit, or an empty chunk that is not a whole message.
  Status feed(ByteView input, const Sink& sink);
  /// Whether a chunk or a message has begun and not ended.
  [[nodiscard]] bool in_message() const { return !chunk_.empty() || open_count_ > 0; }
  /// Chunks completed so far; what an idle timer looks at.
  [[nodiscard]] std::uint64_t chunk_count() const { return chunk_count_; }

 private:
  Status check_head();
  [[nodiscard]] bool deliver(const Sink& sink);

  const ChannelRules& rules_;
  Bytes chunk_;           // head and payload of the chunk being read
  std::size_t want_ = 0;  // payload size, once the head is whole
  std::array<Bytes, 256> parts_{};
  std::array<bool, 256> open_{};
  std::size_t open_count_ = 0;
  std::uint64_t chunk_count_ = 0;
  bool failed_ = false;
};

/// Messages waiting for one peer, in two bounded queues.
class SendQueue {
 public:
  struct Limits {
    std::size_t urgent_bytes_max = 4U << 20U;
    std::size_t bulk_bytes_max = 32U << 20U;
  };
  SendQueue(const ChannelRules& rules, Limits limits) : rules_(rules), limits_(limits) {}
  /// False, and nothing queued, when the queue of that kind is full. The body is shared, not
  /// copied: one message to ten peers is held once. It is counted in full for each of them.
  [[nodiscard]] bool push(Channel channel, std::shared_ptr<const Bytes> body);
  /// Appends chunks to `wire` until it holds `size_max` bytes or nothing waits; urgent ones first.
  void fill(Bytes& wire, std::size_t size_max);
  [[nodiscard]] bool empty() const { return urgent_.empty() && bulk_.empty(); }
  [[nodiscard]] std::size_t urgent_bytes() const { return urgent_bytes_; }
  [[nodiscard]] std::size_t bulk_bytes() const { return bulk_bytes_; }

 private:
  struct Waiting {
    Channel channel = 0;
    std::shared_ptr<const Bytes> body;
    std::size_t sent = 0;
  };
  const ChannelRules& rules_;
  Limits limits_;
  std::deque<Waiting> urgent_;
  std::deque<Waiting> bulk_;
  std::size_t urgent_bytes_ = 0;
  std::size_t bulk_bytes_ = 0;
};

}  // namespace cess::net
