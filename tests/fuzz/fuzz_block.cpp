// SPDX-License-Identifier: Apache-2.0
// links: chain_types economy crypto json base merkle
// A block from a peer: what parses is canonical and its body is the header's. Since no chance input
// has the right roots, the input is also read as a body and given its roots.
#include <cstdint>

#include "base/check.hpp"
#include "chain/types/header.hpp"

namespace {
struct Body {
  std::vector<cess::Bytes> txns;
  std::vector<cess::Bytes> evidence;
  CESS_RECORD(txns, evidence)
};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const Bytes input(data, data + size);
  const auto block = parse_block(input);
  if (block) {
    CESS_CHECK(encode_block(*block) == input);
  } else {
    CESS_CHECK(block.error().code == Code::input && !block.error().message.empty());
  }
  const auto header = decode_scale<Header>(input, "header");
  if (header) CESS_CHECK(encode_scale(*header) == input);
  const auto body = decode_scale<Body>(input, "body");
  if (!body) return 0;
  Block made{Header{}, body->txns, body->evidence};
  made.header.txns_root = txns_root(made.txns);
  made.header.evidence_root = evidence_root(made.evidence);
  const auto back = parse_block(encode_block(made));
  const bool fits = made.evidence.size() <= 16 && made.txns.size() <= kBlockTxnCountMax;
  if (back) CESS_CHECK(fits && back->txns == made.txns && back->evidence == made.evidence);
  return 0;
}
