// SPDX-License-Identifier: Apache-2.0
// Events of final blocks as they come, over a WebSocket, none left out and none twice: what
// happened before the connection, or while it was broken, is asked for (chain_events). Blocking,
// one thread.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "chain/client/rpc.hpp"

namespace cess::client {

/// One event, as lib/chain/node/DESIGN.md describes it.
struct Event {
  Height height = 0;
  std::string name;            ///< "files.placed"
  std::optional<TxnHash> txn;  ///< none: the block's own
  Json data;                   ///< the event's record
  Json document;               ///< all of it, as the node sent it
};
Result<Event> parse_event(const Json& document);

class EventFeed {
 public:
  /// `filter` is "module.event", "module.*" or "*". From block `from` on, or from the next block.
  static Result<EventFeed> open(const std::string& node, std::string filter,
                                std::optional<Height> from = {});
  /// The next event, or nothing when none came within `wait_ms`. Code::peer: the node is away; the
  /// next call tries again, and goes on where this one stopped.
  Result<std::optional<Event>> next(std::uint64_t wait_ms);
  /// All events below this height have been handed out.
  [[nodiscard]] Height height() const;

 private:
  EventFeed(std::string node, std::string filter)
      : node_(std::move(node)), filter_(std::move(filter)) {}
  Status connect();
  Status take(Event event);

  std::string node_;
  std::string filter_;
  std::optional<net::WsClient> socket_;
  std::deque<Event> waiting_;
  Height height_ = 0;      ///< of the block whose events come next
  std::size_t taken_ = 0;  ///< events of that block that were taken already
};

/// Heads of final blocks as they come (objects of chain_header). Those that go by while the
/// connection is broken are left out.
class HeadFeed {
 public:
  static Result<HeadFeed> open(const std::string& node);
  Result<std::optional<Json>> next(std::uint64_t wait_ms);

 private:
  explicit HeadFeed(std::string node) : node_(std::move(node)) {}
  std::string node_;
  std::optional<net::WsClient> socket_;
};

}  // namespace cess::client
