// SPDX-License-Identifier: Apache-2.0
#include "net/http.hpp"

#include <gmock/gmock.h>

#include <map>

#include "net/http_client.hpp"
#include "raw.hpp"
#include "support.hpp"

namespace cess::net {
namespace {

using namespace test;  // NOLINT: the support of this test
using testing::HasSubstr;
using testing::StartsWith;

class Echo final : public HttpHandler {
 public:
  void on_request(HttpRequest request, HttpReply reply) override {
    ++requests;
    if (request.target == "/silent") return;
    if (request.target == "/twice") reply({200, "text/plain", "first", {}});
    reply({200, "text/plain", request.method + " " + request.target + " " + request.body, {}});
  }
  bool on_ws_open(const HttpRequest& request, std::shared_ptr<WsSession> session) override {
    if (request.target != "/ws") return false;
    sessions[session->id()] = session;
    return true;
  }
  void on_ws_text(WsSession& session, std::string text) override {
    session.send(std::make_shared<const std::string>("echo " + text));
  }
  void on_ws_close(WsSession& session) override {
    sessions.erase(session.id());
    ++closed;
  }
  int requests = 0;
  int closed = 0;
  std::map<std::uint64_t, std::shared_ptr<WsSession>> sessions;
};

HttpConfig config() {
  HttpConfig c;
  c.listen = {"127.0.0.1", 0};
  c.body_size_max = 1000;
  c.ws_message_size_max = 1000;
  c.connection_count_max = 8;
  return c;
}

struct PlainHost {
  Loop loop;
  Echo echo;
  std::unique_ptr<HttpServer> server;
  explicit PlainHost(HttpConfig c = config()) {
    server = std::move(*HttpServer::open(loop, std::move(c), echo));
  }
  [[nodiscard]] Url url(const std::string& path, bool websocket = false) const {
    return {websocket, server->local(), path};
  }
  void serve(const std::function<void()>& client) {
    Aside aside(client);
    while (!aside.done()) loop.run_some(5);
  }
  std::string raw(const std::string& text) {
    std::string answer;
    serve([&] {
      const RawClient client(server->local());
      ASSERT_TRUE(client.connected);
      (void)client.send(text);
      client.half_close();
      answer = client.read_all();
    });
    return answer;
  }
};

TEST(Http, RequestsOnOneConnection) {
  PlainHost host;
  host.serve([&] {
    auto client = HttpClient::connect(host.url("/"));
    ASSERT_TRUE(client);
    EXPECT_EQ(client->request("GET", "/a?b=c")->body, "GET /a?b=c ");
    EXPECT_EQ(client->request("POST", "/x", "body")->body, "POST /x body");
    EXPECT_EQ(client->request("POST", "/x", std::string(1000, 'x'))->status, 200U);
    EXPECT_EQ(client->request("POST", "/x", std::string(1001, 'x'))->status, 413U);
    EXPECT_EQ(client->request("GET", "/silent")->status, 500U);
    EXPECT_EQ(client->request("GET", "/twice")->body, "first");
  });
  EXPECT_EQ(host.echo.requests, 5);
}

TEST(Http, PipelinedRequestsAnswerInOrder) {
  PlainHost host;
  std::string text;
  for (int i = 0; i < 20; ++i) text += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string answer = host.raw(text);
  std::size_t at = 0;
  for (int i = 0; i < 20; ++i) {
    at = answer.find("GET /" + std::to_string(i) + " ", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST(Http, RefusesWhatItMust) {
  PlainHost host;
  const std::map<std::string, unsigned> cases{
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", 431},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n", 413},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n",
       400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nOrigin: http://evil.example\r\n\r\n", 403},
      {"\x16\x03\x01 hello", 400},
  };
  for (const auto& [text, status] : cases) {
    const std::string answer = host.raw(text);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + std::to_string(status))) << text.substr(0, 80);
    EXPECT_EQ(answer.find("HTTP/1.1", 8), std::string::npos) << "one answer at most";
  }
  EXPECT_EQ(host.echo.requests, 0);
}

TEST(Http, SlowAndSilentClientsGo) {
  HttpConfig c = config();
  c.idle_ms_max = 50;
  c.read_ms_max = 80;
  PlainHost host(std::move(c));
  host.serve([&] {
    const RawClient silent(host.server->local());
    const RawClient slow(host.server->local());
    ASSERT_TRUE(slow.send("GET / HT"));
    while (slow.send("x")) {
      timespec pause{0, 5'000'000};
      nanosleep(&pause, nullptr);
    }
    EXPECT_EQ(silent.read_all(), "");
  });
  EXPECT_EQ(host.server->stats().connections, 0U);
}

TEST(Http, FullHouseSaysSo) {
  PlainHost host;
  host.serve([&] {
    std::vector<std::unique_ptr<RawClient>> idle;
    for (int i = 0; i < 8; ++i) idle.push_back(std::make_unique<RawClient>(host.server->local()));
    const RawClient one_more(host.server->local());
    EXPECT_THAT(one_more.read_all(), StartsWith("HTTP/1.1 503"));
  });
}

TEST(WebSocket, Echo) {
  PlainHost host;
  host.serve([&] {
    auto client = WsClient::connect(host.url("/ws", true));
    ASSERT_TRUE(client);
    ASSERT_TRUE(client->send("hello"));
    EXPECT_EQ(client->receive(30'000)->value(), "echo hello");
    EXPECT_FALSE(client->receive(1)->has_value());
    ASSERT_TRUE(client->send("again"));
    EXPECT_EQ(client->receive(30'000)->value(), "echo again");
    ASSERT_TRUE(client->send(std::string(1001, 'x')));
    EXPECT_FALSE(client->receive(30'000)) << "over the limit ends it";
    EXPECT_FALSE(WsClient::connect(host.url("/elsewhere", true))->receive(30'000));
  });
  EXPECT_TRUE(run_until(host.loop, [&] { return host.echo.closed == 1; }));
  EXPECT_TRUE(host.echo.sessions.empty());
}

TEST(WebSocket, WhoDoesNotReadIsDropped) {
  HttpConfig c = config();
  c.ws_queue_bytes_max = 100'000;
  PlainHost host(std::move(c));
  std::atomic<bool> over{false};
  Aside aside([&] {
    auto client = WsClient::connect(host.url("/ws", true));
    ASSERT_TRUE(client);
    over.wait(false);
  });
  ASSERT_TRUE(run_until(host.loop, [&] { return !host.echo.sessions.empty(); }));
  const auto session = host.echo.sessions.begin()->second;
  const auto text = std::make_shared<const std::string>(50'000, 'x');
  int sent = 0;
  while (session->send(text) && sent < 10'000) {
    ++sent;
    host.loop.run_some(0);
  }
  EXPECT_LT(sent, 1'000) << "the queue and the kernel's buffers";
  ASSERT_TRUE(run_until(host.loop, [&] { return host.echo.closed == 1; }));
  over = true;
  over.notify_all();
}

TEST(WebSocket, ServerCloseEndsTheSessions) {
  PlainHost host;
  host.serve([&] {
    auto client = WsClient::connect(host.url("/ws", true));
    ASSERT_TRUE(client);
    ASSERT_TRUE(client->send("opened on both sides"));
    ASSERT_TRUE(client->receive(30'000)->has_value());
    host.loop.post([&] { host.server->close(); });
    EXPECT_FALSE(client->receive(30'000));
    EXPECT_FALSE(HttpClient::connect(host.url("/")));
  });
  EXPECT_EQ(host.echo.closed, 1);
}

}  // namespace
}  // namespace cess::net
