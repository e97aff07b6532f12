// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "net/http_client.hpp"
#include "raw.hpp"
#include "support.hpp"

namespace cess::net {
namespace https_test {

using namespace test;  // NOLINT: the support of this test
using testing::HasSubstr;

class Echo final : public HttpHandler {
 public:
  void on_request(HttpRequest request, HttpReply reply) override {
    if (request.target == "/silent") {
      held.push_back(std::move(reply));
      return;
    }
    std::string said = request.method + " " + std::to_string(request.body.size());
    if (request.target == "/body") said = std::move(request.body);
    if (request.target == "/mark") said = std::string(request.header("X-Mark"));
    reply({200, "text/plain", std::move(said), {}});
  }
  std::optional<std::uint64_t> body_size_max(std::string_view method,
                                             std::string_view target) override {
    if (method == "PUT" && target.starts_with("/body")) return 8U << 20U;
    return std::nullopt;
  }
  std::vector<HttpReply> held;
};

/// A server that runs in a thread of its own while the test's blocking client talks to it.
struct Host {
  Loop loop;
  Echo echo;
  std::unique_ptr<HttpServer> server;
  explicit Host(HttpConfig c = {}) {
    c.listen = {"127.0.0.1", 0};
    c.body_size_max = 1000;
    c.tls_seed = std::make_shared<const Key256>(seed_of(1));
    server = std::move(*HttpServer::open(loop, std::move(c), echo));
    thread = std::thread([this] { loop.run(); });
  }
  ~Host() {
    loop.stop();
    thread.join();
  }
  [[nodiscard]] Result<HttpClient> client(std::uint8_t key = 1) const {
    return HttpClient::connect_tls(server->local(), key_of(key).bytes);
  }
  std::thread thread;
};

TEST(Https, ServesAClientThatPinsItsKey) {
  const Host host;
  auto client = host.client();
  ASSERT_TRUE(client) << client.error().message;
  for (int i = 0; i < 3; ++i) {
    const auto answer = client->request("POST", "/x", "four");
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200U);
    EXPECT_EQ(answer->body, "POST 4");
  }
  const auto marked = client->request("GET", "/mark", {}, "text/plain", {{"X-Mark", "here"}});
  ASSERT_TRUE(marked);
  EXPECT_EQ(marked->body, "here");
  const auto head = client->request("HEAD", "/x");
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->body, "");
  EXPECT_EQ(client->request("GET", "/x")->body, "GET 0");
}

TEST(Https, ClientRefusesAnotherKey) {
  const Host host;
  const auto client = host.client(2);
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, Code::peer);
  EXPECT_THAT(client.error().message, HasSubstr("wrong key"));
}

TEST(Https, PlainClientGetsNowhere) {
  const Host host;
  Url url;
  url.endpoint = host.server->local();
  auto client = HttpClient::connect(url);
  ASSERT_TRUE(client);
  const auto answer = client->request("GET", "/");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::peer);
}

TEST(Https, TakesLargeBodiesWhereTheRouteAllows) {
  const Host host;
  auto client = host.client();
  ASSERT_TRUE(client);
  std::string body(8U << 20U, 'a');
  for (std::size_t i = 0; i < body.size(); ++i)
    body[i] = static_cast<char>('a' + i * i % 1009 % 26);
  const auto answer = client->request("PUT", "/body", body, "application/octet-stream");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200U);
  EXPECT_TRUE(answer->body == body);
  // One byte more, and elsewhere.
  EXPECT_EQ(host.client()->request("PUT", "/body", body + "!")->status, 413U);
  EXPECT_EQ(host.client()->request("POST", "/body", body)->status, 413U);
  EXPECT_EQ(host.client()->request("POST", "/x", std::string(1000, 'b'))->status, 200U);
  EXPECT_EQ(host.client()->request("POST", "/x", std::string(1001, 'b'))->status, 413U);
}

TEST(Https, BodiesTogetherAreBounded) {
  HttpConfig c;
  c.body_bytes_total_max = 4000;
  const Host host(c);
  auto first = host.client();
  auto second = host.client();
  ASSERT_TRUE(first && second);
  const auto refused = first->request("PUT", "/body", std::string(4001, 'x'));
  ASSERT_TRUE(refused) << refused.error().message;
  EXPECT_EQ(refused->status, 503U);
  // What was counted is given back: more than the sum goes through in turn.
  for (int i = 0; i < 3; ++i) {
    const auto answer = second->request("PUT", "/body", std::string(4000, 'x'));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200U);
  }
}

TEST(Https, AbortEndsABlockedRequest) {
  const Host host;
  auto client = host.client();
  ASSERT_TRUE(client);
  std::atomic<bool> ended{false};
  const Aside asking([&] {
    const auto answer = client->request("GET", "/silent");
    EXPECT_FALSE(answer);
    ended = true;
  });
  client->abort();
  while (!asking.done()) std::this_thread::yield();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(client->request("GET", "/x"));
}

}  // namespace https_test
}  // namespace cess::net
