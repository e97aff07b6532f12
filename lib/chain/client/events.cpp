// SPDX-License-Identifier: Apache-2.0
#include "chain/client/events.hpp"

#include <algorithm>

namespace cess::client {
namespace {

constexpr JsonLimits kMessageLimits{
    .size_max = 64U << 20U, .depth_max = 32, .value_count_max = 4U << 20U};

// A socket that is subscribed to `topic`.
Result<net::WsClient> subscribe(const std::string& node, const Json& params) {
  CESS_TRY_ASSIGN(net::Url url, node_url(node));
  url.websocket = true;
  auto connected = net::WsClient::connect(url, RpcClient::kLimits);
  if (!connected) return tl::unexpected<Error>(with_node_hint(connected.error()));
  net::WsClient socket = std::move(*connected);
  CESS_TRY(socket.send(
      write_json({{"jsonrpc", "2.0"}, {"id", 1}, {"method", "subscribe"}, {"params", params}})));
  CESS_TRY_ASSIGN(const auto answer, socket.receive(RpcClient::kLimits.wait_ms_max));
  if (!answer) return fail(Code::peer, "the node does not answer a subscription");
  auto j = parse_json(*answer, "answer of the node", kMessageLimits);
  if (!j) return fail(Code::peer, "cannot read the node's answer: " + j.error().message);
  CESS_TRY(rpc_result(*j));
  return socket;
}

// What a notification brings, or nothing when none came.
Result<std::optional<Json>> receive(net::WsClient& socket, std::uint64_t wait_ms) {
  CESS_TRY_ASSIGN(const auto message, socket.receive(wait_ms));
  if (!message) return std::optional<Json>();
  auto j = parse_json(*message, "message of the node", kMessageLimits);
  if (!j) return fail(Code::peer, "cannot read the node's message: " + j.error().message);
  const auto params = j->find("params");
  if (params == j->end() || !params->is_object() || !params->contains("result"))
    return fail(Code::peer, "cannot read the node's message: no result in it");
  return std::optional<Json>((*params)["result"]);
}

}  // namespace

Result<Event> parse_event(const Json& document) {
  const JsonView view(document, "event of the node");
  Event e;
  CESS_TRY_ASSIGN(e.height, view.number("height", ~0ULL));
  CESS_TRY_ASSIGN(const auto module, view.text("module"));
  CESS_TRY_ASSIGN(const auto kind, view.text("event"));
  e.name = module + "." + kind;
  const auto txn = document.find("txn");
  if (txn != document.end() && txn->is_string()) {
    CESS_TRY_ASSIGN(e.txn, view.id<TxnHash>("txn"));
  }
  const auto data = document.find("data");
  if (data == document.end()) return fail(Code::peer, "the node's event has no data");
  e.data = *data;
  e.document = document;
  return e;
}

Result<EventFeed> EventFeed::open(const std::string& node, std::string filter,
                                  std::optional<Height> from) {
  EventFeed feed(node, std::move(filter));
  if (from) {
    feed.height_ = std::max<Height>(*from, 1);
  } else {
    CESS_TRY_ASSIGN(auto rpc, RpcClient::connect(node));
    CESS_TRY_ASSIGN(const auto info, node_info(rpc));
    feed.height_ = info.height + 1;
  }
  CESS_TRY(feed.connect());
  return feed;
}

// Subscribed first, then asked for what was before: nothing falls between.
Status EventFeed::connect() {
  CESS_TRY_ASSIGN(auto socket, subscribe(node_, {{"topic", "events"}, {"filter", filter_}}));
  CESS_TRY_ASSIGN(auto rpc, RpcClient::connect(node_));
  CESS_TRY_ASSIGN(const auto info, node_info(rpc));
  Height next = height_;
  std::size_t skip = taken_;
  while (next <= info.height) {
    CESS_TRY_ASSIGN(
        const Json answer,
        rpc.call("chain_events", {{"from", next}, {"to", info.height}, {"filter", filter_}}));
    const auto events = answer.find("events");
    if (events == answer.end() || !events->is_array())
      return fail(Code::peer, "cannot read the node's answer: no events in it");
    for (const Json& document : *events) {
      CESS_TRY_ASSIGN(Event e, parse_event(document));
      if (skip > 0 && e.height == next) {
        --skip;
        continue;
      }
      CESS_TRY(take(std::move(e)));
    }
    skip = 0;
    const Json more = answer.value("next", Json());
    if (!more.is_null() && (!more.is_number_unsigned() || more.get<Height>() <= next))
      return fail(Code::peer, "the node's events do not go on");
    next = more.is_null() ? info.height + 1 : more.get<Height>();
  }
  if (height_ <= info.height) {
    height_ = info.height + 1;
    taken_ = 0;
  }
  socket_ = std::move(socket);
  return {};
}

Status EventFeed::take(Event event) {
  if (event.height < height_) return {};
  taken_ = event.height == height_ ? taken_ + 1 : 1;
  height_ = event.height;
  waiting_.push_back(std::move(event));
  return {};
}

Result<std::optional<Event>> EventFeed::next(std::uint64_t wait_ms) {
  if (!socket_ && waiting_.empty()) CESS_TRY(connect());
  while (waiting_.empty()) {
    auto message = receive(*socket_, wait_ms);
    if (!message) {
      socket_.reset();
      return tl::unexpected<Error>(message.error());
    }
    if (!*message) return std::optional<Event>();
    CESS_TRY_ASSIGN(Event e, parse_event(**message));
    CESS_TRY(take(std::move(e)));
  }
  std::optional<Event> out(std::move(waiting_.front()));
  waiting_.pop_front();
  return out;
}

Height EventFeed::height() const { return waiting_.empty() ? height_ : waiting_.front().height; }

Result<HeadFeed> HeadFeed::open(const std::string& node) {
  HeadFeed feed(node);
  CESS_TRY_ASSIGN(feed.socket_, subscribe(node, {{"topic", "heads"}}));
  return feed;
}

Result<std::optional<Json>> HeadFeed::next(std::uint64_t wait_ms) {
  if (!socket_) {
    CESS_TRY_ASSIGN(socket_, subscribe(node_, {{"topic", "heads"}}));
  }
  auto head = receive(*socket_, wait_ms);
  if (!head) socket_.reset();
  return head;
}

}  // namespace cess::client
