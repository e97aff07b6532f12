// SPDX-License-Identifier: Apache-2.0
// links: chain_node net json base
// config.json of a service folder: what is read is written, and read again as the same text.
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "chain/node/config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const auto config = node::parse_config(as_text(ByteView(data, size)));
  if (!config) return 0;
  CESS_CHECK(config->keep_blocks >= 100 && config->peers_max <= 10'000);
  const std::string text = node::format_config(*config);
  const auto again = node::parse_config(text);
  CESS_CHECK(again.has_value() && node::format_config(*again) == text);
  return 0;
}
