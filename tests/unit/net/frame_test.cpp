// SPDX-License-Identifier: Apache-2.0
#include "net/frame.hpp"

#include <gtest/gtest.h>

#include "base/endian.hpp"
#include "net/endpoint.hpp"
#include "net/score.hpp"

namespace cess::net {
namespace {

ChannelRules rules() {
  ChannelRules r{};
  r[1] = {100, true};
  r[2] = {200'000, false};
  return r;
}

Bytes chunk(std::uint32_t size, Channel channel, std::uint8_t flags, ByteView payload) {
  Bytes b(kChunkHeadSize);
  store_le(b.data(), size);
  b[4] = channel;
  b[5] = flags;
  append(b, payload);
  return b;
}

struct Got {
  std::vector<std::pair<Channel, Bytes>> all;
  FrameDecoder::Sink sink() {
    return [this](Channel c, Bytes b) {
      all.emplace_back(c, std::move(b));
      return true;
    };
  }
};

Bytes pattern(std::size_t size) {
  Bytes b(size);
  for (std::size_t i = 0; i < size; ++i) b[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
  return b;
}

std::shared_ptr<const Bytes> share(Bytes b) { return std::make_shared<const Bytes>(std::move(b)); }

TEST(Frame, RoundTripAtEverySplit) {
  const ChannelRules r = rules();
  SendQueue queue(r, {});
  const Bytes body = pattern(150'000);
  ASSERT_TRUE(queue.push(2, share(body)));
  ASSERT_TRUE(queue.push(1, share({})));
  Bytes wire;
  while (!queue.empty()) queue.fill(wire, wire.size() + 1);
  EXPECT_EQ(queue.bulk_bytes(), 0U);
  for (const std::size_t step :
       {std::size_t{1}, std::size_t{5}, std::size_t{65'542}, wire.size()}) {
    FrameDecoder decoder(r);
    Got got;
    for (std::size_t at = 0; at < wire.size(); at += step) {
      const std::size_t n = std::min(step, wire.size() - at);
      ASSERT_TRUE(decoder.feed(ByteView(wire).subspan(at, n), got.sink()));
    }
    ASSERT_EQ(got.all.size(), 2U);
    EXPECT_EQ(got.all[0], (std::pair<Channel, Bytes>(1, {})));
    EXPECT_EQ(got.all[1], (std::pair<Channel, Bytes>(2, body)));
    EXPECT_FALSE(decoder.in_message());
  }
}

TEST(Frame, AVoteOvertakesABodyInFlight) {
  const ChannelRules r = rules();
  SendQueue queue(r, {});
  ASSERT_TRUE(queue.push(2, share(pattern(200'000))));
  Bytes first;
  queue.fill(first, 1);  // one chunk of the body is out
  ASSERT_TRUE(queue.push(1, share({7})));
  Bytes rest;
  queue.fill(rest, 1);
  EXPECT_EQ(rest, chunk(1, 1, 0, Bytes{7}));
  while (!queue.empty()) queue.fill(rest, rest.size() + 1);
  FrameDecoder decoder(r);
  Got got;
  ASSERT_TRUE(decoder.feed(first, got.sink()));
  ASSERT_TRUE(decoder.feed(rest, got.sink()));
  ASSERT_EQ(got.all.size(), 2U);
  EXPECT_EQ(got.all[0].first, 1);
  EXPECT_EQ(got.all[1].second.size(), 200'000U);
}

TEST(Frame, LimitsOnBothSides) {
  const ChannelRules r = rules();
  const auto read = [&](const Bytes& wire) {
    FrameDecoder decoder(r);
    Got got;
    return decoder.feed(wire, got.sink());
  };
  EXPECT_TRUE(read(chunk(100, 1, 0, pattern(100))));
  for (const std::uint32_t size : {101U, 65'537U, 0x8000'0000U, 0xffff'ffffU}) {
    EXPECT_FALSE(read(chunk(size, 1, 0, {}))) << size;
  }
  EXPECT_FALSE(read(chunk(65'537, 2, 0, {})));
  EXPECT_FALSE(read(chunk(1, 3, 0, Bytes{1}))) << "unknown channel";
  EXPECT_FALSE(read(chunk(1, 1, 2, Bytes{1}))) << "unknown flag";
  EXPECT_FALSE(read(chunk(0, 1, 1, {}))) << "empty chunk that goes on";
  Bytes wire = chunk(60, 1, 1, pattern(60));
  append(wire, chunk(40, 1, 0, pattern(40)));
  EXPECT_TRUE(read(wire));
  wire = chunk(60, 1, 1, pattern(60));
  append(wire, chunk(41, 1, 0, pattern(41)));
  EXPECT_EQ(read(wire).error().message, "cannot read frame: message over 100 bytes on channel 1");
  wire = chunk(60, 1, 1, pattern(60));
  append(wire, chunk(0, 1, 0, {}));
  EXPECT_FALSE(read(wire)) << "empty chunk that ends";
}

TEST(Frame, NothingAfterAnError) {
  const ChannelRules r = rules();
  FrameDecoder decoder(r);
  Got got;
  EXPECT_FALSE(decoder.feed(chunk(1, 9, 0, Bytes{1}), got.sink()));
  EXPECT_FALSE(decoder.feed(chunk(1, 1, 0, Bytes{1}), got.sink()));
  EXPECT_TRUE(got.all.empty());
}

TEST(Frame, QueuesAreBoundedEachForItself) {
  const ChannelRules r = rules();
  SendQueue queue(r, {.urgent_bytes_max = 3 * (10 + kChunkHeadSize), .bulk_bytes_max = 1'000});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.push(1, share(pattern(10))));
  EXPECT_FALSE(queue.push(1, share({})));
  EXPECT_TRUE(queue.push(2, share(pattern(1'000 - kChunkHeadSize))));
  EXPECT_FALSE(queue.push(2, share({})));
  Bytes wire;
  queue.fill(wire, 1);
  EXPECT_TRUE(queue.push(1, share(pattern(10))));
}

TEST(Score, PointsFadeAndBansEnd) {
  ScoreBook book({.ban_points = 100, .ban_ms = 1'000, .fade_ms = 10, .entry_count_max = 4096});
  const NodeKey peer = NodeKey::from(pattern(32));
  EXPECT_FALSE(book.charge(peer, 60, 0));
  EXPECT_EQ(book.points(peer, 100), 50U);
  EXPECT_FALSE(book.charge(peer, 49, 100));
  EXPECT_FALSE(book.banned(peer, 100));
  EXPECT_TRUE(book.charge(peer, 1, 100));
  EXPECT_TRUE(book.banned(peer, 1'099));
  EXPECT_FALSE(book.banned(peer, 1'100));
}

TEST(Score, FullBookForgetsTheLeastGuilty) {
  ScoreBook book({.ban_points = 100, .ban_ms = 1'000, .fade_ms = 10, .entry_count_max = 3});
  NodeKey key;
  for (std::uint8_t i = 0; i < 20; ++i) {
    key.bytes[0] = i;
    book.charge(key, i == 5 ? 100 : 20 + i, 0);
    EXPECT_LE(book.size(), 3U);
  }
  key.bytes[0] = 5;
  EXPECT_TRUE(book.banned(key, 10));
}

TEST(Endpoint, Forms) {
  EXPECT_EQ(*parse_endpoint("127.0.0.1:80", "x"), (Endpoint{"127.0.0.1", 80}));
  EXPECT_EQ(*parse_endpoint("[::1]:0", "x"), (Endpoint{"::1", 0}));
  EXPECT_EQ(format_endpoint({"::1", 7}), "[::1]:7");
  EXPECT_EQ(parse_endpoint("node3:65535", "x")->port, 65'535);
  for (const char* bad :
       {"", ":1", "a", "a:", "a:65536", "a:-1", "a:1x", "::1:7", "a b:1", "a:99999999999"}) {
    EXPECT_FALSE(parse_endpoint(bad, "x")) << bad;
  }
  const auto url = parse_url("ws://[::1]:9944/rpc", "x");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->websocket);
  EXPECT_EQ(url->path, "/rpc");
  EXPECT_EQ(url->endpoint, (Endpoint{"::1", 9944}));
  EXPECT_EQ(parse_url("http://[::1]", "x")->endpoint.port, 80);
  EXPECT_EQ(parse_url("http://h", "x")->endpoint, (Endpoint{"h", 80}));
  for (const char* bad :
       {"https://h", "h:1", "http://", "http://h/a b", "http://h/\r\n", "http://u@h"}) {
    EXPECT_FALSE(parse_url(bad, "x")) << bad;
  }
}

}  // namespace
}  // namespace cess::net
