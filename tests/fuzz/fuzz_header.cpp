// SPDX-License-Identifier: Apache-2.0
// links: codec
// The CESSENC1 header: what parses is what was written, and opening it needs no luck.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "codec/header.hpp"
#include "codec/keys.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const ByteView bytes(data, size);
  const auto header = parse_header(bytes);
  if (!header) return 0;
  const Bytes again = encode_header(*header);
  if (!std::equal(again.begin(), again.end(), bytes.begin(), bytes.end())) std::abort();
  // Without a secret only a key in clear can open it, and then MAC and commitment decide.
  const auto keys = open_header(*header, {});
  if (keys && header->stanzas.front().type != StanzaType::in_clear) std::abort();
  Identities who;
  who.keys.emplace_back();
  if (header->stanzas.front().type == StanzaType::x25519 && open_header(*header, who)) std::abort();
  return 0;
}
