// SPDX-License-Identifier: Apache-2.0
// links: chain_types economy crypto json base
// A transaction from a stranger: what parses is canonical, and its signature is judged without
// trouble.
#include <cstdint>

#include "base/check.hpp"
#include "chain/types/txn.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const auto txn = read_txn({data, size});
  if (!txn) {
    CESS_CHECK(txn.error().code == Code::input && !txn.error().message.empty());
    return 0;
  }
  const Bytes again = encode_scale(txn->txn);
  CESS_CHECK(again == Bytes(data, data + size));
  CESS_CHECK(to_read_txn(txn->txn).hash == txn->hash && txn->size_bytes == size);
  (void)verify_txn_signature(txn->txn);
  (void)write_json(to_json_value(txn->txn.body.args));
  return 0;
}
