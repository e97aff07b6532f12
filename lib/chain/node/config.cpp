// SPDX-License-Identifier: Apache-2.0
#include "chain/node/config.hpp"

#include "crypto/bls_sign.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/vrf.hpp"
#include "sys/file.hpp"

namespace cess::node {
namespace {

constexpr std::string_view kConfigSchema = "cess.node/1";
constexpr std::string_view kKeySchema = "cess.validator_key/1";
constexpr std::size_t kConfigSizeMax = 1U << 20U;
constexpr std::size_t kSpecSizeMax = 16U << 20U;
constexpr std::size_t kPeersMax = 1000;

Status refuse_unknown(const Json& object, std::initializer_list<std::string_view> known,
                      const std::string& what) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return fail(Code::input, what + ": unknown key '" + key + "'", key);
    }
  }
  return {};
}

Result<PeerAddress> parse_peer(const JsonView& view) {
  CESS_TRY(refuse_unknown(view.value(), {"address", "node_key"}, view.what()));
  CESS_TRY_ASSIGN(const auto address, view.text("address"));
  PeerAddress peer;
  CESS_TRY_ASSIGN(peer.address, net::parse_endpoint(address, "peer address"));
  if (view.has("node_key") && !view.value()["node_key"].is_null()) {
    CESS_TRY_ASSIGN(peer.node_key, view.id<net::NodeKey>("node_key"));
  }
  return peer;
}

Status parse_into(NodeConfig& c, const JsonView& view) {
  if (view.has("listen")) {
    CESS_TRY_ASSIGN(const auto text, view.text("listen"));
    CESS_TRY_ASSIGN(c.listen, net::parse_endpoint(text, "listen address"));
  }
  if (view.has("rpc")) {
    CESS_TRY_ASSIGN(const auto text, view.text("rpc"));
    CESS_TRY_ASSIGN(c.rpc, net::parse_endpoint(text, "RPC address"));
  }
  if (view.has("peers")) {
    CESS_TRY_ASSIGN(const auto peers, view.array("peers", kPeersMax));
    for (const auto& p : peers) {
      CESS_TRY_ASSIGN(auto peer, parse_peer(p));
      c.peers.push_back(std::move(peer));
    }
  }
  if (view.has("archive")) {
    CESS_TRY_ASSIGN(c.archive, view.boolean("archive"));
  }
  if (view.has("keep_blocks")) {
    CESS_TRY_ASSIGN(c.keep_blocks, view.number("keep_blocks", ~std::uint64_t{0}));
  }
  if (view.has("peers_max")) {
    CESS_TRY_ASSIGN(c.peers_max, view.number("peers_max", 10'000));
  }
  if (view.has("sync_from") && !view.value()["sync_from"].is_null()) {
    CESS_TRY_ASSIGN(const auto from, view.object("sync_from"));
    SyncFrom s;
    CESS_TRY_ASSIGN(s.height, from.number("height", ~std::uint64_t{0}));
    CESS_TRY_ASSIGN(s.hash, from.id<BlockHash>("hash"));
    c.sync_from = s;
  }
  if (view.has("rpc_origins")) {
    const Json& list = view.value()["rpc_origins"];
    if (!list.is_array()) return fail(Code::input, "config.json: rpc_origins: not a list");
    for (const Json& o : list) {
      if (!o.is_string()) return fail(Code::input, "config.json: rpc_origins: not a list of texts");
      c.rpc_origins.push_back(o.get<std::string>());
    }
  }
  if (c.keep_blocks < 100)
    return fail(Code::input, "config.json: keep_blocks below 100", "keep_blocks");
  return {};
}

}  // namespace

Result<NodeConfig> parse_config(std::string_view text) {
  CESS_TRY_ASSIGN(const Json json, parse_json(text, kConfigFile, {.size_max = kConfigSizeMax}));
  const JsonView view(json, kConfigFile);
  CESS_TRY(view.schema(kConfigSchema));
  CESS_TRY(refuse_unknown(json,
                          {"schema", "listen", "rpc", "peers", "archive", "keep_blocks",
                           "sync_from", "rpc_origins", "peers_max"},
                          kConfigFile));
  NodeConfig config;
  CESS_TRY(parse_into(config, view));
  return config;
}

std::string format_config(const NodeConfig& c) {
  Json j = {{"schema", kConfigSchema},
            {"listen", net::format_endpoint(c.listen)},
            {"rpc", net::format_endpoint(c.rpc)}};
  j["peers"] = Json::array();
  for (const PeerAddress& p : c.peers) {
    Json peer = {{"address", net::format_endpoint(p.address)}, {"node_key", nullptr}};
    if (p.node_key) peer["node_key"] = to_hex(*p.node_key);
    j["peers"].push_back(std::move(peer));
  }
  j["archive"] = c.archive;
  j["keep_blocks"] = c.keep_blocks;
  j["sync_from"] = nullptr;
  if (c.sync_from)
    j["sync_from"] = {{"height", c.sync_from->height}, {"hash", to_hex(c.sync_from->hash)}};
  j["rpc_origins"] = c.rpc_origins;
  j["peers_max"] = c.peers_max;
  return j.dump(2) + "\n";
}

Result<NodeConfig> read_config(const std::string& folder) {
  CESS_TRY_ASSIGN(const Bytes bytes, read_file(folder + "/" + kConfigFile, kConfigSizeMax));
  return parse_config(as_text(bytes));
}

Status write_config(const std::string& folder, const NodeConfig& config, bool replace) {
  return write_file(folder + "/" + kConfigFile, as_bytes(format_config(config)),
                    {.mode = 0644, .replace = replace});
}

NodeKeys make_keys(Random& random, bool validator) {
  NodeKeys keys;
  keys.node_seed = random.key();
  if (!validator) return keys;
  const Key256 seed = random.key();
  keys.bls = bls::SecretKey::generate(seed.view())->bytes();
  keys.vrf_seed = random.key();
  return keys;
}

Status write_keys(const std::string& folder, const NodeKeys& keys, bool replace) {
  Json j = {{"schema", kKeySchema}, {"node_seed", to_hex(keys.node_seed.view())}};
  if (keys.bls) j["bls_secret"] = to_hex(keys.bls->view());
  if (keys.vrf_seed) j["vrf_seed"] = to_hex(keys.vrf_seed->view());
  if (keys.account) j["account_seed"] = to_hex(keys.account->view());
  std::string text = write_json(j) + "\n";
  const Status written =
      write_file(folder + "/" + kKeyFile, as_bytes(text), {.mode = 0600, .replace = replace});
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return written;
}

namespace {
Result<std::optional<Key256>> secret_field(const JsonView& view, std::string_view key) {
  if (!view.has(key)) return std::optional<Key256>{};
  CESS_TRY_ASSIGN(Bytes bytes, view.hex(key, Key256::kSize));
  if (bytes.size() != Key256::kSize) {
    return fail(Code::input, view.what() + ": " + std::string(key) + " is not 32 bytes",
                std::string(key));
  }
  std::optional<Key256> out{Key256(bytes)};
  wipe(bytes);
  return out;
}
}  // namespace

Result<NodeKeys> read_keys(const std::string& folder) {
  const std::string path = folder + "/" + kKeyFile;
  CESS_TRY_ASSIGN(Bytes bytes, read_secret_file(path, 4096));
  const auto json = parse_json(as_text(bytes), path);
  wipe(bytes);
  if (!json) return tl::unexpected(json.error());
  const JsonView view(*json, path);
  CESS_TRY(view.schema(kKeySchema));
  CESS_TRY(refuse_unknown(*json, {"schema", "node_seed", "bls_secret", "vrf_seed", "account_seed"},
                          path));
  NodeKeys keys;
  CESS_TRY_ASSIGN(auto node, secret_field(view, "node_seed"));
  if (!node) return fail(Code::input, "cannot read '" + path + "': no node_seed", path);
  keys.node_seed = std::move(*node);
  CESS_TRY_ASSIGN(keys.bls, secret_field(view, "bls_secret"));
  CESS_TRY_ASSIGN(keys.vrf_seed, secret_field(view, "vrf_seed"));
  CESS_TRY_ASSIGN(keys.account, secret_field(view, "account_seed"));
  if (keys.bls.has_value() != keys.vrf_seed.has_value()) {
    return fail(Code::input, "cannot read '" + path + "': bls_secret and vrf_seed come together",
                path);
  }
  return keys;
}

Result<PublicKeys> public_keys(const NodeKeys& keys) {
  PublicKeys out;
  out.node_key = ed25519_public(keys.node_seed);
  if (!keys.bls || !keys.vrf_seed) return out;
  const auto secret = bls::SecretKey::parse(*keys.bls);
  if (!secret) return fail(Code::input, "cannot use BLS key: not below the group's order, or zero");
  out.bls_key = secret->public_key().bytes();
  out.bls_possession = secret->prove_possession().bytes();
  out.vrf_key = vrf_public(*keys.vrf_seed);
  return out;
}

Result<Json> read_spec(const std::string& folder) {
  CESS_TRY_ASSIGN(const Bytes bytes, read_file(folder + "/" + kSpecFile, kSpecSizeMax));
  return parse_json(as_text(bytes), kSpecFile, {.size_max = kSpecSizeMax});
}

}  // namespace cess::node
