// SPDX-License-Identifier: Apache-2.0
#include "chain/client/rpc.hpp"

#include "sys/file.hpp"

namespace cess::client {
namespace {

// A node's error numbers are this minus one of our exit codes.
constexpr std::int64_t kErrorBase = -32000;
constexpr std::int64_t kWrongParams = -32602;
constexpr std::size_t kListeningSizeMax = 4096;
constexpr JsonLimits kAnswerLimits{
    .size_max = 64U << 20U, .depth_max = 32, .value_count_max = 4U << 20U};

std::string text_of(const Json& j, const char* key) {
  const auto it = j.find(key);
  return it != j.end() && it->is_string() ? it->get<std::string>() : std::string();
}

}  // namespace

Result<net::Url> node_url(const std::string& node) {
  if (node.find("://") != std::string::npos) return net::parse_url(node, "--node");
  const std::string path = node + "/data/listening.json";
  const auto bytes = read_file(path, kListeningSizeMax);
  if (!bytes) return tl::unexpected<Error>(with_node_hint(bytes.error()));
  CESS_TRY_ASSIGN(const Json j, parse_json(as_text(*bytes), "'" + path + "'"));
  const JsonView view(j, "'" + path + "'");
  CESS_TRY(view.schema("cess.listening/1"));
  CESS_TRY_ASSIGN(const auto rpc, view.text("rpc"));
  return net::parse_url("http://" + rpc, "'" + path + "'");
}

Error with_node_hint(Error e) {
  if (e.hint.empty()) e.hint = "is a node running? name it with --node or CESS_NODE";
  return e;
}

Result<Json> rpc_result(const Json& answer) {
  if (!answer.is_object()) return fail(Code::peer, "cannot read the node's answer: no JSON object");
  const auto error = answer.find("error");
  if (error != answer.end() && error->is_object()) {
    const auto number = error->find("code");
    Error e{Code::peer, text_of(*error, "message"), {}, {}};
    if (number != error->end() && number->is_number_integer()) {
      const auto exit = kErrorBase - number->get<std::int64_t>();
      if (exit >= 1 && exit <= 6) e.code = static_cast<Code>(exit);
      if (number->get<std::int64_t>() == kWrongParams) e.code = Code::input;
    }
    const auto data = error->find("data");
    if (data != error->end() && data->is_object()) {
      e.subject = text_of(*data, "subject");
      e.hint = text_of(*data, "hint");
    }
    return tl::unexpected<Error>(std::move(e));
  }
  const auto result = answer.find("result");
  if (result == answer.end())
    return fail(Code::peer, "cannot read the node's answer: no result in it");
  return *result;
}

Result<RpcClient> RpcClient::connect(std::string node, net::ClientLimits limits) {
  RpcClient c(std::move(node), limits);
  CESS_TRY(c.open());
  return c;
}

RpcClient RpcClient::lazy(std::string node, net::ClientLimits limits) {
  return RpcClient(std::move(node), limits);
}

Status RpcClient::open() {
  CESS_TRY_ASSIGN(const auto url, node_url(node_));
  auto http = net::HttpClient::connect(url, limits_);
  if (!http) return tl::unexpected<Error>(with_node_hint(http.error()));
  http_ = std::move(*http);
  path_ = url.path;
  return {};
}

Result<Json> RpcClient::ask(const std::string& method, Json params) {
  if (!http_) CESS_TRY(open());
  const Json request = {
      {"jsonrpc", "2.0"}, {"id", next_id_++}, {"method", method}, {"params", std::move(params)}};
  const auto response = http_->request("POST", path_, write_json(request));
  if (!response) {
    http_.reset();
    return tl::unexpected<Error>(response.error());
  }
  auto answer = parse_json(response->body, "answer of the node", kAnswerLimits);
  if (!answer) {
    return fail(Code::peer,
                "cannot read the node's answer (HTTP " + std::to_string(response->status) +
                    "): " + answer.error().message,
                method);
  }
  return rpc_result(*answer);
}

Result<NodeInfo> node_info(Rpc& rpc) {
  CESS_TRY_ASSIGN(const Json j, rpc.call("node_info"));
  const JsonView view(j, "answer of the node");
  NodeInfo info;
  CESS_TRY_ASSIGN(info.genesis, view.id<Hash256>("genesis"));
  CESS_TRY_ASSIGN(info.height, view.number("height", ~0ULL));
  CESS_TRY_ASSIGN(info.era, view.number("era", ~Era{0}));
  CESS_TRY_ASSIGN(info.epoch, view.number("epoch", ~Epoch{0}));
  CESS_TRY_ASSIGN(info.synced, view.boolean("synced"));
  CESS_TRY_ASSIGN(info.chain, view.text("chain"));
  return info;
}

Result<NodeInfo> synced_info(Rpc& rpc) {
  CESS_TRY_ASSIGN(NodeInfo info, node_info(rpc));
  if (info.synced) return info;
  return fail(Code::peer, "the node is not in sync: it is at height " + std::to_string(info.height),
              "node", "wait, or ask another with --node");
}

}  // namespace cess::client
