// SPDX-License-Identifier: Apache-2.0
#include "miner_config.hpp"

#include "json/json.hpp"
#include "miner/registration.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

constexpr std::size_t kNodesMax = 64;

/// A path of config.json, which is relative to its folder.
std::string inside(const std::string& folder, const std::string& path) {
  return path.starts_with('/') || path.starts_with("http:") ? path : folder + "/" + path;
}

}  // namespace

Result<MinerConfig> read_miner_config(const std::string& folder) {
  const std::string name = folder + "/config.json";
  CESS_TRY_ASSIGN(const Bytes text, read_file(name, 64U << 10U));
  CESS_TRY_ASSIGN(const Json json, parse_json(as_text(text), name));
  const JsonView view(json, name);
  CESS_TRY(view.schema("cess.miner/1"));
  MinerConfig c;
  const Json nodes = json.value("node", Json());
  for (const Json& n : nodes) {
    if (!nodes.is_array() || !n.is_string() || c.nodes.size() == kNodesMax)
      return fail(Code::input, name + ": node: not a list of at most 64 texts", "node");
    c.nodes.push_back(inside(folder, n.get<std::string>()));
  }
  if (c.nodes.empty()) return fail(Code::input, name + ": node: names no node", "node");
  CESS_TRY_ASSIGN(const std::string listen, view.text("listen"));
  CESS_TRY_ASSIGN(c.listen, net::parse_endpoint(listen, "listen"));
  if (view.has("endpoint")) {
    CESS_TRY_ASSIGN(c.endpoint, view.text("endpoint"));
  }
  if (view.has("region")) {
    CESS_TRY_ASSIGN(c.region, view.text("region"));
  }
  if (view.has("ip")) {
    CESS_TRY_ASSIGN(const std::string ip, view.text("ip"));
    const bool six = ip.find(':') != std::string::npos;
    CESS_TRY_ASSIGN(c.ip, miner::address_of(six ? "[" + ip + "]:1" : ip + ":1"));
  }
  CESS_TRY_ASSIGN(const std::string key, view.text("sign_key"));
  c.sign_key = inside(folder, key);
  if (view.has("account_key")) {
    CESS_TRY_ASSIGN(const std::string account, view.text("account_key"));
    c.account_key = inside(folder, account);
  }
  CESS_TRY_ASSIGN(const std::string store, view.text("store"));
  c.store = inside(folder, store);
  c.settings.staging = inside(folder, "staging");
  c.settings.idle_blobs = inside(folder, "idle-blobs");
  if (view.has("staging_bytes")) {
    CESS_TRY_ASSIGN(c.settings.staging_bytes,
                    view.number("staging_bytes", std::uint64_t{1} << 50U));
  }
  c.settings.till.folder = inside(folder, "till");
  if (view.has("price_per_mib")) {
    CESS_TRY_ASSIGN(const std::string price, view.text("price_per_mib"));
    CESS_TRY_ASSIGN(c.settings.till.price_per_mib, parse_tokens(price, "price_per_mib"));
  }
  if (view.has("unpaid_bytes_per_day")) {
    CESS_TRY_ASSIGN(c.settings.till.unpaid_per_day,
                    view.number("unpaid_bytes_per_day", ~std::uint64_t{0}));
  }
  if (view.has("report_any")) {
    CESS_TRY_ASSIGN(c.report_any, view.boolean("report_any"));
  }
  return c;
}

std::uint64_t offered_bytes(std::uint64_t capacity) {
  constexpr std::uint64_t kFixed = 32ULL << 20U;
  return capacity <= 2 * kFixed ? capacity / 2 : capacity - capacity / 16 - kFixed;
}

}  // namespace cess
