// SPDX-License-Identifier: Apache-2.0
// What a module of the state machine is: calls, stored items, events, parameters, hooks. A module
// is one folder below lib/chain/state; its module.cpp defines
//   std::unique_ptr<Module> cess::make_<folder>_module();
// and CMake lists the folders, so that adding one touches nothing else (DESIGN.md).
// Everything here is pure: no clock, chance, file, thread, float or unordered container.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "chain/state/kernel/storage.hpp"
#include "chain/types/header.hpp"
#include "chain/types/offence.hpp"
#include "chain/types/txn.hpp"

namespace cess {

/// Who stands behind a call.
enum class OriginKind : std::uint8_t { account, governance };

struct Origin {
  OriginKind kind = OriginKind::account;
  AccountId account;
};

/// The block that is being executed.
struct BlockInfo {
  Height height = 0;
  TimeMs time_ms = 0;
  AccountId proposer;
  Hash256 vrf_output;         ///< SHA-256 of the proposer's VRF output; zero in tests without one
  Hash256 parent;             ///< hash of the parent block
  std::vector<bool> signers;  ///< who signed the parent's certificate, by committee index
  std::vector<Offence> offences;  ///< proven by the block's evidence
};

/// Collects events of the current transaction.
class Events {
 public:
  template <class E>
  void emit(ModuleId module, std::uint8_t kind, const E& event) {
    list_.push_back({module, kind, encode_scale(event)});
  }
  [[nodiscard]] std::vector<EventRecord> take() { return std::exchange(list_, {}); }
  [[nodiscard]] std::size_t size() const { return list_.size(); }
  void truncate(std::size_t size) { list_.resize(size); }

 private:
  std::vector<EventRecord> list_;
};

class Runtime;

/// What hooks and calls work on. Cheap to make.
struct Context {
  State& state;
  const BlockInfo& block;
  Events& events;
  Origin origin{};                   ///< meaningful in calls only
  Hash256 genesis{};                 ///< the chain's id
  Amount fee = 0;                    ///< what before_txn took; goes into the receipt
  const Runtime* runtime = nullptr;  ///< for calls that run calls (governance)
};

/// Refuses a call that is not made by governance.
inline Status require_governance(const Context& ctx) {
  if (ctx.origin.kind == OriginKind::governance) return {};
  return fail(Code::input, "only governance may do this");
}
/// Refuses a call that is not made by an account.
inline Status require_account(const Context& ctx) {
  if (ctx.origin.kind == OriginKind::account) return {};
  return fail(Code::input, "only an account may do this");
}

/// What stands before a transaction, in a block or in a pool, from the same sender.
struct SenderAhead {
  std::uint64_t count = 0;
  Amount cost = 0;  ///< their fees and tips
};

/// What is known of a transaction that asks to stand in a block.
struct TxnFacts {
  std::uint64_t weight = 0;  ///< of its call
  std::size_t size_bytes = 0;
  Height height = 0;  ///< of the block
  SenderAhead ahead;
};

/// One call of a module. Made by make_call.
struct CallInfo {
  std::uint8_t index = 0;
  std::string name;          ///< "transfer"; whole name "accounts.transfer"
  std::uint64_t weight = 0;  ///< nanoseconds of one core at worst, as measured
  std::vector<FieldInfo> fields;
  std::function<Status(Context&, ByteView args)> run;
  std::function<Result<Json>(ByteView args)> to_json;
  std::function<Result<Bytes>(const Json& args)> from_json;
};

/// A call whose arguments are the record A: `handler` is Status(Context&, const A&). On failure the
/// state is as before the call, and the message goes into the receipt: same words on every node.
template <Record A>
CallInfo make_call(std::uint8_t index, std::string name, std::uint64_t weight,
                   Status (*handler)(Context&, const A&)) {
  CallInfo c;
  c.index = index;
  c.weight = weight;
  c.fields = fields_of<A>();
  c.run = [handler](Context& ctx, ByteView args) -> Status {
    CESS_TRY_ASSIGN(const A a, decode_scale<A>(args, "arguments"));
    return handler(ctx, a);
  };
  c.to_json = [](ByteView args) -> Result<Json> {
    CESS_TRY_ASSIGN(const A a, decode_scale<A>(args, "arguments"));
    return to_json_value(a);
  };
  c.from_json = [name](const Json& j) -> Result<Bytes> {
    A a{};
    CESS_TRY(from_json_value(j, a, name));
    return encode_scale(a);
  };
  c.name = std::move(name);
  return c;
}

/// One kind of event. Made by make_event<E>(kind, name).
struct EventInfo {
  std::uint8_t kind = 0;
  std::string name;
  std::function<Result<Json>(ByteView data)> to_json;
};

template <Record E>
EventInfo make_event(std::uint8_t kind, std::string name) {
  return {kind, std::move(name), [](ByteView data) -> Result<Json> {
            CESS_TRY_ASSIGN(const E e, decode_scale<E>(data, "event"));
            return to_json_value(e);
          }};
}

/// One stored item, for explorers: decodes key parts and values. Made by make_item(kMap).
struct ItemInfo {
  std::uint8_t item = 0;
  std::string name;
  std::vector<std::string> key_types;                             ///< as type_name
  std::function<Result<Json>(std::string_view key)> key_to_json;  ///< array of parts; Code::input
  std::function<Result<Json>(std::string_view value)> value_to_json;
  /// From an array of parts what keys begin with that have these first. Code::input.
  std::function<Result<std::string>(const Json& leading)> make_prefix;

  /// From the array of all parts.
  [[nodiscard]] Result<std::string> make_key(const Json& parts) const {
    CESS_TRY(detail::json_wants(parts.is_array() && parts.size() == key_types.size(),
                                std::to_string(key_types.size()) + " key parts", name));
    return make_prefix(parts);
  }
};

template <class V, class... K>
ItemInfo make_item(const StoredMap<V, K...>& map) {
  ItemInfo info;
  info.item = map.item;
  info.name = map.name;
  info.key_types = {type_name<K>()...};
  info.key_to_json = [map](std::string_view key) -> Result<Json> {
    const auto parts = map.read_key(key);
    if (!parts) return fail(Code::input, "key: not one of " + std::string(map.name), map.name);
    Json out = Json::array();
    std::apply([&](const auto&... p) { (out.push_back(to_json_value(p)), ...); }, *parts);
    return out;
  };
  info.value_to_json = [map](std::string_view v) -> Result<Json> {
    CESS_TRY_ASSIGN(const V value, decode_scale<V>(as_bytes(v), map.name));
    return to_json_value(value);
  };
  info.make_prefix = [map](const Json& leading) -> Result<std::string> {
    CESS_TRY(detail::json_wants(leading.is_array() && leading.size() <= sizeof...(K),
                                "up to " + std::to_string(sizeof...(K)) + " key parts", map.name));
    std::string out{static_cast<char>(map.module), static_cast<char>(map.item)};
    typename StoredMap<V, K...>::Key key;
    Status status;
    std::size_t i = 0;
    const auto put = [&](auto& part) {
      if (!status || i == leading.size()) return;
      status = from_json_value(leading[i++], part, map.name);
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(part)>, std::string>) {
        // Strangers ask as well.
        if (status)
          status =
              detail::json_wants(part.size() <= detail::kKeyTextMax, "a shorter name", map.name);
      }
      if (status) detail::put_key_part(out, part);
    };
    std::apply([&](auto&... p) { (put(p), ...); }, key);
    CESS_TRY(status);
    return out;
  };
  return info;
}

class Module {
 public:
  virtual ~Module() = default;
  [[nodiscard]] virtual ModuleId id() const = 0;       ///< fixed for ever; order of hooks
  [[nodiscard]] virtual std::string name() const = 0;  ///< the folder's name
  [[nodiscard]] virtual std::vector<CallInfo> calls() const { return {}; }
  [[nodiscard]] virtual std::vector<EventInfo> events() const { return {}; }
  [[nodiscard]] virtual std::vector<ItemInfo> items() const { return {}; }

  /// Parameters of a preset ("main", "dev") as JSON for the chain spec; null: has none.
  [[nodiscard]] virtual Json default_params(std::string_view /*preset*/) const { return nullptr; }
  /// Checks and stores parameters: at genesis and by governance.
  virtual Status set_params(State& /*state*/, const Json& /*params*/) const {
    return fail(Code::input, "module has no parameters");
  }
  /// Stores what the spec's "genesis"."<name>" says (null if absent); after all set_params, in
  /// order of id.
  virtual Status genesis(State& /*state*/, const Json& /*section*/) const { return {}; }

  /// Hooks, called in order of id. Errors are not possible here: what can fail is decided before.
  virtual void begin_block(Context&) const {}
  virtual void end_block(Context&) const {}
  /// Whether a transaction may stand in a block: nonce, fee payable. Changes nothing.
  virtual Status check_txn(const State&, const Txn&, const TxnFacts&) const { return {}; }
  /// Fee and tip; the modules' sum counts.
  [[nodiscard]] virtual Amount txn_cost(const State&, const Txn&, const TxnFacts&) const {
    return 0;
  }
  /// Most weight of one block; the least of the modules counts.
  [[nodiscard]] virtual std::uint64_t block_weight_max(const State&) const {
    return ~std::uint64_t{0};
  }
  /// Before a transaction's call: may refuse it (fees, nonce). Changes stay if the call fails.
  virtual Status before_txn(Context&, const Txn&, std::uint64_t /*weight*/,
                            std::size_t /*size*/) const {
    return {};
  }
  /// After it, whether it succeeded or not.
  virtual void after_txn(Context&, const Txn&, const Receipt&) const {}

  /// What must hold after every block, from the whole state; slow, for tests and `cess-chain
  /// check`.
  virtual Status check_invariants(const State&) const { return {}; }
};

/// A module's parameters as a record P with defaults for "main" and a static P::dev().
/// Helper for default_params/set_params: parses strictly, stores in `value`.
template <Record P>
Json params_json(std::string_view preset) {
  return to_json_value(preset == "dev" ? P::dev() : P{});
}
template <Record P>
Status store_params(State& state, const StoredValue<P>& value, const Json& params,
                    Status (*check)(const P&) = nullptr) {
  P p{};
  CESS_TRY(from_json_value(params, p, value.name));
  if (check != nullptr) CESS_TRY(check(p));
  value.put(state, p);
  return {};
}

}  // namespace cess
