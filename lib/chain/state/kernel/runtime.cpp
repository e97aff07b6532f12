// SPDX-License-Identifier: Apache-2.0
#include "chain/state/kernel/runtime.hpp"

#include <algorithm>
#include <map>

#include "chain/state/kernel/genesis.hpp"
#include "crypto/sha256.hpp"
#include "merkle/tree.hpp"

namespace cess {
namespace {

constexpr std::string_view kSpecSchema = "cess.spec/1";
constexpr std::size_t kErrorSizeMax = 200;

Hash256 root_of(const std::vector<Receipt>& receipts) {
  if (receipts.empty()) return Hash256{};
  std::vector<Hash256> leaves;
  leaves.reserve(receipts.size());
  for (const auto& r : receipts) leaves.push_back(merkle_leaf(encode_scale(r)));
  return merkle_root(leaves);
}

// The section of an object field, or null.
const Json& section(const Json& spec, const char* field, const std::string& name) {
  static const Json kNull;
  const auto it = spec.find(field);
  if (it == spec.end() || !it->is_object()) return kNull;
  const auto found = it->find(name);
  return found == it->end() ? kNull : *found;
}

}  // namespace

Hash256 genesis_id(const Json& spec, const Hash256& state_root) {
  const Hash256 spec_hash = sha256(as_bytes(write_json(spec)));
  return sha256({as_bytes("CESS-GENESIS-v1"), spec_hash.view(), state_root.view()});
}

Runtime::Runtime() : Runtime(make_all_modules()) {}

Runtime::Runtime(std::vector<std::unique_ptr<Module>> modules) : modules_(std::move(modules)) {
  std::sort(modules_.begin(), modules_.end(),
            [](const auto& a, const auto& b) { return a->id() < b->id(); });
  for (const auto& m : modules_) calls_.push_back(m->calls());
  for (std::size_t i = 0; i < modules_.size(); ++i) {
    const ModuleId id = modules_[i]->id();
    CESS_CHECK(i == 0 || modules_[i - 1]->id() != id);
    find_.resize(std::size_t{id} + 1);
    for (const auto& c : calls_[i]) {
      auto& table = find_[id];
      if (table.size() <= c.index) table.resize(std::size_t{c.index} + 1);
      CESS_CHECK(table[c.index] == nullptr);
      table[c.index] = &c;
    }
  }
}

const Module* Runtime::find(std::string_view name) const {
  for (const auto& m : modules_) {
    if (m->name() == name) return m.get();
  }
  return nullptr;
}

const Module* Runtime::find(ModuleId id) const {
  for (const auto& m : modules_) {
    if (m->id() == id) return m.get();
  }
  return nullptr;
}

const CallInfo* Runtime::find_call(ModuleId module, std::uint8_t call) const {
  if (module >= find_.size() || call >= find_[module].size()) return nullptr;
  return find_[module][call];
}

std::optional<std::pair<ModuleId, const CallInfo*>> Runtime::find_call(
    std::string_view name) const {
  for (std::size_t i = 0; i < modules_.size(); ++i) {
    for (const auto& c : calls_[i]) {
      if (modules_[i]->name() + "." + c.name == name) return std::pair{modules_[i]->id(), &c};
    }
  }
  return std::nullopt;
}

Json Runtime::default_spec(std::string_view preset) const {
  Json spec = {{"schema", kSpecSchema},
               {"name", preset},
               {"params", Json::object()},
               {"genesis", Json::object()}};
  for (const auto& m : modules_) {
    Json p = m->default_params(preset);
    if (!p.is_null()) spec["params"][m->name()] = std::move(p);
  }
  return spec;
}

Result<Hash256> Runtime::genesis(State& state, const Json& spec) const {
  CESS_CHECK(state.size() == 0);
  CESS_TRY(JsonView(spec, "chain spec").schema(kSpecSchema));
  for (const char* field : {"params", "genesis"}) {
    const auto it = spec.find(field);
    CESS_TRY(detail::json_wants(it != spec.end() && it->is_object(),
                                std::string("the object '") + field + "'", "chain spec"));
    for (const auto& [name, value] : it->items()) {
      CESS_TRY(detail::json_wants(find(name) != nullptr, "no section of an unknown module",
                                  std::string("chain spec: ") + field + "." + name));
    }
  }
  for (const auto& m : modules_) {
    if (m->default_params("main").is_null()) continue;
    const auto& p = section(spec, "params", m->name());
    CESS_TRY(detail::json_wants(!p.is_null(), "a section of every module's parameters",
                                "chain spec: params." + m->name()));
    CESS_TRY(m->set_params(state, p));
  }
  for (const auto& m : modules_) CESS_TRY(m->genesis(state, section(spec, "genesis", m->name())));
  state.take_changes();
  return genesis_id(spec, state.root());
}

std::uint64_t Runtime::weight(const Txn& txn) const {
  const auto* call = find_call(txn.body.module, txn.body.call);
  return call == nullptr ? 0 : call->weight;
}

Status Runtime::check_form(const Txn& txn, const Hash256& genesis, Height height) const {
  const auto& body = txn.body;
  const auto refuse = [](std::string why) {
    return fail(Code::input, "transaction: " + why, "transaction");
  };
  if (body.genesis != genesis)
    return refuse("meant for another chain (genesis " + to_hex(body.genesis) + ")");
  if (body.valid_until < height)
    return refuse("expired at height " + std::to_string(body.valid_until));
  if (find_call(body.module, body.call) == nullptr) {
    return refuse("unknown call " + std::to_string(body.module) + "." + std::to_string(body.call));
  }
  return {};
}

Status Runtime::check_txn(const State& state, const ReadTxn& txn, const Hash256& genesis,
                          Height height, const SenderAhead& ahead) const {
  CESS_TRY(check_form(txn.txn, genesis, height));
  const TxnFacts facts{weight(txn.txn), txn.size_bytes, height, ahead};
  for (const auto& m : modules_) CESS_TRY(m->check_txn(state, txn.txn, facts));
  return {};
}

Status Runtime::check_txn(const State& state, const Txn& txn, const Hash256& genesis,
                          Height height) const {
  return check_txn(state, to_read_txn(txn), genesis, height);
}

Amount Runtime::txn_cost(const State& state, const ReadTxn& txn, Height height) const {
  const TxnFacts facts{weight(txn.txn), txn.size_bytes, height, {}};
  Amount cost = 0;
  for (const auto& m : modules_) cost = saturating_add(cost, m->txn_cost(state, txn.txn, facts));
  return cost;
}

Status Runtime::check_block(const State& state, std::span<const ReadTxn> txns,
                            const Hash256& genesis, Height height) const {
  std::uint64_t limit = ~std::uint64_t{0};
  for (const auto& m : modules_) limit = std::min(limit, m->block_weight_max(state));
  std::uint64_t sum = 0;
  std::map<AccountId, SenderAhead> senders;
  for (const auto& txn : txns) {
    auto& ahead = senders[txn.txn.body.sender];
    CESS_TRY(check_txn(state, txn, genesis, height, ahead));
    ++ahead.count;
    ahead.cost = saturating_add(ahead.cost, txn_cost(state, txn, height));
    sum += weight(txn.txn);
    CESS_TRY(
        detail::json_wants(sum <= limit, "a weight of at most " + std::to_string(limit), "block"));
  }
  return {};
}

Receipt Runtime::run_txn(Context& ctx, const ReadTxn& read, BlockResult& result) const {
  const Txn& txn = read.txn;
  Receipt receipt;
  receipt.txn = read.hash;
  Status status = check_form(txn, ctx.genesis, ctx.block.height);
  const auto* call = status ? find_call(txn.body.module, txn.body.call) : nullptr;
  ctx.origin = {OriginKind::account, txn.body.sender};
  ctx.fee = 0;
  const auto start = ctx.state.mark();
  for (const auto& m : modules_) {
    if (status) status = m->before_txn(ctx, txn, call->weight, read.size_bytes);
  }
  const bool runs = status.has_value();
  if (!runs) {
    ctx.state.rollback(start);
    ctx.events.truncate(0);
  } else {
    const auto before_call = ctx.state.mark();
    const auto event_count = ctx.events.size();
    result.weight += call->weight;
    status = call->run(ctx, txn.body.args);
    if (!status) {
      ctx.state.rollback(before_call);
      ctx.events.truncate(event_count);
    }
    receipt.ok = status.has_value();
    receipt.fee = ctx.fee;
  }
  if (!status) receipt.error = status.error().message.substr(0, kErrorSizeMax);
  if (runs) {
    for (const auto& m : modules_) m->after_txn(ctx, txn, receipt);
  }
  receipt.events = ctx.events.take();
  return receipt;
}

BlockResult Runtime::execute(State& state, const BlockInfo& info, std::span<const ReadTxn> txns,
                             const Hash256& genesis) const {
  BlockResult result;
  Events events;
  Context ctx{state, info, events, {}, genesis, 0, this};
  for (const auto& m : modules_) m->begin_block(ctx);
  Receipt own;
  own.ok = true;
  own.events = events.take();
  result.receipts.reserve(txns.size() + 1);
  result.receipts.push_back(std::move(own));
  for (const auto& txn : txns) result.receipts.push_back(run_txn(ctx, txn, result));
  ctx.origin = {};
  for (const auto& m : modules_) m->end_block(ctx);
  for (auto& e : events.take()) result.receipts.front().events.push_back(std::move(e));
  result.changes = state.take_changes();
  result.state_root = state.root();
  result.receipts_root = root_of(result.receipts);
  return result;
}

BlockResult Runtime::execute(State& state, const BlockInfo& info, const std::vector<Txn>& txns,
                             const Hash256& genesis) const {
  std::vector<ReadTxn> read;
  read.reserve(txns.size());
  for (const auto& txn : txns) read.push_back(to_read_txn(txn));
  return execute(state, info, read, genesis);
}

Status Runtime::run_governance(Context& ctx, ModuleId module, std::uint8_t call,
                               ByteView args) const {
  const auto* info = find_call(module, call);
  if (info == nullptr) return fail(Code::input, "governance: unknown call");
  const Origin caller = std::exchange(ctx.origin, {OriginKind::governance, {}});
  const auto start = ctx.state.mark();
  const auto event_count = ctx.events.size();
  Status status = info->run(ctx, args);
  if (!status) {
    ctx.state.rollback(start);
    ctx.events.truncate(event_count);
  }
  ctx.origin = caller;
  return status;
}

Json Runtime::params(const State& state, const Module& module) const {
  for (const auto& item : module.items()) {
    if (item.name != "params" || !item.key_types.empty()) continue;
    const std::string key{static_cast<char>(module.id()), static_cast<char>(item.item)};
    const auto value = state.get(key);
    if (value) return item.value_to_json(*value).value_or(Json(nullptr));
  }
  return nullptr;
}

Status Runtime::check_invariants(const State& state) const {
  for (const auto& m : modules_) CESS_TRY(m->check_invariants(state));
  return {};
}

Json Runtime::event_to_json(const EventRecord& e) const {
  const auto* m = find(e.module);
  if (m != nullptr) {
    for (const auto& info : m->events()) {
      if (info.kind != e.kind) continue;
      Json out = {{"event", m->name() + "." + info.name}};
      if (auto data = info.to_json(e.data)) out.update(*data);
      return out;
    }
  }
  return {{"event", std::to_string(e.module) + "." + std::to_string(e.kind)},
          {"data", to_hex(ByteView(e.data))}};
}

Json Runtime::txn_to_json(const Txn& txn) const {
  Json out = to_json_value(txn.body);
  const auto* m = find(txn.body.module);
  const auto* call = find_call(txn.body.module, txn.body.call);
  if (call != nullptr) {
    out.erase("module");
    out["call"] = m->name() + "." + call->name;
    if (auto args = call->to_json(txn.body.args)) out["args"] = std::move(*args);
  }
  out["signature_kind"] = to_json_value(txn.signature_kind);
  out["signature"] = to_hex(ByteView(txn.signature));
  return out;
}

Json Runtime::receipt_to_json(const Receipt& r) const {
  Json out = {{"txn", to_hex(r.txn)}, {"ok", r.ok}, {"error", r.error}, {"fee", to_decimal(r.fee)}};
  out["events"] = Json::array();
  for (const auto& e : r.events) out["events"].push_back(event_to_json(e));
  return out;
}

}  // namespace cess
