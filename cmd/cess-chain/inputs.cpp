// SPDX-License-Identifier: Apache-2.0
#include "inputs.hpp"

#include "chain/client/home.hpp"
#include "chain/client/key_file.hpp"
#include "sys/terminal.hpp"

namespace cess {
namespace {

bool is_piped(const std::string& path) { return path.empty() || path == "-"; }

}  // namespace

void declare_node(cli::Options& opt, NodeOptions& node) {
  opt.text("--node", "URL|DIR", node.node,
           "node to ask: its URL or its folder (default http://127.0.0.1:9944)");
  opt.text("--network", "NAME", node.network,
           "a network's folder or configuration, which names nodes");
}

Result<std::string> node_of(const NodeOptions& node) {
  if (!node.node.empty()) return node.node;
  CESS_TRY_ASSIGN(const auto home, client::find_home(node.network));
  return client::choose_node({}, home);
}

Result<client::RpcClient> connect(const NodeOptions& node) {
  CESS_TRY_ASSIGN(const std::string name, node_of(node));
  return client::RpcClient::connect(name);
}

Result<AccountKey> read_account_key(cli::Context& ctx, const std::string& path) {
  if (!is_piped(path)) return client::read_key_file(path);
  if (is_terminal(ctx.in))
    return fail(Code::usage, "no key: name a key file with -k, or pipe one in", "-k");
  return client::read_key(ctx.in, "standard input");
}

Result<Bytes> read_input(cli::Context& ctx, const std::string& path, std::size_t size_max,
                         std::string& name) {
  name = is_piped(path) ? "standard input" : "'" + path + "'";
  if (!is_piped(path)) return read_file(path, size_max);
  Bytes text(size_max + 1);
  CESS_TRY_ASSIGN(const auto size, read_full(ctx.in, text, "standard input"));
  if (size > size_max)
    return fail(Code::input, name + ": over " + std::to_string(size_max) + " bytes", name);
  text.resize(size);
  return text;
}

}  // namespace cess
