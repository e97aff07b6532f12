// SPDX-License-Identifier: Apache-2.0
// links: net
// Several nodes behind one question: the next one when one is away, none for an answer it dislikes.
#include "miner/node_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "net/http.hpp"

namespace cess::miner {
namespace node_pool_test {

/// A node that says its number, or that it does not know.
class NumberedNode final : public net::HttpHandler {
 public:
  explicit NumberedNode(int number) : number_(number) {
    net::HttpConfig config;
    config.listen = {"127.0.0.1", 0};
    auto http = net::HttpServer::open(loop_, std::move(config), *this);
    EXPECT_TRUE(http);
    http_ = std::move(*http);
    url_ = "http://127.0.0.1:" + std::to_string(http_->local().port);
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~NumberedNode() override {
    loop_.stop();
    thread_.join();
  }
  void on_request(net::HttpRequest request, net::HttpReply reply) override {
    const auto json = parse_json(request.body, "question");
    ++asked;
    Json out = {{"jsonrpc", "2.0"}, {"id", (*json)["id"]}};
    if ((*json)["method"] == "number") {
      out["result"] = {{"number", number_}};
    } else {
      out["error"] = {{"code", -32602}, {"message", "wrong"}};
    }
    reply({200, "application/json", write_json(out), {}});
  }
  [[nodiscard]] const std::string& url() const { return url_; }
  std::atomic<int> asked = 0;

 private:
  int number_;
  net::Loop loop_;
  std::unique_ptr<net::HttpServer> http_;
  std::string url_;
  std::thread thread_;
};

constexpr net::ClientLimits kLimits{.wait_ms_max = 120'000, .body_size_max = 1U << 20U};

int number_of(NodePool& pool) {
  const auto answer = pool.call("number");
  EXPECT_TRUE(answer) << answer.error().message;
  return answer ? (*answer)["number"].get<int>() : 0;
}

TEST(NodePool, TheNextNodeAnswersWhenOneIsAway) {
  auto first = std::make_unique<NumberedNode>(1);
  NumberedNode second(2);
  NodePool pool({first->url(), second.url()}, kLimits);
  EXPECT_EQ(number_of(pool), 1);
  EXPECT_EQ(number_of(pool), 1);
  EXPECT_EQ(second.asked, 0);
  EXPECT_EQ(pool.node(), first->url());
  first.reset();
  EXPECT_EQ(number_of(pool), 2);
  EXPECT_EQ(pool.node(), second.url());
  EXPECT_EQ(number_of(pool), 2);
}

TEST(NodePool, AnAnswerThatIsAnErrorIsAnAnswer) {
  NumberedNode first(1);
  NumberedNode second(2);
  NodePool pool({first.url(), second.url()}, kLimits);
  const auto answer = pool.call("something");
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().code, Code::peer);
  EXPECT_EQ(pool.node(), first.url());
  EXPECT_EQ(second.asked, 0);
}

TEST(NodePool, NobodyIsThere) {
  std::vector<std::string> urls;
  {
    NumberedNode first(1);
    NumberedNode second(2);
    urls = {first.url(), second.url()};
  }
  NodePool pool(urls, kLimits);
  const auto answer = pool.call("number");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::peer);
}

TEST(NodePool, ManyThreadsAskAtOnce) {
  NumberedNode node(7);
  NodePool pool({node.url()}, kLimits);
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 12; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) good += number_of(pool) == 7 ? 1 : 0;
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(good, 120);
  EXPECT_EQ(node.asked, 120);
}

}  // namespace node_pool_test
}  // namespace cess::miner
