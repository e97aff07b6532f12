// SPDX-License-Identifier: Apache-2.0
// The state after the last executed block, with proofs.
#include <algorithm>

#include "chain/consensus/messages.hpp"
#include "chain/node/detail/rpc.hpp"
#include "chain/node/detail/rpc_params.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "chain/types/ethereum.hpp"

namespace cess::node {
namespace {

constexpr std::size_t kListMax = 1000;
constexpr std::size_t kListBytesMax = 4U << 20U;
constexpr std::size_t kProofsWaitingMax = 1000;
constexpr std::size_t kRawKeyMax = 1024;

}  // namespace

Result<AccountId> Rpc::account_named(const std::string& text, const char* key) const {
  if (is_ethereum_address(text)) {
    const auto address = parse_ethereum_address(text, key);
    if (!address) return wrong_param(key, address.error().message);
    return accounts::resolve_ethereum(node_.ledger().state(), *address);
  }
  const auto account = parse_account(text, key);
  if (!account) return wrong_param(key, account.error().message);
  return *account;
}

Result<AccountId> Rpc::account_param(const Json& params, const char* key) const {
  CESS_TRY_ASSIGN(const auto text, text_param(params, key));
  return account_named(text, key);
}

Result<Json> Rpc::parts_param(const Json& params, const char* key, const ItemInfo& item) const {
  const auto it = params.find(key);
  if (it == params.end()) return Json(Json::array());
  if (!it->is_array()) return wrong_param(key, "want an array of key parts");
  Json parts = *it;
  for (std::size_t i = 0; i < std::min(parts.size(), item.key_types.size()); ++i) {
    if (item.key_types[i] != "account" || !parts[i].is_string()) continue;
    CESS_TRY_ASSIGN(const AccountId named, account_named(parts[i].get<std::string>(), key));
    parts[i] = to_ss58(named);
  }
  return parts;
}

Result<const ItemInfo*> Rpc::find_item(const Json& params) const {
  CESS_TRY_ASSIGN(const auto name, text_param(params, "item"));
  const auto it = items_.find(name);
  if (it == items_.end()) return wrong_param("item", "no item '" + name + "'");
  return &it->second.second;
}

void Rpc::state_get(Call& c) {
  std::string key;
  const ItemInfo* item = nullptr;
  if (c.params.contains("raw_key")) {
    CESS_RPC_ASSIGN(const Bytes raw, hex_param(c.params, "raw_key", kRawKeyMax));
    key = std::string(as_text(raw));
    for (const auto& [name, known] : items_) {
      if (key.size() >= 2 && key[0] == static_cast<char>(known.first) &&
          key[1] == static_cast<char>(known.second.item)) {
        item = &known.second;
      }
    }
  } else {
    CESS_RPC_ASSIGN(item, find_item(c.params));
    CESS_RPC_ASSIGN(const Json parts, parts_param(c.params, "key", *item));
    auto made = item->make_key(parts);
    if (!made) return c.reply(wrong_param("key", made.error().message));
    key = std::move(*made);
  }
  State& state = node_.ledger().state();
  const auto value = state.get(key);
  Json out = {{"height", node_.ledger().height()},
              {"exists", value.has_value()},
              {"value", nullptr},
              {"raw_key", to_hex(as_bytes(key))},
              {"raw_value", nullptr}};
  if (value) {
    out["raw_value"] = to_hex(as_bytes(*value));
    if (item != nullptr) out["value"] = item->value_to_json(*value).value_or(Json());
  }
  if (!flag_param(c.params, "prove")) return c.reply(std::move(out));
  if (proofs_.size() >= kProofsWaitingMax)
    return c.reply(fail(Code::busy, "too many proofs wait for the next block"));
  if (!node_.synced())
    return c.reply(fail(Code::peer, "not in sync: a proof would be of an old state"));
  // The root after this block stands in the next header: the answer waits for it.
  out["proof"] = {{"schema", "cess.state_proof/1"},
                  {"genesis", to_hex(node_.ledger().position().genesis)},
                  {"raw_key", out["raw_key"]},
                  {"raw_value", out["raw_value"]},
                  {"state_proof", to_hex(state.prove(key))}};
  proofs_.push_back({node_.ledger().height(), std::move(out), c.params, c.reply});
}

void Rpc::state_list(Call& c) {
  CESS_RPC_ASSIGN(const ItemInfo* item, find_item(c.params));
  CESS_RPC_ASSIGN(const std::size_t limit, number_param(c.params, "limit", kListMax, 100));
  CESS_RPC_ASSIGN(const Json leading, parts_param(c.params, "prefix", *item));
  const auto prefix = item->make_prefix(leading);
  if (!prefix) return c.reply(wrong_param("prefix", prefix.error().message));
  std::string after;
  if (c.params.contains("after") && !c.params["after"].is_null()) {
    CESS_RPC_ASSIGN(const Bytes raw, hex_param(c.params, "after", kRawKeyMax));
    after = std::string(as_text(raw));
    after.push_back('\0');  // the next key in byte order
  }
  Json out = {{"height", node_.ledger().height()}, {"entries", Json::array()}, {"next", nullptr}};
  std::size_t bytes = 0;
  std::string last;
  node_.ledger().state().scan(*prefix, after, [&](std::string_view key, std::string_view value) {
    if (out["entries"].size() >= limit || bytes > kListBytesMax) {
      out["next"] = to_hex(as_bytes(last));
      return false;
    }
    last = std::string(key);
    bytes += key.size() + value.size();
    out["entries"].push_back({{"key", item->key_to_json(key).value_or(Json::array())},
                              {"value", item->value_to_json(value).value_or(Json())},
                              {"raw_key", to_hex(as_bytes(key))}});
    return true;
  });
  c.reply(std::move(out));
}

void Rpc::state_items(Call& c) {
  Json out = Json::array();
  for (const auto& [name, item] : items_) {
    out.push_back({{"module", name.substr(0, name.find('.'))},
                   {"item", item.second.name},
                   {"key_types", item.second.key_types}});
  }
  c.reply(std::move(out));
}

void Rpc::account_next(Call& c) {
  CESS_RPC_ASSIGN(const AccountId account, account_param(c.params, "account"));
  const std::uint64_t nonce = accounts::account(node_.ledger().state(), account).nonce;
  c.reply(Json{{"account", to_ss58(account)},
               {"nonce", nonce},
               {"next", node_.pool().next_nonce(account, nonce)}});
}

/// Proofs against the state after the parent of this block: its header holds the root.
void Rpc::answer_waiting(const FinalBlock& block) {
  auto waiting = std::exchange(proofs_, {});
  const Header& header = block.parsed->block.header;
  const auto committee = node_.ledger().committee_of_era(header.era);
  for (WaitingProof& w : waiting) {
    if (w.height >= header.height) {
      proofs_.push_back(std::move(w));
      continue;
    }
    if (w.height + 1 != header.height || !committee) {
      w.reply(fail(Code::busy, "the block that proves it went by; ask again"));
      continue;
    }
    Json& proof = w.answer["proof"];
    proof["header_bytes"] = to_hex(encode_scale(header));
    proof["certificate_bytes"] = to_hex(encode_certificate(block.certificate));
    if (w.params.contains("from")) {
      auto path = path_json(w.params, header.height);
      if (!path) {
        w.reply(tl::unexpected(path.error()));
        continue;
      }
      proof["path"] = std::move(*path);
    } else {
      proof["committee_bytes"] = to_hex(encode_scale(*committee));
    }
    w.reply(std::move(w.answer));
  }
}

}  // namespace cess::node
