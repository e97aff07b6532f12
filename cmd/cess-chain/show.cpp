// SPDX-License-Identifier: Apache-2.0
// show: whatever the chain knows, by kind and name, or by pasting a hash or an address. Stored
// things go by the names of the state machine's items ("account", "miners.miner"); there is no
// other list.
#include <memory>

#include "base/hex.hpp"
#include "chain/client/state.hpp"
#include "chain/state/idle/idle.hpp"
#include "chain/state/kernel/runtime.hpp"
#include "chain/state/miners/miners.hpp"
#include "chain/state/rewards/rewards.hpp"
#include "chain/state/system/system.hpp"
#include "chain/types/ethereum.hpp"
#include "claim/claim.hpp"
#include "commands.hpp"
#include "inputs.hpp"
#include "report.hpp"
#include "show_audit.hpp"
#include "show_mempool.hpp"
#include "show_search.hpp"

namespace cess {
namespace {

struct ShowOptions {
  NodeOptions node;
  std::vector<std::string> words;
  bool prove = false;
  std::string checkpoint;
  std::string miner;
};

bool is_hash(const std::string& text) {
  const auto hex = text.substr(text.starts_with("0x") ? 2 : 0);
  return hex.size() == 64 && hex.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// "account" or "accounts.account" → module.item and its key types.
struct Item {
  std::string name;
  std::vector<std::string> key_types;
};

// "2 key parts: account text", "no key parts".
std::string key_parts(const Item& item, const std::string& at_most = {}) {
  const std::size_t count = item.key_types.size();
  if (count == 0) return "no key parts";
  std::string out = at_most + std::to_string(count) + (count == 1 ? " key part:" : " key parts:");
  for (const auto& t : item.key_types) out += " " + t;
  return out;
}

std::vector<Item> items_named(const Runtime& runtime, const std::string& name) {
  std::vector<Item> out;
  for (const auto& module : runtime.modules()) {
    for (const auto& item : module->items()) {
      const std::string whole = module->name() + "." + item.name;
      if (whole == name || item.name == name) out.push_back({whole, item.key_types});
    }
  }
  return out;
}

std::vector<std::string> kinds(const Runtime& runtime) {
  std::vector<std::string> out = {
      "head",      "block",          "txn",       "committee", "audit",
      "challenge", "idle-challenge", "validator", "rights",    "mempool"};
  for (const auto& module : runtime.modules()) {
    for (const auto& item : module->items()) out.push_back(item.name);
  }
  return out;
}

Result<Json> get_item(client::Rpc& rpc, const Item& item, std::vector<std::string> key,
                      const ShowOptions& o) {
  if (key.size() != item.key_types.size()) {
    return fail(Code::usage, "'" + item.name + "': want " + key_parts(item), item.name);
  }
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (item.key_types[i] != "account") continue;
    CESS_TRY_ASSIGN(key[i], account_named(rpc, key[i]));
  }
  Json params = {{"item", item.name}, {"key", key}};
  if (o.prove) params["prove"] = true;
  if (!o.checkpoint.empty()) params["from"] = o.checkpoint;
  CESS_TRY_ASSIGN(Json answer, rpc.call("state_get", params));
  if (o.prove) {
    const auto proof = answer.find("proof");
    if (proof == answer.end())
      return fail(Code::peer, "the node gave no proof of '" + item.name + "'", item.name);
    return *proof;
  }
  if (!answer.value("exists", false)) {
    std::string words;
    for (const auto& k : key) words += (words.empty() ? "" : " ") + k;
    const std::string name = item.name.substr(item.name.find('.') + 1);
    return fail(Code::no, "no " + name + (words.empty() ? words : " '" + words + "'"), words);
  }
  Json out = {
      {"schema", "cess.item/1"}, {"item", item.name}, {"key", key}, {"height", answer["height"]}};
  const Json& value = answer["value"];
  if (value.is_object()) {
    out.update(value);
  } else {
    out["value"] = value;
  }
  return out;
}

// All entries that begin with the given parts, one document each.
Status list_item(cli::Context& ctx, client::Rpc& rpc, const Item& item,
                 const std::vector<std::string>& leading) {
  return client::list_entries(rpc, item.name, leading, [&](const Json& entry) {
    Json out = {{"schema", "cess.item/1"}, {"item", item.name}, {"key", entry["key"]}};
    const Json& value = entry["value"];
    if (value.is_object()) {
      out.update(value);
    } else {
      out["value"] = value;
    }
    return ctx.print(out);
  });
}

Json proof_params(const std::string& txn, const ShowOptions& o) {
  Json params = {{"hash", txn}};
  if (!o.checkpoint.empty()) params["from"] = o.checkpoint;
  return params;
}

// A pasted hash: what it names, or where it stands.
Result<Json> show_hash(client::Rpc& rpc, const Runtime& runtime, const std::string& hash,
                       const ShowOptions& o) {
  CESS_TRY_ASSIGN(Json found, find_hash(rpc, hash));
  const std::string what = found.value("what", "");
  if (what == "txn" && o.prove) return rpc.call("tx_proof", proof_params(hash, o));
  if (what == "txn") return rpc.call("chain_txn", {{"hash", hash}});
  if (what == "block") return rpc.call("chain_block", {{"at", found["height"]}});
  if (what == "committee") return rpc.call("chain_committee", {{"era", found["era"]}});
  if (what == "event") return std::move(found["event"]);
  if (what != "item") return found;
  if (o.prove && found["key"].size() != 1)
    return fail(Code::usage, "'" + hash + "' is no key of its own: prove the item it stands in",
                hash, "cess-chain show " + hash + " names it");
  std::vector<std::string> key;
  for (const Json& part : found["key"])
    key.push_back(part.is_string() ? part.get<std::string>() : part.dump());
  const auto items = items_named(runtime, found.value("item", ""));
  if (items.size() != 1)
    return fail(Code::peer, "the node knows items that this program does not", hash);
  return get_item(rpc, items[0], key, o);
}

// A miner's fillers, and the room that neither they nor fragments take.
Result<Json> show_fillers(client::Rpc& rpc, const std::string& miner, const ShowOptions& o) {
  CESS_TRY_ASSIGN(const Json m, get_item(rpc, {"miners.miner", {"account"}}, {miner}, o));
  miners::Miner record;
  Json fields = m;
  for (const char* field : {"schema", "item", "key", "height"}) fields.erase(field);
  CESS_TRY(from_json_value(fields, record, "miner"));
  CESS_TRY_ASSIGN(const auto rules, client::get(rpc, miners::kParams));
  Json out = {{"idle", record.idle},
              {"service", record.service},
              {"locked", record.locked},
              {"fillers", record.fillers},
              {"capacity", miners::capacity(rules.value_or(miners::Params{}), record)}};
  CESS_TRY_ASSIGN(const auto sizes, client::get(rpc, idle_space::kParams));
  const auto params = sizes.value_or(idle_space::Params{});
  const auto room = idle_space::unfilled_of(params, rules.value_or(miners::Params{}), record);
  out["vacant"] = room.vacant;
  out["slack"] = room.slack;
  out["refill"] = room.vacant / params.filler_bytes();
  const auto space = get_item(rpc, {"idle.space", {"account"}}, {miner}, o);
  if (!space && space.error().code != Code::no) return space;
  out["front"] = space ? space->value("front", Json()) : Json(0);
  out["rear"] = space ? space->value("rear", Json()) : Json(0);
  out["holes"] = space ? space->value("holes", Json()) : Json::array();
  return out;
}

// By its number, or as its owner calls it.
Result<Json> show_territory(client::Rpc& rpc, std::vector<std::string> key, const ShowOptions& o) {
  if (key.size() == 2) {
    ShowOptions plain = o;
    plain.prove = false;
    CESS_TRY_ASSIGN(const Json name,
                    get_item(rpc, {"territory.territory_name", {"account", "text"}}, key, plain));
    key = {name.value("value", Json()).dump()};
  }
  if (key.size() != 1 || key[0].find_first_not_of("0123456789") != std::string::npos)
    return fail(Code::usage, "want territory NUMBER, or territory OWNER NAME", "territory");
  return get_item(rpc, {"territory.territory", {"u64"}}, key, o);
}

// Paid traffic and probes of this era and of the one before.
Result<Json> show_service(client::Rpc& rpc, const std::string& miner) {
  CESS_TRY_ASSIGN(const AccountId who, parse_account(miner, "miner"));
  CESS_TRY_ASSIGN(const auto clock, client::require(rpc, system::kClock));
  const auto of_era = [&](Era era) -> Result<Json> {
    CESS_TRY_ASSIGN(const auto found, client::get(rpc, rewards::kServices, era, who));
    Json out = {{"era", era}};
    out.update(to_json_value(found.value_or(rewards::Service{})));
    return out;
  };
  CESS_TRY_ASSIGN(Json out, of_era(clock.era));
  if (clock.era > 0) {
    CESS_TRY_ASSIGN(out["last"], of_era(clock.era - 1));
  }
  return out;
}

// The running era: the clock. One that is over: what became of it, as long as that is kept.
Result<Json> show_era(client::Rpc& rpc, const std::vector<std::string>& key, const ShowOptions& o) {
  if (key.size() > 1)
    return fail(Code::usage, "want era NUMBER, or era for the running one", "era");
  CESS_TRY_ASSIGN(const auto clock, client::require(rpc, system::kClock));
  Era era = clock.era;
  if (!key.empty()) CESS_TRY(from_json_value(Json(key[0]), era, "era"));
  const std::string name = "era " + std::to_string(era);
  if (era > clock.era) {
    return fail(Code::no, name + " has not begun: it is era " + std::to_string(clock.era), name);
  }
  // A proof tells what is not stored as well.
  if (era == clock.era && !o.prove) return get_item(rpc, {"system.clock", {}}, {}, o);
  auto found = get_item(rpc, {"election.era", {"u64"}}, {std::to_string(era)}, o);
  if (found || found.error().code != Code::no) return found;
  return fail(Code::no, "what became of " + name + " is forgotten", name,
              "an era is kept as long as offences in it can be punished (staking.unbonding_eras)");
}

Result<Json> find(client::Rpc& rpc, const Runtime& runtime, const ShowOptions& o) {
  const std::string& kind = o.words[0];
  std::vector<std::string> rest(o.words.begin() + 1, o.words.end());
  if (!rest.empty() && (kind == "miner" || kind == "audit" || kind == "validator" ||
                        kind == "challenge" || kind == "idle-challenge")) {
    CESS_TRY_ASSIGN(rest[0], account_named(rpc, rest[0]));
  }
  const std::string name = rest.empty() ? std::string() : rest[0];
  if (kind == "head") return rpc.call("chain_head");
  if (kind == "block") {
    const bool number = !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
    Json at = name.empty()                 ? Json("head")
              : number && name.size() < 16 ? Json(std::stoull(name))
                                           : Json(name);
    return rpc.call("chain_block", {{"at", std::move(at)}});
  }
  if (kind == "txn" && name.empty()) return fail(Code::usage, "want txn HASH", kind);
  if (kind == "txn" && o.prove) return rpc.call("tx_proof", proof_params(name, o));
  if (kind == "txn") return rpc.call("chain_txn", {{"hash", name}});
  if (kind == "audit") {
    if (rest.size() != 2) return fail(Code::usage, "want audit MINER EPOCH", kind);
    return show_audit(rpc, rest[0], rest[1]);
  }
  if (kind == "challenge" && (rest.size() == 1) == o.miner.empty())
    return show_challenge(rpc, o.miner.empty() ? name : o.miner);
  if (kind == "idle-challenge" && (rest.size() == 1) == o.miner.empty())
    return show_idle_challenge(rpc, o.miner.empty() ? name : o.miner);
  if (kind == "challenge" || kind == "idle-challenge")
    return fail(Code::usage, "want " + kind + " --miner MINER", kind);
  if (!o.miner.empty()) return fail(Code::usage, "--miner goes with challenge", "--miner");
  if (kind == "validator") {
    if (rest.size() != 1) return fail(Code::usage, "want validator ADDRESS", kind);
    return rpc.call("chain_validator", {{"account", name}});
  }
  if (kind == "rights") {
    if (rest.size() != 1) return fail(Code::usage, "want rights ID", kind);
    CESS_TRY_ASSIGN(const Hash256 id, claim::find_one(rpc, name));
    return get_item(rpc, {"rights.certificate", {"hash"}}, {to_hex(id)}, o);
  }
  if (kind == "territory") return show_territory(rpc, rest, o);
  if (kind == "committee") {
    if (name.empty()) return rpc.call("chain_committee");
    Era era = 0;
    CESS_TRY(from_json_value(Json(name), era, "era"));
    return rpc.call("chain_committee", {{"era", era}});
  }
  if (kind == "era") return show_era(rpc, rest, o);
  if (kind == "mempool") return show_mempool(rpc, rest);
  if (rest.empty() && is_hash(kind)) return show_hash(rpc, runtime, kind, o);
  if (rest.empty() && (kind.starts_with("cX") || is_ethereum_address(kind)))
    return get_item(rpc, {"accounts.account", {"account"}}, {kind}, o);
  const auto items = items_named(runtime, kind);
  if (items.empty()) {
    const auto near = cli::nearest(kind, kinds(runtime));
    return fail(
        Code::usage, "cannot show '" + kind + "'", kind,
        near.empty() ? "`cess-chain items` lists what is stored" : "did you mean '" + near + "'?");
  }
  if (items.size() > 1) {
    // Several modules keep something of this name: all of it.
    Json all = {{"schema", "cess.items/1"}};
    for (const auto& item : items) {
      if (item.key_types.size() != rest.size()) continue;
      auto found = get_item(rpc, item, rest, o);
      if (found) all[item.name] = std::move(*found);
      if (!found && found.error().code != Code::no) return found;
    }
    if (kind == "miner" && rest.size() == 1 && !o.prove && all.contains("miners.miner")) {
      CESS_TRY_ASSIGN(all["space"], show_fillers(rpc, rest[0], o));
      CESS_TRY_ASSIGN(all["service"], show_service(rpc, rest[0]));
    }
    if (all.size() > 1) return all;
  }
  return get_item(rpc, items[0], rest, o);
}

Result<int> show(const ShowOptions& o, cli::Context& ctx) {
  const Runtime runtime;
  CESS_TRY_ASSIGN(auto rpc, connect(o.node));
  CESS_TRY_ASSIGN(const Json found, find(rpc, runtime, o));
  // Documents for another program's standard input are always JSON.
  const bool is_input =
      found.value("schema", Json()) == "cess.proof/1" || o.words[0].ends_with("challenge");
  if (o.prove || is_input) {
    CESS_TRY(ctx.print(found));
  } else {
    CESS_TRY(report(ctx, found));
  }
  return 0;
}

Result<int> list(const ShowOptions& o, cli::Context& ctx) {
  const Runtime runtime;
  const auto items = items_named(runtime, o.words[0]);
  if (items.size() != 1) {
    return fail(Code::usage, "cannot list '" + o.words[0] + "'", o.words[0],
                "`cess-chain items` lists what is stored");
  }
  if (o.words.size() - 1 > items[0].key_types.size())
    return fail(Code::usage, "'" + items[0].name + "': want " + key_parts(items[0], "up to "),
                items[0].name);
  CESS_TRY_ASSIGN(auto rpc, connect(o.node));
  CESS_TRY(list_item(ctx, rpc, items[0], {o.words.begin() + 1, o.words.end()}));
  return 0;
}

Result<int> list_items(cli::Context& ctx) {
  const Runtime runtime;
  for (const auto& module : runtime.modules()) {
    for (const auto& item : module->items()) {
      const std::string name = module->name() + "." + item.name;
      std::string key;
      for (const auto& t : item.key_types) key += (key.empty() ? "" : " ") + t;
      if (ctx.json) {
        CESS_TRY(ctx.print(
            Json{{"schema", "cess.stored_item/1"}, {"item", name}, {"key_types", item.key_types}}));
      } else {
        CESS_TRY(ctx.print(name + "  " + (key.empty() ? "-" : key)));
      }
    }
  }
  return 0;
}

}  // namespace

cli::Command show_command() {
  auto o = std::make_shared<ShowOptions>();
  cli::Command c;
  c.name = "show";
  c.summary = "show head, block N, txn H, miner M, … or any hash";
  c.declare = [o](cli::Options& opt) {
    opt.positionals("WHAT", o->words, "a kind and its name, or a pasted hash or address", true);
    declare_node(opt, o->node);
    opt.text("--miner", "ADDRESS", o->miner, "of show challenge and idle-challenge: who is asked");
    opt.flag("--prove", o->prove, "print a proof for `cess-chain verify` instead");
    opt.text("--checkpoint", "HASH", o->checkpoint, "let the proof begin at this trusted block");
  };
  c.run = [o](cli::Context& ctx) { return show(*o, ctx); };
  return c;
}

cli::Command list_command() {
  auto o = std::make_shared<ShowOptions>();
  cli::Command c;
  c.name = "list";
  c.summary = "list all entries of a stored item, a JSON line each";
  c.declare = [o](cli::Options& opt) {
    opt.positionals("ITEM", o->words, "an item, and the first parts of the key if wanted", true);
    declare_node(opt, o->node);
  };
  c.run = [o](cli::Context& ctx) { return list(*o, ctx); };
  return c;
}

cli::Command items_command() {
  cli::Command c;
  c.name = "items";
  c.summary = "list what the chain stores, and the keys of it";
  c.declare = [](cli::Options&) {};
  c.run = [](cli::Context& ctx) { return list_items(ctx); };
  return c;
}

}  // namespace cess
