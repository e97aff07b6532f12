// SPDX-License-Identifier: Apache-2.0
// Transactions as documents: cess.txn_body/1 before, cess.txn/1 after signing, both JSON lines with
// the canonical bytes in hexadecimal.
#pragma once

#include "chain/types/txn.hpp"
#include "json/json.hpp"

namespace cess::client {

constexpr std::size_t kTxnDocumentSizeMax = 2 * kTxnSizeMax + 1024;

Json txn_body_document(const TxnBody& body);
Json txn_document(const Txn& txn);
/// Code::input; `name` names the source in errors.
Result<TxnBody> parse_txn_body_document(std::string_view text, const std::string& name);
Result<Txn> parse_txn_document(std::string_view text, const std::string& name);

}  // namespace cess::client
