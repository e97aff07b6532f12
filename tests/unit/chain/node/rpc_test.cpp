// SPDX-License-Identifier: Apache-2.0
// links: net chain_client chain_light
// What people and programs ask of a node: methods, errors, batches, subscriptions, /health,
// /metrics. The node runs on this thread's loop; who asks has a thread of its own.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "chain/client/rpc.hpp"
#include "chain/light/proof.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "net/http_client.hpp"
#include "unit/chain/node/asked.hpp"

namespace cess::node {
namespace {

TEST(Rpc, TellsOfItselfAndOfTheChain) {
  Asked net;
  const Json info = net.result("node_info");
  for (const char* key : {"schema", "protocol", "version", "chain", "genesis", "node_key",
                          "account", "validating", "synced", "height", "best_height", "era",
                          "epoch", "archive", "oldest_block", "peers", "round", "uptime_s"})
    EXPECT_TRUE(info.contains(key)) << key;
  EXPECT_EQ(info["synced"], true);
  EXPECT_EQ(net.result("node_peers"), Json::array());
  const Json head = net.result("chain_head");
  const Json header = net.result("chain_header", {{"at", head["hash"]}});
  EXPECT_EQ(header, head) << "by hash";
  EXPECT_EQ(net.result("chain_header", {{"at", head["height"]}}), head) << "by number";
  const Json block = net.result("chain_block", {{"at", 1}, {"bytes", true}});
  const auto bytes = parse_hex(block["block_bytes"].get<std::string>(), "block");
  ASSERT_TRUE(bytes);
  const auto parsed = ledger::parse_whole(*bytes);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(block["hash"], to_hex((*parsed)->hash));
  EXPECT_EQ(block["evidence"], Json::array());
  EXPECT_FALSE(net.result("chain_block", {{"at", 1}}).contains("block_bytes"));
  const Json certificate = net.result("chain_certificate", {{"at", 1}});
  EXPECT_EQ(certificate["certificate"]["digest"], block["hash"]);
  EXPECT_EQ(certificate["certificate"]["kind"], "commit");
  const Json committee = net.result("chain_committee", {{"era", 0}});
  EXPECT_EQ(committee["members"].size(), 1U);
  EXPECT_EQ(net.result("chain_spec")["schema"], "cess.spec/1");
  EXPECT_TRUE(net.result("chain_validator", {{"account", info["account"]}}).contains("height"));
  const Json links = net.result("chain_links", {{"from", 1}, {"to", 2}});
  EXPECT_EQ(links["committees"].size(), 1U);
  const auto is = [&](const Json& hash) {
    return net.result("chain_find", {{"hash", hash}})["what"];
  };
  EXPECT_EQ(is(info["genesis"]), "genesis");
  EXPECT_EQ(is(info["node_key"]), "node_key");
  EXPECT_EQ(is(committee["hash"]), "committee");
  EXPECT_EQ(is(committee["seed"]), "seed");
  for (const char* root : {"state_root", "receipts_root", "mmr_root"})
    EXPECT_EQ(is(head["header"][root]), root);
  EXPECT_EQ(net.error("chain_find", {{"hash", std::string(64, '5')}}), -32001);
  EXPECT_EQ(net.error("chain_header", {{"at", 1'000'000}}), -32001);
  EXPECT_EQ(net.error("chain_header", {{"at", std::string(64, '0')}}), -32001);
  EXPECT_EQ(net.error("chain_header", {{"at", "somewhere"}}), -32602);
  EXPECT_EQ(net.error("chain_committee", {{"era", 99}}), -32001);
}

TEST(Rpc, StateIsReadListedAndProven) {
  Asked net;
  const Json info = net.result("node_info");
  const Json items = net.result("state_items");
  EXPECT_GT(items.size(), 50U);
  const Json account = net.result(
      "state_get", {{"item", "accounts.account"}, {"key", Json::array({info["account"]})}});
  EXPECT_EQ(account["exists"], true);
  EXPECT_EQ(net.result("state_get", {{"raw_key", account["raw_key"]}})["raw_value"],
            account["raw_value"]);
  const Json page = net.result("state_list", {{"item", "accounts.account"}, {"limit", 1}});
  ASSERT_EQ(page["entries"].size(), 1U);
  const Json rest =
      net.result("state_list", {{"item", "accounts.account"}, {"after", page["next"]}});
  for (const Json& e : rest["entries"]) EXPECT_NE(e["raw_key"], page["entries"][0]["raw_key"]);
  EXPECT_TRUE(rest["next"].is_null());
  EXPECT_EQ(net.error("state_get", {{"item", "accounts.nothing"}, {"key", Json::array()}}), -32602);

  // A proof leads to the block after, whose hash is trust enough.
  const Json proven = net.result("state_get", {{"raw_key", account["raw_key"]}, {"prove", true}});
  const auto header = parse_hex(proven["proof"]["header_bytes"].get<std::string>(), "header");
  const auto verifier = consensus::make_bls_verifier();
  const light::Trust trust{header_hash(*ledger::parse_header(*header)), 1, 1};
  const auto verdict = light::verify_proof(*verifier, trust, proven["proof"]);
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ(verdict->height, proven["height"].get<Height>());
  EXPECT_TRUE(verdict->raw_value);
}

TEST(Rpc, KeysAreNamedInEveryForm) {
  Asked net;
  const std::string ss58 = net.result("node_info")["account"].get<std::string>();
  const std::string hex = to_hex(*parse_account(ss58, "account"));
  const auto listed = [&](const Json& item, const Json& prefix) {
    return net.result("state_list", {{"item", item}, {"prefix", prefix}})["entries"];
  };
  for (const std::string& form : {ss58, hex, "0x" + hex}) {
    const Json one = listed("accounts.account", Json::array({form}));
    ASSERT_EQ(one.size(), 1U) << form;
    EXPECT_EQ(one[0]["key"], Json::array({ss58})) << form;
  }
  EXPECT_GT(listed("accounts.account", Json::array()).size(), 1U);
  // Numbers as JSON has them and as text; only what begins with them.
  const Json pools = listed("accounts.pool", Json::array());
  ASSERT_GE(pools.size(), 3U);
  const Json last = pools[pools.size() - 1];
  const Json module = last["key"][0];  // of all of them, on a fresh chain
  EXPECT_EQ(listed("accounts.pool", Json::array({module})), pools);
  EXPECT_EQ(listed("accounts.pool", Json::array({module.dump()})), pools);
  EXPECT_EQ(listed("accounts.pool", Json::array({"0"})), Json::array());
  EXPECT_EQ(listed("accounts.pool", last["key"]), Json::array({last}));
  EXPECT_EQ(net.error("state_list", {{"item", "accounts.account"}, {"prefix", {ss58, ss58}}}),
            -32602);
  // An Ethereum address that nobody bound is an account of its own.
  const std::string ethereum = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
  const Json own =
      to_ss58(ethereum_account(*parse_hex("5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "e")));
  EXPECT_EQ(net.result("account_next", {{"account", ethereum}})["account"], own);
  EXPECT_EQ(net.error("account_next", {{"account", "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"}}),
            -32602);
  const auto key_of = [&](const Json& who) {
    return net.result("state_get", {{"item", "accounts.account"}, {"key", {who}}})["raw_key"];
  };
  EXPECT_EQ(key_of(ethereum), key_of(own));
  // A name that no territory can have is refused; it once ended the node.
  const auto named = [&](std::size_t size) {
    return Json{{"item", "territory.territory_name"}, {"key", {ss58, std::string(size, 'a')}}};
  };
  EXPECT_EQ(net.result("state_get", named(255))["exists"], false);
  EXPECT_EQ(net.error("state_get", named(256)), -32602);
}

TEST(Rpc, ATransactionFromSubmissionToProof) {
  Asked net;
  const Txn txn = net.transfer(0);
  const std::string bytes = to_hex(encode_scale(txn));
  const std::string hash = to_hex(txn_hash(encode_scale(txn)));
  const Json estimate = net.result("tx_estimate", {{"txn", bytes}});
  EXPECT_EQ(net.result("tx_estimate", {{"txn", to_hex(encode_scale(txn.body))}}), estimate)
      << "unsigned";
  EXPECT_EQ(net.result("tx_status", {{"hash", hash}})["status"], "unknown");
  EXPECT_EQ(net.error("tx_proof", {{"hash", hash}}), -32001);
  EXPECT_EQ(net.error("tx_wait", {{"hash", hash}, {"wait_ms", 1}}), -32006);
  EXPECT_EQ(net.result("tx_submit", {{"txn", bytes}})["hash"], hash);
  const Json waited = net.result("tx_wait", {{"hash", hash}, {"wait_ms", 60'000}});
  EXPECT_EQ(waited["hash"], hash);
  EXPECT_EQ(waited["receipt"]["ok"], true);
  const Json& proof = waited["proof"];
  const auto next = parse_hex(proof["next_header_bytes"].get<std::string>(), "header");
  const auto verifier = consensus::make_bls_verifier();
  const light::Trust trust{header_hash(*ledger::parse_header(*next)), 1, 1};
  const auto verdict = light::verify_proof(*verifier, trust, proof);
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ(to_hex(verdict->txn), hash);
  EXPECT_EQ(net.result("tx_proof", {{"hash", hash}}), proof);
  const Json status = net.result("tx_status", {{"hash", hash}});
  EXPECT_EQ(status["status"], "final");
  EXPECT_EQ(status["ok"], true);
  EXPECT_EQ(net.result("chain_txn", {{"hash", hash}})["txn_bytes"], bytes);
  EXPECT_EQ(net.error("tx_submit", {{"txn", bytes}}), -32003) << "used its nonce";
  const Json events =
      net.result("chain_events",
                 {{"from", status["height"]}, {"to", status["height"]}, {"filter", "accounts.*"}});
  ASSERT_FALSE(events["events"].empty());
  EXPECT_EQ(events["events"][0]["txn"], hash);
  const auto filtered = [&](const char* filter) -> Json {
    return {{"from", status["height"]}, {"to", status["height"]}, {"filter", filter}};
  };
  EXPECT_TRUE(net.result("chain_events", filtered("storage.*"))["events"].empty());
  EXPECT_FALSE(net.result("chain_events", filtered("*"))["events"].empty());
  for (const char* wrong : {"none.*", "accounts.transfered", "accounts", "*.transferred"})
    EXPECT_EQ(net.error("chain_events", filtered(wrong)), -32602) << wrong;
  EXPECT_EQ(net.result("account_next", {{"account", to_ss58(txn.body.sender)}})["next"], 1);

  // One whose turn has not come waits in the pool.
  const Txn later = net.transfer(3);
  net.result("tx_submit", {{"txn", to_hex(encode_scale(later))}});
  const Json pool = net.result("mempool_status");
  for (const char* key : {"count", "bytes", "senders", "count_max", "bytes_max", "rate_min",
                          "added", "replaced", "evicted", "expired", "refused"})
    EXPECT_TRUE(pool.contains(key)) << key;
  EXPECT_EQ(pool["count"], 1);
  const Json list = net.result("mempool_list", {{"sender", to_ss58(later.body.sender)}});
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["nonce"], 3);
}

TEST(Rpc, ErrorsHaveTheirNumbers) {
  Asked net;
  const auto code = [&](const std::string& text) {
    const auto r = parse_json(net.http("POST", "/", text).body, "answer");
    return r && r->contains("error") ? (*r)["error"]["code"].get<int>() : 0;
  };
  EXPECT_EQ(code("{"), -32700);
  EXPECT_EQ(code("[]"), -32600);
  EXPECT_EQ(code("7"), -32600);
  EXPECT_EQ(code(R"({"jsonrpc":"1.0","id":1,"method":"node_info"})"), -32600);
  EXPECT_EQ(code(R"({"jsonrpc":"2.0","id":{},"method":"node_info"})"), -32600);
  EXPECT_EQ(code(R"({"jsonrpc":"2.0","id":1,"method":"node_inf"})"), -32601);
  EXPECT_EQ(code(R"({"jsonrpc":"2.0","id":1,"method":"chain_header","params":[1]})"), -32602);
  EXPECT_EQ(net.error("tx_submit", {{"txn", "xyz"}}), -32602);
  EXPECT_EQ(net.error("tx_submit", {{"txn", "00"}}), -32003);
  EXPECT_EQ(net.error("subscribe", {{"topic", "heads"}}), -32602) << "not over HTTP";
  const Json failed = net.answer("chain_header", {{"at", 1'000'000}});
  EXPECT_EQ(failed["error"]["data"]["schema"], "cess.error/1");

  const Json one = {{"jsonrpc", "2.0"}, {"id", 9}, {"method", "node_peers"}};
  Json batch = Json::array();
  for (int i = 0; i < 50; ++i) batch.push_back(one);
  EXPECT_EQ(net.post(batch).size(), 50U);
  batch.push_back(one);
  EXPECT_EQ(net.post(batch)["error"]["code"], -32600) << "one too many";
  EXPECT_EQ(net.http("POST", "/", R"({"jsonrpc":"2.0","method":"node_info"})").status, 204U)
      << "a notification has no answer";
  EXPECT_EQ(net.http("POST", "/elsewhere", "{}").status, 404U);
  EXPECT_EQ(net.http("GET", "/").status, 404U);
  EXPECT_EQ(net.http("DELETE", "/").status, 405U);
}

TEST(Rpc, HealthAndMetrics) {
  Asked net;
  const auto health = net.http("GET", "/health");
  EXPECT_EQ(health.status, 200U);
  const auto said = parse_json(health.body, "health");
  ASSERT_TRUE(said);
  EXPECT_EQ((*said)["schema"], "cess.node_info/1");
  const auto metrics = net.http("GET", "/metrics");
  EXPECT_EQ(metrics.status, 200U);
  // Prometheus text 0.0.4: each figure after its help and its type, names once.
  std::map<std::string, double> values;
  std::string help;
  std::string type;
  std::istringstream lines(metrics.body);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash, what, name;
    if (line.starts_with("# ")) {
      words >> hash >> what >> name;
      EXPECT_THAT(what, testing::AnyOf("HELP", "TYPE")) << line;
      (what == "HELP" ? help : type) = name;
      continue;
    }
    double value = -1;
    words >> name >> value;
    EXPECT_THAT(name, testing::MatchesRegex("cess_[a-z_]+")) << line;
    EXPECT_EQ(name, help);
    EXPECT_EQ(name, type);
    EXPECT_TRUE(words.eof() && value >= 0) << line;
    EXPECT_TRUE(values.emplace(name, value).second) << "twice: " << name;
  }
  EXPECT_GE(values.at("cess_height"), 2);
  EXPECT_EQ(values.at("cess_synced"), 1);
  EXPECT_EQ(values.at("cess_validating"), 1);
  EXPECT_GE(values.at("cess_blocks_total"), 2);

  // Somebody who knows nobody is not in sync: says so, and estimates nothing.
  const auto lonely = net.observer("lonely", {}, false);
  EXPECT_EQ(net.http("GET", "/health", {}, "lonely").status, 503U);
  EXPECT_THAT(net.http("GET", "/metrics", {}, "lonely").body,
              testing::HasSubstr("\ncess_synced 0\n"));
  const std::string txn = to_hex(encode_scale(net.transfer(0)));
  for (const char* method : {"tx_estimate", "tx_submit"}) {
    const Json refused = net.answer(method, {{"txn", txn}}, "lonely");
    EXPECT_EQ(refused["error"]["code"], -32005) << method;
  }
}

TEST(Rpc, SubscribersHearOfHeadsEventsAndTheirTransaction) {
  Asked net;
  const std::string hash = to_hex(txn_hash(encode_scale(net.transfer(0))));
  const std::string bytes = to_hex(encode_scale(net.transfer(0)));
  net::Url at = net.url("node-0");
  at.websocket = true;
  at.path = "/ws";
  struct Heard {
    std::string fault;
    std::vector<Json> heads, events, txn;
    Json foreign, gone, full, refused;
    bool silent_after = true;
  };
  const Heard heard = net.ask([&] {
    Heard out;
    auto ws = net::WsClient::connect(at);
    auto other = net::WsClient::connect(at);
    if (!ws || !other) {
      out.fault = "no connection";
      return out;
    }
    std::vector<Json> notes;
    int id = 0;
    // Answers come between notifications.
    const auto call = [&](net::WsClient& on, const std::string& method, const Json& params) {
      const Json request = {
          {"jsonrpc", "2.0"}, {"id", ++id}, {"method", method}, {"params", params}};
      if (!on.send(write_json(request))) out.fault = "cannot send";
      while (out.fault.empty()) {
        const auto text = on.receive(120'000);
        if (!text || !*text) {
          out.fault = "nothing came";
          break;
        }
        Json m = parse_json(**text, "message").value_or(Json());
        if (m.contains("id")) return m;
        notes.push_back(std::move(m));
      }
      return Json();
    };
    const Json heads = call(*ws, "subscribe", {{"topic", "heads"}})["result"];
    const Json events =
        call(*ws, "subscribe", {{"topic", "events"}, {"filter", "accounts.transferred"}})["result"];
    const Json txn = call(*ws, "subscribe", {{"topic", "txn"}, {"filter", hash}})["result"];
    out.refused = call(*ws, "subscribe", {{"topic", "weather"}});
    out.foreign = call(*other, "unsubscribe", {{"subscription", heads}});
    call(*ws, "tx_submit", {{"txn", bytes}});
    while (out.fault.empty() && (out.heads.size() < 4 || out.txn.empty() || out.events.empty())) {
      if (notes.empty()) {
        const auto text = ws->receive(120'000);
        if (!text || !*text) out.fault = "nothing came";
        if (!out.fault.empty()) break;
        notes.push_back(parse_json(**text, "message").value_or(Json()));
      }
      for (const Json& n : std::exchange(notes, {})) {
        const Json& p = n["params"];
        auto& list = p["subscription"] == heads    ? out.heads
                     : p["subscription"] == events ? out.events
                                                   : out.txn;
        list.push_back(p["result"]);
      }
    }
    call(*ws, "unsubscribe", {{"subscription", heads}});
    notes.clear();
    out.gone = call(*ws, "unsubscribe", {{"subscription", heads}});
    call(*ws, "node_info", {});
    for (const Json& n : notes) out.silent_after &= n["params"]["subscription"] != heads;
    // As many as one connection may have, of what never happens.
    const Json never = {{"topic", "events"}, {"filter", "files.stored"}};
    for (int i = 0; i < 64; ++i) call(*other, "subscribe", never);
    out.full = call(*other, "subscribe", never);
    return out;
  });
  ASSERT_EQ(heard.fault, "");
  for (std::size_t i = 1; i < heard.heads.size(); ++i) {
    EXPECT_EQ(heard.heads[i]["height"].get<Height>(),
              heard.heads[i - 1]["height"].get<Height>() + 1)
        << "none left out";
  }
  ASSERT_EQ(heard.events.size(), 1U);
  EXPECT_EQ(heard.events[0]["txn"], hash);
  ASSERT_EQ(heard.txn.size(), 1U);
  EXPECT_EQ(heard.txn[0]["receipt"]["ok"], true);
  EXPECT_EQ(heard.txn[0]["proof"]["schema"], "cess.finality_proof/1");
  EXPECT_EQ(heard.refused["error"]["code"], -32602);
  EXPECT_EQ(heard.foreign["error"]["code"], -32001) << "another's subscription";
  EXPECT_EQ(heard.gone["error"]["code"], -32001);
  EXPECT_EQ(heard.full["error"]["code"], -32006);
  EXPECT_TRUE(heard.silent_after);
}

}  // namespace
}  // namespace cess::node
