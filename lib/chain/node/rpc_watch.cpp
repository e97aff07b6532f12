// SPDX-License-Identifier: Apache-2.0
// Subscriptions, and what the node says of itself.
#include "chain/node/detail/rpc.hpp"
#include "chain/node/detail/rpc_params.hpp"
#include "chain/state/system/system.hpp"
#include "sys/clock.hpp"

namespace cess::node {
namespace {

constexpr std::size_t kSubscriptionsPerSession = 64;
constexpr std::size_t kSubscriptionsMax = 10'000;
constexpr std::size_t kRecentMax = 3;

}  // namespace

bool Rpc::on_ws_open(const net::HttpRequest& request, std::shared_ptr<net::WsSession> session) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (path != "/" && path != "/ws") return false;
  const std::uint64_t id = session->id();
  sessions_.emplace(id, std::move(session));
  return true;
}

void Rpc::on_ws_close(net::WsSession& session) {
  std::erase_if(subscriptions_,
                [&](const auto& s) { return s.second.session->id() == session.id(); });
  sessions_.erase(session.id());
}

void Rpc::subscribe(Call& c) {
  if (!c.session) return c.reply(fail(Code::usage, "subscriptions need a WebSocket"));
  CESS_RPC_ASSIGN(const auto topic, text_param(c.params, "topic"));
  if (topic != "heads" && topic != "events" && topic != "txn")
    return c.reply(wrong_param("topic", "heads, events or txn"));
  std::string filter;
  if (topic == "events") {
    CESS_RPC_ASSIGN(filter, filter_param(c.params));
  } else if (c.params.contains("filter")) {
    CESS_RPC_ASSIGN(filter, text_param(c.params, "filter"));
  }
  if (topic == "txn" && filter.size() != 64)
    return c.reply(wrong_param("filter", "want a transaction's hash"));
  std::size_t own = 0;
  for (const auto& [id, s] : subscriptions_) {
    if (s.session->id() == c.session->id()) ++own;
  }
  if (own >= kSubscriptionsPerSession || subscriptions_.size() >= kSubscriptionsMax) {
    return c.reply(fail(Code::busy, "too many subscriptions"));
  }
  const std::uint64_t id = ++subscription_last_;
  subscriptions_.emplace(id, Subscription{c.session, topic, filter});
  c.reply(Json(id));
}

void Rpc::unsubscribe(Call& c) {
  CESS_RPC_ASSIGN(const std::uint64_t id,
                  number_param(c.params, "subscription", ~std::uint64_t{0}));
  const auto it = subscriptions_.find(id);
  if (it == subscriptions_.end() || !c.session || it->second.session->id() != c.session->id()) {
    return c.reply(fail(Code::no, "no such subscription"));
  }
  subscriptions_.erase(it);
  c.reply(Json(true));
}

void Rpc::notify(const Subscription& s, std::uint64_t id, const Json& result) {
  const Json note = {{"jsonrpc", "2.0"},
                     {"method", "subscription"},
                     {"params", {{"subscription", id}, {"result", result}}}};
  s.session->send(std::make_shared<const std::string>(write_json(note)));
}

void Rpc::on_final(const FinalPtr& block) {
  const Height height = block->position.height;
  recent_.push_back(block);
  if (recent_.size() > kRecentMax) recent_.pop_front();
  answer_waiting(*block);
  // Proven with its receipt once the next block is final: those of the block before this one. Who
  // wants no proof hears of it now.
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    const auto here = it++;
    const auto place = node_.store().place_of(here->second.hash);
    const bool prove = here->second.prove;
    if (!place || !*place || (prove && (*place)->height >= height)) continue;
    node_.loop().cancel_timer(here->second.timer);
    const auto reply = here->second.reply;
    const Json params = std::move(here->second.params);
    waiting_.erase(here);
    auto out = txn_json(**place);
    if (out && prove) {
      if (auto proof = proof_json(**place, params)) (*out)["proof"] = std::move(*proof);
    }
    reply(std::move(out));
  }
  if (subscriptions_.empty()) return;
  std::optional<Json> head;
  std::map<std::string, Json> events;  // by filter, so that each is written once
  for (auto it = subscriptions_.begin(); it != subscriptions_.end();) {
    const auto here = it++;
    const Subscription& s = here->second;
    if (s.topic == "heads") {
      if (!head) head = header_json(height).value_or(Json());
      notify(s, here->first, *head);
    } else if (s.topic == "events") {
      auto [found, fresh] = events.try_emplace(s.filter);
      if (fresh)
        found->second =
            block_events(height, block->parsed->hash, block->result->receipts, s.filter, 50'000);
      for (const Json& e : found->second) notify(s, here->first, e);
    } else {
      const auto hash = parse_id<TxnHash>(s.filter, "hash");
      const auto place =
          hash ? node_.store().place_of(*hash) : Result<std::optional<TxnPlace>>(std::nullopt);
      if (!place || !*place || (*place)->height >= height) continue;
      auto out = txn_json(**place);
      if (!out) continue;
      if (auto proof = proof_json(**place, Json::object())) (*out)["proof"] = std::move(*proof);
      notify(s, here->first, *out);
      subscriptions_.erase(here);
    }
  }
}

Json Rpc::info() const {
  const auto clock = system::clock(node_.ledger().state());
  const auto view = node_.core_view();
  Json out = {{"schema", "cess.node_info/1"},
              {"version", CESS_VERSION},
              {"protocol", "cess/1"},
              {"chain", node_.spec().value("name", "")},
              {"genesis", to_hex(node_.ledger().position().genesis)},
              {"node_key", to_hex(node_.peers().own_key())},
              {"account", nullptr},
              {"validating", view.voting},
              {"synced", node_.synced()},
              {"height", node_.durable_height()},
              {"best_height", node_.best_height()},
              {"head_time_ms", node_.ledger().position().time_ms},
              {"now_ms", system_clock().unix_seconds() * 1000},
              {"era", clock.era},
              {"epoch", clock.epoch},
              {"archive", node_.config().archive},
              {"oldest_block", node_.oldest_},
              {"peers", node_.peers().count()},
              {"round", view.round},
              {"uptime_s", (node_.loop().now_ms() - node_.started_ms()) / 1000}};
  if (node_.account()) out["account"] = to_ss58(*node_.account());
  return out;
}

void Rpc::node_info(Call& c) { c.reply(info()); }

void Rpc::node_peers(Call& c) {
  Json out = Json::array();
  for (const net::PeerInfo& p : node_.peers().list()) {
    out.push_back({{"node_key", to_hex(p.key)},
                   {"address", net::format_endpoint(p.remote)},
                   {"outgoing", p.outgoing},
                   {"height", node_.peer_height(p.key)},
                   {"score", p.score},
                   {"bytes_in", p.bytes_in},
                   {"bytes_out", p.bytes_out}});
  }
  c.reply(std::move(out));
}

/// Prometheus text format, version 0.0.4.
std::string Rpc::metrics() const {
  std::string out;
  const auto put = [&](const char* name, const char* type, const char* help, std::uint64_t value) {
    out += std::string("# HELP cess_") + name + " " + help + "\n# TYPE cess_" + name + " " + type +
           "\ncess_" + name + " " + std::to_string(value) + "\n";
  };
  const Counters& n = node_.counters();
  const PoolStats pool = node_.pool().stats();
  const net::HttpStats http = server_->stats();
  const auto view = node_.core_view();
  std::uint64_t in = 0;
  std::uint64_t sent = 0;
  for (const net::PeerInfo& p : node_.peers().list()) {
    in += p.bytes_in;
    sent += p.bytes_out;
  }
  put("height", "gauge", "last final block on disk", node_.durable_height());
  put("best_height", "gauge", "highest block that a peer claims", node_.best_height());
  put("synced", "gauge", "1 if in sync", node_.synced() ? 1 : 0);
  put("era", "gauge", "era of the next block", node_.ledger().next_era());
  put("round", "gauge", "round of consensus at the current height", view.round);
  put("validating", "gauge", "1 if votes are signed", view.voting ? 1 : 0);
  put("peers", "gauge", "connected peers", node_.peers().count());
  put("peer_bytes_in", "gauge", "received from the connected peers", in);
  put("peer_bytes_out", "gauge", "sent to the connected peers", sent);
  put("peer_penalties_total", "counter", "misbehaviour of peers", n.penalties);
  put("blocks_total", "counter", "blocks executed since the start", n.blocks);
  put("transactions_total", "counter", "transactions executed since the start", n.txns);
  put("transactions_checked_total", "counter", "signatures checked for the pool", n.txns_checked);
  put("transactions_refused_total", "counter", "transactions not pooled", n.txns_refused);
  put("proposals_built_total", "counter", "blocks proposed", n.proposals_built);
  put("proposals_refused_total", "counter", "proposals of others not voted for",
      n.proposals_refused);
  put("execute_microseconds_total", "counter", "time spent executing blocks", n.execute_us);
  put("validate_microseconds_total", "counter", "time spent judging proposals", n.validate_us);
  put("build_microseconds_total", "counter", "time spent building blocks", n.build_us);
  put("voter_records_total", "counter", "voter records made durable", n.persist_count);
  put("pool_transactions", "gauge", "transactions that wait", pool.count);
  put("pool_bytes", "gauge", "memory of the pool", pool.bytes);
  put("pool_evicted_total", "counter", "transactions evicted for room", pool.evicted);
  put("state_pairs", "gauge", "entries of the state", node_.ledger().state().size());
  put("rpc_connections", "gauge", "HTTP connections", http.connections);
  put("rpc_websockets", "gauge", "WebSocket sessions", http.ws_sessions);
  put("rpc_requests_total", "counter", "HTTP requests", http.requests);
  put("rpc_refused_total", "counter", "malformed, too large or too slow", http.refused);
  put("subscriptions", "gauge", "open subscriptions", subscriptions_.size());
  put("uptime_seconds", "gauge", "since the start",
      (node_.loop().now_ms() - node_.started_ms()) / 1000);
  return out;
}

}  // namespace cess::node
