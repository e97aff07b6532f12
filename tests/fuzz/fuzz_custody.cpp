// SPDX-License-Identifier: Apache-2.0
// links: codec
// Custody of a mask key and lists of agents: what parses is written again to the same meaning, and
// opening a share of it does not trip.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "codec/custody.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const ByteView in(data, size);
  if (const auto agents = parse_agents(in, "fuzz")) {
    const auto again = parse_agents(as_bytes(write_agents(*agents)), "fuzz");
    if (!again || *again != *agents) std::abort();
  }
  const auto json = parse_json(as_text(in), "fuzz", {.size_max = 1U << 16U, .depth_max = 4});
  if (!json) return 0;
  const auto custody = custody_from_json(JsonView(*json, "fuzz"));
  if (!custody) return 0;
  const Json written = custody_to_json(*custody);
  const auto again = custody_from_json(JsonView(written, "fuzz"));
  if (!again || *again != *custody) std::abort();
  if (open_share(FileId{}, *custody, custody->shares.front().agent, Key256())) std::abort();
  return 0;
}
