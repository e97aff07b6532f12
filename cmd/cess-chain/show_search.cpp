// SPDX-License-Identifier: Apache-2.0
#include "show_search.hpp"

#include <algorithm>

namespace cess {
namespace {

constexpr int kSearchPagesMax = 20;  // of 1,000 entries, of each item
constexpr std::uint64_t kBlocksMax = 512;

bool holds(const Json& value, const std::string& hash) {
  if (value.is_string()) return value.get_ref<const std::string&>().find(hash) != std::string::npos;
  if (!value.is_structured()) return false;
  return std::any_of(value.begin(), value.end(), [&](const Json& v) { return holds(v, hash); });
}

Result<Json> search_item(client::Rpc& rpc, const std::string& item, const std::string& hash) {
  Json after;
  for (int page = 0; page < kSearchPagesMax; ++page) {
    Json params = {{"item", item}, {"prefix", Json::array()}, {"limit", 1000}};
    if (!after.is_null()) params["after"] = after;
    CESS_TRY_ASSIGN(const Json answer, rpc.call("state_list", std::move(params)));
    const Json entries = answer.value("entries", Json::array());
    for (const auto& entry : entries) {
      if (!holds(entry.value("key", Json()), hash) && !holds(entry.value("value", Json()), hash))
        continue;
      Json out = {{"schema", "cess.item/1"},
                  {"item", item},
                  {"key", entry.value("key", Json())},
                  {"height", answer.value("height", Json())}};
      const Json value = entry.value("value", Json());
      if (value.is_object()) {
        out.update(value);
      } else {
        out["value"] = value;
      }
      return out;
    }
    after = answer.value("next", Json());
    if (after.is_null()) break;
  }
  return fail(Code::no, "no entry of " + item + " holds '" + hash + "'", hash);
}

Result<Json> search_events(client::Rpc& rpc, const std::string& hash) {
  CESS_TRY_ASSIGN(const Json head, rpc.call("chain_head"));
  const auto last = head.value("height", std::uint64_t{0});
  std::uint64_t from = last > kBlocksMax ? last - kBlocksMax : 1;
  Json found;
  while (from <= last) {
    CESS_TRY_ASSIGN(const Json answer, rpc.call("chain_events", {{"from", from}, {"to", last}}));
    const Json events = answer.value("events", Json::array());
    for (const auto& event : events) {
      if (holds(event, hash)) found = event;
    }
    const Json next = answer.value("next", Json());
    if (!next.is_number_unsigned() || next.get<std::uint64_t>() <= from) break;
    from = next.get<std::uint64_t>();
  }
  if (!found.is_null()) return found;
  return fail(Code::no, "no event of the last blocks holds '" + hash + "'", hash);
}

}  // namespace

Result<Json> search_hash(client::Rpc& rpc, const Runtime& runtime, const std::string& hash) {
  for (const auto& module : runtime.modules()) {
    for (const auto& item : module->items()) {
      auto found = search_item(rpc, module->name() + "." + item.name, hash);
      if (found || found.error().code != Code::no) return found;
    }
  }
  return search_events(rpc, hash);
}

}  // namespace cess
