// SPDX-License-Identifier: Apache-2.0
#include "rpc.hpp"

#include "sys/file.hpp"

namespace cess {
namespace {

// A node's error numbers are this minus one of our exit codes.
constexpr std::int64_t kErrorBase = -32000;
constexpr std::size_t kListeningSizeMax = 4096;
constexpr JsonLimits kAnswerLimits{
    .size_max = 64U << 20U, .depth_max = 32, .value_count_max = 4U << 20U};

std::string text_of(const Json& j, const char* key) {
  const auto it = j.find(key);
  return it != j.end() && it->is_string() ? it->get<std::string>() : std::string();
}

Result<std::string> url_of(const std::string& node) {
  if (node.find("://") != std::string::npos) return node;
  const std::string path = node + "/data/listening.json";
  CESS_TRY_ASSIGN(const Bytes bytes, read_file(path, kListeningSizeMax));
  CESS_TRY_ASSIGN(const Json j, parse_json(as_text(bytes), "'" + path + "'"));
  const JsonView view(j, "'" + path + "'");
  CESS_TRY(view.schema("cess.listening/1"));
  CESS_TRY_ASSIGN(const auto rpc, view.text("rpc"));
  return "http://" + rpc;
}

}  // namespace

void declare_node(cli::Options& opt, NodeOptions& node) {
  opt.text("--node", "URL|DIR", node.node,
           "node to ask: its URL or its folder (default http://127.0.0.1:9944)");
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
      if (number->get<std::int64_t>() == -32602) e.code = Code::input;
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

Result<RpcClient> RpcClient::connect(const NodeOptions& node) {
  CESS_TRY_ASSIGN(const auto text, url_of(node.node));
  CESS_TRY_ASSIGN(auto url, net::parse_url(text, "--node"));
  auto http = net::HttpClient::connect(url);
  if (!http) {
    Error e = http.error();
    if (e.hint.empty()) e.hint = "is a node running? name it with --node or CESS_NODE";
    return tl::unexpected<Error>(std::move(e));
  }
  return RpcClient(std::move(*http), std::move(url));
}

Result<Json> RpcClient::call(const std::string& method, Json params) {
  const Json request = {
      {"jsonrpc", "2.0"}, {"id", next_id_++}, {"method", method}, {"params", std::move(params)}};
  CESS_TRY_ASSIGN(const auto response, http_.request("POST", url_.path, write_json(request)));
  auto answer = parse_json(response.body, "answer of the node", kAnswerLimits);
  if (!answer) {
    return fail(Code::peer,
                "cannot read the node's answer (HTTP " + std::to_string(response.status) +
                    "): " + answer.error().message,
                method);
  }
  return rpc_result(*answer);
}

}  // namespace cess
