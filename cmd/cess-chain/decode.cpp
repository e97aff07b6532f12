// SPDX-License-Identifier: Apache-2.0
// decode: any bytes of the chain to JSON. What the bytes are is found out by trying: every format
// is strict, so at most one fits.
#include <memory>

#include "base/hex.hpp"
#include "chain/state/kernel/runtime.hpp"
#include "commands.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

using Decoded = std::optional<Json>;

Decoded decode_txn(const Runtime& runtime, ByteView bytes) {
  const auto txn = parse_txn(bytes);
  if (!txn) return std::nullopt;
  Json j;
  j["schema"] = "cess.decoded/1";
  j["kind"] = "txn";
  j["hash"] = to_hex(txn_hash(bytes));
  j["txn"] = runtime.txn_to_json(*txn);
  j["signature_valid"] = verify_txn_signature(*txn);
  return j;
}

Decoded decode_header(ByteView bytes) {
  const auto header = decode_scale<Header>(bytes, "header");
  if (!header || header->version != 1) return std::nullopt;
  Json j;
  j["schema"] = "cess.decoded/1";
  j["kind"] = "header";
  j["hash"] = to_hex(header_hash(*header));
  j["header"] = to_json_value(*header);
  return j;
}

Decoded decode_block(const Runtime& runtime, ByteView bytes) {
  const auto block = parse_block(bytes);
  if (!block) return std::nullopt;
  Json j;
  j["schema"] = "cess.decoded/1";
  j["kind"] = "block";
  j["hash"] = to_hex(header_hash(block->header));
  j["header"] = to_json_value(block->header);
  j["txns"] = Json::array();
  for (const auto& t : block->txns) {
    const auto txn = parse_txn(t);
    Json entry = txn ? runtime.txn_to_json(*txn) : Json(to_hex(ByteView(t)));
    j["txns"].push_back(std::move(entry));
  }
  return j;
}

Decoded decode_receipt(const Runtime& runtime, ByteView bytes) {
  const auto receipt = decode_scale<Receipt>(bytes, "receipt");
  if (!receipt) return std::nullopt;
  Json j;
  j["schema"] = "cess.decoded/1";
  j["kind"] = "receipt";
  j["receipt"] = runtime.receipt_to_json(*receipt);
  return j;
}

// Bytes as they are, or as hexadecimal text with or without 0x.
Bytes unwrap(Bytes input) {
  std::string_view text = as_text(input);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  if (text.starts_with("0x")) text.remove_prefix(2);
  if (text.empty()) return input;
  auto hex = parse_hex(text, "input");
  return hex ? std::move(*hex) : input;
}

Result<int> decode(const std::string& what, cli::Context& ctx) {
  Bytes input;
  if (what.empty() || what == "-") {
    input.resize(2 * kBlockSizeMax + 3);
    CESS_TRY_ASSIGN(const auto size, read_full(ctx.in, input, "standard input"));
    input.resize(size);
  } else if (parse_hex(what.substr(what.starts_with("0x") ? 2 : 0), "argument")) {
    append(input, what);
  } else {
    CESS_TRY_ASSIGN(input, read_file(what, 2 * kBlockSizeMax + 3));
  }
  const Bytes bytes = unwrap(std::move(input));
  const Runtime runtime;
  Decoded found = decode_txn(runtime, bytes);
  if (!found) found = decode_block(runtime, bytes);
  if (!found) found = decode_header(bytes);
  if (!found) found = decode_receipt(runtime, bytes);
  if (!found) {
    return fail(Code::input,
                "cannot decode " + std::to_string(bytes.size()) +
                    " bytes: neither a transaction, block, header nor receipt",
                what);
  }
  CESS_TRY(ctx.print(*found));
  return 0;
}

}  // namespace

cli::Command decode_command() {
  auto what = std::make_shared<std::string>();
  cli::Command c;
  c.name = "decode";
  c.summary = "print bytes of the chain as JSON: a transaction, block, header, receipt";
  c.declare = [what](cli::Options& opt) {
    opt.positional("WHAT", *what, "hex digits, or a file of bytes or hex; default stdin");
  };
  c.run = [what](cli::Context& ctx) { return decode(*what, ctx); };
  return c;
}

}  // namespace cess
