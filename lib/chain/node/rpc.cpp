// SPDX-License-Identifier: Apache-2.0
// JSON-RPC 2.0: requests in, answers out, batches, errors.
#include "chain/node/detail/rpc.hpp"
#include "chain/node/detail/rpc_params.hpp"

namespace cess::node {
namespace {

constexpr std::size_t kBatchMax = 50;
constexpr std::size_t kAsideSizeMin = 2048;  // of a text that is read on another thread
constexpr std::size_t kTextCost = 512;       // bytes that count as a transaction that waits
constexpr JsonLimits kRequestLimits{
    .size_max = 1U << 20U, .depth_max = 12, .value_count_max = 20'000};

Json error_object(int code, const std::string& message, const Error* why = nullptr) {
  Json e = {{"code", code}, {"message", message}};
  if (why != nullptr) {
    e["data"] = {{"schema", "cess.error/1"},
                 {"code", static_cast<int>(why->code)},
                 {"subject", why->subject},
                 {"hint", why->hint}};
  }
  return e;
}

Json failure(const Json& id, int code, const std::string& message, const Error* why = nullptr) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", error_object(code, message, why)}};
}

Json answer_of(const Json& id, const Result<Json>& result) {
  if (result) return {{"jsonrpc", "2.0"}, {"id", id}, {"result", *result}};
  const Error& e = result.error();
  // Wrong parameters have a number of their own.
  if (e.code == Code::usage) return failure(id, -32602, e.message, &e);
  return failure(id, -32000 - static_cast<int>(e.code), e.message, &e);
}

std::string answer_text(const Json& id, const Result<Json>& result) {
  return write_json(answer_of(id, result));
}

/// Collects the answers of a batch; when the last has come, or been dropped, they go out in order.
struct Batch {
  std::vector<std::string> answers;
  std::size_t open = 0;
  bool single = false;
  std::function<void(std::string)> done;
  void put(std::size_t i, std::string answer) {
    answers[i] = std::move(answer);
    if (--open == 0) finish();
  }
  void finish() {
    if (single) return done(std::move(answers[0]));
    std::string all;
    for (const std::string& a : answers) {
      if (!a.empty()) all += (all.empty() ? '[' : ',') + a;
    }
    // Nothing but notifications: no answer at all.
    done(all.empty() ? all : all + ']');
  }
};

/// Answers once, even if a method forgets to.
class Once {
 public:
  Once(std::function<void(std::string)> done, Json id, bool silent)
      : done_(std::move(done)), id_(std::move(id)), silent_(silent) {}
  Once(const Once&) = delete;
  Once& operator=(const Once&) = delete;
  ~Once() {
    if (!used_) use(fail(Code::system, "no answer"));
  }
  void use(const Result<Json>& r) {
    if (!std::exchange(used_, true)) done_(silent_ ? std::string() : answer_text(id_, r));
  }

 private:
  std::function<void(std::string)> done_;
  Json id_;
  bool silent_;
  bool used_ = false;
};

/// What a request asks, if it is a plain tx_submit; null: it takes the common way.
std::shared_ptr<const Bytes> submitted(const Json& request) {
  const auto is = [&](const char* key, const char* value) {
    const auto it = request.find(key);
    return it != request.end() && it->is_string() && it->get_ref<const std::string&>() == value;
  };
  if (!request.is_object() || !is("jsonrpc", "2.0") || !is("method", "tx_submit")) return nullptr;
  const auto id = request.find("id");
  if (id == request.end() || !(id->is_string() || id->is_number())) return nullptr;
  const auto params = request.find("params");
  if (params == request.end() || !params->is_object()) return nullptr;
  auto bytes = hex_param(*params, "txn", kTxnSizeMax);
  return bytes ? std::make_shared<const Bytes>(std::move(*bytes)) : nullptr;
}

}  // namespace

/// A text from a client, read. Pure: the checker's threads do it for large ones.
struct Rpc::Incoming {
  struct Request {
    Json call;
    std::optional<CheckedTxn> txn;  ///< of a tx_submit that was checked; then `call` is its id
  };
  std::string text;
  std::string fault;  ///< the answer to what is no request at all
  bool single = false;
  std::vector<Request> requests;

  void read(bool check) {
    auto parsed = parse_json(text, "request", kRequestLimits);
    text = {};
    if (!parsed) {
      fault = write_json(failure(nullptr, -32700, parsed.error().message));
      return;
    }
    single = !parsed->is_array();
    const std::size_t count = single ? 1 : parsed->size();
    if (count == 0 || count > kBatchMax) {
      fault = write_json(
          failure(nullptr, -32600, "a batch has 1 to " + std::to_string(kBatchMax) + " requests"));
      return;
    }
    for (std::size_t i = 0; i < count; ++i) {
      Request r{std::move(single ? *parsed : (*parsed)[i]), {}};
      if (const auto bytes = check ? submitted(r.call) : nullptr) {
        r.txn = check_one(bytes);
        r.call = Json(std::move(r.call["id"]));
      }
      requests.push_back(std::move(r));
    }
  }
};

Rpc::Rpc(Node& node) : node_(node) {
  for (const auto& m : node.runtime().modules()) {
    for (ItemInfo& item : m->items()) {
      std::string name = m->name() + "." + item.name;
      items_.emplace(std::move(name), std::pair(m->id(), std::move(item)));
    }
  }
}

Rpc::~Rpc() {
  *alive_ = false;
  for (auto& [id, w] : waiting_) node_.loop().cancel_timer(w.timer);
}

Result<std::unique_ptr<Rpc>> Rpc::open(Node& node) {
  std::unique_ptr<Rpc> rpc(new Rpc(node));
  net::HttpConfig c;
  c.listen = node.config().rpc;
  c.origins = node.config().rpc_origins;
  CESS_TRY_ASSIGN(rpc->server_, net::HttpServer::open(node.loop(), std::move(c), *rpc));
  return rpc;
}

net::Endpoint Rpc::local() const { return server_->local(); }

void Rpc::on_request(net::HttpRequest request, net::HttpReply reply) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (request.method == "GET" || request.method == "HEAD") {
    if (path == "/health")
      return reply(
          {node_.synced() ? 200U : 503U, "application/json", write_json(info()) + "\n", {}});
    if (path == "/metrics") return reply({200, "text/plain; version=0.0.4", metrics(), {}});
    return reply({404, "text/plain", "ask by POST to /; GET has /health and /metrics\n", {}});
  }
  if (request.method != "POST")
    return reply({405, "text/plain", "POST\n", {{"Allow", "GET, HEAD, POST"}}});
  if (path != "/") return reply({404, "text/plain", "not here\n", {}});
  handle(std::move(request.body), nullptr, [reply](std::string text) {
    if (text.empty()) return reply({204, "application/json", {}, {}});
    reply({200, "application/json", std::move(text) + "\n", {}});
  });
}

void Rpc::on_ws_text(net::WsSession& session, std::string text) {
  const auto it = sessions_.find(session.id());
  if (it == sessions_.end()) return;
  handle(std::move(text), it->second, [s = it->second](std::string answer) {
    if (!answer.empty()) s->send(std::make_shared<const std::string>(std::move(answer)));
  });
}

void Rpc::handle(std::string text, std::shared_ptr<net::WsSession> session, Done done) {
  const auto in = std::make_shared<Incoming>();
  in->text = std::move(text);
  if (in->text.size() < kAsideSizeMin) {
    in->read(false);
    return answer(*in, session, std::move(done));
  }
  const bool taken = node_.checker().run(
      std::max(kBatchMax, in->text.size() / kTextCost), [in] { in->read(true); },
      [this, in, session = std::move(session), done, alive = alive_] {
        if (*alive) answer(*in, session, done);
      });
  if (!taken)
    done(answer_text(nullptr, fail(Code::busy, "too many transactions wait to be checked")));
}

void Rpc::answer(Incoming& in, const std::shared_ptr<net::WsSession>& session, Done done) {
  if (!in.fault.empty()) return done(std::move(in.fault));
  const auto batch = std::make_shared<Batch>();
  batch->done = std::move(done);
  batch->single = in.single;
  batch->answers.resize(in.requests.size());
  batch->open = in.requests.size();
  for (std::size_t i = 0; i < in.requests.size(); ++i) {
    Incoming::Request& r = in.requests[i];
    if (!r.txn) {
      call_one(r.call, session,
               [batch, i](std::string answer) { batch->put(i, std::move(answer)); });
      continue;
    }
    const auto added =
        node_.synced() ? node_.submit_checked(std::move(*r.txn)) : Result<TxnHash>(not_synced());
    batch->put(i, added ? R"({"jsonrpc":"2.0","id":)" + write_json(r.call) +
                              R"(,"result":{"hash":")" + to_hex(*added) + "\"}}"
                        : answer_text(r.call, tl::unexpected(added.error())));
  }
}

/// Calls back once, with nothing for a notification.
void Rpc::call_one(const Json& request, const std::shared_ptr<net::WsSession>& session, Done done) {
  static const Json kNone = Json::object();
  const auto text = [&](const char* key) {
    const auto it = request.find(key);
    return it != request.end() && it->is_string() ? it->get<std::string>() : std::string();
  };
  if (!request.is_object() || text("jsonrpc") != "2.0" || text("method").empty()) {
    return done(write_json(failure(nullptr, -32600, "not a JSON-RPC 2.0 request")));
  }
  const bool silent = !request.contains("id");
  const Json id = silent ? Json(nullptr) : request["id"];
  if (!id.is_null() && !id.is_string() && !id.is_number())
    return done(write_json(failure(nullptr, -32600, "an id is a text or a number")));
  const auto method = methods().find(text("method"));
  if (method == methods().end())
    return done(silent ? std::string()
                       : write_json(failure(id, -32601, "no method '" + text("method") + "'")));
  const auto params = request.find("params");
  if (params != request.end() && !params->is_object()) {
    return done(silent ? std::string() : write_json(failure(id, -32602, "parameters go by name")));
  }
  const auto once = std::make_shared<Once>(std::move(done), id, silent);
  Call call{params != request.end() ? *params : kNone, session,
            [once](const Result<Json>& r) { once->use(r); }};
  (this->*method->second)(call);
}

const std::map<std::string, Rpc::Method, std::less<>>& Rpc::methods() {
  static const std::map<std::string, Method, std::less<>> all{
      {"node_info", &Rpc::node_info},
      {"node_peers", &Rpc::node_peers},
      {"chain_head", &Rpc::chain_head},
      {"chain_header", &Rpc::chain_header},
      {"chain_block", &Rpc::chain_block},
      {"chain_certificate", &Rpc::chain_certificate},
      {"chain_committee", &Rpc::chain_committee},
      {"chain_spec", &Rpc::chain_spec},
      {"chain_validator", &Rpc::chain_validator},
      {"chain_find", &Rpc::chain_find},
      {"audit_turn", &Rpc::audit_turn},
      {"audit_openings", &Rpc::audit_openings},
      {"probe_list", &Rpc::probe_list},
      {"chain_txn", &Rpc::chain_txn},
      {"chain_events", &Rpc::chain_events},
      {"chain_links", &Rpc::chain_links},
      {"state_get", &Rpc::state_get},
      {"state_list", &Rpc::state_list},
      {"state_items", &Rpc::state_items},
      {"rights_search", &Rpc::rights_search},
      {"rights_find", &Rpc::rights_find},
      {"rights_lineage", &Rpc::rights_lineage},
      {"account_next", &Rpc::account_next},
      {"tx_submit", &Rpc::tx_submit},
      {"tx_status", &Rpc::tx_status},
      {"tx_wait", &Rpc::tx_wait},
      {"tx_proof", &Rpc::tx_proof},
      {"tx_estimate", &Rpc::tx_estimate},
      {"mempool_status", &Rpc::mempool_status},
      {"mempool_list", &Rpc::mempool_list},
      {"subscribe", &Rpc::subscribe},
      {"unsubscribe", &Rpc::unsubscribe},
  };
  return all;
}

}  // namespace cess::node
