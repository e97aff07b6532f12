// SPDX-License-Identifier: Apache-2.0
// The name of a chain, from its spec and the root of the state that the spec makes.
#pragma once

#include "base/id.hpp"
#include "json/json.hpp"

namespace cess {

/// SHA-256("CESS-GENESIS-v1" ‖ SHA-256(spec as write_json has it) ‖ root of the first state).
Hash256 genesis_id(const Json& spec, const Hash256& state_root);

}  // namespace cess
