// SPDX-License-Identifier: Apache-2.0
// A node that is asked over its RPC: the node runs on this thread's loop; who asks has a thread of
// its own.
#pragma once

#include <atomic>
#include <thread>

#include "chain/state/accounts/accounts.hpp"
#include "net/http_client.hpp"
#include "unit/chain/node/test_network.hpp"

namespace cess::node {

/// One validator, alone and so always in sync, and somebody who asks it.
struct Asked : Network {
  explicit Asked(std::uint64_t block_ms = 50) : Network(1, 1, block_ms) {
    EXPECT_TRUE(until([&] { return nodes[0]->synced() && nodes[0]->durable_height() >= 2; }));
  }
  net::Url url(const std::string& of) const {
    const auto text = read_file(path + "/net/" + of + "/data/listening.json", 10'000);
    const auto place = parse_json(as_text(*text), "listening");
    return *net::parse_url("http://" + (*place)["rpc"].get<std::string>(), "rpc");
  }
  /// Runs the loop while `f` asks.
  template <class F>
  auto ask(F f) {
    decltype(f()) out{};
    std::atomic<bool> done{false};
    std::thread client([&] {
      out = f();
      done = true;
      loop.post([] {});
    });
    EXPECT_TRUE(until([&] { return done.load(); }));
    client.join();
    return out;
  }
  net::HttpResponse http(const std::string& method, const std::string& target,
                         const std::string& body = {}, const std::string& of = "node-0") {
    const net::Url at = url(of);
    return ask([&]() -> net::HttpResponse {
      auto client = net::HttpClient::connect(at);
      if (!client) return {};
      auto r = client->request(method, target, body);
      return r ? std::move(*r) : net::HttpResponse{};
    });
  }
  Json post(const Json& request, const std::string& of = "node-0") {
    const auto answer = http("POST", "/", write_json(request), of);
    return answer.body.empty() ? Json() : parse_json(answer.body, "answer").value_or(Json());
  }
  Json answer(const std::string& method, const Json& params = Json::object(),
              const std::string& of = "node-0") {
    return post({{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}}, of);
  }
  Json result(const std::string& method, const Json& params = Json::object()) {
    const Json a = answer(method, params);
    EXPECT_TRUE(a.contains("result")) << method << ": " << write_json(a);
    return a.value("result", Json());
  }
  int error(const std::string& method, const Json& params = Json::object()) {
    const Json a = answer(method, params);
    EXPECT_TRUE(a.contains("error")) << method << ": " << write_json(a);
    return a.contains("error") ? a["error"]["code"].get<int>() : 0;
  }
  Txn transfer(std::uint64_t nonce) {
    const auto file = read_file(path + "/net/faucet.key", 10'000);
    const auto key = parse_account_key(as_text(*file), "key");
    TxnBody body;
    body.genesis = nodes[0]->ledger().position().genesis;
    body.sender = key->id;
    body.nonce = nonce;
    body.valid_until = 10'000;
    body.module = 1;
    body.args = encode_scale(accounts::Transfer{AccountId::from(Bytes(32, 7)), kBaseUnitsPerToken});
    return sign_txn(body, *key);
  }
};

}  // namespace cess::node
