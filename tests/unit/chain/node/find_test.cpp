// SPDX-License-Identifier: Apache-2.0
// links: net chain_client
// What a pasted hash is: names, what stands in records and in events, in pieces of any size.
#include <gmock/gmock.h>

#include <set>

#include "unit/chain/node/asked.hpp"

namespace cess::node {
namespace {

TEST(Find, WhatAHashIs) {
  Asked net;
  const auto find = [&](const Json& hash) { return net.result("chain_find", {{"hash", hash}}); };
  const Json account = net.result("node_info")["account"];
  const auto who = parse_account(account.get<std::string>(), "account");
  ASSERT_TRUE(who);
  // Names.
  const Json named = find(to_hex(*who));
  EXPECT_EQ(named["what"], "item");
  EXPECT_EQ(named["item"], "accounts.account");
  EXPECT_EQ(named["key"], Json::array({account}));
  EXPECT_EQ(named["in"], "key");
  const Json block = net.result("chain_header", {{"at", 1}});
  EXPECT_EQ(find(block["hash"])["what"], "block");
  EXPECT_EQ(find(block["hash"])["height"], 1);
  const auto bytes = encode_scale(net.transfer(0));
  const auto later = encode_scale(net.transfer(5));  // waits for the four between
  net.result("tx_submit", {{"txn", to_hex(later)}});
  net.result("tx_submit", {{"txn", to_hex(bytes)}});
  net.result("tx_wait", {{"hash", to_hex(txn_hash(bytes))}, {"wait_ms", 60'000}});
  EXPECT_EQ(find(to_hex(txn_hash(bytes)))["what"], "txn");
  EXPECT_EQ(find(to_hex(txn_hash(later)))["what"], "pending");
  // What only stands in a record: a key of a validator.
  const Json committee = net.result("chain_committee");
  const Json vrf = committee["members"][0]["vrf_key"];
  const Json in = find(vrf);
  EXPECT_EQ(in["what"], "item");
  EXPECT_EQ(in["in"], "record");
  const Json record = net.result("state_get", {{"item", in["item"]}, {"key", in["key"]}});
  EXPECT_NE(write_json(record["value"]).find(vrf.get<std::string>()), std::string::npos);
  // And only in an event: the beacon of an epoch that is over.
  ASSERT_TRUE(net.until([&] { return net.nodes[0]->durable_height() >= 45; }));
  const Json began = net.result("chain_events", {{"from", 1}, {"filter", "system.epoch_began"}});
  Json first;
  for (const Json& e : began["events"])
    if (first.is_null() && e["data"]["epoch"] != "0") first = e;
  ASSERT_FALSE(first.is_null());
  const Json event = find(first["data"]["beacon"]);
  EXPECT_EQ(event["what"], "event");
  EXPECT_EQ(event["event"], first);
}

TEST(Find, InPiecesAndEnds) {
  Asked net;
  const auto pieces = [&](const Json& hash, const Json& limit) {
    Json params = {{"hash", hash}, {"limit", limit}};
    std::set<std::string> cursors;
    while (true) {
      const Json a = net.answer("chain_find", params);
      if (!a.contains("result"))
        return std::pair{cursors.size(), a["error"]["code"].get<int>() == -32001 ? Json() : a};
      if (!a["result"]["what"].is_null()) return std::pair{cursors.size(), a["result"]};
      if (!cursors.insert(a["result"]["next"].get<std::string>()).second) {
        ADD_FAILURE() << "goes in circles";
        return std::pair{cursors.size(), Json("circle")};
      }
      params["after"] = a["result"]["next"];
    }
  };
  const Json nothing = std::string(64, '5');
  const auto whole = pieces(nothing, 20'000);
  EXPECT_EQ(whole.first, 0U) << "a small chain is one answer";
  EXPECT_EQ(whole.second, Json());
  const auto many = pieces(nothing, 3);
  EXPECT_GT(many.first, 5U);
  EXPECT_EQ(many.second, Json());
  // The same is found, whatever the size of the pieces.
  const Json vrf = net.result("chain_committee")["members"][0]["vrf_key"];
  const auto at_once = pieces(vrf, 20'000).second;
  EXPECT_EQ(at_once["what"], "item");
  for (const int limit : {0, 1, 3, 50}) {
    const auto found = pieces(vrf, limit).second;
    EXPECT_EQ(found["item"], at_once["item"]) << limit;
    EXPECT_EQ(found["key"], at_once["key"]) << limit;
  }
  // So are roots of headers and events of old blocks, of which few pieces stand for thousands.
  ASSERT_TRUE(net.until([&] { return net.nodes[0]->durable_height() >= 25; }));
  for (const int limit : {1, 4, 20'000}) {
    for (const int height : {2, 9, 10, 11, 19}) {
      if (limit == 1 && height != 10) continue;  // hundreds of questions each
      const Json header = net.result("chain_header", {{"at", height}})["header"];
      for (const char* root : {"state_root", "mmr_root"}) {
        const auto found = pieces(header[root], limit).second;
        EXPECT_EQ(found["what"], root) << height << " " << limit;
        EXPECT_EQ(found["height"], height) << root << " " << limit;
      }
      // Blocks that are alike share these.
      for (const char* root : {"txns_root", "receipts_root", "evidence_root"}) {
        if (header[root] == std::string(64, '0')) continue;
        EXPECT_EQ(pieces(header[root], limit).second["what"], root) << height << " " << limit;
      }
    }
    const Json events = net.result("chain_events", {{"from", 2}, {"filter", "system.epoch_began"}});
    const Json event = events["events"][0];
    const auto found = pieces(event["data"]["beacon"], limit).second;
    EXPECT_EQ(found["event"]["event"], "epoch_began") << limit;
  }
  const Json committee = net.result("chain_committee");
  EXPECT_EQ(pieces(committee["seed"], 1).second["what"], "seed");
  const auto key = pieces(committee["members"][0]["node_key"], 1).second;
  EXPECT_EQ(key["what"], "node_key");
  EXPECT_EQ(key["account"], committee["members"][0]["account"]);
  EXPECT_EQ(net.error("chain_find", {{"hash", nothing}, {"limit", 20'001}}), -32602);
  for (const char* cursor :
       {"", "00", "03", "000000000000000001ff", "0200", "0300", "04", "05", "zz"})
    EXPECT_EQ(net.error("chain_find", {{"hash", nothing}, {"after", cursor}}), -32602) << cursor;
  // From the head on, to the end; the blocks are more than a piece by now where the machine is
  // slow.
  Json params = {{"hash", nothing}, {"limit", 20'000}, {"after", "00ffffffffffffffff"}};
  Json last = net.answer("chain_find", params);
  while (last.contains("result") && last["result"]["what"].is_null()) {
    params["after"] = last["result"]["next"];
    last = net.answer("chain_find", params);
  }
  ASSERT_TRUE(last.contains("error")) << write_json(last);
  EXPECT_EQ(last["error"]["code"], -32001);
}

}  // namespace
}  // namespace cess::node
