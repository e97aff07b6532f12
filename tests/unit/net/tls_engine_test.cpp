// SPDX-License-Identifier: Apache-2.0
// TLS between two pieces of memory, in pieces of all sizes; then over a socket with a client of
// OpenSSL's own that is slow, silent, or gone.
#include "net/detail/tls_engine.hpp"

#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <future>

#include "net/detail/tls.hpp"
#include "net/http.hpp"
#include "net/http_client.hpp"
#include "raw.hpp"
#include "support.hpp"

namespace cess::net {
namespace tls_engine_test {

using namespace test;  // NOLINT: the support of this test
using detail::TlsEngine;
using detail::TlsPeer;
using Outcome = TlsEngine::Outcome;

struct Context {
  explicit Context(ssl_ctx_st* c) : get(c) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { SSL_CTX_free(get); }
  ssl_ctx_st* get;
};

/// Two sides, and how many bytes pass between them at once.
struct Pair {
  explicit Pair(std::size_t at_once_in = ~std::size_t{0}, std::uint8_t pinned = 1)
      : at_once(at_once_in) {
    peer.wanted = key_of(pinned);
    client_context.emplace(*detail::make_https_client_context(peer));
    client.emplace(client_context->get, true);
    server.emplace(server_context.get, false);
  }

  /// All output of one side to the other; false when that side could not take it now.
  void pass(TlsEngine& from, TlsEngine& to, Bytes& left) const {
    if (left.empty()) from.take_output(left);
    const auto room = to.room();
    const std::size_t size = std::min({left.size(), room.size(), at_once});
    std::copy_n(left.begin(), size, room.begin());
    left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(size));
    to.took(size);
  }
  /// Both sides in turn until both have what they want.
  [[nodiscard]] std::pair<Outcome, Outcome> shake() {
    auto c = client->handshake();
    auto s = server->handshake();
    Bytes up;
    Bytes down;
    for (int turn = 0; turn < 20'000; ++turn) {
      if (s.outcome == Outcome::hungry && (!up.empty() || client->output_size() > 0)) {
        pass(*client, *server, up);
        s = server->handshake();
      } else if (c.outcome == Outcome::hungry && (!down.empty() || server->output_size() > 0)) {
        pass(*server, *client, down);
        c = client->handshake();
      } else {
        break;
      }
    }
    return {c.outcome, s.outcome};
  }

  std::size_t at_once;
  TlsPeer peer;
  Context server_context{*detail::make_https_server_context(seed_of(1))};
  std::optional<Context> client_context;
  std::optional<TlsEngine> client;
  std::optional<TlsEngine> server;
};

Bytes some_bytes(std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i * 7 + (i >> 9U));
  return out;
}

/// What the server reads of what the client writes; reads of `read_size`.
Bytes through(Pair& pair, const Bytes& all, std::size_t read_size) {
  Bytes got;
  Bytes left;
  Bytes part(read_size);
  std::size_t sent = 0;
  while (got.size() < all.size()) {
    const auto step = pair.server->read(part);
    if (step.outcome == Outcome::done) {
      got.insert(got.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(step.size));
      continue;
    }
    EXPECT_EQ(step.outcome, Outcome::hungry);
    if (step.outcome != Outcome::hungry) return got;
    if (left.empty() && pair.client->output_size() == 0) {
      const auto put = pair.client->write(ByteView(all).subspan(sent));
      EXPECT_EQ(put.outcome, Outcome::done);
      EXPECT_LE(put.size, TlsEngine::kPieceMax);
      EXPECT_GT(put.size, 0U);
      sent += put.size;
    }
    pair.pass(*pair.client, *pair.server, left);
  }
  return got;
}

TEST(TlsEngine, CarriesMegabytesInPiecesOfAnySize) {
  const Bytes all = some_bytes((3U << 20U) + 17);
  for (const std::size_t at_once : {~std::size_t{0}, std::size_t{100'000}, std::size_t{1013}}) {
    for (const std::size_t read_size : {std::size_t{1} << 16U, std::size_t{4999}}) {
      Pair pair(at_once);
      ASSERT_EQ(pair.shake(), std::pair(Outcome::done, Outcome::done));
      EXPECT_EQ(pair.peer.found, key_of(1));
      EXPECT_TRUE(through(pair, all, read_size) == all) << at_once << " " << read_size;
    }
  }
}

TEST(TlsEngine, ShakesHandsByteByByte) {
  Pair pair(1);
  ASSERT_EQ(pair.shake(), std::pair(Outcome::done, Outcome::done));
  const Bytes all = some_bytes(300);
  EXPECT_EQ(through(pair, all, 1), all);
}

TEST(TlsEngine, RoomGrowsWhileItIsFilledAndRestGivesItBack) {
  Pair pair;
  ASSERT_EQ(pair.shake(), std::pair(Outcome::done, Outcome::done));
  EXPECT_EQ(pair.server->room().size(), TlsEngine::kPieceMin);
  const Bytes all = some_bytes(4U << 20U);
  EXPECT_TRUE(through(pair, all, 1U << 16U) == all);
  EXPECT_EQ(pair.server->room().size(), TlsEngine::kPieceMax);
  pair.server->rest();
  EXPECT_EQ(pair.server->room().size(), TlsEngine::kPieceMin);
  // And goes on where it was.
  EXPECT_TRUE(through(pair, all, 1U << 16U) == all);
}

TEST(TlsEngine, TellsAGoodbyeFromACut) {
  Pair pair;
  ASSERT_EQ(pair.shake(), std::pair(Outcome::done, Outcome::done));
  Bytes part(100);
  EXPECT_EQ(pair.server->read(part).outcome, Outcome::hungry);
  pair.client->write(some_bytes(10));
  pair.client->shutdown();
  Bytes left;
  pair.pass(*pair.client, *pair.server, left);
  // What went before comes first.
  const auto step = pair.server->read(part);
  EXPECT_EQ(step.outcome, Outcome::done);
  EXPECT_EQ(step.size, 10U);
  EXPECT_EQ(pair.server->read(part).outcome, Outcome::ended);
  EXPECT_EQ(pair.server->read(part).outcome, Outcome::ended);
}

TEST(TlsEngine, RefusesAChangedByteAndAnotherKey) {
  Pair pair;
  ASSERT_EQ(pair.shake(), std::pair(Outcome::done, Outcome::done));
  pair.client->write(some_bytes(1000));
  Bytes wire;
  pair.client->take_output(wire);
  wire[wire.size() / 2] ^= 1U;
  Bytes part(2000);
  ASSERT_EQ(pair.server->read(part).outcome, Outcome::hungry);
  pair.pass(*pair.client, *pair.server, wire);
  EXPECT_EQ(pair.server->read(part).outcome, Outcome::failed);

  Pair other(~std::size_t{0}, 2);
  // The server hears so: the alert is output of the client that fails.
  EXPECT_EQ(other.shake(), std::pair(Outcome::failed, Outcome::failed));
  EXPECT_THAT(other.peer.refusal, testing::HasSubstr("wrong key"));
}

/// A server that answers any request with a body of `size` bytes.
class Large final : public HttpHandler {
 public:
  explicit Large(std::size_t size) : body_(size, 'x') {}
  void on_request(HttpRequest request, HttpReply reply) override {
    reply({200, "text/plain", request.method == "GET" ? body_ : "", {}});
  }
  std::optional<std::uint64_t> body_size_max(std::string_view /*method*/,
                                             std::string_view /*target*/) override {
    return 16U << 20U;
  }

 private:
  std::string body_;
};

struct LargeHost {
  explicit LargeHost(std::size_t size, HttpConfig c = {}) : handler(size) {
    c.listen = {"127.0.0.1", 0};
    c.tls_seed = std::make_shared<const Key256>(seed_of(1));
    server = std::move(*HttpServer::open(loop, std::move(c), handler));
    thread = std::thread([this] { loop.run(); });
  }
  ~LargeHost() {
    loop.stop();
    thread.join();
  }
  /// What the loop's thread says.
  HttpStats stats() {
    std::promise<HttpStats> told;
    loop.post([&] { told.set_value(server->stats()); });
    return told.get_future().get();
  }
  Loop loop;
  Large handler;
  std::unique_ptr<HttpServer> server;
  std::thread thread;
};

/// OpenSSL's own client on a blocking socket.
struct OwnClient {
  explicit OwnClient(const Endpoint& to) : socket(to) {
    peer.wanted = key_of(1);
    context.emplace(*detail::make_https_client_context(peer));
    ssl = SSL_new(context->get);
    SSL_set_fd(ssl, socket.fd());
    connected = socket.connected && SSL_connect(ssl) == 1;
  }
  OwnClient(const OwnClient&) = delete;
  OwnClient& operator=(const OwnClient&) = delete;
  ~OwnClient() { SSL_free(ssl); }

  void send(std::string_view text) const {
    EXPECT_EQ(SSL_write(ssl, text.data(), static_cast<int>(text.size())),
              static_cast<int>(text.size()));
  }
  /// Bytes read until the end, or until there are `most`.
  [[nodiscard]] std::size_t drain(std::size_t most, std::size_t at_once) const {
    Bytes part(at_once);
    std::size_t all = 0;
    while (all < most) {
      const int got = SSL_read(ssl, part.data(), static_cast<int>(part.size()));
      if (got <= 0) break;
      all += static_cast<std::size_t>(got);
    }
    return all;
  }

  RawClient socket;
  TlsPeer peer;
  std::optional<Context> context;
  SSL* ssl = nullptr;
  bool connected = false;
};

constexpr std::size_t kLarge = 12U << 20U;

TEST(TlsStream, ASlowReaderGetsAllOfIt) {
  const LargeHost host(kLarge);
  const OwnClient client(host.server->local());
  ASSERT_TRUE(client.connected);
  // Two requests at once: the second waits in the server's buffers until the first is read.
  client.send(
      "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_GT(client.drain(~std::size_t{0}, 3001), 2 * kLarge);
}

TEST(TlsStream, WhoDoesNotReadIsLeft) {
  HttpConfig c;
  c.write_ms_max = 50;
  c.body_rate_min = 1U << 30U;
  LargeHost host(64U << 20U, c);
  const OwnClient client(host.server->local());
  ASSERT_TRUE(client.connected);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  while (host.stats().refused == 0) std::this_thread::yield();
  EXPECT_LT(client.drain(~std::size_t{0}, 1U << 16U), 64U << 20U);
}

TEST(TlsStream, WhoEndsInTheMiddleOfABodyIsForgotten) {
  LargeHost host(10);
  for (const bool goodbye : {false, true}) {
    OwnClient client(host.server->local());
    ASSERT_TRUE(client.connected);
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n");
    client.send(std::string(15'000, 'a'));
    if (goodbye) SSL_shutdown(client.ssl);
    client.socket.half_close();
    EXPECT_EQ(client.drain(1, 100), 0U);
  }
  while (host.stats().connections != 0) std::this_thread::yield();
  EXPECT_EQ(host.stats().requests, 0U);
}

TEST(TlsStream, PartsOfABodyArriveAsOne) {
  const LargeHost host(kLarge);
  auto client = HttpClient::connect_tls(host.server->local(), key_of(1).bytes);
  ASSERT_TRUE(client);
  const Bytes a = some_bytes(1000);
  const Bytes b = some_bytes(8U << 20U);
  const std::array<ByteView, 3> parts{a, ByteView(), b};
  for (int i = 0; i < 3; ++i) {
    const auto put = client->request_parts("PUT", "/", parts, "text/plain", {});
    ASSERT_TRUE(put) << put.error().message;
    EXPECT_EQ(put->status, 200U);
    const auto got = client->request("GET", "/");
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->body.size(), kLarge);
  }
}

}  // namespace tls_engine_test
}  // namespace cess::net
