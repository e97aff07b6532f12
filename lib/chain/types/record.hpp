// SPDX-License-Identifier: Apache-2.0
// Records: structs whose fields are named once, with CESS_RECORD, and from that can be encoded in
// SCALE, decoded strictly, shown as JSON and read from JSON. Everything that travels, is stored or
// is shown on the chain is a record: a call's arguments, a stored value, an event, a header.
//
//   struct Transfer {
//     AccountId to;
//     Amount amount;
//     CESS_RECORD(to, amount)
//   };
//
// Field types: bool, std::uint8_t … std::uint64_t, Amount, Id<…>, std::array<std::uint8_t, N>,
// Bytes, std::string (UTF-8 is not checked here), enums with names, other records, and
// std::optional and std::vector of these. Order of CESS_RECORD is the order of the encoding;
// reordering changes it. An enum takes part through   inline constexpr std::array kFooNames = {"a",
// "b"};
//   constexpr auto& record_names(Foo) { return kFooNames; }   values 0, 1, … in order.
//
// JSON: ids and bytes are hex, accounts SS58, amounts decimal strings of base units, integers
// numbers up to 2^53 and decimal strings above, enums their names, an absent optional null.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/hex.hpp"
#include "chain/types/address.hpp"
#include "chain/types/ids.hpp"
#include "chain/types/scale.hpp"
#include "json/json.hpp"

// CESS_FOR_EACH(f, a, b, c) is f(a) f(b) f(c).
#define CESS_PARENS ()
#define CESS_EXPAND(...) CESS_EXPAND3(CESS_EXPAND3(CESS_EXPAND3(CESS_EXPAND3(__VA_ARGS__))))
#define CESS_EXPAND3(...) CESS_EXPAND2(CESS_EXPAND2(CESS_EXPAND2(CESS_EXPAND2(__VA_ARGS__))))
#define CESS_EXPAND2(...) CESS_EXPAND1(CESS_EXPAND1(CESS_EXPAND1(CESS_EXPAND1(__VA_ARGS__))))
#define CESS_EXPAND1(...) __VA_ARGS__
#define CESS_FOR_EACH(f, ...) __VA_OPT__(CESS_EXPAND(CESS_FOR_EACH_STEP(f, __VA_ARGS__)))
#define CESS_FOR_EACH_STEP(f, a, ...) \
  f(a) __VA_OPT__(CESS_FOR_EACH_AGAIN CESS_PARENS(f, __VA_ARGS__))
#define CESS_FOR_EACH_AGAIN() CESS_FOR_EACH_STEP

#define CESS_RECORD_FIELD(name) visitor(#name, self.name);
/// Names the fields of the struct it stands in, in the order of their encoding.
#define CESS_RECORD(...)                                    \
  template <class Visitor, class Self>                      \
  static void visit_fields(Visitor&& visitor, Self& self) { \
    CESS_FOR_EACH(CESS_RECORD_FIELD, __VA_ARGS__)           \
  }
/// A record without fields.
#define CESS_RECORD_EMPTY              \
  template <class Visitor, class Self> \
  static void visit_fields(Visitor&&, Self&) {}

namespace cess {

namespace detail {
struct IgnoreField {
  template <class T>
  void operator()(const char*, T&) const {}
};
template <class T>
struct IsId : std::false_type {};
template <class Tag>
struct IsId<Id<Tag>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsByteArray : std::false_type {};
template <std::size_t N>
struct IsByteArray<std::array<std::uint8_t, N>> : std::true_type {};
}  // namespace detail

template <class T>
concept Record = requires(T& t) { T::visit_fields(detail::IgnoreField{}, t); };

/// Limits of one decoded field.
constexpr std::size_t kFieldBytesMax = 1U << 20U;
constexpr std::size_t kFieldCountMax = 1U << 16U;

// ---- SCALE

template <class T>
void scale_put(ScaleWriter& w, const T& v) {
  if constexpr (std::is_same_v<T, bool>) {
    w.u8(v ? 1 : 0);
  } else if constexpr (std::is_same_v<T, Amount>) {
    w.u128(v);
  } else if constexpr (std::is_enum_v<T>) {
    static_assert(sizeof(T) == 1);
    w.u8(static_cast<std::uint8_t>(v));
  } else if constexpr (std::unsigned_integral<T>) {
    if constexpr (sizeof(T) == 1) w.u8(v);
    if constexpr (sizeof(T) == 2) w.u16(v);
    if constexpr (sizeof(T) == 4) w.u32(v);
    if constexpr (sizeof(T) == 8) w.u64(v);
  } else if constexpr (detail::IsId<T>::value) {
    w.raw(v.view());
  } else if constexpr (detail::IsByteArray<T>::value) {
    w.raw(v);
  } else if constexpr (std::is_same_v<T, Bytes>) {
    w.sized(v);
  } else if constexpr (std::is_same_v<T, std::string>) {
    w.sized(as_bytes(v));
  } else if constexpr (detail::IsOptional<T>::value) {
    w.u8(v ? 1 : 0);
    if (v) scale_put(w, *v);
  } else if constexpr (detail::IsVector<T>::value) {
    w.compact(v.size());
    for (const auto& e : v) scale_put(w, e);
  } else {
    static_assert(Record<T>, "not a field type of records");
    T::visit_fields([&](const char*, const auto& field) { scale_put(w, field); }, v);
  }
}

template <class T>
Status scale_get(ScaleReader& r, T& v) {
  if constexpr (std::is_same_v<T, bool>) {
    CESS_TRY_ASSIGN(v, r.boolean());
  } else if constexpr (std::is_same_v<T, Amount>) {
    CESS_TRY_ASSIGN(v, r.u128());
  } else if constexpr (std::is_enum_v<T>) {
    CESS_TRY_ASSIGN(const auto b, r.u8());
    if (b >= record_names(T{}).size()) return r.refuse("unknown kind " + std::to_string(b));
    v = static_cast<T>(b);
  } else if constexpr (std::unsigned_integral<T>) {
    if constexpr (sizeof(T) == 1) {
      CESS_TRY_ASSIGN(v, r.u8());
    }
    if constexpr (sizeof(T) == 2) {
      CESS_TRY_ASSIGN(v, r.u16());
    }
    if constexpr (sizeof(T) == 4) {
      CESS_TRY_ASSIGN(v, r.u32());
    }
    if constexpr (sizeof(T) == 8) {
      CESS_TRY_ASSIGN(v, r.u64());
    }
  } else if constexpr (detail::IsId<T>::value) {
    CESS_TRY_ASSIGN(const auto b, r.raw(T::kSize));
    v = T::from(b);
  } else if constexpr (detail::IsByteArray<T>::value) {
    CESS_TRY_ASSIGN(const auto b, r.raw(v.size()));
    std::copy(b.begin(), b.end(), v.begin());
  } else if constexpr (std::is_same_v<T, Bytes>) {
    CESS_TRY_ASSIGN(const auto b, r.sized(kFieldBytesMax));
    v.assign(b.begin(), b.end());
  } else if constexpr (std::is_same_v<T, std::string>) {
    CESS_TRY_ASSIGN(const auto b, r.sized(kFieldBytesMax));
    v.assign(as_text(b));
  } else if constexpr (detail::IsOptional<T>::value) {
    CESS_TRY_ASSIGN(const bool there, r.boolean());
    v.reset();
    if (there) return scale_get(r, v.emplace());
  } else if constexpr (detail::IsVector<T>::value) {
    CESS_TRY_ASSIGN(const auto count, r.compact());
    // Every element takes at least a byte, so nothing grows past what is there.
    if (count > kFieldCountMax || count > r.left()) return r.refuse("too many elements");
    v.clear();
    for (std::uint64_t i = 0; i < count; ++i) CESS_TRY(scale_get(r, v.emplace_back()));
  } else {
    static_assert(Record<T>, "not a field type of records");
    Status status;
    T::visit_fields(
        [&](const char*, auto& field) {
          if (status) status = scale_get(r, field);
        },
        v);
    return status;
  }
  return {};
}

/// The encoding of a record or field.
template <class T>
Bytes encode_scale(const T& v) {
  ScaleWriter w;
  scale_put(w, v);
  return w.take();
}

/// The whole of `in` as one T; `what` names it in errors (Code::input).
template <class T>
Result<T> decode_scale(ByteView in, std::string_view what) {
  ScaleReader r(in, what);
  T v{};
  CESS_TRY(scale_get(r, v));
  CESS_TRY(r.end());
  return v;
}

// ---- JSON

template <class T>
Json to_json_value(const T& v) {
  if constexpr (std::is_same_v<T, bool>) {
    return v;
  } else if constexpr (std::is_same_v<T, Amount>) {
    return to_decimal(v);
  } else if constexpr (std::is_enum_v<T>) {
    return std::string(record_names(v)[static_cast<std::size_t>(v)]);
  } else if constexpr (std::unsigned_integral<T>) {
    if constexpr (sizeof(T) == 8) {
      if (v > 1ULL << 53U) return std::to_string(v);
    }
    return v;
  } else if constexpr (std::is_same_v<T, AccountId>) {
    return to_ss58(v);
  } else if constexpr (detail::IsId<T>::value) {
    return to_hex(v);
  } else if constexpr (detail::IsByteArray<T>::value || std::is_same_v<T, Bytes>) {
    return to_hex(ByteView(v));
  } else if constexpr (std::is_same_v<T, std::string>) {
    return v;
  } else if constexpr (detail::IsOptional<T>::value) {
    return v ? to_json_value(*v) : Json(nullptr);
  } else if constexpr (detail::IsVector<T>::value) {
    Json out = Json::array();
    for (const auto& e : v) out.push_back(to_json_value(e));
    return out;
  } else {
    Json out = Json::object();
    T::visit_fields([&](const char* name, const auto& field) { out[name] = to_json_value(field); },
                    v);
    return out;
  }
}

namespace detail {
bool json_whole(const Json& j);  // an integer from 0 on, read or made here
Result<std::uint64_t> json_number(const Json& j, std::uint64_t max, std::string_view what);
Result<std::string> json_text(const Json& j, std::string_view what);
Result<std::uint8_t> json_enum(const Json& j, const char* const* names, std::size_t count,
                               std::string_view what);
Status json_bytes_into(MutByteView out, const Json& j, std::string_view what);
Status json_wants(bool ok, std::string_view wanted, std::string_view what);
}  // namespace detail

/// Reads `v` from JSON: what to_json_value gives, and accounts in any form. Every field must be
/// there except optionals; unknown keys are refused (a mistyped argument must not pass).
template <class T>
Status from_json_value(const Json& j, T& v, const std::string& what) {
  if constexpr (std::is_same_v<T, bool>) {
    CESS_TRY(detail::json_wants(j.is_boolean(), "true or false", what));
    v = j.get<bool>();
  } else if constexpr (std::is_same_v<T, Amount>) {
    if (detail::json_whole(j)) {
      v = j.get<std::uint64_t>();
      return {};
    }
    CESS_TRY_ASSIGN(const auto s, detail::json_text(j, what));
    CESS_TRY_ASSIGN(v, parse_decimal(s, what));
  } else if constexpr (std::is_enum_v<T>) {
    constexpr auto& names = record_names(T{});
    CESS_TRY_ASSIGN(const auto b, detail::json_enum(j, names.data(), names.size(), what));
    v = static_cast<T>(b);
  } else if constexpr (std::unsigned_integral<T>) {
    CESS_TRY_ASSIGN(const auto n, detail::json_number(j, static_cast<T>(~T{0}), what));
    v = static_cast<T>(n);
  } else if constexpr (std::is_same_v<T, AccountId>) {
    CESS_TRY_ASSIGN(const auto s, detail::json_text(j, what));
    CESS_TRY_ASSIGN(v, parse_account(s, what));
  } else if constexpr (detail::IsId<T>::value) {
    return detail::json_bytes_into(v.mut(), j, what);
  } else if constexpr (detail::IsByteArray<T>::value) {
    return detail::json_bytes_into(v, j, what);
  } else if constexpr (std::is_same_v<T, Bytes>) {
    CESS_TRY_ASSIGN(const auto s, detail::json_text(j, what));
    CESS_TRY_ASSIGN(v, parse_hex(s, what));
  } else if constexpr (std::is_same_v<T, std::string>) {
    CESS_TRY_ASSIGN(v, detail::json_text(j, what));
  } else if constexpr (detail::IsOptional<T>::value) {
    v.reset();
    if (!j.is_null()) return from_json_value(j, v.emplace(), what);
  } else if constexpr (detail::IsVector<T>::value) {
    CESS_TRY(detail::json_wants(j.is_array() && j.size() <= kFieldCountMax, "an array", what));
    v.clear();
    for (const auto& e : j) CESS_TRY(from_json_value(e, v.emplace_back(), what + "[]"));
  } else {
    CESS_TRY(detail::json_wants(j.is_object(), "an object", what));
    Status status;
    std::size_t known = 0;
    T::visit_fields(
        [&](const char* name, auto& field) {
          if (!status) return;
          const auto it = j.find(name);
          if (it != j.end()) ++known;
          static const Json kNull;
          status = from_json_value(it == j.end() ? kNull : *it, field, what + "." + name);
        },
        v);
    CESS_TRY(status);
    CESS_TRY(detail::json_wants(known == j.size(), "no unknown key", what));
  }
  return {};
}

// ---- descriptions, for help and for tools that build calls

template <class T>
std::string type_name() {
  if constexpr (std::is_same_v<T, bool>)
    return "bool";
  else if constexpr (std::is_same_v<T, Amount>)
    return "amount";
  else if constexpr (std::is_enum_v<T>) {
    std::string out;
    for (const auto* n : record_names(T{})) out += (out.empty() ? "" : "|") + std::string(n);
    return out;
  } else if constexpr (std::unsigned_integral<T>)
    return "u" + std::to_string(8 * sizeof(T));
  else if constexpr (std::is_same_v<T, AccountId>)
    return "account";
  else if constexpr (detail::IsId<T>::value)
    return "hash";
  else if constexpr (detail::IsByteArray<T>::value)
    return "bytes" + std::to_string(std::tuple_size_v<T>);
  else if constexpr (std::is_same_v<T, Bytes>)
    return "bytes";
  else if constexpr (std::is_same_v<T, std::string>)
    return "text";
  else if constexpr (detail::IsOptional<T>::value)
    return type_name<typename T::value_type>() + "?";
  else if constexpr (detail::IsVector<T>::value)
    return type_name<typename T::value_type>() + "[]";
  else {
    std::string out = "{";
    T v{};
    T::visit_fields(
        [&](const char* name, auto& field) {
          out += (out.size() > 1 ? "," : "") + std::string(name) + ":" +
                 type_name<std::remove_cvref_t<decltype(field)>>();
        },
        v);
    return out + "}";
  }
}

struct FieldInfo {
  std::string name;
  std::string type;  ///< as type_name
};

template <Record T>
std::vector<FieldInfo> fields_of() {
  std::vector<FieldInfo> out;
  T v{};
  T::visit_fields(
      [&](const char* name, auto& field) {
        out.push_back({name, type_name<std::remove_cvref_t<decltype(field)>>()});
      },
      v);
  return out;
}

}  // namespace cess
