// SPDX-License-Identifier: Apache-2.0
#include "chain/client/txn_file.hpp"

namespace cess::client {
namespace {

Result<Bytes> bytes_of(std::string_view text, const std::string& name, const char* schema,
                       const char* key) {
  if (text.size() > kTxnDocumentSizeMax)
    return fail(Code::input, name + ": over the limit of a transaction", name);
  CESS_TRY_ASSIGN(const Json j, parse_json(text, name));
  const JsonView view(j, name);
  CESS_TRY(view.schema(schema));
  return view.hex(key, kTxnSizeMax);
}

}  // namespace

Json txn_body_document(const TxnBody& body) {
  return {{"schema", "cess.txn_body/1"}, {"body", to_hex(ByteView(encode_scale(body)))}};
}

Json txn_document(const Txn& txn) {
  const Bytes bytes = encode_scale(txn);
  return {{"schema", "cess.txn/1"},
          {"hash", to_hex(txn_hash(bytes))},
          {"txn", to_hex(ByteView(bytes))}};
}

Result<TxnBody> parse_txn_body_document(std::string_view text, const std::string& name) {
  CESS_TRY_ASSIGN(const Bytes bytes, bytes_of(text, name, "cess.txn_body/1", "body"));
  return decode_scale<TxnBody>(bytes, "transaction body");
}

Result<Txn> parse_txn_document(std::string_view text, const std::string& name) {
  CESS_TRY_ASSIGN(const Bytes bytes, bytes_of(text, name, "cess.txn/1", "txn"));
  return parse_txn(bytes);
}

}  // namespace cess::client
