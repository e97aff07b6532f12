// SPDX-License-Identifier: Apache-2.0
// links: net
// Whole nodes on one loop, over real TLS, with real BLS and real files; and a validator that lies.
#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "chain/consensus/messages.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "chain/state/offences/offences.hpp"
#include "net/http_client.hpp"
#include "unit/chain/node/test_network.hpp"

namespace cess::node {
namespace {

TEST(Network, FinalisesTheSameBlocksEverywhere) {
  Network net(kValidators);
  ASSERT_TRUE(net.until([&] { return net.nodes[0]->durable_height() >= 12; }));
  ASSERT_TRUE(net.until([&] { return net.nodes[3]->durable_height() >= 12; }));
  for (Height h = 1; h <= 12; ++h) {
    EXPECT_EQ(**net.nodes[3]->store().block(h), **net.nodes[0]->store().block(h)) << h;
  }
  EXPECT_TRUE(net.nodes[3]->core_view().voting);
  EXPECT_TRUE(net.nodes[0]->runtime().check_invariants(net.nodes[0]->ledger().state()));
}

// The first proposal of all has nobody to go to: it is told again to who connects, so that nobody
// waits for a second round, which would not come within this test.
TEST(Network, WhoConnectsAfterTheProposalHearsIt) {
  Network net(0);
  net.round_ms = 50'000;
  net.start(0);
  // The proposer begins alone, and the others come when it has proposed.
  const auto voters = net.nodes[0]->ledger().voters();
  std::size_t proposer = 0;
  while (read_keys(net.folder(proposer))->bls == std::nullopt ||
         voters->index_of(
             (*consensus::make_bls_signer(*read_keys(net.folder(proposer))->bls))->key()) !=
             voters->proposer(1, 0)) {
    ASSERT_LT(++proposer, kValidators);
  }
  if (proposer != 0) {
    net.stop(0);
    net.start(proposer);
  }
  ASSERT_TRUE(net.until([&] { return net.nodes[proposer]->counters().proposals_built == 1; }));
  for (std::size_t i = 0; i < kValidators; ++i) {
    if (i != proposer) net.start(i);
  }
  ASSERT_TRUE(net.until([&] { return net.nodes[proposer]->durable_height() >= 1; }));
  EXPECT_EQ(net.nodes[proposer]->store().certificate(1)->value().round, 0U);
}

/// Sits in the committee, connects as everybody does, and signs two PREPAREs for each height.
class Liar final : public net::PeerEvents {
 public:
  Liar(Network& net, std::size_t i) : net_(net), keys_(*read_keys(net.folder(i))) {
    signer_ = std::move(*consensus::make_bls_signer(*keys_.bls));
    net::PeersConfig c;
    c.node_seed = keys_.node_seed.clone();
    c.genesis = net.nodes[0]->ledger().position().genesis;
    c.channels = wire::channel_rules();
    peers_ = std::move(*net::Peers::open(net.loop, std::move(c), *this));
    for (const auto& node : net.nodes)
      peers_->dial(*node->peers().local(), node->peers().own_key());
  }
  void on_peer_up(const net::PeerInfo&) override {}
  void on_peer_down(const net::NodeKey&, const std::string&) override {}
  void on_refused(const net::Endpoint&, const std::string&) override {}
  void on_message(const net::NodeKey& peer, net::Channel channel, Bytes body) override {
    if (channel != wire::kControl) return;
    const auto message = wire::decode(body);
    if (!message || !std::holds_alternative<wire::Head>(*message)) return;
    const Height height = std::get<wire::Head>(*message).height + 1;
    const auto voters = net_.nodes[0]->ledger().voters();
    for (const int which : {1, 2}) {
      consensus::SignedVote vote;
      vote.vote = {consensus::Kind::prepare, voters->era(), height, 0, {}, 0};
      vote.vote.digest.bytes[0] = static_cast<std::uint8_t>(which);
      vote.signer = *voters->index_of(signer_->key());
      vote.signature =
          signer_->sign(signed_bytes(net_.nodes[0]->ledger().position().genesis, vote.vote));
      const consensus::Message out = consensus::VoteMessage{vote, {}};
      peers_->send(peer, wire::kVotes, std::make_shared<const Bytes>(encode_message(out)));
    }
  }

 private:
  Network& net_;
  NodeKeys keys_;
  std::unique_ptr<consensus::Signer> signer_;
  std::unique_ptr<net::Peers> peers_;
};

TEST(Network, WhoSignsTwoThingsIsConvictedAndNobodyElse) {
  Network net(3);
  ASSERT_TRUE(net.until([&] { return net.nodes[0]->durable_height() >= 2; }));
  const Liar liar(net, 3);
  std::vector<AccountId> convicted;
  ASSERT_TRUE(net.until([&] {
    convicted.clear();
    offences::kConvictions.scan(net.nodes[1]->ledger().state(), [&](const auto& key, const auto&) {
      convicted.push_back(std::get<1>(key));
      return true;
    });
    return !convicted.empty();
  }));
  ASSERT_EQ(convicted.size(), 1U);
  for (const auto& node : net.nodes) EXPECT_NE(convicted[0], *node->account());
  EXPECT_THAT(net.lines, testing::Contains(testing::HasSubstr("evidence (b)")));
}

TEST(Network, AFreshNodeBeginsWithALaterState) {
  Network net(kValidators, kValidators, 30);
  ASSERT_TRUE(net.until([&] { return net.nodes[0]->durable_height() >= 10; }));
  // Two of four are no quorum: the chain stands, and whoever comes now has all the time it takes.
  net.stop(3);
  net.stop(2);
  const auto parsed = ledger::parse_whole(**net.nodes[0]->store().block(3));
  ASSERT_TRUE(parsed);
  // Another hash than the chain's: every offer is refused, nothing is begun.
  BlockHash other = (*parsed)->hash;
  other.bytes[0] ^= 1U;
  const auto wrong = net.observer("node-4", SyncFrom{3, other});
  ASSERT_TRUE(net.until([&] {
    return testing::Value(net.lines,
                          testing::Contains(testing::HasSubstr("begin at the checkpoint")));
  }));
  const auto fresh = net.observer("node-5", SyncFrom{3, (*parsed)->hash});
  ASSERT_TRUE(net.until([&] { return fresh->durable_height() > 9 && fresh->synced(); }));
  EXPECT_GE(*fresh->store().oldest(), 9U);
  const Height h = fresh->durable_height();
  net.start(2);
  net.start(3);
  ASSERT_TRUE(net.until([&] { return fresh->durable_height() >= h + 3; })) << "and follows";
  EXPECT_EQ(wrong->durable_height(), 0U);
  EXPECT_FALSE(wrong->synced());
}

// A text of this size is read on another thread; what it says must not depend on that.
TEST(Network, ALargeBatchIsAnsweredAsItsPartsWouldBe) {
  Network net(1, 1);  // alone it is in sync, whatever the load
  ASSERT_TRUE(net.until([&] { return net.nodes[0]->synced(); }));
  const auto file = read_file(net.path + "/net/faucet.key", 10'000);
  ASSERT_TRUE(file);
  const auto key = parse_account_key(as_text(*file), "key");
  ASSERT_TRUE(key);
  TxnBody body;
  body.genesis = net.nodes[0]->ledger().position().genesis;
  body.sender = key->id;
  body.valid_until = 1'000;
  body.module = 1;
  body.args = encode_scale(accounts::Transfer{AccountId::from(Bytes(32, 7)), kBaseUnitsPerToken});
  const Txn good = sign_txn(body, *key);
  Txn bad = good;
  bad.signature[3] ^= 1;
  const auto submit = [](const Json& id, const std::string& txn) {
    return Json{
        {"jsonrpc", "2.0"}, {"id", id}, {"method", "tx_submit"}, {"params", {{"txn", txn}}}};
  };
  Json silent = submit(0, to_hex(encode_scale(good)));
  silent.erase("id");
  const Json batch = {submit("a", to_hex(encode_scale(good))),
                      submit(2, to_hex(encode_scale(bad))),
                      {{"jsonrpc", "2.0"}, {"id", 3}, {"method", "chain_spec"}},
                      7,
                      submit(5, std::string(2'000, 'x')),
                      silent,
                      submit(6, "00")};
  std::string answer;
  std::atomic<bool> done{false};
  std::thread client([&] {
    const auto listening = read_file(net.folder(0) + "/data/listening.json", 10'000);
    const auto place = parse_json(as_text(*listening), "listening");
    auto http = net::HttpClient::connect(
        *net::parse_url("http://" + (*place)["rpc"].get<std::string>(), "rpc"));
    if (http) {
      if (auto r = http->request("POST", "/", write_json(batch))) answer = r->body;
    }
    done = true;
    net.loop.post([] {});
  });
  EXPECT_TRUE(net.until([&] { return done.load(); }));
  client.join();
  const auto all = parse_json(answer, "answer");
  ASSERT_TRUE(all) << answer;
  ASSERT_EQ(all->size(), 6U);
  EXPECT_EQ((*all)[0]["id"], "a");
  EXPECT_EQ((*all)[0]["result"]["hash"], to_hex(txn_hash(encode_scale(good))));
  EXPECT_EQ((*all)[1]["id"], 2);
  EXPECT_EQ((*all)[1]["error"]["code"], -32003);
  EXPECT_THAT((*all)[1]["error"]["message"].get<std::string>(),
              testing::HasSubstr("wrong signature"));
  EXPECT_EQ((*all)[2]["result"]["schema"], "cess.spec/1");
  EXPECT_EQ((*all)[3]["error"]["code"], -32600);
  EXPECT_EQ((*all)[4]["error"]["code"], -32602);
  EXPECT_EQ((*all)[5]["error"]["code"], -32003);
}

TEST(Network, AStartNoticesAnotherSpec) {
  Network net(1);
  const Hash256 genesis = net.nodes[0]->ledger().position().genesis;
  net.nodes[0]->close();
  net.nodes[0].reset();
  net.start(0);
  EXPECT_EQ(net.nodes[0]->ledger().position().genesis, genesis);
  net.nodes[0]->close();
  net.nodes[0].reset();
  const std::string spec = net.folder(0) + "/spec.json";
  auto json = parse_json(as_text(*read_file(spec, 1U << 20U)), "spec");
  ASSERT_TRUE(json);
  (*json)["name"] = "another";
  ASSERT_TRUE(write_file(spec, as_bytes(write_json(*json)), {.replace = true}));
  NodeOptions options;
  options.folder = net.folder(0);
  Node again(net.loop, options);
  const Status opened = again.open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, testing::HasSubstr(to_hex(genesis)));
}

}  // namespace
}  // namespace cess::node
