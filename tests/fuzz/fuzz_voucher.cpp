// SPDX-License-Identifier: Apache-2.0
// links: proto chain_state chain_types economy
// A voucher as it comes with a stranger's request: the field, its bytes, what they show. Whatever
// decodes encodes back to the same bytes, and nothing is signed by a key that nobody has.
#include "base/check.hpp"
#include "chain/state/flow/flow.hpp"
#include "proto/fragment_server.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const ByteView in(data, size);
  flow::Channel channel;
  channel.signer = {0x3b, 0x6a, 0x27, 0xbc, 0xce, 0xb6, 0xa4, 0x2d, 0x62, 0xa3, 0xa8,
                 0xd0, 0x2a, 0x6f, 0x0d, 0x73, 0x65, 0x32, 0x15, 0x77, 0x1d, 0xe2,
                 0x43, 0xa6, 0x3a, 0xc0, 0x48, 0xa1, 0x8b, 0x59, 0xda, 0x29};
  const auto look = [&](ByteView bytes) {
    const auto v = decode_scale<flow::Voucher>(bytes, "voucher");
    if (!v) return;
    CESS_CHECK(as_text(encode_scale(*v)) == as_text(bytes));
    const auto shown = flow::shown_bytes(Hash256(), channel, *v);
    CESS_CHECK(!shown || *shown <= (std::uint64_t{1} << 60U) + 64 * flow::kLinkBytes);
  };
  look(in);
  if (const auto bytes = proto::parse_voucher_field(as_text(in))) look(*bytes);
  return 0;
}
