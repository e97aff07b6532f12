// SPDX-License-Identifier: Apache-2.0
// Transactions as files: cess.txn_body/1 before, cess.txn/1 after signing, both JSON lines with the
// canonical bytes in hexadecimal.
#pragma once

#include "chain/types/txn.hpp"
#include "cli/program.hpp"

namespace cess {

Json txn_body_document(const TxnBody& body);
Json txn_document(const Txn& txn);
/// From a file, or stdin for "" and "-". Code::input.
Result<TxnBody> read_txn_body(cli::Context& ctx, const std::string& path);
Result<Txn> read_txn(cli::Context& ctx, const std::string& path);

}  // namespace cess
