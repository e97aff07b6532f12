// SPDX-License-Identifier: Apache-2.0
// links: chain_types economy json base
// Addresses, signatures of wallets, amounts and key files as people write them: what is read is
// written, and read again as the same.
#include <cstdint>

#include "base/check.hpp"
#include "chain/types/account_key.hpp"
#include "chain/types/address.hpp"
#include "chain/types/ethereum.hpp"
#include "economy/amount.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const auto text = as_text(ByteView(data, size));
  if (const auto id = parse_account(text, "account")) {
    const auto again = parse_account(to_ss58(*id), "account");
    CESS_CHECK(again.has_value() && *again == *id);
  }
  if (const auto any = parse_ss58(text, "address")) {
    const auto again = parse_ss58(to_ss58(any->second, any->first), "address");
    CESS_CHECK(again.has_value() && *again == *any);
  }
  if (const auto address = parse_ethereum_address(text, "address")) {
    const auto again = parse_ethereum_address(write_ethereum_address(*address), "address");
    CESS_CHECK(again.has_value() && *again == *address && is_ethereum_address(text));
  }
  if (const auto s = parse_wallet_signature(text, "signature")) CESS_CHECK(s->back() <= 3);
  if (const auto n = parse_decimal(text, "amount")) {
    const auto again = parse_decimal(to_decimal(*n), "amount");
    CESS_CHECK(again.has_value() && *again == *n);
  }
  if (const auto n = parse_tokens(text, "amount")) {
    const auto again = parse_tokens(to_tokens(*n), "amount");
    CESS_CHECK(again.has_value() && *again == *n);
  }
  if (const auto key = parse_account_key(text, "key")) {
    const auto again = parse_account_key(write_account_key(*key), "key");
    CESS_CHECK(again.has_value() && again->id == key->id && again->kind == key->kind);
  }
  return 0;
}
