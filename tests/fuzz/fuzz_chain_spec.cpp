// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
// A specification from a stranger, as a node that joins gets it: a genesis whose invariants hold,
// or an error.
#include <cstdint>

#include "base/check.hpp"
#include "chain/state/kernel/runtime.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  static const Runtime runtime;
  const auto doc = parse_json(as_text({data, size}), "spec");
  if (!doc) return 0;
  // Laid over the presets' whole one as a short text can say little.
  Json spec = runtime.default_spec("dev");
  if (doc->is_object()) spec.merge_patch(*doc);
  for (const Json& s : {*doc, spec}) {
    State state;
    if (runtime.genesis(state, s)) CESS_CHECK(runtime.check_invariants(state).has_value());
  }
  return 0;
}
