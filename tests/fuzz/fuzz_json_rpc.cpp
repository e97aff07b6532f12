// SPDX-License-Identifier: Apache-2.0
// links: chain_node chain_state chain_types net store json crypto sys base
// Texts to the RPC of a real node, a validator alone on its chain: each is answered with one
// JSON-RPC answer, or a list of them, or with nothing because nothing was to be answered yet.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "base/check.hpp"
#include "chain/node/detail/node_impl.hpp"
#include "chain/node/detail/rpc.hpp"
#include "chain/node/devnet.hpp"

namespace {

using namespace cess;

struct Asked {
  std::string path;
  net::Loop loop;
  std::unique_ptr<node::Node> node;
  std::unique_ptr<node::Rpc> rpc;

  Asked() {
    std::string name = std::filesystem::temp_directory_path() / "cess-fuzz-rpc-XXXXXX";
    CESS_CHECK(::mkdtemp(name.data()) != nullptr);
    path = name;
    const Runtime runtime;
    node::DevnetOptions options;
    options.validators = 1;
    options.block_ms = 100;
    CESS_CHECK(node::make_devnet(path + "/net", options, runtime, system_random()));
    node::NodeConfig config;
    CESS_CHECK(node::write_config(path + "/net/node-0", config, true));
    node::NodeOptions own;
    own.folder = path + "/net/node-0";
    own.log = [](const std::string&) {};
    node = std::make_unique<node::Node>(loop, own);
    CESS_CHECK(node->open());
    while (node->durable_height() < 2) loop.run_some(100);
    rpc = std::move(*node::Rpc::open(*node));
  }
};

void check_answer(const Json& answer) {
  CESS_CHECK(answer.is_object() && answer.value("jsonrpc", "") == "2.0" && answer.contains("id"));
  CESS_CHECK(answer.contains("result") != answer.contains("error"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Never destroyed: the process ends with it. Its folder goes.
  static Asked& asked = *[] {
    static Asked* made = new Asked;
    std::atexit([] { std::filesystem::remove_all(made->path); });
    return made;
  }();
  net::HttpRequest request;
  request.method = "POST";
  request.target = "/";
  request.body = std::string(as_text(ByteView(data, size)));
  const auto answers = std::make_shared<int>(0);
  static_cast<net::HttpHandler&>(*asked.rpc)
      .on_request(std::move(request), [answers](const net::HttpResponse& r) {
        CESS_CHECK(++*answers == 1);
        if (r.status == 204) return;
        CESS_CHECK(r.status == 200);
        const auto json = parse_json(r.body, "answer", {.size_max = 64U << 20U});
        CESS_CHECK(json.has_value());
        if (!json->is_array()) return check_answer(*json);
        CESS_CHECK(!json->empty());
        for (const Json& one : *json) check_answer(one);
      });
  for (int i = 0; i < 3; ++i) asked.loop.run_some(0);
  return 0;
}
