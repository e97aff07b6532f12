// SPDX-License-Identifier: Apache-2.0
#include "txn_file.hpp"

#include "sys/file.hpp"

namespace cess {
namespace {

constexpr std::size_t kDocumentSizeMax = 2 * kTxnSizeMax + 1024;

Result<Bytes> read_document(cli::Context& ctx, const std::string& path, const char* schema,
                            const char* key) {
  const bool piped = path.empty() || path == "-";
  const std::string name = piped ? "standard input" : "'" + path + "'";
  Bytes text;
  if (piped) {
    text.resize(kDocumentSizeMax + 1);
    CESS_TRY_ASSIGN(const auto size, read_full(ctx.in, text, "standard input"));
    if (size > kDocumentSizeMax)
      return fail(Code::input, name + ": over the limit of a transaction");
    text.resize(size);
  } else {
    CESS_TRY_ASSIGN(text, read_file(path, kDocumentSizeMax));
  }
  CESS_TRY_ASSIGN(const Json j, parse_json(as_text(text), name));
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

Result<TxnBody> read_txn_body(cli::Context& ctx, const std::string& path) {
  CESS_TRY_ASSIGN(const Bytes bytes, read_document(ctx, path, "cess.txn_body/1", "body"));
  return decode_scale<TxnBody>(bytes, "transaction body");
}

Result<Txn> read_txn(cli::Context& ctx, const std::string& path) {
  CESS_TRY_ASSIGN(const Bytes bytes, read_document(ctx, path, "cess.txn/1", "txn"));
  return parse_txn(bytes);
}

}  // namespace cess
