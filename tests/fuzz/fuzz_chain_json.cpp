// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
// Arguments of every call from JSON, and from bytes: never throws, and what is taken goes to bytes
// and JSON and back to the same bytes. Also a specification from a stranger.
#include <cstdint>

#include "base/check.hpp"
#include "chain/state/kernel/runtime.hpp"

namespace {

using namespace cess;

void round_trip(const CallInfo& call, const Bytes& bytes) {
  const auto json = call.to_json(bytes);
  CESS_CHECK(json.has_value());
  // Text that is no UTF-8 cannot be shown, so it need not come back.
  const auto again = call.from_json(*json);
  CESS_CHECK(again.has_value() && *again == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Runtime runtime;
  static const auto kCalls = [] {
    std::vector<CallInfo> out;
    for (const auto& m : runtime.modules()) {
      for (auto& c : m->calls()) out.push_back(std::move(c));
    }
    return out;
  }();
  const auto doc = parse_json(as_text({data, size}), "input");
  for (const auto& call : kCalls) {
    if (doc) {
      const auto bytes = call.from_json(*doc);
      if (bytes) round_trip(call, *bytes);
    }
    if (call.to_json({data, size}).has_value()) round_trip(call, Bytes(data, data + size));
  }
  if (!doc) return 0;
  for (const auto& m : runtime.modules()) {
    State state;
    (void)m->set_params(state, *doc);
  }
  return 0;
}
