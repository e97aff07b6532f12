// SPDX-License-Identifier: Apache-2.0
// links: chain_node chain_client chain_state chain_ledger chain_light chain_consensus chain_types
// crypto json base `cess-chain decode` of any bytes and any document.
#include "../../cmd/cess-chain/decode_bytes.cpp"
#include "../../cmd/cess-chain/decode_messages.cpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cess::ByteView bytes(data, size);
  if (const auto said = cess::decode_bytes(bytes)) (void)cess::write_json(*said);
  (void)cess::item_of_key(cess::as_text(bytes));
  (void)cess::decode_value("accounts.account", bytes);
  if (const auto document = cess::parse_json(cess::as_text(bytes), "document"))
    (void)cess::decode_document(*document);
  return 0;
}
