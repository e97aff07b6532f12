// SPDX-License-Identifier: Apache-2.0
// links: chain_node chain_client chain_ledger chain_consensus chain_types net json crypto sys base
// A second process with a validator's key, as no binary of ours is one: it signs two PREPAREs at
// each height (tests/cli/54-twin.bats).
//
//   cli_twin FOLDER NODE...
//
// FOLDER holds the validator.key that it shares; it connects to the running nodes of the folders
// NODE with a node key of its own, and works until it is killed. A line on stdout for each height.
#include <cstdio>
#include <iostream>

#include "base/check.hpp"
#include "base/hex.hpp"
#include "chain/client/rpc.hpp"
#include "chain/consensus/bls_crypto.hpp"
#include "chain/consensus/messages.hpp"
#include "chain/node/config.hpp"
#include "chain/node/wire.hpp"
#include "net/peers.hpp"
#include "sys/file.hpp"
#include "sys/random.hpp"

namespace cess {
namespace {

class Twin final : public net::PeerEvents {
 public:
  Twin(net::Loop& loop, const std::string& folder, const std::string& node)
      : rpc_(*client::RpcClient::connect(node)) {
    const auto keys = node::read_keys(folder);
    CESS_CHECK(keys && keys->bls);
    signer_ = std::move(*consensus::make_bls_signer(*keys->bls));
    genesis_ = client::node_info(rpc_)->genesis;
    net::PeersConfig c;
    c.node_seed = system_random().key();
    c.genesis = genesis_;
    c.channels = node::wire::channel_rules();
    peers_ = std::move(*net::Peers::open(loop, std::move(c), *this));
  }
  void dial(const std::string& node) {
    const auto text = read_file(node + "/data/listening.json", 10'000);
    CESS_CHECK(text.has_value());
    const Json j = *parse_json(as_text(*text), "listening.json");
    peers_->dial(*net::parse_endpoint(j["peer"].get<std::string>(), "peer"), {});
  }
  void on_peer_up(const net::PeerInfo& /*peer*/) override {}
  void on_peer_down(const net::NodeKey& /*peer*/, const std::string& reason) override {
    std::cerr << "gone: " << reason << std::endl;
  }
  void on_refused(const net::Endpoint& /*remote*/, const std::string& reason) override {
    std::cerr << "refused: " << reason << std::endl;
  }
  void on_message(const net::NodeKey& peer, net::Channel /*channel*/, Bytes body) override {
    const auto message = node::wire::decode(body);
    if (!message || !std::holds_alternative<node::wire::Head>(*message)) return;
    const Height height = std::get<node::wire::Head>(*message).height;
    const auto committee = rpc_.call("chain_committee");
    if (!committee) return;
    const Json& members = (*committee)["members"];
    for (std::uint16_t i = 0; i < members.size(); ++i) {
      if (members[i]["bls_key"] != to_hex(ByteView(signer_->key()))) continue;
      const Era era = (*committee)["era"].get<Era>();
      // The next two, for a peer may have gone on.
      for (const Height h : {height + 1, height + 2}) lie(peer, i, era, h);
      std::cout << height + 1 << std::endl;
    }
  }

 private:
  void lie(const net::NodeKey& peer, consensus::ValidatorIndex own, Era era, Height height) {
    for (const std::uint8_t which : {std::uint8_t{1}, std::uint8_t{2}}) {
      consensus::SignedVote vote;
      vote.vote = {consensus::Kind::prepare, era, height, 0, {}, 0};
      vote.vote.digest.bytes[0] = which;
      vote.signer = own;
      vote.signature = signer_->sign(signed_bytes(genesis_, vote.vote));
      const consensus::Message out = consensus::VoteMessage{vote, {}};
      peers_->send(peer, node::wire::kVotes, std::make_shared<const Bytes>(encode_message(out)));
    }
  }

  client::RpcClient rpc_;
  Hash256 genesis_;
  std::unique_ptr<consensus::Signer> signer_;
  std::unique_ptr<net::Peers> peers_;
};

}  // namespace
}  // namespace cess

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  cess::net::Loop loop;
  cess::Twin twin(loop, argv[1], argv[2]);
  for (int i = 2; i < argc; ++i) twin.dial(argv[i]);
  for (;;) loop.run_some(60'000);
}
