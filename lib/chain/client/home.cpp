// SPDX-License-Identifier: Apache-2.0
#include "chain/client/home.hpp"

#include <sys/stat.h>

#include <cstdlib>

#include "chain/client/rpc.hpp"
#include "json/json.hpp"
#include "sys/file.hpp"

namespace cess::client {
namespace {

constexpr std::string_view kHomeSchema = "cess.home/1";
constexpr std::size_t kHomeSizeMax = 65'536;
constexpr std::size_t kHomeNodesMax = 64;

std::string placed(const std::string& name, const std::string& file) {
  if (name.empty() || name.front() == '/' || name.find("://") != std::string::npos) return name;
  return parent_path(file) + "/" + name;
}

std::string config_folder() {
  const auto env = [](const char* name) -> std::string {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? "" : value;
  };
  if (!env("XDG_CONFIG_HOME").empty()) return env("XDG_CONFIG_HOME") + "/cess";
  return env("HOME").empty() ? "" : env("HOME") + "/.config/cess";
}

bool is_folder(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

Result<Home> read_home(const std::string& path) {
  CESS_TRY_ASSIGN(const Bytes text, read_file(path, kHomeSizeMax));
  return parse_home(text, path);
}

}  // namespace

Result<Home> parse_home(ByteView text, const std::string& path) {
  CESS_TRY_ASSIGN(const Json json, parse_json(as_text(text), path, {kHomeSizeMax, 3}));
  const JsonView v(json, path);
  CESS_TRY(v.schema(kHomeSchema));
  Home out;
  CESS_TRY_ASSIGN(const auto nodes, v.array("node", kHomeNodesMax));
  for (const JsonView& node : nodes) {
    const auto* name = node.value().get_ptr<const std::string*>();
    if (name == nullptr || name->empty()) {
      return fail(Code::input, path + ": node is not a list of names", path);
    }
    out.nodes.push_back(placed(*name, path));
  }
  if (out.nodes.empty()) return fail(Code::input, path + ": node names nobody", path);
  const auto optional = [&v](std::string_view key, std::string& to) -> Status {
    if (!v.has(key)) return {};
    CESS_TRY_ASSIGN(to, v.text(key));
    return {};
  };
  CESS_TRY(optional("account_key", out.account_key));
  CESS_TRY(optional("identity", out.identity));
  CESS_TRY(optional("territory", out.territory));
  out.account_key = placed(out.account_key, path);
  out.identity = placed(out.identity, path);
  return out;
}

Result<Home> find_home(const std::string& network) {
  const std::string own = config_folder();
  if (network.empty()) {
    if (own.empty() || !path_exists(own + "/network.json")) return Home{{kLocalNode}, {}, {}, {}};
    return read_home(own + "/network.json");
  }
  if (is_folder(network)) {
    const std::string inside = network + "/home/config.json";
    return read_home(path_exists(inside) ? inside : network + "/config.json");
  }
  const std::string named = own + "/" + network + ".json";
  if (!path_exists(network) && !own.empty() && path_exists(named)) return read_home(named);
  return read_home(network);
}

Result<std::string> choose_node(const std::string& node, const Home& home) {
  if (!node.empty()) return node;
  Error last{Code::peer, "no node is known", {}, {}};
  for (const std::string& name : home.nodes) {
    const auto client = RpcClient::connect(name);
    if (client) return name;
    last = client.error();
  }
  return tl::unexpected<Error>(last);
}

}  // namespace cess::client
