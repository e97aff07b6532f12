// SPDX-License-Identifier: Apache-2.0
// links: chain_node
// Messages between nodes: what decodes is what was encoded, to the byte.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "chain/node/wire.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cess::ByteView bytes(data, size);
  const auto message = cess::node::wire::decode(bytes);
  if (!message) return 0;
  const cess::Bytes again = cess::node::wire::encode(*message);
  if (!std::equal(again.begin(), again.end(), bytes.begin(), bytes.end())) std::abort();
  const auto rules = cess::node::wire::channel_rules();
  if (rules[cess::node::wire::channel_of(*message)].size_max == 0) std::abort();
  return 0;
}
