// SPDX-License-Identifier: Apache-2.0
#include "chain/state/kernel/runtime.hpp"

#include <algorithm>

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

Runtime::Runtime() : Runtime(make_all_modules()) {}

Runtime::Runtime(std::vector<std::unique_ptr<Module>> modules) : modules_(std::move(modules)) {
  std::sort(modules_.begin(), modules_.end(),
            [](const auto& a, const auto& b) { return a->id() < b->id(); });
  for (const auto& m : modules_) calls_.push_back(m->calls());
  for (std::size_t i = 1; i < modules_.size(); ++i)
    CESS_CHECK(modules_[i - 1]->id() != modules_[i]->id());
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
  for (std::size_t i = 0; i < modules_.size(); ++i) {
    if (modules_[i]->id() != module) continue;
    for (const auto& c : calls_[i]) {
      if (c.index == call) return &c;
    }
  }
  return nullptr;
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
  const Hash256 spec_hash = sha256(as_bytes(write_json(spec)));
  const Hash256 root = state.root();
  return sha256({as_bytes("CESS-GENESIS-v1"), spec_hash.view(), root.view()});
}

Status Runtime::check_txn(const State& state, const Txn& txn, const Hash256& genesis,
                          Height height) const {
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
  (void)state;
  return {};
}

BlockResult Runtime::execute(State& state, const BlockInfo& info, const std::vector<Txn>& txns,
                             const Hash256& genesis) const {
  BlockResult result;
  Events events;
  Context ctx{state, info, events, {}, genesis};
  for (const auto& m : modules_) m->begin_block(ctx);
  Receipt own;
  own.ok = true;
  own.events = events.take();
  result.receipts.push_back(std::move(own));
  for (const auto& txn : txns) {
    const Bytes bytes = encode_scale(txn);
    Receipt receipt;
    receipt.txn = txn_hash(bytes);
    Status status = check_txn(state, txn, genesis, info.height);
    const auto* call = status ? find_call(txn.body.module, txn.body.call) : nullptr;
    ctx.origin = {OriginKind::account, txn.body.sender};
    const auto start = state.mark();
    for (const auto& m : modules_) {
      if (status) status = m->before_txn(ctx, txn, call->weight, bytes.size());
    }
    if (!status) {
      state.rollback(start);
      events.truncate(0);
    } else {
      const auto before_call = state.mark();
      const auto event_count = events.size();
      result.weight += call->weight;
      status = call->run(ctx, txn.body.args);
      if (!status) {
        state.rollback(before_call);
        events.truncate(event_count);
      }
      receipt.ok = status.has_value();
      if (!status) receipt.error = status.error().message.substr(0, kErrorSizeMax);
      for (const auto& m : modules_) m->after_txn(ctx, txn, receipt);
    }
    if (!status) receipt.error = status.error().message.substr(0, kErrorSizeMax);
    receipt.events = events.take();
    result.receipts.push_back(std::move(receipt));
  }
  ctx.origin = {};
  for (const auto& m : modules_) m->end_block(ctx);
  for (auto& e : events.take()) result.receipts.front().events.push_back(std::move(e));
  result.changes = state.take_changes();
  result.state_root = state.root();
  result.receipts_root = root_of(result.receipts);
  return result;
}

Status Runtime::run_governance(Context& ctx, ModuleId module, std::uint8_t call,
                               ByteView args) const {
  const auto* info = find_call(module, call);
  if (info == nullptr) return fail(Code::input, "governance: unknown call");
  ctx.origin = {OriginKind::governance, {}};
  const auto start = ctx.state.mark();
  Status status = info->run(ctx, args);
  if (!status) ctx.state.rollback(start);
  return status;
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
