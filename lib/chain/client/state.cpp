// SPDX-License-Identifier: Apache-2.0
#include "chain/client/state.hpp"

namespace cess::client {
namespace {

constexpr std::size_t kValueSizeMax = 16U << 20U;
constexpr std::size_t kKeySizeMax = 1024;

std::string hex_of(std::string_view key) { return to_hex(as_bytes(key)); }

}  // namespace

Result<StoredBytes> get_raw(Rpc& rpc, std::string_view key) {
  CESS_TRY_ASSIGN(const Json answer, rpc.call("state_get", {{"raw_key", hex_of(key)}}));
  const JsonView view(answer, "answer of the node");
  StoredBytes out;
  CESS_TRY_ASSIGN(out.height, view.number("height", ~0ULL));
  CESS_TRY_ASSIGN(const bool exists, view.boolean("exists"));
  if (!exists) return out;
  CESS_TRY_ASSIGN(const Bytes value, view.hex("raw_value", kValueSizeMax));
  out.value = std::string(as_text(value));
  return out;
}

Result<StoredBytes> get_raw_proven(Rpc& rpc, consensus::Verifier& verifier,
                                   const light::Trust& trust, std::string_view key) {
  CESS_TRY_ASSIGN(const Json answer, rpc.call("state_get", {{"raw_key", hex_of(key)},
                                                            {"prove", true},
                                                            {"from", to_hex(trust.checkpoint)}}));
  const auto proof = answer.find("proof");
  if (proof == answer.end()) return fail(Code::peer, "the node gave no proof of a stored value");
  CESS_TRY_ASSIGN(auto verdict, light::verify_proof(verifier, trust, *proof));
  if (verdict.kind != "state" || verdict.raw_key != key)
    return fail(Code::no, "the node proved something else than what was asked for");
  return StoredBytes{verdict.height, std::move(verdict.raw_value)};
}

Status list_entries(Rpc& rpc, const std::string& item, const Json& leading,
                    const std::function<Status(const Json& entry)>& visit) {
  Json after;
  while (true) {
    Json params = {{"item", item}, {"prefix", leading}};
    if (!after.is_null()) params["after"] = after;
    CESS_TRY_ASSIGN(const Json answer, rpc.call("state_list", std::move(params)));
    const auto entries = answer.find("entries");
    if (entries == answer.end() || !entries->is_array())
      return fail(Code::peer, "cannot read the node's answer: no entries in it");
    for (const Json& entry : *entries) {
      if (!entry.is_object() || !entry.contains("key") || !entry.contains("value"))
        return fail(Code::peer, "cannot read the node's answer: an entry without key or value");
      CESS_TRY(visit(entry));
    }
    const Json next = answer.value("next", Json());
    if (next.is_null()) return {};
    if (next == after) return fail(Code::peer, "the node's list does not go on");
    after = next;
  }
}

Status list_raw(Rpc& rpc, const std::string& item, const Json& leading,
                const std::function<Status(std::string_view key, const Json& value)>& visit) {
  return list_entries(rpc, item, leading, [&](const Json& entry) -> Status {
    CESS_TRY_ASSIGN(const Bytes key,
                    JsonView(entry, "entry of '" + item + "'").hex("raw_key", kKeySizeMax));
    return visit(as_text(key), entry["value"]);
  });
}

}  // namespace cess::client
