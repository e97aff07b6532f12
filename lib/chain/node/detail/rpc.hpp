// SPDX-License-Identifier: Apache-2.0
// JSON-RPC 2.0 over HTTP and WebSocket, /health and /metrics: what people and programs ask of a
// node (DESIGN.md has the methods). Loop thread only.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "chain/node/detail/node_impl.hpp"
#include "net/http.hpp"

namespace cess::node {

/// Answers one call: with a result or an error. Unused, the caller hears an internal error.
using RpcReply = std::function<void(Result<Json>)>;

class Rpc final : public net::HttpHandler {
 public:
  static Result<std::unique_ptr<Rpc>> open(Node& node);
  ~Rpc() override;
  [[nodiscard]] net::Endpoint local() const;
  /// A block is final and on disk: tells subscribers and those who wait.
  void on_final(const FinalPtr& block);

  // ---- net::HttpHandler
  void on_request(net::HttpRequest request, net::HttpReply reply) override;
  bool on_ws_open(const net::HttpRequest& request,
                  std::shared_ptr<net::WsSession> session) override;
  void on_ws_text(net::WsSession& session, std::string text) override;
  void on_ws_close(net::WsSession& session) override;

 private:
  explicit Rpc(Node& node);
  struct Call {
    const Json& params;
    std::shared_ptr<net::WsSession> session;  ///< null over HTTP
    RpcReply reply;
  };
  using Method = void (Rpc::*)(Call&);
  static const std::map<std::string, Method, std::less<>>& methods();

  // Transport.
  using Done = std::function<void(std::string)>;  ///< hears the text of an answer; empty: none
  struct Incoming;
  void handle(std::string text, std::shared_ptr<net::WsSession> session, Done done);
  void answer(Incoming& in, const std::shared_ptr<net::WsSession>& session, Done done);
  void call_one(const Json& request, const std::shared_ptr<net::WsSession>& session, Done done);

  // Methods (rpc_*.cpp).
  void node_info(Call& c);
  void node_peers(Call& c);
  void chain_head(Call& c);
  void chain_header(Call& c);
  void reply_header(Call& c, Height height);
  void chain_block(Call& c);
  void chain_certificate(Call& c);
  void chain_committee(Call& c);
  void chain_spec(Call& c);
  void chain_validator(Call& c);
  void chain_find(Call& c);
  void audit_turn(Call& c);
  void audit_openings(Call& c);
  void probe_list(Call& c);
  void chain_txn(Call& c);
  void chain_events(Call& c);
  void chain_links(Call& c);
  void state_get(Call& c);
  void state_list(Call& c);
  void state_items(Call& c);
  void rights_search(Call& c);
  void rights_find(Call& c);
  void rights_lineage(Call& c);
  void account_next(Call& c);
  void tx_submit(Call& c);
  void tx_status(Call& c);
  void tx_wait(Call& c);
  void tx_proof(Call& c);
  void tx_estimate(Call& c);
  void mempool_status(Call& c);
  void mempool_list(Call& c);
  void subscribe(Call& c);
  void unsubscribe(Call& c);

  // Parts of answers.
  Json info() const;
  std::string metrics() const;
  /// A height, a hash or "head"; only what is final and on disk.
  Result<Height> height_of(const Json& params, const char* key) const;
  Result<ledger::ParsedPtr> block_at(Height height) const;
  Result<Header> header_at(Height height) const;
  [[nodiscard]] tl::unexpected<Error> no_block(Height height) const;
  [[nodiscard]] FinalPtr recent(Height height) const;
  Result<Json> header_json(Height height) const;
  Result<Json> txn_json(const TxnPlace& place) const;
  Result<Json> proof_json(const TxnPlace& place, const Json& params) const;
  /// The way of a light client from the block that params["from"] names to a height.
  Result<Json> path_json(const Json& params, Height to) const;
  Result<Json> links_json(Height from, Height to) const;
  Result<std::string> filter_param(const Json& params) const;
  Json block_events(Height height, const BlockHash& hash, const std::vector<Receipt>& receipts,
                    const std::string& filter, std::size_t limit) const;
  Result<const ItemInfo*> find_item(const Json& params) const;
  /// An account in any form: an Ethereum address is the one it is bound to, else its own.
  Result<AccountId> account_named(const std::string& text, const char* key) const;
  Result<AccountId> account_param(const Json& params, const char* key) const;
  /// Parts of a key of the item, or none; accounts in any form.
  Result<Json> parts_param(const Json& params, const char* key, const ItemInfo& item) const;
  // Of chain_find: what it is, or null (rpc_find.cpp).
  struct Search;
  Result<Json> named_by(const Hash256& hash) const;
  Result<Json> find_in_blocks(Search& s) const;
  Result<Json> find_in_header(Search& s, Height h) const;
  Result<Json> find_in_events(Search& s, Height h) const;
  Json find_in_pairs(Search& s) const;

  struct Subscription {
    std::shared_ptr<net::WsSession> session;
    std::string topic;
    std::string filter;
  };
  struct Waiting {
    TxnHash hash;
    Json params;
    bool prove = true;  ///< answered by the next block, which proves the receipt
    RpcReply reply;
    net::TimerId timer = 0;
  };
  struct WaitingProof {
    Height height = 0;  ///< the block after which the value holds; answered when the next is final
    Json answer;
    Json params;
    RpcReply reply;
  };
  void notify(const Subscription& s, std::uint64_t id, const Json& result);
  void answer_waiting(const FinalBlock& block);

  Node& node_;
  std::deque<FinalPtr> recent_;  ///< the last few, which most questions are about
  std::map<std::string, std::pair<ModuleId, ItemInfo>, std::less<>> items_;  ///< "accounts.account"
  std::unique_ptr<net::HttpServer> server_;
  std::map<std::uint64_t, Subscription> subscriptions_;
  std::map<std::uint64_t, std::shared_ptr<net::WsSession>> sessions_;
  std::uint64_t subscription_last_ = 0;
  std::map<std::uint64_t, Waiting> waiting_;
  std::uint64_t waiting_last_ = 0;
  std::vector<WaitingProof> proofs_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace cess::node
